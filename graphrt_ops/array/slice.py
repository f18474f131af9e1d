"""slice: a block of a tensor, by where it begins and how large it is."""

from __future__ import annotations

import builtins

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_dims, static_value
from graphrt.opdef.static import check_used_for_shape, static_shape
from graphrt.shapes import UNKNOWN, TensorShape


def _sliced(op: Operation) -> TensorShape:
    """``size``, where -1 stands for the rest of the dimension."""
    x, begin, size = op.inputs
    vector = begin.shape.with_rank(1).merge_with(size.shape)
    rank = vector.values[0] if x.shape.rank is None else x.shape.rank
    if vector.values[0] is not None and vector.values[0] != rank:
        raise ValueError(f"Shape must be rank {vector.values[0]} but is rank {rank}")
    if rank is None:
        return UNKNOWN
    first, sizes = static_value(begin), static_value(size)
    check_used_for_shape(sizes)
    if sizes is None:
        return static_shape(size).merge_with(TensorShape.of((None,) * rank))
    if (sizes < -1).any():
        raise ValueError(f"Invalid value in tensor used for shape: {int(sizes.min())}")
    dims = x.shape.with_rank(rank).values
    lengths = [
        int(n) if n >= 0 else None if d is None or first is None else d - int(first[i])
        for i, (n, d) in enumerate(zip(sizes, dims, strict=True))
    ]
    return TensorShape.of(tuple(lengths))


opdef = OpDef(
    "Slice",
    "input begin:Index@host size:Index@host",
    "output",
    dtypes={"Index": (int32, int64)},
    infer=_sliced,
    aliases=0,
)


@opdef.kernel
def kernel(xp, input, begin, size):
    parts = []
    for axis, (length, first, count) in enumerate(zip(input.shape, begin.tolist(), size.tolist(), strict=True)):
        last = length if count == -1 else first + count
        if not 0 <= first <= last <= length:
            raise ValueError(
                f"Expected begin[{axis}] and size[{axis}] to be a part of dimension {axis} of length {length}, but got "
                f"{first} and {count}"
            )
        parts.append(builtins.slice(first, last))
    return input[tuple(parts)] if parts else input


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import View, contiguous_strides

    begin, size = static_value(op.inputs[1]), static_value(op.inputs[2])
    if begin is None or size is None:
        return None
    begin, shape, part = begin.tolist(), op.inputs[0].shape.values, op.outputs[0].shape.values
    if any(not 0 <= b <= b + n <= length for b, n, length in zip(begin, part, shape, strict=True)):
        return None  # the kernel says what is wrong
    strides = contiguous_strides(shape)
    return View(strides, sum(b * stride for b, stride in zip(begin, strides, strict=True)))


@opdef.fold
def part_of_a_shape(op: Operation):
    """The part of a shape in which every dimension is known, though the whole is not."""
    x, begin, size = op.inputs
    if x.shape.rank != 1 or x.dtype not in (int32, int64):
        return None
    dims, first, count = static_dims(x), static_value(begin), static_value(size)
    if dims is None or first is None or count is None:
        return None
    start = int(first[0])
    last = len(dims) if count[0] == -1 else start + int(count[0])
    if not 0 <= start <= last <= len(dims):
        return None  # the kernel says what is wrong
    part = dims[start:last]
    return None if None in part else np.array(part, x.dtype.as_numpy_dtype)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """The gradient, padded with zeros to the input's shape."""
    x, begin, _ = op.inputs
    rank = F.rank(x)
    kind = begin.dtype.base_dtype
    size = F.shape(op.outputs[0], out_type=kind)
    column = F.stack([rank, 1])
    before = F.reshape(begin, column)
    after = F.reshape(F.shape(x, out_type=kind) - size - begin, column)
    return [F.pad(dy, F.concat([before, after], 1)), None, None]


@export("slice")
def slice(input_, begin, size, name=None):
    """The block of ``input_`` that begins at ``begin`` and is ``size`` large; a size of -1 means all the rest.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [-1, 2])))
    [[2 3]
     [5 6]]
    """
    return opdef(input_, begin, size, name=name)
