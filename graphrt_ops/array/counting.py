"""bincount, histogram_fixed_width and confusion_matrix: how often things come."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import FLOATS, as_dtype, float32, float64, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import TensorShape
from graphrt_ops.control.group import with_dependencies
from graphrt_ops.sparse.sparse_tensor import SparseTensor

opdef = OpDef(
    "Bincount",
    "arr:int32 size:int32@host weights",
    "bins",
    dtypes=(int32, int64, float32, float64),
    infer=lambda op: _counted(op, 1),
    differentiable=False,
)
histogram = OpDef(
    "HistogramFixedWidth",
    "values value_range@host nbins:int32@host",
    "out:dtype",
    dtypes={"T": (int32, int64, *FLOATS)},
    attrs={"dtype": int32},
    infer=lambda op: _counted(op, 2),
    differentiable=False,
)


def _counted(op: Operation, index: int) -> TensorShape:
    count = static_value(op.inputs[index])
    return TensorShape.of((None if count is None else int(count),))


@opdef.kernel
def kernel(xp, arr, size, weights):
    count = int(size)
    flat = arr.reshape(-1)
    if flat.size and int(flat.min()) < 0:
        raise ValueError("Input arr must be non-negative!")
    kept = flat < count
    by = weights.reshape(-1)[kept] if weights.size else None
    return xp.bincount(flat[kept], by, count).astype(weights.dtype, copy=False)


@histogram.kernel
def histogram_kernel(xp, values, value_range, nbins, dtype):
    count = int(nbins)
    low, high = (float(end) for end in value_range)
    if not low < high:
        raise ValueError(f"value_range should satisfy value_range[0] < value_range[1], but got [{low}, {high}]")
    if count <= 0:
        raise ValueError(f"nbins should be a positive number, but got {count}")
    places = xp.floor((values.reshape(-1).astype(xp.float64) - low) / ((high - low) / count))
    inside = xp.clip(places, 0, count - 1).astype(xp.int64)
    return xp.bincount(inside, minlength=count).astype(dtype.as_numpy_dtype)


@export("bincount", "math.bincount")
def bincount(arr, weights=None, minlength=None, maxlength=None, dtype=int32):
    """How often each of 0, 1, 2... comes in the integers ``arr`` (or the sum of its ``weights``).

    The result is as long as the largest element asks for, at least ``minlength`` and at most ``maxlength``.
    """
    with name_scope("bincount"):
        arr = convert_to_tensor(arr, name="arr", dtype=int32)
        some = F.reduce_prod(F.shape(arr)) > 0
        size = F.cast(some, int32) * (F.reduce_max(arr) + 1)
        if minlength is not None:
            size = F.maximum(convert_to_tensor(minlength, name="minlength", dtype=int32), size)
        if maxlength is not None:
            size = F.minimum(convert_to_tensor(maxlength, name="maxlength", dtype=int32), size)
        if weights is not None:
            return F.unsorted_segment_sum(convert_to_tensor(weights, name="weights"), arr, size)
        return opdef(arr, size, F.constant([], dtype))


@export("histogram_fixed_width")
def histogram_fixed_width(values, value_range, nbins=100, dtype=int32, name=None):
    """How many ``values`` lie in each of ``nbins`` equal parts of ``value_range``; what is outside counts at the ends.

    Args:
      values: numbers of any shape. value_range: a vector (low, high) of their type. dtype: the type of the counts.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return histogram(values, value_range, nbins, dtype=as_dtype(dtype), name=scope)


@export("confusion_matrix", "math.confusion_matrix")
def confusion_matrix(labels, predictions, num_classes=None, dtype=int32, name=None, weights=None):
    """A matrix of how often label i (row) was predicted as j (column).

    Args:
      labels, predictions: integer vectors of one length. num_classes: the number of rows (default: as many as needed).
      dtype: the type of the counts. name: a name scope. weights: what each prediction counts.

    Raises:
      InvalidArgumentError: (when it runs) for negative classes, and classes of ``num_classes`` and more.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.confusion_matrix([0, 1, 1], [0, 1, 0])))
    [[1 0]
     [1 1]]
    """
    with name_scope(name, "confusion_matrix", [v for v in (predictions, labels, weights) if v is not None]):
        labels, predictions = _same_rank(
            convert_to_tensor(labels, name="labels"), convert_to_tensor(predictions, name="predictions")
        )
        predictions, labels = F.cast(predictions, int64), F.cast(labels, int64)
        labels = _not_negative(labels, "`labels`")
        predictions = _not_negative(predictions, "`predictions`")
        if num_classes is None:
            num_classes = F.maximum(F.reduce_max(predictions), F.reduce_max(labels)) + 1
        else:
            limit = F.cast(num_classes, int64)
            labels = _below(labels, limit, "`labels`")
            predictions = _below(predictions, limit, "`predictions`")
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            weights = F.cast(weights, dtype)
        shape = F.stack([num_classes, num_classes])
        places = F.stack([labels, predictions], axis=1)
        counts = F.ones_like(predictions, dtype) if weights is None else weights
        counted = SparseTensor(places, counts, F.cast(shape, int64))
        return F.sparse_add(F.zeros(F.cast(shape, int32), dtype), counted)


def _not_negative(classes, what: str):
    check = F.assert_non_negative(classes, message=f"{what} contains negative values")
    return with_dependencies([check], classes)


def _below(classes, limit, what: str):
    return with_dependencies([F.assert_less(classes, limit, message=f"{what} out of bound")], classes)


def _same_rank(labels, predictions):
    """Drops a last dimension of 1 that only one of the two has."""
    with name_scope("remove_squeezable_dimensions"):
        if labels.shape.rank is None or predictions.shape.rank is None:
            raise ValueError("confusion_matrix needs labels and predictions of known ranks")
        more = predictions.shape.rank - labels.shape.rank
        if more == 1:
            predictions = F.squeeze(predictions, [-1])
        elif more == -1:
            labels = F.squeeze(labels, [-1])
    return labels, predictions
