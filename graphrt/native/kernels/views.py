"""Ops whose result is a part of the memory of an input, and needs no code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.graph.accesses import root
from graphrt.native.kernel import Lowering, View, contiguous_strides
from graphrt.native.kernels.copies import repeated
from graphrt.native.kernels.nodes import shape_of
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation

_NAMES = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def same_elements(op: Operation) -> View | None:
    """Reshape, ExpandDims, Squeeze, Identity...: the same elements in the same order."""
    shape = shape_of(op.outputs[0])
    if op.outputs[0].shape.num_elements() != op.inputs[0].shape.num_elements():
        return None
    return View(contiguous_strides(shape))


Index = Callable[..., Any]
"""``index_of(begin, end, strides, masks)``: what NumPy takes in brackets for the same selection."""


def slice_of(op: Operation) -> View | None:
    """Slice with known begin."""
    begin, size = static_value(op.inputs[1]), static_value(op.inputs[2])
    shape, part = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    if (
        begin is None
        or size is None
        or any(not 0 <= b <= b + n <= length for b, n, length in zip(begin.tolist(), part, shape, strict=True))
    ):
        return None
    strides = contiguous_strides(shape)
    return View(strides, sum(b * stride for b, stride in zip(begin.tolist(), strides, strict=True)))


def strided_slice(op: Operation, index_of: Index) -> View | None:
    """StridedSlice with known begin, end and strides; ``index_of`` makes NumPy's index of them."""
    vectors = [static_value(tensor) for tensor in op.inputs[1:4]]
    if any(vector is None for vector in vectors):
        return None
    try:
        view, part = sliced_view(shape_of(op.inputs[0]), [vector.tolist() for vector in vectors], op.attrs, index_of)
    except (IndexError, ValueError):
        return None  # the ordinary kernel says what is wrong
    return view if part == shape_of(op.outputs[0]) else None


def sliced_view(
    shape: Sequence[int], vectors: Sequence[Sequence[int]], masks: Mapping[str, Any], index_of: Index
) -> tuple[View, list[int]]:
    """The part that begin, end and strides select of an array of ``shape``, and the part's shape. NumPy knows how."""
    # Addresses without memory behind them: nothing is read.
    whole = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), shape, contiguous_strides(shape))
    part = whole[index_of(*vectors, [masks[name] for name in _NAMES])]
    offset = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0] if part.size else 0
    return View(part.strides, offset), list(part.shape)


def broadcast(op: Operation) -> View | Lowering | None:
    """BroadcastTo: repeated dimensions have a stride of 0."""
    shape, result = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    missing = len(result) - len(shape)
    if missing < 0:
        return None
    strides = [0 if n == 1 else stride for n, stride in zip(shape, contiguous_strides(shape), strict=True)]
    return _repeated(op, (0,) * missing + tuple(strides), 0)


def fill(op: Operation) -> View | Lowering | None:
    """Fill: a scalar, repeated."""
    return _repeated(op, (0,) * len(shape_of(op.outputs[0])), 1)


def _repeated(op: Operation, strides: tuple[int, ...], source: int) -> View | Lowering | None:
    """A view, but for a variable: that these ops have no memory of their own, only we know."""
    if root(op.inputs[source]).dtype.is_ref:
        return repeated(op, source, strides)
    return View(strides, input=source)


def split(op: Operation) -> tuple[View, ...] | None:
    """Split along a known axis."""
    return _parts(op, 1, static_value(op.inputs[0]))


def split_sizes(op: Operation) -> tuple[View, ...] | None:
    """SplitV along a known axis."""
    return None if static_value(op.inputs[1]) is None else _parts(op, 0, static_value(op.inputs[2]))


def _parts(op: Operation, source: int, axis: Any) -> tuple[View, ...] | None:
    """Parts of an input that follow each other along an axis."""
    if axis is None:
        return None
    whole = shape_of(op.inputs[source])
    at, strides = int(axis) % len(whole), contiguous_strides(whole)
    views, first = [], 0
    for tensor in op.outputs:
        views.append(View(strides, first * strides[at], source))
        first += shape_of(tensor)[at]
    return tuple(views) if first == whole[at] else None  # if not, the ordinary kernel says what is wrong


def unpack(op: Operation) -> tuple[View, ...] | None:
    """Unpack: each place on an axis is an output."""
    whole = shape_of(op.inputs[0])
    at = op.attrs["axis"] % len(whole)
    if whole[at] != len(op.outputs):
        return None
    strides = contiguous_strides(whole)
    left = strides[:at] + strides[at + 1 :]
    return tuple([View(left, i * strides[at]) for i in range(len(op.outputs))])


def reverse(op: Operation) -> View | None:
    """ReverseV2 along known axes: their strides are negative."""
    axes = static_value(op.inputs[1])
    if axes is None:
        return None
    shape = shape_of(op.inputs[0])
    backwards = {axis % len(shape) for axis in axes.tolist()}
    strides = contiguous_strides(shape)
    offset = sum((shape[axis] - 1) * strides[axis] for axis in sorted(backwards) if shape[axis])
    return View(tuple([-s if axis in backwards else s for axis, s in enumerate(strides)]), offset)
