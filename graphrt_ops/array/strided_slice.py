"""strided_slice: ``x[begin:end:stride, ...]`` as a node, and its gradient."""

from __future__ import annotations

import functools

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_value
from graphrt.opdef.static import static_dims as known_dims
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape

MASKS = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}


def index_of(begin, end, strides, masks) -> tuple:
    """What NumPy takes in brackets for the same selection; always with an Ellipsis, so that it gives an array.

    ``masks`` are the values of MASKS, in that order.
    """
    begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask = masks
    index: list = []
    for i, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(first)
        else:
            index.append(slice(None if begin_mask & bit else first, None if end_mask & bit else last, step))
    if not ellipsis_mask:
        index.append(Ellipsis)
    return tuple(index)


@functools.lru_cache(maxsize=4096)
def _remembered_index(begin: bytes, end: bytes, strides: bytes, kind: str, masks: tuple[int, ...]) -> tuple:
    """``index_of`` for the bytes of the three vectors: most nodes take the same part again and again."""
    return index_of(*[np.frombuffer(part, kind).tolist() for part in (begin, end, strides)], masks)


def whose_length(tensor: Tensor) -> Tensor | None:
    """The tensor x if ``tensor`` is ``shape(x)[0]``, or the size of a vector x."""
    op = tensor.op
    if op.type == "Size":
        return op.inputs[0] if op.inputs[0].shape.rank == 1 else None
    if op.type != "StridedSlice" or op.inputs[0].op.type != "Shape":
        return None
    part = [static_value(bound) for bound in op.inputs[1:]]
    if any(bound is None for bound in part):
        return None
    index = index_of(*[bound.tolist() for bound in part], tuple(_masks(op).values()))
    return op.inputs[0].op.inputs[0] if index == (0, Ellipsis) else None


def _masks(op: Operation) -> dict[str, int]:
    return {mask: op.attrs[mask] for mask in MASKS}


def _sliced(op: Operation) -> TensorShape:
    """Each dimension's part, as far as begin and end are known."""
    x, begin, end, strides = op.inputs[:4]
    steps = static_value(strides)
    if x.shape.rank is None or steps is None:
        return UNKNOWN
    count = len(steps)
    first, last = static_value(begin), static_value(end)
    known = first is not None and last is not None
    first = first.tolist() if known else [None] * count
    last = last.tolist() if known else [None] * count
    index = index_of(first, last, steps.tolist(), _masks(op).values())
    if op.attrs["ellipsis_mask"] & (op.attrs["ellipsis_mask"] - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    return TensorShape.of(tuple(_part_lengths(index, x.shape.values, known, op.attrs)))


def _part_lengths(index: tuple, dims: tuple, known: bool, masks: dict[str, int]) -> list[int | None]:
    used = sum(1 for item in index if item is not None and item is not Ellipsis)
    result: list[int | None] = []
    at = 0
    for i, item in enumerate(index):
        if item is Ellipsis:
            rest = max(len(dims) - used, 0)
            result.extend(dims[at : at + rest])
            at += rest
        elif masks["new_axis_mask"] >> i & 1:
            result.append(1)
        else:
            if at >= len(dims):
                raise ValueError(f"Index out of range using input dim {at}; input has only {len(dims)} dims")
            if masks["shrink_axis_mask"] >> i & 1:
                _check_inside(item, dims[at], i)
            else:
                whole = bool(masks["begin_mask"] >> i & masks["end_mask"] >> i & 1)
                result.append(_part_length(item, dims[at], i, known or whole))
            at += 1
    return result


def _check_inside(at: int | None, length: int | None, i: int) -> None:
    if at is not None and length is not None and not -length <= at < length:
        raise ValueError(f"slice index {at} of dimension {i} out of bounds.")


def _part_length(part: slice, length: int | None, i: int, known: bool) -> int | None:
    if part.step == 0:
        raise ValueError(f"strides[{i}] must be non-zero")
    if length is None or not known:
        return None
    return len(range(*part.indices(length)))


opdef = OpDef(
    "StridedSlice",
    "input begin:Index@host end:Index@host strides:Index@host",
    "output",
    dtypes={"Index": (int32, int64)},
    attrs=MASKS,
    infer=_sliced,
    aliases=0,
)
gradient_opdef = OpDef(
    "StridedSliceGrad",
    "shape:Index@host begin:Index@host end:Index@host strides:Index@host dy",
    "output",
    dtypes={"Index": (int32, int64)},
    attrs=MASKS,
    infer=lambda op: static_shape(op.inputs[0]),
)


@opdef.kernel
def kernel(xp, input, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask):
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    try:
        return input[_remembered_index(begin.tobytes(), end.tobytes(), strides.tobytes(), begin.dtype.char, masks)]
    except IndexError as error:
        raise ValueError(f"slice index out of bounds: {error}") from None


@gradient_opdef.kernel
def gradient_kernel(
    xp, shape, begin, end, strides, dy, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    result = xp.zeros(shape.tolist(), dy.dtype)
    result[index_of(begin.tolist(), end.tolist(), strides.tolist(), masks)] = dy
    return result


@opdef.lower
def lower(op: Operation):
    vectors = [static_value(tensor) for tensor in op.inputs[1:4]]
    if any(vector is None for vector in vectors):
        return None
    try:
        view, part = _view_of(op, op.inputs[0].shape.values, vectors)
    except (IndexError, ValueError):
        return None  # the ordinary kernel says what is wrong
    return view if part == op.outputs[0].shape.values else None


def _view_of(op: Operation, shape: tuple[int, ...], vectors):
    """The part that begin, end and strides select of an array of ``shape``, as a View, and the part's shape."""
    from graphrt.native.records import View, contiguous_strides

    # NumPy knows. Addresses without memory behind them: nothing is read.
    whole = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), shape, contiguous_strides(shape))
    part = whole[index_of(*[vector.tolist() for vector in vectors], list(_masks(op).values()))]
    offset = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0] if part.size else 0
    return View(part.strides, offset), part.shape


