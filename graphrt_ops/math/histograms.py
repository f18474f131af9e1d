"""Counting: bincount and histogram_fixed_width."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32, float64, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.shapes import static_value


def _as_many_as(index: int):
    """As many counts as the value of an input says, where it is known."""

    def infer(op: Operation) -> TensorShape:
        count = static_value(op.inputs[index])
        return TensorShape.of((None if count is None else int(count),))

    return infer


_bincount = OpDef(
    "Bincount",
    "arr:int32 size:int32@host weights",
    "bins",
    dtypes=(int32, int64, float32, float64),
    infer=_as_many_as(1),
    differentiable=False,
)
_fixed_width = OpDef(
    "HistogramFixedWidth",
    "values value_range nbins:int32@host",
    "out:dtype",
    dtypes={"T": (int32, int64, float32, float64), "dtype": (int32, int64)},
    attrs={"dtype": int32},
    infer=_as_many_as(2),
    differentiable=False,
)


def _counted(xp, places, size, dtype, weights=None):
    counts = xp.bincount(places, weights, size)
    return counts.astype(dtype)


@_bincount.kernel
def _bincount_kernel(xp, arr, size, weights):
    size = int(size)
    if size < 0:
        raise ValueError(f"size ({size}) must be non-negative")
    if weights.size not in (0, arr.size):
        raise ValueError(f"arr and weights must have the same shape: {list(arr.shape)} and {list(weights.shape)}")
    arr = arr.reshape(-1)
    if (arr < 0).any():
        raise ValueError("Input arr must be non-negative!")
    inside = arr < size
    return _counted(xp, arr[inside], size, weights.dtype, weights.reshape(-1)[inside] if weights.size else None)


@_fixed_width.kernel
def _fixed_width_kernel(xp, values, value_range, nbins, dtype):
    nbins = int(nbins)
    if nbins <= 0:
        raise ValueError(f"nbins should be a positive number, but got '{nbins}'")
    low, high = value_range[0], value_range[1]
    if not low < high:
        raise ValueError(f"value_range should satisfy value_range[0] < value_range[1], but got '[{low}, {high}]'")
    steps = xp.floor((values.reshape(-1).astype(float) - low) / (high - low) * nbins)
    return _counted(xp, xp.clip(steps, 0, nbins - 1).astype(int64.as_numpy_dtype), nbins, dtype.as_numpy_dtype)


@export("bincount", "math.bincount")
def bincount(arr, weights=None, minlength=None, maxlength=None, dtype=int32):
    """How often each of the numbers 0, 1, 2, ... occurs in ``arr``.

    Args:
      arr: int32 numbers that are not negative. weights: instead of counting, add up these, of the shape of ``arr``.
      minlength, maxlength: the least and the greatest length of the result. dtype: its type without ``weights``.

    Raises:
      InvalidArgumentError: if a number is negative.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bincount([1, 1, 3])))
    [0 2 0 1]
    """
    with name_scope(None, "bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=int32)
        is_not_empty = F.reduce_prod(F.shape(arr)) > 0
        size = F.cast(is_not_empty, int32) * (F.reduce_max(arr) + 1)
        if minlength is not None:
            size = F.maximum(convert_to_tensor(minlength, name="minlength", dtype=int32), size)
        if maxlength is not None:
            size = F.minimum(convert_to_tensor(maxlength, name="maxlength", dtype=int32), size)
        if weights is not None:
            return F.unsorted_segment_sum(convert_to_tensor(weights, name="weights"), arr, size)
        return _bincount(arr, size, F.constant([], dtype=as_dtype(dtype)))


@export("histogram_fixed_width")
def histogram_fixed_width(values, value_range, nbins=100, dtype=int32, name=None):
    """How many values lie in each of ``nbins`` intervals of equal width; values outside count at the ends.

    Args:
      values: numbers. value_range: the two ends, of the type of ``values``. nbins: how many intervals.
      dtype: the type of the counts, tf.int32 or tf.int64. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5)))
    [2 1 1 0 2]
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return _fixed_width(values, value_range, nbins, dtype=as_dtype(dtype), name=scope)
