"""Element types of tensors, with TF1's names, numbers and rules.

A variable's tensor has a *reference* type (``float32_ref``): the value can be assigned to. ``base_dtype`` takes the
reference away.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from graphrt.export import export, export_values
from graphrt.provided import provided

_REFERENCE = 100  # TF1 numbers the reference types 100 above their bases


@export("DType", "dtypes.DType")
class DType:
    """The type of a tensor's elements, such as ``tf.float32``.

    Compares equal to anything that ``as_dtype`` turns into it: ``tf.float32 == np.float32`` and
    ``tf.float32 == "float32"`` are True.
    """

    __slots__ = ("_enum", "_name", "_numpy", "as_numpy_dtype", "base_dtype", "is_ref", "kind")

    def __init__(self, enum: int, name: str, numpy_type: Any, kind: str, base: DType | None = None) -> None:
        self._enum = enum
        self._name = name
        self.as_numpy_dtype: Any = numpy_type
        self._numpy: np.dtype[Any] | None = None if numpy_type is None else np.dtype(numpy_type)
        self.kind = kind
        self.is_ref = base is not None
        self.base_dtype: DType = self if base is None else base

    @property
    def name(self) -> str:
        return self._name

    @property
    def as_datatype_enum(self) -> int:
        return self._enum

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype of arrays that hold such elements (strings are bytes in object arrays)."""
        if self._numpy is None:
            raise TypeError(f"{self._name} has no NumPy representation")
        return self._numpy

    @property
    def _is_ref_dtype(self) -> bool:
        return self.is_ref

    @property
    def _as_ref(self) -> DType:
        return self if self.is_ref else _BY_ENUM[self._enum + _REFERENCE]

    @property
    def real_dtype(self) -> DType:
        """The type of the real part: float32 for complex64, float64 for complex128, else the type itself."""
        if self.base_dtype is complex64:
            return float32
        return float64 if self.base_dtype is complex128 else self

    @property
    def is_numpy_compatible(self) -> bool:
        return self._numpy is not None

    @property
    def is_bool(self) -> bool:
        return self.kind == "bool"

    @property
    def is_integer(self) -> bool:
        return self.kind in ("int", "uint")

    @property
    def is_floating(self) -> bool:
        return self.kind == "float"

    @property
    def is_complex(self) -> bool:
        return self.kind == "complex"

    @property
    def is_quantized(self) -> bool:
        return self.kind == "quantized"

    @property
    def is_unsigned(self) -> bool:
        return self.kind == "uint"

    @property
    def size(self) -> int:
        """Bytes of one element (1 where there is no fixed size; of a string those of the reference to it)."""
        return self._numpy.itemsize if self._numpy is not None else 1

    @property
    def min(self) -> Any:
        return self._limit("min")

    @property
    def max(self) -> Any:
        return self._limit("max")

    def _limit(self, which: str) -> Any:
        if self.kind == "bool":
            return which == "max"
        if self.kind in ("int", "uint"):
            return getattr(np.iinfo(self.as_numpy_dtype), which)
        if self.kind == "float":
            return getattr(ml_dtypes.finfo(self.as_numpy_dtype), which)  # type: ignore[no-untyped-call]
        raise TypeError(f"Cannot find {which}imum value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of values of an integer or bool type; (0, 1) for the others, as images use it."""
        if self.kind in ("int", "uint", "bool"):
            return self.min, self.max
        return 0, 1

    def is_compatible_with(self, other: Any) -> bool:
        """True if a tensor of type ``other`` may stand where this type is wanted."""
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other is None or isinstance(other, DType):
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return self._enum

    def __int__(self) -> int:
        return self._enum

    def __str__(self) -> str:
        return f"<dtype: {self._name!r}>"

    def __repr__(self) -> str:
        return f"tf.{self._name}"

    def __reduce__(self) -> Any:
        return as_dtype, (self._name,)


_BY_ENUM: dict[int, DType] = {}


def _define(enum: int, name: str, numpy_type: Any, kind: str) -> DType:
    base = _BY_ENUM[enum] = DType(enum, name, numpy_type, kind)
    _BY_ENUM[enum + _REFERENCE] = DType(enum + _REFERENCE, name + "_ref", numpy_type, kind, base)
    return base


float32 = _define(1, "float32", np.float32, "float")
float64 = _define(2, "float64", np.float64, "float")
int32 = _define(3, "int32", np.int32, "int")
uint8 = _define(4, "uint8", np.uint8, "uint")
int16 = _define(5, "int16", np.int16, "int")
int8 = _define(6, "int8", np.int8, "int")
string = _define(7, "string", np.object_, "string")
complex64 = _define(8, "complex64", np.complex64, "complex")
int64 = _define(9, "int64", np.int64, "int")
bool_ = _define(10, "bool", np.bool_, "bool")
qint8 = _define(11, "qint8", np.int8, "quantized")
quint8 = _define(12, "quint8", np.uint8, "quantized")
qint32 = _define(13, "qint32", np.int32, "quantized")
bfloat16 = _define(14, "bfloat16", ml_dtypes.bfloat16, "float")
qint16 = _define(15, "qint16", np.int16, "quantized")
quint16 = _define(16, "quint16", np.uint16, "quantized")
uint16 = _define(17, "uint16", np.uint16, "uint")
complex128 = _define(18, "complex128", np.complex128, "complex")
float16 = _define(19, "float16", np.float16, "float")
resource = _define(20, "resource", None, "resource")
variant = _define(21, "variant", None, "variant")
uint32 = _define(22, "uint32", np.uint32, "uint")
uint64 = _define(23, "uint64", np.uint64, "uint")
half = float16
double = float64

FLOATS = (float16, bfloat16, float32, float64)
REALS = (float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64)
COMPLEX = (complex64, complex128)
NUMBERS = (*REALS, *COMPLEX)

# Tensors of these types carry gradients (TF1's rule for what is trainable).
TRAINABLE = frozenset((float16, float32, float64, complex64, complex128, bfloat16, resource, variant))

_FROM_ANYTHING: dict[Any, DType] = {}
for _dtype in _BY_ENUM.values():
    _FROM_ANYTHING[_dtype] = _dtype
    _FROM_ANYTHING[_dtype.name] = _dtype
    if not _dtype.is_ref and _dtype.kind in ("float", "int", "uint", "complex", "bool"):
        _FROM_ANYTHING[_dtype.as_numpy_dtype] = _dtype
        _FROM_ANYTHING[_dtype.numpy] = _dtype
_FROM_ANYTHING.update(
    {
        "half": float16,
        "float": float32,
        "double": float64,
        float: float32,
        int: int32,
        bool: bool_,
        complex: complex128,
        str: string,
        bytes: string,
        object: string,
        np.object_: string,
        np.str_: string,
        np.bytes_: string,
    }
)
_FROM_ANYTHING[np.dtype(object)] = string


@export("as_dtype", "dtypes.as_dtype")
def as_dtype(type_value: Any) -> DType:
    """The DType that ``type_value`` stands for: a DType, its name or number, a NumPy dtype or type, a Python type.

    Raises:
      TypeError: if it stands for none.
    """
    try:
        found = _BY_ENUM.get(type_value) if type(type_value) is int else _FROM_ANYTHING.get(type_value)
    except TypeError:  # not hashable: a structured dtype, say
        found = None
    if found is not None:
        return found
    try:
        numpy_dtype = np.dtype(type_value)
    except TypeError:
        numpy_dtype = None
    if numpy_dtype is not None:
        if numpy_dtype.kind in "SUO":
            return string
        found = _FROM_ANYTHING.get(numpy_dtype) or _FROM_ANYTHING.get(numpy_dtype.type)
        if found is not None:
            return found
    raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.")


def of_array(array: Any) -> DType:
    """The DType of a NumPy or CuPy array (or NumPy scalar)."""
    found = _FROM_ANYTHING.get(array.dtype)
    return found if found is not None else as_dtype(array.dtype)


_PUBLIC = (
    *("float16 float32 float64 bfloat16 complex64 complex128 half double string resource variant".split()),
    *("int8 int16 int32 int64 uint8 uint16 uint32 uint64 qint8 qint16 qint32 quint8 quint16".split()),
)
for _prefix in ("", "dtypes."):
    export_values(__name__, {_prefix + _name: _name for _name in _PUBLIC} | {_prefix + "bool": "bool_"})
for _dtype in _BY_ENUM.values():
    if _dtype.is_ref:
        globals()[_dtype.name] = _dtype


def __getattr__(name: str) -> Any:
    """``tf.dtypes`` and this module share one attribute of the package ``graphrt``; other public names live there."""
    return provided("public_lookup")("graphrt.tf.dtypes", globals(), (), name)
