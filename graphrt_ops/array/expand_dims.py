"""expand_dims and squeeze: dimensions of one element come and go."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_value
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.array.movement import same_elements
from graphrt_ops.sparse.indexed_slices import dense_on_purpose


def _expanded(op: Operation) -> TensorShape:
    """The input's shape with a 1 put in at ``dim``."""
    dims = op.inputs[0].shape.values
    axis = static_value(op.inputs[1])
    if dims is None:
        return UNKNOWN
    rank = len(dims)
    if axis is None:
        return TensorShape.of((None,) * (rank + 1))
    at = int(axis.reshape(-1)[0])
    if not -rank - 1 <= at <= rank:
        raise ValueError(f"dim {at} not in the interval [{-rank - 1}, {rank}].")
    at = at if at >= 0 else at + rank + 1
    return TensorShape.of((*dims[:at], 1, *dims[at:]))


def _squeezed(op: Operation) -> TensorShape:
    """The input's shape without its ones (or without the dimensions ``squeeze_dims``, which must be 1)."""
    dims = op.inputs[0].shape.values
    if dims is None:
        return UNKNOWN
    axes = op.attrs["squeeze_dims"]
    if not axes:
        return UNKNOWN if None in dims else TensorShape.of(tuple([d for d in dims if d != 1]))
    rank = len(dims)
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"Tried to squeeze dim index {axis} for tensor with {rank} dimensions")
    at = {axis % rank for axis in axes}
    wrong = [dims[axis] for axis in sorted(at) if dims[axis] not in (1, None)]
    if wrong:
        raise ValueError(f"Can not squeeze dim[{sorted(at)[0]}], expected a dimension of 1, got {wrong[0]}")
    return TensorShape.of(tuple([d for i, d in enumerate(dims) if i not in at]))


opdef = OpDef(
    "ExpandDims",
    "input dim:Tdim@host",
    "output",
    dtypes={"Tdim": (int32, int64)},
    attrs={"Tdim": int32},
    infer=_expanded,
    aliases=0,
)
squeezed = OpDef("Squeeze", "input", "output", attrs={"squeeze_dims": []}, infer=_squeezed, aliases=0)


@opdef.kernel
def kernel(xp, input, dim):
    shape, at = list(input.shape), int(dim.reshape(-1)[0])
    if not -len(shape) - 1 <= at <= len(shape):
        raise ValueError(f"Tried to expand dim index {at} for tensor with {len(shape)} dimensions.")
    shape.insert(at if at >= 0 else at + len(shape) + 1, 1)
    return input.reshape(shape)


@squeezed.kernel
def squeezed_kernel(xp, input, squeeze_dims):
    return input.squeeze(tuple(squeeze_dims) if squeeze_dims else None)


@opdef.lower
@squeezed.lower
def lower(op: Operation):
    return same_elements(op)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    shape = F.shape(op.inputs[0])
    with dense_on_purpose(dy):
        return [F.reshape(dy, shape), None]


@squeezed.gradient
def squeezed_gradient(op: Operation, dy: Tensor):
    shape = F.shape(op.inputs[0])
    with dense_on_purpose(dy):
        return F.reshape(dy, shape)


@export("expand_dims")
def expand_dims(input, axis=None, name=None, dim=None):
    """The tensor with a dimension of 1 put in at ``axis`` (``dim`` is its old name); -1 puts it last.

    Raises:
      ValueError: if there is no such place, or ``axis`` and ``dim`` are both given or both missing.
    """
    axis = deprecated("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return opdef(input, axis, name=name)


@export("squeeze")
def squeeze(input, axis=None, name=None, squeeze_dims=None):
    """The tensor without its dimensions of 1: all of them, or those in ``axis`` (``squeeze_dims`` is its old name).

    Raises:
      ValueError: if a dimension in ``axis`` is known to be no 1 (``InvalidArgumentError`` when it runs).
    """
    axis = deprecated("axis", axis, "squeeze_dims", squeeze_dims)
    axes = [] if axis is None else [axis] if not hasattr(axis, "__iter__") else list(axis)
    return squeezed(input, squeeze_dims=[int(at) for at in axes], name=name)
