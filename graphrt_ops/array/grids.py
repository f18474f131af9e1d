"""meshgrid, broadcast_dynamic_shape, identity_n, bitcast: small things about shapes and bits."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import as_dtype, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.shapes import unchanged

arguments = OpDef(
    "BroadcastArgs",
    "s0:T@host s1:T@host",
    "r0",
    dtypes=(int32, int64),
    attrs={"T": int32},
    infer=lambda op: TensorShape.of((_longest(op),)),
    small=True,
    differentiable=False,
)
identities = OpDef("IdentityN", "input:T*", "output:T*", infer=lambda op: [t.shape for t in op.inputs])
bits = OpDef("Bitcast", "input", "output:type", infer=lambda op: _recast(op), differentiable=False, aliases=0)
guaranteed = OpDef("GuaranteeConst", "input", "output", infer=unchanged, stateful=True, aliases=0)


def _longest(op: Operation) -> int | None:
    lengths = [tensor.shape.with_rank(1).values[0] for tensor in op.inputs]
    return None if None in lengths else max(lengths)


def _recast(op: Operation) -> TensorShape:
    """The last dimension comes or goes where the sizes of the elements differ."""
    have, want = op.inputs[0].dtype.base_dtype.size, op.attrs["type"].size
    dims = op.inputs[0].shape.values
    if dims is None:
        return UNKNOWN
    if have == want:
        return op.inputs[0].shape
    if have > want:
        return TensorShape.of((*dims, have // want))
    if not dims or dims[-1] not in (None, want // have):
        raise ValueError(f"Cannot bitcast due to shape. {dims[-1] if dims else '()'} does not match {want // have}")
    return TensorShape.of(dims[:-1])


@arguments.kernel
def arguments_kernel(xp, s0, s1):
    try:
        return xp.asarray(np.array(np.broadcast_shapes(tuple(s0.tolist()), tuple(s1.tolist())), s0.dtype))
    except ValueError:
        raise ValueError(f"Incompatible shapes: {s0.tolist()} vs. {s1.tolist()}") from None


@identities.kernel
def identities_kernel(xp, input):
    return tuple([array.copy() for array in input])


@bits.kernel
def bits_kernel(xp, input, type):
    wanted = np.dtype(type.as_numpy_dtype)
    if wanted.itemsize == input.dtype.itemsize:
        return input.view(wanted)
    if wanted.itemsize < input.dtype.itemsize:
        parts = input.dtype.itemsize // wanted.itemsize
        return xp.ascontiguousarray(input).reshape(-1).view(wanted).reshape((*input.shape, parts))
    flat = xp.ascontiguousarray(input).reshape(-1)
    return flat.view(wanted).reshape(input.shape[:-1]) if math.prod(input.shape) else xp.zeros(input.shape[:-1], wanted)


@guaranteed.kernel
def guaranteed_kernel(xp, input):
    return input


@identities.gradient
def identities_gradient(op: Operation, *dys: Tensor):
    return list(dys)


@export("meshgrid")
def meshgrid(*args, **kwargs):
    """The coordinates of a grid: one tensor for each vector, constant along all dimensions but its own.

    With ``indexing="xy"`` (default) the first two dimensions are swapped, as in NumPy; "ij" leaves them.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.meshgrid([1, 2], [3, 4, 5])[0]))
    [[1 2]
     [1 2]
     [1 2]]
    """
    indexing, name = kwargs.pop("indexing", "xy"), kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        rank = len(args)
        result = [F.reshape(F.stack(x), (1,) * i + (-1,) + (1,) * (rank - i - 1)) for i, x in enumerate(args)]
        shape = [F.size(x) for x in args]
        kind = convert_to_tensor(args[0]).dtype.base_dtype
        if indexing == "xy" and rank > 1:
            result[0] = F.reshape(result[0], (1, -1) + (1,) * (rank - 2))
            result[1] = F.reshape(result[1], (-1, 1) + (1,) * (rank - 2))
            shape[0], shape[1] = shape[1], shape[0]
        ones = F.ones(shape, kind)
        return [x * ones for x in result]


@export("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x, shape_y):
    """The shape that two shapes (integer vectors) broadcast to, when it runs."""
    return arguments(shape_x, shape_y)


@export("identity_n")
def identity_n(input, name=None):
    """The same tensors as a list; one node for all of them."""
    return identities(input, name=name)


@export("bitcast")
def bitcast(input, type, name=None):  # noqa: A002 (the name is TF1's)
    """The same bytes as elements of another type; where sizes differ, a last dimension comes or goes."""
    return bits(input, type=as_dtype(type), name=name)


@export("guarantee_const")
def guarantee_const(input, name=None):
    """The same tensor; in TF1 a promise to its runtime, of which graphrt makes no use."""
    return guaranteed(input, name=name)
