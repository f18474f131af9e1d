"""transpose: the dimensions in another order, and invert_permutation."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.array.range import opdef as range_opdef


def _permuted(op: Operation) -> TensorShape:
    """The input's dimensions in the order of ``perm``."""
    x, perm = op.inputs
    length = perm.shape.with_rank(1).values
    rank = x.shape.rank if length[0] is None else length[0]
    if rank is None:
        return UNKNOWN
    dims = x.shape.with_rank(rank).values
    order = static_value(perm)
    if order is None:
        return TensorShape.of((None,) * rank)
    wrong = [int(axis) for axis in order if not -rank <= axis < rank]
    if wrong:
        raise ValueError(f"perm dim {wrong[0]} is out of range of input rank {rank}")
    return TensorShape.of(tuple([dims[axis] for axis in order]))


_FEW = 64  # so many numbers are sorted faster by Python than by NumPy
_PERM = {"Tperm": (int32, int64)}
opdef = OpDef(
    "Transpose",
    "x perm:Tperm@host",
    "y",
    dtypes=_PERM,
    attrs={"Tperm": int32},
    infer=_permuted,
    name="transpose",
    aliases=0,
)
conjugated = OpDef(
    "ConjugateTranspose",
    "x perm:Tperm@host",
    "y",
    dtypes=_PERM,
    attrs={"Tperm": int32},
    infer=_permuted,
    name="transpose",
)
inverted = OpDef(
    "InvertPermutation",
    "x@host",
    "y",
    dtypes=(int32, int64),
    infer=lambda op: op.inputs[0].shape.with_rank(1),
    small=True,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, x, perm):
    return x.transpose(perm.tolist())


@conjugated.kernel
def conjugated_kernel(xp, x, perm):
    return xp.conjugate(x.transpose(perm.tolist()))


@inverted.kernel
def inverted_kernel(xp, x):
    if x.ndim != 1:
        raise ValueError(f"invert_permutation expects a 1D vector, got shape {list(x.shape)}")
    if x.size <= _FEW:
        places = x.tolist()
        if sorted(places) == list(range(x.size)):
            return xp.asarray(np.array(sorted(range(x.size), key=places.__getitem__), x.dtype))
    y = np.full_like(x, -1)
    if np.any((x < 0) | (x >= x.size)):
        raise ValueError(f"{x.tolist()} is not a permutation: its entries must be from 0 to {x.size - 1}")
    y[x] = np.arange(x.size, dtype=x.dtype)
    if np.any(y < 0):
        raise ValueError(f"{x.tolist()} is not a permutation: it has an entry twice")
    return xp.asarray(y)


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    order, shape = static_value(op.inputs[1]), op.inputs[0].shape.values
    if order is None or sorted(order.tolist()) != list(range(len(shape))):
        return None  # the kernel says what is wrong
    result, strides = op.outputs[0].shape.values, contiguous_strides(shape)
    axes = axes_of(result, [strides[axis] for axis in order.tolist()], contiguous_strides(result))
    return Copies(title("transpose", shape, result), (Part(axes),))


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [F.transpose(dy, F.invert_permutation(op.inputs[1])), None]


@conjugated.gradient
def conjugated_gradient(op: Operation, dy: Tensor):
    return [F.transpose(dy, F.invert_permutation(op.inputs[1]), conjugate=True), None]


@export("transpose")
def transpose(a, perm=None, name="transpose", conjugate=False):
    """The tensor with its dimensions in another order.

    Args:
      a: any tensor.
      perm: dimension ``i`` of the result is dimension ``perm[i]`` of ``a``; without it all are reversed.
      name: a name for the node.
      conjugate: if True, and ``a`` is complex, the elements are conjugated, too.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default():
    ...     print(tf.transpose(tf.zeros([2, 3, 4]), [0, 2, 1]).shape)
    (2, 4, 3)
    """
    with name_scope(name, "transpose", [a]) as scope:
        a = convert_to_tensor(a, name="a")
        made = conjugated if conjugate and a.dtype.is_complex else opdef
        if perm is not None:
            return made(a, perm, name=scope)
        result = made(a, _reversed_dimensions(a), name=scope)
        if a.shape.rank is not None:
            result.set_shape(a.shape.values[::-1])
        return result


def _reversed_dimensions(a: Tensor):
    rank = a.shape.rank
    if rank:
        return np.arange(rank - 1, -1, -1, dtype=np.int32)
    rank = F.rank(a)
    return (rank - 1) - range_opdef(0, rank, 1)


@export("matrix_transpose", "linalg.matrix_transpose", "linalg.transpose")
def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """Transposes the last two dimensions of ``a``; ``ValueError`` if it is known to have fewer."""
    with name_scope(name, "matrix_transpose", [a]):
        a = convert_to_tensor(a, name="a")
        rank = a.shape.rank
        if rank is None:
            dims = F.rank(a)
            perm = F.concat((range_opdef(0, dims - 2, 1), [dims - 1, dims - 2]), 0)
        elif rank < 2:
            raise ValueError(f"Argument 'a' should be a (batch) matrix, with rank >= 2. Found: {a.shape}")
        else:
            perm = [*range(rank - 2), rank - 1, rank - 2]
        return transpose(a, perm=perm, conjugate=conjugate)


@export("invert_permutation", "math.invert_permutation")
def invert_permutation(x, name=None):
    """The permutation ``y`` with ``y[x[i]] = i``; running it on what is no permutation raises InvalidArgumentError."""
    return inverted(x, name=name)
