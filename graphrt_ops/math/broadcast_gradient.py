"""Gradients of broadcasting ops: what was broadcast is summed back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor, get_default_graph
from graphrt.opdef import OpDef, static_dims
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.shapes import TensorShape, broadcast
from graphrt_ops.array.shape_of import shape_node

Gradient = Tensor | Callable[[], Tensor | None] | None
"""A gradient, or the function that makes its nodes when their turn comes, so that they are made in TF1's order."""

opdef = OpDef(
    "BroadcastGradientArgs",
    "s0:T@host s1:T@host",
    "r0 r1",
    dtypes=(int32, int64),
    infer=lambda op: [TensorShape.of((None,))] * 2,
    small=True,
    loose_axes=True,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, s0, s1):
    over_x, over_y = broadcast_axes(s0.tolist(), s1.tolist())
    return np.array(over_x, s0.dtype), np.array(over_y, s0.dtype)


@opdef.fold
def known_axes(op: Operation):
    """The axes, where what is known of the shapes decides them.

    An unknown length against a known one other than one might be one, and broadcast; two unknown ones, too. An unknown
    length against one decides: the other side is summed, and whether it is one itself makes no difference.
    """
    x, y = (static_dims(tensor) for tensor in op.inputs)
    if x is None or y is None:
        return None
    rank = max(len(x), len(y))
    pairs = zip((1,) * (rank - len(x)) + x, (1,) * (rank - len(y)) + y, strict=True)
    over_x, over_y = [], []
    for axis, (m, n) in enumerate(pairs):
        if (m is None and n != 1) or (n is None and m != 1) or (m != n and 1 not in (m, n)):
            return None
        if m == 1:
            over_x.append(axis)
        if n == 1:
            over_y.append(axis)
    dtype = op.inputs[0].dtype.as_numpy_dtype
    return np.array(over_x, dtype), np.array(over_y, dtype)


def broadcast_axes(x: list[int], y: list[int]) -> tuple[list[int], list[int]]:
    """Over which axes each side must be summed, for shapes that broadcast against each other."""
    rank = max(len(x), len(y))
    long_x, long_y = [1] * (rank - len(x)) + x, [1] * (rank - len(y)) + y
    over_x, over_y = [], []
    for axis, (m, n) in enumerate(zip(long_x, long_y, strict=True)):
        # An axis that has length one on both sides is summed on both, which costs nothing and is what TF1 does.
        if m == 1:
            over_x.append(axis)
        if n == 1:
            over_y.append(axis)
        if m != n and m != 1 and n != 1:
            raise ValueError(f"Incompatible shapes: {x} vs. {y}")
    return over_x, over_y


def summed(
    op: Operation, dx: Gradient, dy: Gradient, shapes: tuple[Tensor, Tensor] | None = None
) -> list[Tensor | None]:
    """The gradients of a broadcasting op, given those with respect to the broadcast inputs: always with sums.

    ``shapes`` are the inputs' shapes, where their nodes have been made already.
    """
    shape_x, shape_y = shapes or (F.shape(op.inputs[0]), F.shape(op.inputs[1]))
    over_x, over_y = opdef(shape_x, shape_y)
    return [_summed(dx, over_x, shape_x), _summed(dy, over_y, shape_y)]


def summed_where_needed(op: Operation, dx: Gradient, dy: Gradient) -> list[Tensor | None]:
    """As ``summed``, but where both shapes are known only what was broadcast is summed."""
    if isinstance(dx, IndexedSlices):
        return summed(op, dx, dy)
    x, y = op.inputs[0].shape, op.inputs[1].shape
    if not (x.is_fully_defined() and y.is_fully_defined()):
        shape_x, shape_y = (shape_node(tensor) for tensor in op.inputs)
        over_x, over_y = opdef(shape_x, shape_y)
        return [_summed(dx, over_x, shape_x), _summed(dy, over_y, shape_y)]
    axes = _known_axes(x.values, y.values)
    whole = broadcast(x, y)
    return [
        _made(gradient)
        if shape == whole
        else _summed(gradient, np.array(over, np.int32), np.array(shape.values, np.int32))
        for gradient, over, shape in zip((dx, dy), axes, (x, y), strict=True)
    ]


_KNOWN_AXES: WeakKeyDictionary[Any, dict[Any, tuple[list[int], list[int]]]] = WeakKeyDictionary()


def _known_axes(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """``broadcast_axes``, with the node that TF1 makes for it, once in a graph for the same two shapes."""
    cache = _KNOWN_AXES.setdefault(get_default_graph(), {})
    if (x, y) not in cache:
        opdef(np.array(x, np.int32), np.array(y, np.int32))
        cache[x, y] = broadcast_axes(list(x), list(y))
    return cache[x, y]


def summed_to_inputs(op: Operation, dx: Gradient, dy: Gradient) -> list[Tensor | None]:
    """As ``summed_where_needed``, without any node of its own where nothing was broadcast."""
    x, y = op.inputs
    if same_known_shape(x, y, op.outputs[0]):
        return [_made(dx), _made(dy)]
    return summed_where_needed(op, dx, dy)


def same_known_shape(*tensors: Tensor) -> bool:
    """True if all shapes are fully known and equal: nothing was broadcast."""
    first = tensors[0].shape
    return first.is_fully_defined() and all(tensor.shape == first for tensor in tensors[1:])


def _made(gradient: Gradient) -> Tensor | None:
    return gradient() if callable(gradient) else gradient


def _summed(gradient: Gradient, axes: Tensor | np.ndarray, shape: Tensor | np.ndarray) -> Tensor | None:
    made = _made(gradient)
    return None if made is None else F.reshape(F.reduce_sum(made, axes), shape)
