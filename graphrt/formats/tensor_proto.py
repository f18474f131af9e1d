"""TensorProto to arrays and back.

More than one number of the common types is stored as raw little-endian bytes (`tensor_content`); single numbers, bools,
half precision, complex numbers and strings are stored in a typed list, whose last value stands for all that follow.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from graphrt.bytestrings import encoded, object_array
from graphrt.dtypes import (
    DType,
    as_dtype,
    bfloat16,
    bool_,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
)
from graphrt.export import export
from graphrt.formats import messages
from graphrt.formats.allowance import Allowance

# The list that holds single values of each type. Complex numbers are pairs, half precision is stored by its bits.
LISTS: dict[DType, str] = {
    float32: "float_val",
    float64: "double_val",
    int64: "int64_val",
    bool_: "bool_val",
    string: "string_val",
    complex64: "scomplex_val",
    complex128: "dcomplex_val",
    float16: "half_val",
    bfloat16: "half_val",
    uint32: "uint32_val",
    uint64: "uint64_val",
    **dict.fromkeys((int32, int16, int8, uint8, uint16), "int_val"),
    **dict.fromkeys((qint8, quint8, qint16, quint16, qint32), "int_val"),
}
# TensorFlow writes these in lists, whatever their number.
_NOT_AS_CONTENT = frozenset((bool_, string, complex64, complex128, float16, bfloat16, uint16))
_LARGEST_WRITTEN_OUT = 1 << 20  # bytes: one value that fills more stays one value
_MOST_DIMENSIONS = 64  # NumPy's


def array_to_proto(array: np.ndarray[Any, Any], dtype: DType, shape: tuple[int, ...] | None = None) -> Any:
    """`array` as a TensorProto of type `dtype`.

    With a `shape` of more elements than `array` has, the last element stands for the missing ones.

    Raises:
      TypeError: values of `dtype` (resource, variant) have no TensorProto.
    """
    base = dtype.base_dtype
    field = LISTS.get(base)
    if field is None:
        raise TypeError(f"a tensor of type {dtype.name} cannot be written to a TensorProto")
    shape = array.shape if shape is None else shape
    proto = messages.TensorProto(dtype=base.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    if base not in _NOT_AS_CONTENT and array.size > 1 and array.size == math.prod(shape):
        proto.tensor_content = _little_endian(np.ascontiguousarray(array, base.numpy)).tobytes()
    else:
        getattr(proto, field).extend(_listed(array.reshape(-1), base))
    return proto


def compressed(array: np.ndarray[Any, Any], dtype: DType) -> Any:
    """As `array_to_proto`, but an array that repeats one value holds it once (a graph's zeros would fill the file)."""
    if is_splat(array):
        return array_to_proto(array[(slice(0, 1),) * array.ndim].reshape(-1), dtype, array.shape)
    if array.size > 1 and dtype.base_dtype is not string:
        flat = array.reshape(-1)
        # Equal bits, and not equal values: -0.0 == 0.0, and nan differs from itself.
        bits = np.ascontiguousarray(flat).view(np.uint8).reshape(array.size, -1)
        if bool((bits == bits[0]).all()):
            return array_to_proto(flat[:1], dtype, array.shape)
    return array_to_proto(array, dtype)


@export("make_ndarray", "contrib.util.make_ndarray")
def make_ndarray(tensor: Any) -> np.ndarray[Any, Any]:
    """The NumPy array that a TensorProto describes (strings: an object array of bytes).

    Raises:
      TypeError: its type has no NumPy arrays (resource, variant).
      ValueError: it holds more values than its shape has places, or bytes that do not fill the shape; or the array
        would be much larger than the message (see `GRAPHRT_IMPORT_LIMIT`).

    >>> make_ndarray(tf.make_tensor_proto([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    allowance = Allowance()
    array = array_from_proto(tensor, allowance)
    if is_splat(array):
        allowance.take(array.nbytes, f"a tensor of shape {array.shape}")
        return array.copy()
    return array


def array_from_proto(tensor: Any, allowance: Allowance) -> np.ndarray[Any, Any]:
    """As `make_ndarray`, but one value that fills a large shape stays one value: see `is_splat`.

    What has to be written out is taken from the `allowance`, before it is.
    """
    dtype = as_dtype(tensor.dtype)
    field = LISTS.get(dtype.base_dtype)
    if field is None:
        raise TypeError(f"Unsupported tensor type: {dtype.name}")
    shape = _shape_of(tensor)
    count = math.prod(shape)
    if tensor.tensor_content:
        return _from_content(tensor.tensor_content, dtype, shape)
    values = _unlisted(getattr(tensor, field), dtype)
    if values.size > count:
        raise ValueError(f"the TensorProto holds {values.size} values, but its shape {shape} has {count} places")
    if values.size == 0:
        values = np.full(1, b"" if dtype is string else 0, dtype.numpy)
    if values.size == 1 and count > 1 and count * values.itemsize > _LARGEST_WRITTEN_OUT:
        return np.broadcast_to(values[0], shape)
    if values.size < count:
        allowance.take(count * values.itemsize, f"a tensor of shape {shape}")
        values = np.concatenate([values, np.repeat(values[-1:], count - values.size)])
    return values[:count].reshape(shape)


def is_splat(array: np.ndarray[Any, Any]) -> bool:
    """True for an array that stands for many elements and holds only one: a read-only view that repeats it."""
    return array.size > 1 and not any(array.strides)


def _shape_of(tensor: Any) -> tuple[int, ...]:
    """The shape of a TensorProto; ValueError if no array can have it."""
    shape = tuple([dim.size for dim in tensor.tensor_shape.dim])
    if any(size < 0 for size in shape):
        raise ValueError(f"Shape {list(shape)} is not fully defined: a constant's dimensions are not negative")
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"a tensor of {len(shape)} dimensions is not supported: there can be {_MOST_DIMENSIONS}")
    # NumPy multiplies the dimensions other than 0, of a size in bytes.
    if math.prod(size for size in shape if size) * 16 > 2**63 - 1:
        raise ValueError(f"Shape {list(shape)} is too large (more than 2**63 - 1 entries)")
    return shape


def _little_endian(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.byteswap() if sys.byteorder == "big" else array


def _listed(flat: np.ndarray[Any, Any], dtype: DType) -> list[Any]:
    """The entries of the typed list for the values in `flat`."""
    if dtype is string:
        items: list[Any] = encoded(object_array(flat)).tolist()
        return items
    flat = np.ascontiguousarray(flat, dtype.numpy)
    if dtype in (float16, bfloat16):
        flat = flat.view(np.uint16)
    elif dtype.is_complex:
        flat = flat.view(dtype.real_dtype.numpy)
    values: list[Any] = flat.tolist()
    return values


def _unlisted(entries: Any, dtype: DType) -> np.ndarray[Any, Any]:
    """The values that the entries of a typed list stand for."""
    if dtype is string:
        values = np.empty(len(entries), object)
        values[:] = list(entries)
        return values
    if dtype in (float16, bfloat16):
        bits = np.array(entries, np.int64).astype(np.uint16)  # as TensorFlow does: the low bits are the value's
        return bits.view(dtype.numpy)
    if dtype.is_complex:
        pairs = len(entries) // 2 * 2
        return np.array(entries[:pairs], dtype.real_dtype.numpy).view(dtype.numpy)
    if dtype.base_dtype.is_integer and dtype.size < 4:
        return np.array(entries, np.int64).astype(dtype.numpy)  # they are ints in the message: the low bits count
    return np.array(entries, dtype.numpy)


def _from_content(content: bytes, dtype: DType, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    if dtype.base_dtype is string:
        raise ValueError("strings in tensor_content are not supported: write them to string_val")
    if len(content) != math.prod(shape) * dtype.size:
        raise ValueError(
            f"the TensorProto's tensor_content has {len(content)} bytes, but {dtype.name} of shape {shape} takes "
            f"{math.prod(shape) * dtype.size}"
        )
    return _little_endian(np.frombuffer(content, dtype.numpy).copy()).reshape(shape)
