"""What the gradient ops of all convolutions share: their shapes, their check, their own gradients.

A convolution y = conv(x, w) is linear in x and in w. So are its two gradient ops, and the gradient of each of the three
is made of the other two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, static_dims
from graphrt.shapes import TensorShape, unknown_shape


def sizes_given(index: int, rank: int):
    """The shape function of an op whose input ``index`` holds the sizes of its output."""

    def infer(op: Operation) -> TensorShape:
        dims = static_dims(op.inputs[index])
        return unknown_shape(rank) if dims is None else TensorShape.of(dims)

    return infer


def check_backprop(got: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """ValueError if the gradient of the output has not the shape of the output."""
    if tuple(got) != wanted:
        raise ValueError(
            f"out_backprop has the shape {list(got)} (channels last), but a convolution of these sizes gives "
            f"{list(wanted)}"
        )


def _one_by_one(images: Tensor, filters: Tensor) -> Iterator[Tensor]:
    """Each shape is made when it is asked for: TF1's second one follows the first gradient op."""
    yield F.shape(images)
    yield F.shape(filters)


def derive(opdef: OpDef, input_opdef: OpDef, filter_opdef: OpDef, attrs: dict[str, Any], shapes=_one_by_one) -> None:
    """Gives a convolution and its two gradient ops their gradients; the ops take each other's attributes ``attrs``.

    ``shapes(images, filters)`` makes the nodes that hold the sizes.
    """

    def own(op: Operation) -> dict[str, Any]:
        return {key: op.attrs[key] for key in attrs}

    @opdef.gradient
    def gradient(op: Operation, dy: Tensor):
        images, filters = op.inputs
        sizes, kept = iter(shapes(images, filters)), own(op)
        return [input_opdef(next(sizes), filters, dy, **kept), filter_opdef(images, next(sizes), dy, **kept)]

    @input_opdef.gradient
    def input_gradient(op: Operation, dy: Tensor):
        _, filters, out_backprop = op.inputs
        kept = own(op)
        return [None, filter_opdef(dy, F.shape(filters), out_backprop, **kept), opdef(dy, filters, **kept)]

    @filter_opdef.gradient
    def filter_gradient(op: Operation, dy: Tensor):
        images, _, out_backprop = op.inputs
        kept = own(op)
        return [input_opdef(F.shape(images), dy, out_backprop, **kept), None, opdef(images, dy, **kept)]
