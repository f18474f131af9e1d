"""tile and broadcast_to: elements repeated."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_dims, static_value
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt.shapes import broadcast as broadcast_shapes
from graphrt_ops.array.movement import repeated
from graphrt_ops.math.broadcast_gradient import opdef as broadcast_gradient_args


def _tiled(op: Operation) -> TensorShape:
    """Each dimension times its multiple."""
    shape = op.inputs[0].shape
    multiples = static_dims(op.inputs[1])
    if multiples is None:
        return UNKNOWN if shape.rank is None else TensorShape.of((None,) * shape.rank)
    if shape.rank is not None and shape.rank != len(multiples):
        raise ValueError(f"Shape must be rank {shape.rank} but is rank {len(multiples)}")
    dims = shape.with_rank(len(multiples)).values
    products = [None if d is None or m is None else d * m for d, m in zip(dims, multiples, strict=True)]
    return TensorShape.of(tuple(products))


def _broadcast(op: Operation) -> TensorShape:
    """The requested shape, as far as it is known, which the input must fit."""
    wanted, have = static_shape(op.inputs[1]), op.inputs[0].shape
    if wanted.rank is None:
        return UNKNOWN
    if have.rank is not None and have.rank > wanted.rank:
        raise ValueError(f"Shape must be at most rank {wanted.rank} but is rank {have.rank}")
    if have.rank is None:
        return wanted
    for m, n in zip(reversed(have.values), reversed(wanted.values), strict=False):
        if m not in (None, 1) and n is not None and m != n:
            raise ValueError(f"Dimensions must be equal, but are {m} and {n}")
    return broadcast_shapes(have, wanted)


opdef = OpDef(
    "Tile",
    "input multiples:Tmultiples@host",
    "output",
    dtypes={"Tmultiples": (int32, int64)},
    attrs={"Tmultiples": int32},
    infer=_tiled,
)
broadcast_opdef = OpDef(
    "BroadcastTo",
    "input shape:Tidx@host",
    "output",
    dtypes={"Tidx": (int32, int64)},
    attrs={"Tidx": int32},
    infer=_broadcast,
)


@opdef.kernel
def kernel(xp, input, multiples):
    if len(multiples) != input.ndim:
        raise ValueError(
            f"Expected multiples argument to be a vector of length {input.ndim} but got length {len(multiples)}"
        )
    # [m0, n0, m1, n1, ...]: the copies of a dimension lie beside each other before the two are joined.
    times = multiples.tolist()
    copies = xp.empty([part for pair in zip(times, input.shape, strict=True) for part in pair], input.dtype)
    copies[...] = input.reshape([part for length in input.shape for part in (1, length)])
    return copies.reshape([m * n for m, n in zip(times, input.shape, strict=True)])


@broadcast_opdef.kernel
def broadcast_kernel(xp, input, shape):
    dims = shape.tolist()
    result = xp.empty(dims, input.dtype)
    if input.ndim > len(dims):
        raise ValueError(f"input of shape {list(input.shape)} cannot be broadcast to {dims}")
    result[...] = input
    return result


@opdef.lower
def lower(op: Operation):
    shape, result = op.inputs[0].shape.values, op.outputs[0].shape.values
    if all(n in (1, length) for n, length in zip(shape, result, strict=True)):
        return _broadcasted(op)
    from graphrt.native.records import Axis, Copies, Part, contiguous_strides, title

    multiples = static_value(op.inputs[1])
    if multiples is None:
        return None
    # Each dimension becomes two, of which the outer one repeats.
    strides = zip(contiguous_strides(shape), contiguous_strides(result), strict=True)
    axes: list[Axis] = []
    for times, length, (source, target) in zip(multiples.tolist(), shape, strides, strict=True):
        axes += [Axis(times, 0, target * length), Axis(length, source, target)]
    return Copies(title("tile", shape, result), (Part(tuple(axes)),))


def _broadcasted(op: Operation):
    """Dimensions of one element are repeated."""
    from graphrt.native.records import contiguous_strides

    shape, missing = op.inputs[0].shape.values, op.outputs[0].shape.rank - op.inputs[0].shape.rank
    if missing < 0:
        return None
    strides = [0 if n == 1 else stride for n, stride in zip(shape, contiguous_strides(shape), strict=True)]
    return repeated(op, [0] * missing + strides, 0)


@broadcast_opdef.lower
def broadcast_lower(op: Operation):
    # A shape that is no constant may have negative entries: the kernel has to look at it.
    wanted = static_value(op.inputs[1])
    return None if wanted is None or (wanted < 0).any() else _broadcasted(op)


@opdef.gradient
def gradient(op: Operation, dy):
    """Every element gets the sum over its copies: the gradient, cut into [multiple, length] pairs of dimensions."""
    shape = F.shape(op.inputs[0])
    pairs = F.reshape(F.transpose(F.stack([op.inputs[1], shape])), [-1])
    over = F.range(0, F.size(pairs), 2)
    result = F.reduce_sum(F.reshape(dy, pairs), over)
    result.set_shape(op.inputs[0].shape)
    return [result, None]


@broadcast_opdef.gradient
def broadcast_gradient(op: Operation, dy: Tensor):
    shape = F.shape(op.inputs[0])
    _, over = broadcast_gradient_args(op.inputs[1], shape)
    return [F.reshape(F.reduce_sum(dy, axis=over, keepdims=True), shape), None]


@export("tile", "manip.tile")
def tile(input, multiples, name=None):
    """``input`` repeated ``multiples[i]`` times along each dimension i.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.tile([[1, 2]], [2, 2])))
    [[1 2 1 2]
     [1 2 1 2]]
    """
    return opdef(input, multiples, name=name)


@export("broadcast_to")
def broadcast_to(input, shape, name=None):
    """``input`` broadcast to ``shape`` by NumPy's rules; ``ValueError`` if it does not fit."""
    return broadcast_opdef(input, shape, name=name)
