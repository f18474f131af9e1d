"""segment_sum and unsorted_segment_sum: rows added up by the group that each belongs to; IndexedSlices made dense."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import DType, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.indexed_slices import IndexedSlices
from graphrt.opdef import OpDef, export, static_value
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.shapes import NUMBERS


def _unsorted_shape(op: Operation) -> TensorShape:
    """num_segments, then the dimensions of the data behind those of the ids."""
    data, ids, count = op.inputs
    if data.shape.rank is None or ids.shape.rank is None:
        return UNKNOWN
    rank = ids.shape.rank
    TensorShape.of(data.shape.values[:rank]).assert_is_compatible_with(ids.shape)
    known = static_value(count)
    return TensorShape.of((None if known is None else int(known), *data.shape.values[rank:]))


def _sorted_shape(op: Operation) -> TensorShape:
    data = op.inputs[0].shape
    return UNKNOWN if data.rank is None else TensorShape.of((None, *data.values[1:]))


IDS = (int32, int64)
unsorted_sum = OpDef(
    "UnsortedSegmentSum",
    "data:T segment_ids:Tindices num_segments:Tnumsegments@host",
    "output:T",
    dtypes={"T": NUMBERS, "Tindices": IDS, "Tnumsegments": IDS},
    infer=_unsorted_shape,
)
sorted_sum = OpDef(
    "SegmentSum", "data:T segment_ids:Tindices", "output:T", dtypes={"T": NUMBERS, "Tindices": IDS}, infer=_sorted_shape
)


@unsorted_sum.kernel
def unsorted_kernel(xp, data, segment_ids, num_segments):
    count = int(num_segments)
    if data.shape[: segment_ids.ndim] != segment_ids.shape:
        raise ValueError(
            f"data.shape = {list(data.shape)} does not start with segment_ids.shape = {list(segment_ids.shape)}"
        )
    if segment_ids.size and int(segment_ids.max()) >= count:
        raise ValueError(f"segment_ids = {int(segment_ids.max())} is out of range [0, {count})")
    rows = data.reshape((segment_ids.size, *data.shape[segment_ids.ndim :]))
    ids = segment_ids.ravel()
    if ids.size and int(ids.min()) < 0:  # a negative id drops its row
        rows, ids = rows[ids >= 0], ids[ids >= 0]
    return _added(xp, rows, ids, count)


@sorted_sum.kernel
def sorted_kernel(xp, data, segment_ids):
    if segment_ids.ndim != 1 or segment_ids.shape[0] != data.shape[0]:
        raise ValueError("segment_ids should be the same size as dimension 0 of input.")
    if segment_ids.size and (int(segment_ids[0]) < 0 or bool((segment_ids[1:] < segment_ids[:-1]).any())):
        raise ValueError("segment ids are not increasing, or negative")
    return _added(xp, data, segment_ids, int(segment_ids[-1]) + 1 if segment_ids.size else 0)


def _added(xp, rows, ids, count):
    total = xp.zeros((count, *rows.shape[1:]), rows.dtype)
    xp.add.at(total, ids, rows)
    return total


@sorted_sum.gradient
def sorted_gradient(op: Operation, dy: Tensor):
    return [F.gather(dy, op.inputs[1]), None]


@unsorted_sum.gradient
def unsorted_gradient(op: Operation, dy: Tensor):
    """Each row gets its group's gradient, and nothing where the id is negative."""
    ids = op.inputs[1]
    rows = F.gather(dy, F.maximum(ids, F.zeros_like(ids)))
    counts = F.greater_equal(ids, 0)
    for _ in range(rows.shape.rank - counts.shape.rank):
        counts = F.expand_dims(counts, -1)
    counts = F.logical_and(counts, F.ones_like(rows, dtype="bool"), name="and")
    return [F.where(counts, rows, F.zeros_like(rows)), None, None]


@export("unsorted_segment_sum", "math.unsorted_segment_sum")
def unsorted_segment_sum(data, segment_ids, num_segments, name=None):
    """Adds up the rows of ``data`` that have the same id.

    Args:
      data: a numeric tensor. segment_ids: int32 or int64, of the shape with which that of data begins; a negative id
        drops its row.
      num_segments: the number of rows of the result; ids that do not occur give zeros.

    Raises:
      InvalidArgumentError: (when it runs) if an id is not below num_segments.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.unsorted_segment_sum([1, 2, 4], [2, 0, 2], 4)))
    [2 0 5 0]
    """
    return unsorted_sum(data, segment_ids, num_segments, name=name)


@export("segment_sum", "math.segment_sum")
def segment_sum(data, segment_ids, name=None):
    """Adds up the rows of ``data`` (along its first dimension) that have the same id.

    Args:
      data: a numeric tensor. segment_ids: a vector of as many ids as data has rows, in increasing order.

    Raises:
      InvalidArgumentError: (when it runs) if the ids are not sorted or of another length.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.segment_sum([1, 2, 4], [0, 0, 2])))
    [3 0 4]
    """
    return sorted_sum(data, segment_ids, name=name)


def _dense(value: IndexedSlices, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Tensor:
    """IndexedSlices as a Tensor: rows with equal indices are added up, rows that are not there are zeros."""
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {value}")
    return unsorted_segment_sum(value.values, value.indices, value.dense_shape[0], name=name)


register_tensor_conversion_function(IndexedSlices, _dense, 90)