@gradient_opdef.lower
def gradient_lower(op: Operation):
    """Zeros, and the gradient in its places."""
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    vectors = [static_value(tensor) for tensor in op.inputs[1:4]]
    shape, whole = op.inputs[4].shape.values, op.outputs[0].shape.values
    if 0 in whole or any(vector is None for vector in vectors):
        return None
    view, part = _view_of(op, whole, vectors)
    if part != shape:
        return None  # the ordinary kernel says what is wrong
    axes = axes_of(shape, contiguous_strides(shape), view.strides)
    return Copies(title("strided_slice_grad", shape, whole), (Part(axes, 4, 0, view.offset),), zeros=True)


@opdef.static_dims
def static_dims(op: Operation):
    """A part of a partially known shape."""
    dims = known_dims(op.inputs[0])
    parts = [static_value(tensor) for tensor in op.inputs[1:]]
    if dims is None or any(part is None or len(part) != 1 for part in parts) or op.attrs["new_axis_mask"]:
        return None
    index = index_of(*[part.tolist() for part in parts], _masks(op).values())[0]
    return dims[index] if isinstance(index, slice) else None


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    x, begin, end, strides = op.inputs
    shape = F.shape(x, out_type=begin.dtype)
    return [gradient_opdef(shape, begin, end, strides, dy, **_masks(op)), None, None, None]


@gradient_opdef.gradient
def gradient_gradient(op: Operation, dy: Tensor):
    _, begin, end, strides, _ = op.inputs
    return [None, None, None, None, F.strided_slice(dy, begin, end, strides, **_masks(op))]


@export("strided_slice")
def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """``input_[begin[0]:end[0]:strides[0], begin[1]:...]``; bit i of a mask changes what entry i means.

    Args:
      input_: any tensor. begin, end, strides: integer vectors of one length (strides of 1, if not given).
      begin_mask, end_mask: begin or end is not given: as much as possible.
      ellipsis_mask: as many dimensions as needed (one bit at most).
      new_axis_mask: a new dimension of 1. shrink_axis_mask: a single index, whose dimension disappears.
      var: the variable that ``assign`` of the result will change; such a result is not differentiable.
      name: a name for the node.
    """
    if strides is None:
        strides = F.ones_like(begin)
    result = opdef(
        input_,
        begin,
        end,
        strides,
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
        name=name,
    )
    if var is not None:
        from graphrt_ops.state.slice_assign import make_assignable  # which needs this module

        make_assignable(result, var, begin, end, strides, _masks(result.op))
    return result
