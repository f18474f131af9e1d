"""constant: a value that is part of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrt.dtypes import as_dtype, of_array
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, required
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.shapes import Dimension, TensorShape, as_shape
from graphrt_ops.values import array_of

opdef = OpDef(
    "Const",
    outputs="output:dtype",
    attrs={"value": required(np.ndarray)},
    infer=lambda op: _shape(op),
    role="constant",
    differentiable=False,
)


def _shape(op: Operation) -> TensorShape:
    """The value's own shape; its type must be the one declared, which code for the tensor relies on."""
    value, dtype = op.attrs["value"], op.attrs["dtype"]
    if value.dtype != dtype.numpy:
        raise ValueError(f"Type mismatch between value ({value.dtype}) and dtype ({dtype.name})")
    return TensorShape.of(value.shape)


@opdef.static
def value(op: Operation) -> np.ndarray:
    return op.attrs["value"]


@export("constant")
def constant(value, dtype=None, shape=None, name="Const", verify_shape=False):
    """A constant tensor.

    Args:
      value: a number, string, NumPy array or (nested) list of them.
      dtype: its type; without it Python ints are int32, floats float32, and NumPy arrays keep theirs.
      shape: its shape; if ``value`` has fewer elements, its last one fills the rest.
      name: a name for the node.
      verify_shape: if True, ``value`` must have exactly ``shape``.

    Raises:
      TypeError: if ``value`` does not fit ``dtype``, or (with ``verify_shape``) has another shape than ``shape``.
      ValueError: if ``value`` has more elements than ``shape``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.constant([1, 2], shape=[2, 3])))
    [[1 2 2]
     [2 2 2]]
    """
    array = array_of(value, None if dtype is None else as_dtype(dtype).base_dtype)
    if shape is not None:
        array = _filled(array, as_shape(shape), verify_shape)
    return opdef(value=array, dtype=of_array(array) if dtype is None else as_dtype(dtype).base_dtype, name=name)


def _filled(array: np.ndarray, shape: TensorShape, verify_shape: bool) -> np.ndarray:
    dims = shape.values
    if dims is None or None in dims:
        raise ValueError(f"The shape of a constant must be fully defined, got {shape}")
    if array.shape == dims:
        return array
    if verify_shape:
        raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
    count = int(np.prod(dims, dtype=np.int64))
    if count == 0 or array.size == 0:  # nothing to fill, or nothing to fill with
        return np.full(dims, b"" if array.dtype == object else 0, array.dtype)
    if array.size > count:
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {array.size}")
    if array.size == count:
        return array.reshape(dims)
    flat = np.empty(count, array.dtype)
    flat[: array.size] = array.ravel()
    flat[array.size :] = array.ravel()[-1]
    return flat.reshape(dims)


def _to_constant(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Tensor:
    name = name or ("shape_as_tensor" if isinstance(value, (TensorShape, Dimension)) else "Const")
    return constant(value, dtype=dtype, name=name)


register_tensor_conversion_function(object, _to_constant, 200)
