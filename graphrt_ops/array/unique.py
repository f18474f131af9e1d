"""unique, unique_with_counts, setdiff1d: vectors as sets."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphrt.dtypes import int32
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.shapes import TensorShape

_VECTOR = TensorShape.of((None,))


def _found(op: Operation):
    return [_VECTOR, op.inputs[0].shape.with_rank(1), _VECTOR][: len(op.outputs)]


opdef = OpDef("Unique", "x", "y idx:out_idx", attrs={"out_idx": int32}, infer=_found, differentiable=False)
counted = OpDef(
    "UniqueWithCounts", "x", "y idx:out_idx count:out_idx", attrs={"out_idx": int32}, infer=_found, differentiable=False
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
