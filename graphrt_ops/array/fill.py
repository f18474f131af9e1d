"""fill, zeros, ones, and the same in the shape of another tensor."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt import bytestrings
from graphrt.dtypes import as_dtype, bool_, float32, int32, int64, string
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.array.movement import repeated
from graphrt_ops.array.shape_of import shape_node
from graphrt_ops.shapes import unchanged

_SMALL = 1000  # with fewer elements zeros and ones are a constant, as in TF1

opdef = OpDef(
    "Fill",
    "dims:index_type@host value",
    "output",
    dtypes={"index_type": (int32, int64)},
    attrs={"index_type": int32},
    infer=lambda op: _filled(op),
)
zeros_like_opdef = OpDef("ZerosLike", "x", "y", infer=unchanged, name="zeros_like", differentiable=False)
ones_like_opdef = OpDef("OnesLike", "x", "y", infer=unchanged, name="ones_like", differentiable=False)


def _filled(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank(1)
    if op.inputs[1].shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {op.inputs[1].shape.rank}")
    dims = static_value(op.inputs[0])
    if dims is not None and (dims < 0).any():
        raise ValueError(f"Fill dimensions must be >= 0, got {dims.tolist()}")
    return static_shape(op.inputs[0])


@opdef.kernel
def kernel(xp, dims, value):
    array = xp.empty(dims.tolist(), value.dtype)
    array.fill(value[()])
    return array


@zeros_like_opdef.kernel
def zeros_like_kernel(xp, x):
    return bytestrings.zeros(xp, x.shape, x.dtype)


@ones_like_opdef.kernel
def ones_like_kernel(xp, x):
    return xp.ones_like(x)


@opdef.lower
def lower(op: Operation):
    return repeated(op, (0,) * op.outputs[0].shape.rank, 1)


@zeros_like_opdef.lower
def zeros_like_lower(op: Operation):
    from graphrt.native.records import Map

    return Map(lambda m, x: 0)


@ones_like_opdef.lower
def ones_like_lower(op: Operation):
    from graphrt.native.records import Map

    return Map(lambda m, x: 1)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [None, F.reduce_sum(dy)]


@export("fill")
def fill(dims, value, name=None):
    """A tensor of the shape ``dims``, every element of which is the scalar ``value``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.fill([2, 3], 9)))
    [[9 9 9]
     [9 9 9]]
    """
    return opdef(dims, value, name=name)


@export("zeros")
def zeros(shape, dtype=float32, name=None):
    """A tensor of zeros (False, or empty strings).

    Args:
      shape: a list of integers (and scalar tensors), a TensorShape, or an integer vector.
      dtype: the type of the elements. name: a name for the node.
    """
    dtype = as_dtype(dtype).base_dtype
    return _constant_or_fill(shape, _zero(dtype), dtype, name, "zeros")


@export("ones")
def ones(shape, dtype=float32, name=None):
    """A tensor of ones (True); arguments as for ``zeros``."""
    dtype = as_dtype(dtype).base_dtype
    return _constant_or_fill(shape, True if dtype is bool_ else 1, dtype, name, "ones")


def _zero(dtype):
    if dtype is bool_:
        return False
    return "" if dtype is string else 0


def _constant_or_fill(shape, value, dtype, name, default_name):
    with name_scope(name, default_name, [shape]) as scope:
        if not isinstance(shape, Tensor):
            if _is_small(shape):
                return F.constant(value, dtype, _dimensions(shape), name=scope)
            shape = _shape_tensor(shape)
        if not shape.shape.rank:
            shape = F.reshape(shape, [-1])
        return fill(shape, F.constant(value, dtype), name=scope)


def _is_small(shape) -> bool:
    """Few enough elements for a constant. TF1 multiplies and compares whatever it is given, tensors too, and gives up
    only at the truth value of the comparison: those nodes are part of the graph."""
    dims = _dimensions(shape)
    if dims is None:
        return False
    if any(dim is None for dim in dims):
        raise TypeError(f"The shape must be known, got {shape}; use tf.shape(x) for what is known when it runs")
    count = 1
    for i, dim in enumerate(dims):
        count = dim if i == 0 else count * dim
    small = count < _SMALL
    return False if isinstance(small, Tensor) else bool(small)


def _dimensions(shape):
    """``shape`` as a list of ints and tensors; None for a single number."""
    if isinstance(shape, TensorShape):
        return shape.as_list()
    if not hasattr(shape, "__iter__") and np.ndim(shape) == 0:
        return None
    return [getattr(dim, "value", dim) if not isinstance(dim, Tensor) else dim for dim in shape]


def _shape_tensor(shape) -> Tensor:
    dims = _dimensions(shape)
    if dims is None:
        dims = [int(shape)]
    if any(isinstance(dim, Tensor) for dim in dims):
        return convert_to_tensor(dims, int32)
    large = any(int(dim) > 2**31 - 1 for dim in dims)
    return F.constant([int(dim) for dim in dims], int64 if large else int32, name="shape_as_tensor")


@export("zeros_like")
def zeros_like(tensor, dtype=None, name=None, optimize=True):
    """Zeros in the shape of ``tensor``, and of its type unless ``dtype`` says another.

    With ``optimize`` a shape that is fully known makes a constant.
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted = tensor.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
        if optimize and tensor.shape.is_fully_defined():
            return zeros(tensor.shape, wanted, name=scope)
        if wanted is not tensor.dtype.base_dtype:
            return zeros(F.shape(tensor) if optimize else shape_node(tensor), wanted, name=scope)
        return zeros_like_opdef(tensor, name=scope)


@export("ones_like")
def ones_like(tensor, dtype=None, name=None, optimize=True):
    """Ones in the shape of ``tensor``, and of its type unless ``dtype`` says another."""
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        shape = F.shape(tensor) if optimize else shape_node(tensor)
        result = ones(shape, tensor.dtype if dtype is None else dtype, name=scope)
        if not optimize:
            result.set_shape(tensor.shape)
        return result
