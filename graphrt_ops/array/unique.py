"""unique, unique_with_counts, setdiff1d: vectors as sets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphrt.dtypes import int32, int64
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.opdef.bounded import Bounds, Rows
from graphrt.shapes import SCALAR, TensorShape

_VECTOR = TensorShape.of((None,))


def _found(op: Operation):
    return [_VECTOR, op.inputs[0].shape.with_rank(1), _VECTOR][: len(op.outputs)]


opdef = OpDef("Unique", "x", "y idx:out_idx", attrs={"out_idx": int32}, infer=_found, differentiable=False)
counted = OpDef(
    "UniqueWithCounts", "x", "y idx:out_idx count:out_idx", attrs={"out_idx": int32}, infer=_found, differentiable=False
)
bounded_opdef = OpDef(
    "_BoundedUnique",
    "x",
    "y idx:out_idx count:int64",
    dtypes=(int32, int64),
    attrs={"out_idx": int32},
    infer=lambda op: [op.inputs[0].shape, op.inputs[0].shape, SCALAR],
    differentiable=False,
)
difference = OpDef(
    "ListDiff",
    "x y",
    "out idx:out_idx",
    attrs={"out_idx": int32},
    infer=lambda op: [_VECTOR, _VECTOR],
    differentiable=False,
)


class Unique(NamedTuple):
    """What ``unique`` returns."""

    y: Any
    idx: Any


class UniqueWithCounts(NamedTuple):
    """What ``unique_with_counts`` returns."""

    y: Any
    idx: Any
    count: Any


class ListDiff(NamedTuple):
    """What ``setdiff1d`` returns."""

    out: Any
    idx: Any


def _in_order_of_appearance(xp, x):
    """The different elements as they come, which of them each element is, and how often they come."""
    if x.ndim != 1:
        raise ValueError(f"unique expects a 1D vector, got shape {list(x.shape)}")
    values, first, inverse, counts = xp.unique(x, return_index=True, return_inverse=True, return_counts=True)
    order = xp.argsort(first)
    place = xp.empty_like(order)
    place[order] = xp.arange(len(order))
    return values[order], place[inverse.reshape(-1)], counts[order]


@opdef.kernel
def kernel(xp, x, out_idx):
    values, places, _ = _in_order_of_appearance(xp, x)
    return values, places.astype(out_idx.as_numpy_dtype)


@counted.kernel
def counted_kernel(xp, x, out_idx):
    values, places, counts = _in_order_of_appearance(xp, x)
    return values, places.astype(out_idx.as_numpy_dtype), counts.astype(out_idx.as_numpy_dtype)


@bounded_opdef.kernel
def bounded_kernel(xp, x, out_idx):
    """As many as ``x`` has, the first of them again after the last, and how many are different."""
    values, places, _ = _in_order_of_appearance(xp, x)
    y = xp.full(x.shape, values[0])
    y[: len(values)] = values
    return y, places.astype(out_idx.as_numpy_dtype), xp.asarray(len(values), np.int64)


@bounded_opdef.lower
def lower_bounded(op: Operation):
    from graphrt.native.records import Unique

    return Unique()


@opdef.bounded
def bounded(op: Operation, bounds: Bounds):
    """The different ones of 256 numbers are 256 at most."""
    x = op.inputs[0]
    if x in bounds.rows or not x.shape.num_elements() or x.dtype not in (int32, int64):
        return None
    y, places, count = bounded_opdef(bounds.now(x), out_idx=op.attrs["out_idx"], name=op.name)
    return [Rows(y, count), places]


@difference.kernel
def difference_kernel(xp, x, y, out_idx):
    kept = xp.flatnonzero(~xp.isin(x, y))
    return x[kept], kept.astype(out_idx.as_numpy_dtype)


@export("unique")
def unique(x, out_idx=int32, name=None):
    """The different elements of a vector in the order in which they first come, and which of them each element is.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.unique([7, 5, 7])))
    Unique(y=array([7, 5], dtype=int32), idx=array([0, 1, 0], dtype=int32))
    """
    return Unique(*opdef(x, out_idx=out_idx, name=name))


@export("unique_with_counts")
def unique_with_counts(x, out_idx=int32, name=None):
    """As ``unique``, and how often each of the elements comes."""
    return UniqueWithCounts(*counted(x, out_idx=out_idx, name=name))


@export("setdiff1d")
def setdiff1d(x, y, index_dtype=int32, name=None):
    """The elements of the vector ``x`` that are not in ``y``, and where they are in ``x``."""
    return ListDiff(*difference(x, y, out_idx=index_dtype, name=name))
