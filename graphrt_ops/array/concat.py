"""concat: tensors joined along a dimension they have."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.opdef.static import static_dims as known_dims
from graphrt.shapes import UNKNOWN, TensorShape


def _joined(op: Operation) -> TensorShape:
    """All inputs agree in every dimension but ``axis``, where their lengths add up."""
    *values, axis = op.inputs
    if axis.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {axis.shape.rank}")
    known = [tensor.shape for tensor in values if tensor.shape.rank is not None]
    if not known:
        return UNKNOWN
    rank = known[0].rank
    for shape in known:
        if shape.rank != rank:
            raise ValueError(f"Shape must be rank {rank} but is rank {shape.rank}")
    if rank == 0:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    at = static_value(axis)
    if at is None:
        return TensorShape.of((None,) * rank)
    if not -rank <= at < rank:
        raise ValueError(f"concat axis {int(at)} is out of range for tensors of rank {rank}")
    return _sum_at(int(at) % rank, rank, values)


def _sum_at(at: int, rank: int, values) -> TensorShape:
    merged: list[int | None] = [None] * rank
    total: int | None = 0
    for tensor in values:
        dims = tensor.shape.values or (None,) * rank
        total = None if total is None or dims[at] is None else total + dims[at]
        for i, dim in enumerate(dims):
            if i == at or dim is None:
                continue
            if merged[i] not in (None, dim):
                raise ValueError(f"Dimension {i} in both shapes must be equal, but are {merged[i]} and {dim}")
            merged[i] = dim
    merged[at] = total
    return TensorShape.of(tuple(merged))


opdef = OpDef(
    "ConcatV2",
    "values:N*T axis:Tidx@host",
    "output",
    dtypes={"Tidx": (int32, int64)},
    attrs={"Tidx": int32},
    infer=_joined,
    name="concat",
)
offset = OpDef(
    "ConcatOffset",
    "concat_dim:int32@host shape:N*int32@host",
    "offset:N*int32",
    infer=lambda op: [tensor.shape for tensor in op.inputs[1:]],
    small=True,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, values, axis):
    return xp.concatenate(values, int(axis))


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    axis, whole = static_value(op.inputs[-1]), op.outputs[0].shape.values
    if axis is None:
        return None
    at, strides = int(axis) % len(whole), contiguous_strides(whole)
    parts, first = [], 0
    for i, tensor in enumerate(op.inputs[:-1]):
        shape = tensor.shape.values
        parts.append(Part(axes_of(shape, contiguous_strides(shape), strides), i, 0, first * strides[at]))
        first += shape[at]
    return Copies(title("concat", whole), tuple(parts))


@opdef.static_dims
def static_dims(op: Operation):
    """Shapes put together from parts of shapes."""
    dims: list[int | None] = []
    for tensor in op.inputs[:-1]:
        part = known_dims(tensor)
        if part is None:
            return None
        dims.extend(part)
    return dims


@offset.kernel
def offset_kernel(xp, concat_dim, shape):
    """Where each part begins in the whole."""
    at = int(concat_dim)
    begins = []
    position = 0
    for part in shape:
        begin = np.zeros_like(part)
        begin[at] = position
        position += int(part[at])
        begins.append(begin)
    return tuple(begins)


@opdef.gradient
def gradient(op: Operation, dy):
    *values, axis = op.inputs
    if len(values) == 1:
        return [dy, None]
    if isinstance(dy, IndexedSlices):
        return [*_parts_of_slices(values, axis, dy), None]
    if axis.op.opdef.role == "constant" and axis.op._control_flow_context is not dy.op._control_flow_context:
        axis = F.constant(static_value(axis), axis.dtype)  # TF1's copy, which needs no way into the branch
    non_negative = axis % F.rank(values[0])
    sizes = _sizes(values)
    # Many parts are cut by one node, few by one node each: what TF1 found to be fastest on its kernels.
    if len(sizes) > 16:
        lengths = F.squeeze(F.slice(F.stack(sizes, axis=1), [non_negative, 0], [1, -1]))
        return [*F.split(dy, lengths, non_negative), None]
    begins = offset(non_negative, sizes)
    return [*[F.slice(dy, begin, size) for begin, size in zip(begins, sizes, strict=True)], None]


def _sizes(values) -> list[Tensor]:
    """The shapes of the parts: constants where all are known, and else one node for all."""
    sizes = []
    for tensor in values:
        sizes.append(F.shape(tensor))
        if not tensor.shape.is_fully_defined():
            return F.shape_n(values)
    return sizes


def _parts_of_slices(values, axis: Tensor, dy: IndexedSlices) -> list[IndexedSlices]:
    at = static_value(axis)
    if at is None:
        raise ValueError("Can only compute IndexedSlices gradient with statically-known concat_dim")
    rank = values[0].shape.rank or 1
    if at % rank:
        before, behind = int(at) % rank, rank - 1 - int(at) % rank
        sizes = [F.shape(tensor)[int(at)] for tensor in values]
        firsts = [sum(sizes[:i], F.constant(0)) for i in range(len(sizes))]
        begins = [F.stack([*[0] * before, first, *[0] * behind]) for first in firsts]
        lengths = [F.stack([*[-1] * before, n, *[-1] * behind]) for n in sizes]
        pieces = [F.slice(dy.values, b, n) for b, n in zip(begins, lengths, strict=True)]
        return [IndexedSlices(p, dy.indices, F.shape(v)) for p, v in zip(pieces, values, strict=True)]
    start: Tensor | int = 0
    parts = []
    for tensor in values:
        shape = F.shape(tensor, out_type=dy.indices.dtype)
        mine = F.where(F.logical_and(dy.indices >= start, dy.indices < start + shape[0]))
        rows = F.squeeze(mine, axis=[1])
        parts.append(IndexedSlices(F.gather(dy.values, rows), F.gather(dy.indices, rows) - start, F.shape(tensor)))
        start = start + shape[0]
    return parts


@export("concat")
def concat(values, axis, name="concat"):
    """Tensors joined along dimension ``axis``; they agree in all other dimensions.

    Args:
      values: a list of tensors of one type, or a single tensor (which is returned as it is).
      axis: an integer, negative from the end, or an int32 scalar tensor.
      name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.concat([[[1], [2]], [[3], [4]]], axis=1)))
    [[1 3]
     [2 4]]
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name):
            convert_to_tensor(axis, name="concat_dim", dtype=int32).shape.assert_is_compatible_with(())
            return F.identity(values[0], name="concat")
    return opdef(values, axis, name=name)
