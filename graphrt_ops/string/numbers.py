"""as_string and string_to_number: numbers as text, and back."""

from __future__ import annotations

import re

import numpy as np

from graphrt.dtypes import bool_, complex64, complex128, float32, float64, int8, int16, int32, int64
from graphrt.errors import InvalidArgumentError
from graphrt.opdef import OpDef, export
from graphrt_ops.arguments import deprecated
from graphrt_ops.shapes import unchanged

as_string_opdef = OpDef(
    "AsString",
    "input@host",
    "output:string",
    dtypes=(int8, int16, int32, int64, complex64, complex128, float32, float64, bool_),
    attrs={"precision": -1, "scientific": False, "shortest": False, "width": -1, "fill": ""},
    infer=unchanged,
    differentiable=False,
)
to_number_opdef = OpDef(
    "StringToNumber",
    "string_tensor:string@host",
    "output:out_type",
    dtypes={"out_type": (float32, float64, int32, int64)},
    infer=unchanged,
    differentiable=False,
)

# What TF1 reads: no sign before integers but "-", no "infinity", no hexadecimal fractions.
_INTEGER = re.compile(rb"\s*-?\d+\s*")
_FLOAT = re.compile(rb"\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|nan)\s*", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"\s*[+-]?0x[0-9a-f]+\s*", re.IGNORECASE)


def _strings(values, shape) -> np.ndarray:
    result = np.empty(len(values), object)
    result[:] = [value.encode() for value in values]
    return result.reshape(shape)


@as_string_opdef.kernel
def as_string_kernel(xp, input, precision, scientific, shortest, width, fill):
    """C's printf, whose conversions Python's ``%`` shares."""
    flat = input.ravel().tolist()
    if input.dtype.kind == "b":
        return _strings(["true" if value else "false" for value in flat], input.shape)
    prefix = "%" + fill + (str(width) if width > -1 else "")
    if input.dtype.kind in "iu":
        if precision > -1 or scientific or shortest:
            which = "precision" if precision > -1 else "scientific and shortest format"
            raise ValueError(f"{which} not supported for datatype {input.dtype}")
        return _strings([(prefix + "d") % value for value in flat], input.shape)
    kind = "e" if scientific else "g" if shortest else "f"
    form = prefix + (f".{precision}" if precision > -1 else "") + kind
    if input.dtype.kind == "c":
        return _strings([f"({form % value.real},{form % value.imag})" for value in flat], input.shape)
    return _strings([form % value for value in flat], input.shape)


@to_number_opdef.kernel
def to_number_kernel(xp, string_tensor, out_type):
    convert = _to_integer if out_type.is_integer else _to_float
    numbers = [convert(text, out_type) for text in string_tensor.ravel().tolist()]
    return np.array(numbers, out_type.numpy).reshape(string_tensor.shape)


def _wrong(text: bytes) -> ValueError:
    return ValueError(f"StringToNumberOp could not correctly convert string: {text.decode(errors='replace')}")


def _to_integer(text: bytes, dtype) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise _wrong(text)
    value, limits = int(text), np.iinfo(dtype.numpy)
    if not limits.min <= value <= limits.max:
        raise _wrong(text)
    return value


def _to_float(text: bytes, dtype) -> float:
    if _FLOAT.fullmatch(text):
        return float(text)
    if _HEXADECIMAL.fullmatch(text):
        return float.fromhex(text.decode().strip())
    raise _wrong(text)


@export("as_string", "strings.as_string", "dtypes.as_string")
def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers as text: "%f" for floats, "%d" for integers, true and false, "(%f,%f)" for complex numbers.

    Args:
      input: a tensor. precision: decimals (floats only). scientific: "%e". shortest: "%g".
      width: the least number of characters. fill: "", "0", " ", "+" or "-", as in C. name: a name for the node.

    Raises:
      InvalidArgumentError: (as TF1, when running) for what the type does not have.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.as_string([1.5, -2.0], precision=2)))
    [b'1.50' b'-2.00']
    """
    if len(fill) > 1:
        raise InvalidArgumentError(None, None, f"Fill string must be one or fewer characters, got {fill!r}")
    if fill not in ("", "0", " ", "+", "-"):
        raise InvalidArgumentError(None, None, f'Fill argument not supported: "{fill}"')
    if scientific and shortest:
        raise InvalidArgumentError(None, None, "Cannot select both scientific and shortest notation")
    options = {"precision": precision, "scientific": scientific, "shortest": shortest, "width": width, "fill": fill}
    return as_string_opdef(input, name=name, **options)


@export("string_to_number", "strings.to_number")
def string_to_number(string_tensor=None, out_type=float32, name=None, input=None):
    """Text as numbers: decimal, scientific, hexadecimal (floats), inf and nan; with blanks around.

    Args:
      string_tensor: strings (``input`` is a later name). out_type: float32, float64, int32 or int64. name: a name.

    Raises:
      InvalidArgumentError: (running) for text that is no number of the type.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.string_to_number(["1.5", "-2e3"])))
    [ 1.5e+00 -2.0e+03]
    """
    return to_number_opdef(deprecated("input", input, "string_tensor", string_tensor), out_type=out_type, name=name)
