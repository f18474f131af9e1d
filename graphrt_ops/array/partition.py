"""dynamic_partition and dynamic_stitch: rows dealt out to lists, and put together again."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.bytestrings import zeros
from graphrt.dtypes import int32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, required, static_dims, static_value
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.scattering import assign_at

_FEW = 64  # so many numbers are put in place faster one by one


def _dealt(op: Operation):
    """An unknown number of rows in each list."""
    data, partitions = op.inputs[0].shape, op.inputs[1].shape
    count = op.attrs["num_partitions"]
    if data.rank is None or partitions.rank is None:
        return [UNKNOWN] * count
    for at, (m, n) in enumerate(zip(data.values, partitions.values, strict=False)):
        if m is not None and n is not None and m != n:
            raise ValueError(f"Dimension {at} in both shapes must be equal, but are {m} and {n}")
    return [TensorShape.of((None, *data.values[partitions.rank :]))] * count


def _stitched(op: Operation) -> TensorShape:
    """As many rows as the largest index asks for."""
    count = op.attrs["N"]
    tail = UNKNOWN
    largest: int | None = -1
    for indices, data in zip(op.inputs[:count], op.inputs[count:], strict=True):
        if indices.shape.rank is not None and data.shape.rank is not None:
            if not TensorShape.of(data.shape.values[: indices.shape.rank]).is_compatible_with(indices.shape):
                raise ValueError(
                    f"The shape {data.shape} of data does not start with that of its indices {indices.shape}"
                )
            tail = tail.merge_with(TensorShape.of(data.shape.values[indices.shape.rank :]))
        value = static_value(indices)
        largest = None if value is None or largest is None else max(largest, int(value.max(initial=-1)))
    if tail.rank is None:
        return UNKNOWN
    return TensorShape.of((None if largest is None else largest + 1, *tail.values))


opdef = OpDef(
    "DynamicPartition",
    "data partitions:int32",
    "outputs:num_partitions*T",
    attrs={"num_partitions": required(int)},
    infer=_dealt,
)
stitched = OpDef("DynamicStitch", "indices:N*int32 data:N*T", "merged", infer=_stitched)


@opdef.kernel
def kernel(xp, data, partitions, num_partitions):
    if data.shape[: partitions.ndim] != partitions.shape:
        raise ValueError(
            f"data.shape must start with partitions.shape, got data.shape = {list(data.shape)}, partitions.shape = "
            f"{list(partitions.shape)}"
        )
    if partitions.size and (int(partitions.min()) < 0 or int(partitions.max()) >= num_partitions):
        raise ValueError(f"partitions must be in [0, {num_partitions}), got {[int(i) for i in partitions.reshape(-1)]}")
    return tuple([data[partitions == i] for i in range(num_partitions)])


@stitched.kernel
def stitched_kernel(xp, indices, data):
    vectors = xp is np and all(part.ndim == 1 for part in (*indices, *data))
    if vectors and data[0].dtype != object and sum(map(len, data)) <= _FEW:
        return _stitched_numbers(indices, data)
    tail = data[0].shape[indices[0].ndim :]
    for i, rows in zip(indices, data, strict=True):
        _check_starts(i, rows, tail)
        if i.size and int(i.min()) < 0:  # NumPy would count it from the end
            raise ValueError(f"indices must not be negative, but one is {int(i.min())}")
    count = max((int(i.max()) for i in indices if i.size), default=-1) + 1
    result = zeros(xp, (count, *tail), data[0].dtype)
    for i, rows in zip(indices, data, strict=True):
        assign_at(xp, result, i, rows)
    return result


def _check_starts(indices, rows, tail) -> None:
    if rows.shape != indices.shape + tail:
        raise ValueError(
            f"The shape of data must be that of its indices, {list(indices.shape)}, and then {list(tail)} as for the "
            f"first, but it is {list(rows.shape)}"
        )


def _stitched_numbers(indices, data):
    """As the kernel, for the few numbers of a shape (gradients of reductions put shapes together so)."""
    result = [0] * (max([max(i.tolist(), default=-1) for i in indices]) + 1)
    for i, rows in zip(indices, data, strict=True):
        if len(i) != len(rows):
            _check_starts(i, rows, ())
        for place, value in zip(i.tolist(), rows.tolist(), strict=True):
            if place < 0:
                raise ValueError(f"indices must not be negative, but one is {place}")
            result[place] = value
    return np.array(result, data[0].dtype)


@stitched.fold
def known_vector(op: Operation):
    """A vector of integers (a shape, as a rule) whose unknown entries are all written over."""
    count = op.attrs["N"]
    merged: dict[int, int | None] = {}
    for places, values in zip(op.inputs[:count], op.inputs[count:], strict=True):
        if values.dtype.kind != "int":
            return None
        indices, entries = static_value(places), static_dims(values)
        if indices is None or entries is None or indices.ndim != 1:
            return None
        merged.update(zip(indices.tolist(), entries, strict=True))
    if not merged or None in merged.values() or set(merged) != set(range(len(merged))):
        return None
    return np.array([merged[i] for i in range(len(merged))], op.outputs[0].dtype.as_numpy_dtype)


@opdef.gradient
def gradient(op: Operation, *dys: Tensor):
    data, partitions = op.inputs
    shape = F.shape(partitions)
    places = F.reshape(F.range(F.reduce_prod(shape)), shape)
    dealt = F.dynamic_partition(places, partitions, op.attrs["num_partitions"])
    whole = F.dynamic_stitch(dealt, list(dys))
    return [F.reshape(whole, F.shape(data)), None]


@stitched.gradient
def stitched_gradient(op: Operation, dy):
    count = op.attrs["N"]
    if isinstance(dy, IndexedSlices):
        dy = F.unsorted_segment_sum(dy.values, dy.indices, F.shape(op.outputs[0])[0])
    indices = [tensor if tensor.dtype is int32 else F.cast(tensor, int32) for tensor in op.inputs[:count]]
    return [None] * count + [F.gather(dy, i) for i in indices]


@export("dynamic_partition")
def dynamic_partition(data, partitions, num_partitions, name=None):
    """The rows of ``data`` in ``num_partitions`` lists: row i goes to list ``partitions[i]``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.dynamic_partition([10, 20, 30], [1, 0, 1], 2)))
    [array([20], dtype=int32), array([10, 30], dtype=int32)]
    """
    return opdef(data, partitions, num_partitions=num_partitions, name=name)


@export("dynamic_stitch")
def dynamic_stitch(indices, data, name=None):
    """One tensor with ``data[m][i]`` at row ``indices[m][i]``; of equal indices the last one wins."""
    return stitched(indices, data, name=name)
