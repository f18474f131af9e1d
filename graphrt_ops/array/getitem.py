"""x[...] of Tensors (and Variables)."""

from __future__ import annotations

import sys

import graphrt_ops as F
from graphrt.dtypes import as_dtype, bool_, int32, int64
from graphrt.export import export_values
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.shapes import Dimension
from graphrt_ops.math.operators import install

newaxis = None
"""In brackets: a new dimension of 1."""
export_values(__name__, {"newaxis": "newaxis"})


def _check_index(index) -> None:
    """TypeError for what is no index: floats, strings, vectors."""
    if isinstance(index, (int, Dimension)):
        return
    dtype = getattr(index, "dtype", None)
    rank = len(index.shape) if dtype is not None and index.shape else 0
    if dtype is None or as_dtype(dtype).base_dtype not in (int32, int64) or rank == 1:
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors "
            f"are valid indices, got {index!r}"
        )


class _Selection:
    """The entries of a pair of brackets, gathered into the inputs of a StridedSlice."""

    def __init__(self) -> None:
        self.begin: list = []
        self.end: list = []
        self.strides: list = []
        self.masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)

    def _add(self, begin, end, stride, *masks: str) -> None:
        for mask in masks:
            self.masks[mask] |= 1 << len(self.begin)
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)

    def add(self, item) -> None:
        if isinstance(item, slice):
            self._add_slice(item)
        elif item is Ellipsis:
            self._add(0, 0, 1, "ellipsis_mask")
        elif item is None:
            self._add(0, 0, 1, "new_axis_mask")
        else:
            _check_index(item)
            self._add(item, item + 1, 1, "shrink_axis_mask")

    def _add_slice(self, part: slice) -> None:
        masks = []
        begin, end, stride = 0, 0, 1
        if part.start is None or (not isinstance(part.start, Tensor) and part.start == sys.maxsize):
            masks.append("begin_mask")
        else:
            _check_index(part.start)
            begin = part.start
        if part.stop is None or (not isinstance(part.stop, Tensor) and part.stop == sys.maxsize):
            masks.append("end_mask")
        else:
            _check_index(part.stop)
            end = part.stop
        if part.step is not None:
            _check_index(part.step)
            stride = part.step
        self._add(begin, end, stride, *masks)

    def inputs(self) -> list[Tensor]:
        """begin, end and strides as tensors of one type, made in the open scope."""
        if not self.begin:
            return [F.constant([], int32)] * 3
        packed = [F.stack(entries) for entries in (self.begin, self.end, self.strides)]
        if any(tensor.dtype is int64 for tensor in packed):
            packed = [tensor if tensor.dtype is int64 else F.cast(tensor, int64) for tensor in packed]
        return packed


def _is_mask(item) -> bool:
    if isinstance(item, bool):
        return True
    dtype = getattr(item, "dtype", None)
    return dtype is not None and as_dtype(dtype).base_dtype is bool_


def get_item(tensor, item, var=None):
    """``tensor[item]``: integers, slices, ``...``, ``tf.newaxis``, scalar integer tensors, or one boolean mask."""
    if _is_mask(item):
        return F.boolean_mask(tensor, item)
    selection = _Selection()
    for entry in item if isinstance(item, (list, tuple)) else (item,):
        selection.add(entry)
    values = [tensor, *selection.begin, *selection.end, *selection.strides]
    with name_scope(None, "strided_slice", values) as scope:
        return F.strided_slice(tensor, *selection.inputs(), **selection.masks, var=var, name=scope)


install("__getitem__", get_item)
