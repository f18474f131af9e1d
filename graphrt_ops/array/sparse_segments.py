"""sparse_segment_*: some rows of a tensor, reduced by the group that an id puts them in."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import FLOATS, REALS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_value
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.segments import reduced

_IDS = "indices:Tidx segment_ids:int32"


def _rows(op: Operation, count: int | None) -> TensorShape:
    data = op.inputs[0].shape
    for ids in op.inputs[1:3]:
        ids.shape.with_rank(1)
    op.inputs[1].shape.merge_with(op.inputs[2].shape)
    return UNKNOWN if data.rank is None else TensorShape.of((count, *data.values[1:]))


def _as_many_as_ids(op: Operation) -> TensorShape:
    return _rows(op, None)


def _as_many_as_input_3(op: Operation) -> TensorShape:
    count = static_value(op.inputs[3])
    return _rows(op, None if count is None else int(count))


def _divisors(xp, kind: str, segment_ids, count: int, dtype):
    """What the sum of every group is divided by."""
    sizes = xp.maximum(xp.bincount(segment_ids, minlength=count), 1).astype(dtype)
    return xp.sqrt(sizes) if kind == "SqrtN" else sizes


def _check_vectors(indices, segment_ids) -> None:
    if indices.ndim != 1 or indices.shape != segment_ids.shape:
        raise ValueError(
            f"segment_ids {list(segment_ids.shape)} and indices {list(indices.shape)} should be vectors of the same "
            "size."
        )


def _reduced(xp, kind: str, data, indices, segment_ids, count: int | None):
    _check_vectors(indices, segment_ids)
    if not data.ndim:
        raise ValueError("data must be at least rank 1")
    if (segment_ids[1:] < segment_ids[:-1]).any():
        raise ValueError("segment ids are not increasing")
    if segment_ids.size and int(segment_ids[0]) < 0:
        raise ValueError(f"Segment id {int(segment_ids[0])} is negative")
    if indices.size and (int(indices.min()) < 0 or int(indices.max()) >= data.shape[0]):
        raise ValueError(f"indices are out of range [0, {data.shape[0]})")
    if count is None:
        count = int(segment_ids[-1]) + 1 if segment_ids.size else 0
    sums = reduced(xp, "add", data[indices], segment_ids, count, 0)
    if kind == "Sum":
        return sums
    divisors = _divisors(xp, kind, segment_ids, count, data.dtype)
    return sums / divisors.reshape([-1] + [1] * (data.ndim - 1))


def _opdefs(kind: str, dtypes) -> tuple[OpDef, OpDef]:
    """The op whose ids tell how many groups there are, and the one that is told."""
    types = {"T": dtypes, "Tidx": (int32, int64)}
    plain = OpDef(f"SparseSegment{kind}", f"data {_IDS}", "output", dtypes=types, infer=_as_many_as_ids)
    counted = OpDef(
        f"SparseSegment{kind}WithNumSegments",
        f"data {_IDS} num_segments:Tnumsegments@host",
        "output",
        dtypes={**types, "Tnumsegments": (int32, int64)},
        infer=_as_many_as_input_3,
    )

    @plain.kernel
    def kernel(xp, data, indices, segment_ids):
        return _reduced(xp, kind, data, indices, segment_ids, None)

    @counted.kernel
    def counted_kernel(xp, data, indices, segment_ids, num_segments):
        return _reduced(xp, kind, data, indices, segment_ids, int(num_segments))

    return plain, counted


def _grad_opdef(kind: str) -> OpDef:
    opdef = OpDef(
        f"SparseSegment{kind}Grad",
        f"grad {_IDS} output_dim0:int32@host",
        "output",
        dtypes={"T": FLOATS, "Tidx": (int32, int64)},
        infer=_as_many_as_input_3,
    )

    @opdef.kernel
    def kernel(xp, grad, indices, segment_ids, output_dim0):
        _check_vectors(indices, segment_ids)
        for ids, limit, what in ((segment_ids, grad.shape[0], "Segment id"), (indices, int(output_dim0), "Index")):
            if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= limit):
                raise ValueError(f"{what} {int(ids.min() if ids.min() < 0 else ids.max())} out of range [0, {limit}).")
        divisors = _divisors(xp, kind, segment_ids, grad.shape[0], grad.dtype)
        shares = grad / divisors.reshape([-1] + [1] * (grad.ndim - 1))
        return reduced(xp, "add", shares[segment_ids], indices, int(output_dim0), 0)

    return opdef


sum_opdefs = _opdefs("Sum", REALS)
mean_opdefs, mean_grad_opdef = _opdefs("Mean", FLOATS), _grad_opdef("Mean")
sqrt_opdefs, sqrt_grad_opdef = _opdefs("SqrtN", FLOATS), _grad_opdef("SqrtN")


def _nothing_for_ids(op: Operation, gradient: Tensor) -> list[Tensor | None]:
    return [gradient, *[None] * (len(op.inputs) - 1)]


def _sum_gradient(op: Operation, dy: Tensor):
    data, indices, segment_ids = op.inputs[:3]
    rows = F.shape(data)[0]
    return _nothing_for_ids(op, F.unsorted_segment_sum(F.gather(dy, segment_ids), indices, rows))


def _gradient_with(own: OpDef):
    def gradient(op: Operation, dy: Tensor):
        data, indices, segment_ids = op.inputs[:3]
        return _nothing_for_ids(op, own(dy, indices, segment_ids, F.shape(data)[0]))

    return gradient


for _own in sum_opdefs:
    _own.gradient(_sum_gradient)
for _own in mean_opdefs:
    _own.gradient(_gradient_with(mean_grad_opdef))
for _own in sqrt_opdefs:
    _own.gradient(_gradient_with(sqrt_grad_opdef))


def _called(opdefs: tuple[OpDef, OpDef], data, indices, segment_ids, name, num_segments):
    plain, counted = opdefs
    if num_segments is None:
        return plain(data, indices, segment_ids, name=name)
    return counted(data, indices, segment_ids, num_segments, name=name)


@export("sparse_segment_sum", "sparse.segment_sum")
def sparse_segment_sum(data, indices, segment_ids, name=None, num_segments=None):
    """``segment_sum`` of some rows: row i is the sum of ``data[indices[j]]`` over the j with ``segment_ids[j] == i``.

    Args:
      data: a tensor of rank 1 or more. indices: rows of it, int32 or int64. segment_ids: int32, not decreasing.
      name: a name for the node. num_segments: how many groups there are, if not as many as the last id tells.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.sparse_segment_sum([1, 10, 100], [0, 2, 1], [0, 0, 2])))
    [101   0  10]
    """
    return _called(sum_opdefs, data, indices, segment_ids, name, num_segments)


@export("sparse_segment_mean", "sparse.segment_mean")
def sparse_segment_mean(data, indices, segment_ids, name=None, num_segments=None):
    """As ``sparse_segment_sum``, but the mean of every group."""
    return _called(mean_opdefs, data, indices, segment_ids, name, num_segments)


@export("sparse_segment_sqrt_n", "sparse.segment_sqrt_n")
def sparse_segment_sqrt_n(data, indices, segment_ids, name=None, num_segments=None):
    """As ``sparse_segment_sum``, but every sum divided by the square root of the group's size."""
    return _called(sqrt_opdefs, data, indices, segment_ids, name, num_segments)
