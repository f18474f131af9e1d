"""Turning Python values into Tensors, and the register of how that is done."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

from graphrt.dtypes import DType, as_dtype
from graphrt.export import export
from graphrt.graph.operation import Tensor

Conversion = Callable[..., Any]

_CONVERSIONS: list[tuple[int, int, tuple[type, ...], Conversion]] = []
_FOR_TYPE: dict[type, list[Conversion]] = {}


@export("register_tensor_conversion_function")
def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: Conversion, priority: int = 100
) -> None:
    """Registers how objects of ``base_type`` become Tensors; a smaller ``priority`` is asked first.

    ``conversion_func(value, dtype, name, as_ref)`` returns a Tensor, or NotImplemented to let the next one try.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError("base_type must be a type or a tuple of types.")
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    bisect.insort(_CONVERSIONS, (priority, len(_CONVERSIONS), types, conversion_func), key=lambda entry: entry[:2])
    _FOR_TYPE.clear()


def _conversions_for(kind: type) -> list[Conversion]:
    found = _FOR_TYPE.get(kind)
    if found is None:
        found = _FOR_TYPE[kind] = [function for _, _, types, function in _CONVERSIONS if issubclass(kind, types)]
    return found


@export("convert_to_tensor")
def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
    *,
    as_ref: bool = False,
) -> Tensor:
    """``value`` as a Tensor of the default graph.

    Args:
      value: a Tensor, Variable, NumPy array, number, string, or (nested) list of those.
      dtype: the element type; without it, it follows from ``value`` (Python ints are int32, floats float32; NumPy
        arrays keep theirs).
      name: the name of the constant, if one has to be made.
      preferred_dtype: the type to use if ``value`` can be converted to it; ``dtype_hint`` is its later name.
      as_ref: give a variable's own tensor, which can be assigned to, and not the value that was read from it.

    Raises:
      TypeError: if there is no way to convert it.
      ValueError: if it is a Tensor of another type than ``dtype``.
    """
    if type(value) is Tensor and dtype is None:
        return value
    dtype = None if dtype is None else as_dtype(dtype).base_dtype
    if isinstance(value, Tensor):
        if dtype is not None and not dtype.is_compatible_with(value.dtype.base_dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {value.dtype.name}: "
                f"{str(value)!r}"
            )
        return value
    preferred = preferred_dtype if preferred_dtype is not None else dtype_hint
    for conversion in _conversions_for(type(value)):
        tensor = NotImplemented
        if dtype is None and preferred is not None:
            tensor = _attempt(conversion, value, as_dtype(preferred).base_dtype, name, as_ref)
        if tensor is NotImplemented:
            tensor = conversion(value, dtype=dtype, name=name, as_ref=as_ref)
        if tensor is NotImplemented:
            continue
        _check_converted(tensor, dtype, conversion)
        result: Tensor = tensor
        return result
    raise TypeError(f"Cannot convert {value!r} with type {type(value)} to Tensor: no conversion function registered.")


def _attempt(conversion: Conversion, value: Any, preferred: DType, name: str | None, as_ref: bool) -> Any:
    """The conversion to the preferred type, or NotImplemented where the value does not fit it."""
    try:
        tensor = conversion(value, dtype=preferred, name=name, as_ref=as_ref)
    except (TypeError, ValueError):
        return NotImplemented
    if tensor is not NotImplemented and tensor.dtype.base_dtype is not preferred:
        raise TypeError(f"convert_to_tensor did not convert to the preferred dtype: {tensor.dtype} vs {preferred}")
    return tensor


def _check_converted(tensor: Any, dtype: DType | None, conversion: Conversion) -> None:
    if not isinstance(tensor, Tensor):
        raise RuntimeError(f"Conversion function {conversion!r} returned non-Tensor: {tensor!r}")
    if dtype is not None and not dtype.is_compatible_with(tensor.dtype.base_dtype):
        raise RuntimeError(f"Conversion function {conversion!r} returned {tensor.dtype} where {dtype} was requested")
