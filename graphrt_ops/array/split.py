"""split: a tensor cut along one dimension."""

from __future__ import annotations

import itertools

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export, required, static_value
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.movement import following


def _equal_parts(op: Operation):
    """The input's shape with ``split_dim`` divided by ``num_split``."""
    dims, num = op.inputs[1].shape.values, op.attrs["num_split"]
    if dims is None:
        return [UNKNOWN] * num
    axis = static_value(op.inputs[0])
    if axis is None:
        return [TensorShape.of((None,) * len(dims))] * num
    at = _checked_axis(int(axis), len(dims))
    length = dims[at]
    if length is not None and length % num:
        raise ValueError(f"Dimension size must be evenly divisible by {num} but is {length}")
    part = None if length is None else length // num
    return [TensorShape.of((*dims[:at], part, *dims[at + 1 :]))] * num


def _sized_parts(op: Operation):
    """The input's shape with ``split_dim`` replaced by each of the sizes; one -1 among them is what is left over."""
    x, size_splits, split_dim = op.inputs
    dims, num = x.shape.values, op.attrs["num_split"]
    axis, sizes = static_value(split_dim), static_value(size_splits)
    if dims is None:
        return [UNKNOWN] * num
    if axis is None:
        return [TensorShape.of((None,) * len(dims))] * num
    at = _checked_axis(int(axis), len(dims))
    lengths: list[int | None] = [None] * num
    if sizes is not None:
        if len(sizes) != num:
            raise ValueError(f"Length of size_splits should be equal to num_outputs, got {len(sizes)} and {num}")
        known = sum(int(size) for size in sizes if size >= 0)
        rest = None if dims[at] is None else dims[at] - known
        lengths = [int(size) if size >= 0 else rest for size in sizes]
        if None not in lengths and dims[at] is not None and sum(lengths) != dims[at]:  # type: ignore[arg-type]
            raise ValueError(
                f"Sum of output sizes must match the size of the original Tensor along the split dimension: "
                f"{sizes.tolist()} and {dims[at]}"
            )
    return [TensorShape.of((*dims[:at], length, *dims[at + 1 :])) for length in lengths]


def _checked_axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError(f"Dimension {axis} must be in the range [{-rank}, {rank})")
    return axis % rank


opdef = OpDef(
    "Split",
    "split_dim:int32@host value",
    "output:num_split*T",
    attrs={"num_split": required(int)},
    infer=_equal_parts,
    name="split",
    aliases=1,
)
sized = OpDef(
    "SplitV",
    "value size_splits:Tlen@host split_dim:int32@host",
    "output:num_split*T",
    dtypes={"Tlen": (int32, int64)},
    attrs={"Tlen": int64, "num_split": required(int)},
    infer=_sized_parts,
    name="split",
    aliases=0,
)


@opdef.kernel
def kernel(xp, split_dim, value, num_split):
    at = int(split_dim)
    length = value.shape[at]
    if length % num_split:
        raise ValueError(
            f"Number of ways to split should evenly divide the split dimension, but got split_dim {at} "
            f"(size = {length}) and num_split {num_split}"
        )
    step = length // num_split
    return _parts(value, at, [step] * num_split)


def _parts(value, at: int, sizes: list[int]) -> tuple:
    """Views of pieces of these lengths along dimension ``at``."""
    before = (slice(None),) * (at % value.ndim)
    ends = list(itertools.accumulate(sizes))
    return tuple([value[(*before, slice(end - size, end))] for size, end in zip(sizes, ends, strict=True)])


@sized.kernel
def sized_kernel(xp, value, size_splits, split_dim, num_split):
    at = int(split_dim)
    sizes = size_splits.tolist()
    length = value.shape[at]
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = length - sum(sizes) - 1
    if sum(sizes) != length or min(sizes, default=0) < 0:
        raise ValueError(
            f"Determined shape must match input shape along split_dim {at}: sizes {size_splits.tolist()} of {length}"
        )
    return _parts(value, at, sizes)


@opdef.lower
def lower(op: Operation):
    axis = static_value(op.inputs[0])
    return None if axis is None else following(op, 1, int(axis))


@sized.lower
def sized_lower(op: Operation):
    sizes, axis = (static_value(tensor) for tensor in op.inputs[1:])
    return None if sizes is None or axis is None else following(op, 0, int(axis))


@opdef.gradient
def gradient(op: Operation, *dys: Tensor):
    return [None, F.concat(list(dys), op.inputs[0])]


@sized.gradient
def sized_gradient(op: Operation, *dys: Tensor):
    return [F.concat(list(dys), op.inputs[2]), None, None]


@export("split")
def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """A tensor cut into parts along dimension ``axis``.

    Args:
      value: the tensor.
      num_or_size_splits: how many equal parts; or the sizes of the parts (one may be -1: what is left over).
      axis: the dimension. num: how many sizes there are, where that is not known statically.
      name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.split([1, 2, 3, 4, 5], [1, -1, 2])))
    [array([1], dtype=int32), array([2, 3], dtype=int32), array([4, 5], dtype=int32)]
    """
    sizes = convert_to_tensor(num_or_size_splits)
    if sizes.shape.rank == 0 and sizes.dtype.is_integer:
        return opdef(axis, value, num_split=int(static_value(sizes)), name=name)
    if sizes.shape.rank == 0:
        raise ValueError("Rank-0 tensors are not supported as the num_or_size_splits argument to split.")
    if num is None:
        length = sizes.shape.values
        num = None if length is None else length[0]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    return sized(value, sizes, axis, num_split=num, name=name)
