"""cast: the same values in another type."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt import dtypes
from graphrt.dtypes import as_dtype
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt_ops.shapes import unchanged
from graphrt_ops.sparse.sparse_tensor import SparseTensor

opdef = OpDef(
    "Cast",
    "x:SrcT",
    "y:DstT",
    dtypes={"SrcT": (*dtypes.NUMBERS, dtypes.bool_)},
    attrs={"Truncate": False},
    infer=unchanged,
    elementwise=True,
)

_CARRY_GRADIENTS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.bfloat16, *dtypes.COMPLEX)


@opdef.kernel
def kernel(xp, x, SrcT, DstT):  # noqa: N803 (attributes have TF1's names)
    if SrcT.is_complex and not DstT.is_complex:
        x = x.real
    if SrcT.is_floating and DstT.is_integer:
        return _truncated(x, DstT)
    return x.astype(DstT.as_numpy_dtype)


def _truncated(x, to):
    """Toward zero; what does not fit is cut as C casts do it through int64 for the narrow types."""
    if to.size < 4 or (to.is_unsigned and to.size < 8):
        return x.astype(np.int64).astype(to.as_numpy_dtype)
    return x.astype(to.as_numpy_dtype)


@opdef.scalar
def scalar(m, x, DstT):  # noqa: N803 (attributes have TF1's names)
    return m.cast(x, DstT.as_numpy_dtype)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    source = op.inputs[0].dtype.base_dtype
    if source in _CARRY_GRADIENTS and dy.dtype.base_dtype in _CARRY_GRADIENTS:
        return F.cast(dy, source)
    return None


@export("cast", "dtypes.cast")
def cast(x, dtype, name=None):
    """The elements of ``x`` as another type.

    Floats become integers toward zero, what is not zero becomes True, complex numbers lose their imaginary part.
    No node is made where ``x`` has that type already.

    Args:
      x: a Tensor or IndexedSlices. dtype: the type to convert to. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.cast([1.9, -1.9], tf.int32)))
    [ 1 -1]
    """
    target = as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and target is x.dtype:
        return x
    with name_scope(name, "Cast", [x]) as scope:
        if isinstance(x, IndexedSlices):
            values = cast(x.values, target, name=scope)
            return IndexedSlices(values, x.indices, x.dense_shape)
        if isinstance(x, SparseTensor):
            return SparseTensor(x.indices, cast(x.values, target, name=scope), x.dense_shape)
        x = convert_to_tensor(x, name="x")
        if x.dtype.base_dtype is target:
            return x
        return opdef(x, DstT=target, name=scope)


@export("saturate_cast", "dtypes.saturate_cast")
def saturate_cast(value, dtype, name=None):
    """``cast``, but what the type cannot hold becomes its smallest or largest value.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.saturate_cast([300.0, -5.0], tf.uint8)))
    [255   0]
    """
    with name_scope(name, "saturate_cast", [value]) as scope:
        value = convert_to_tensor(value, name="value")
        target = as_dtype(dtype).base_dtype
        if value.dtype.min < target.min:
            value = F.maximum(value, convert_to_tensor(target.min, dtype=value.dtype, name="min"))
        if value.dtype.max > target.max:
            value = F.minimum(value, convert_to_tensor(target.max, dtype=value.dtype, name="max"))
        return cast(value, target, name=scope)


@export("to_float")
def to_float(x, name="ToFloat"):
    """``cast(x, tf.float32)``."""
    return cast(x, dtypes.float32, name=name)


@export("to_double")
def to_double(x, name="ToDouble"):
    """``cast(x, tf.float64)``."""
    return cast(x, dtypes.float64, name=name)


@export("to_int32")
def to_int32(x, name="ToInt32"):
    """``cast(x, tf.int32)``."""
    return cast(x, dtypes.int32, name=name)


@export("to_int64")
def to_int64(x, name="ToInt64"):
    """``cast(x, tf.int64)``."""
    return cast(x, dtypes.int64, name=name)


@export("to_bfloat16")
def to_bfloat16(x, name="ToBFloat16"):
    """``cast(x, tf.bfloat16)``."""
    return cast(x, dtypes.bfloat16, name=name)


@export("to_complex64")
def to_complex64(x, name="ToComplex64"):
    """``cast(x, tf.complex64)``."""
    return cast(x, dtypes.complex64, name=name)


@export("to_complex128")
def to_complex128(x, name="ToComplex128"):
    """``cast(x, tf.complex128)``."""
    return cast(x, dtypes.complex128, name=name)
