"""Python values as NumPy arrays, by TF1's rules.

Python ints are int32 (int64 where they do not fit), floats float32, str and bytes are strings; NumPy arrays and scalars
keep their type (in lists: all but int64 and float64). With a type given, NumPy arrays are converted silently, but
Python values must fit it.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np

import graphrt.dtypes as dtypes
from graphrt.bytestrings import encoded, object_array
from graphrt.dtypes import DType, as_dtype
from graphrt.shapes import Dimension, TensorShape


def array_of(value: Any, dtype: DType | None = None) -> np.ndarray:
    """``value`` as an array that shares no memory with it.

    Raises:
      ValueError: for None, and for nested lists of unequal lengths.
      TypeError: where a Python value does not fit ``dtype``.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, (np.ndarray, np.generic)):
        return _from_numpy(np.asarray(value), dtype)
    if isinstance(value, TensorShape):
        value = [dimension.value for dimension in value]
        if None in value:
            raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
        if not value and dtype is None:
            dtype = dtypes.int32
    if isinstance(value, Dimension):
        if value.value is None:
            raise ValueError("Cannot convert an unknown Dimension to a Tensor: ?")
        value = value.value
    if hasattr(value, "__array__") and not isinstance(value, (list, tuple)):
        return _from_numpy(np.asarray(value), dtype)
    if dtype is not None:
        _check_fits(value, dtype)
    return _from_python(value, dtype)


def _from_numpy(array: np.ndarray, dtype: DType | None) -> np.ndarray:
    holds_strings = array.dtype.kind in "SUO"
    if holds_strings and dtype not in (None, dtypes.string):
        raise TypeError(f"Expected {dtype.name}, got an array of strings or objects instead: {_clipped(array)}")
    if holds_strings or dtype is dtypes.string:
        return _strings(array)
    return array.astype((as_dtype(array.dtype) if dtype is None else dtype).numpy)


def _strings(value: Any) -> np.ndarray:
    array = object_array(value)
    result = encoded(array)
    return result.copy() if result is array else result


def _from_python(value: Any, dtype: DType | None) -> np.ndarray:
    first = next(_leaves(value), None)
    if isinstance(first, (str, bytes)):
        if dtype not in (None, dtypes.string):
            raise TypeError(f"Expected {dtype.name}, got {_clipped(first)} of type '{type(first).__name__}' instead.")
        return _listed_strings(value)
    try:
        array = np.array(_without_dimensions(value), dtype=None if dtype is None else dtype.numpy)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError(
                f"Argument must be a dense tensor: {_clipped(value)} has lists of unequal lengths."
            ) from None
        raise
    except OverflowError as error:
        raise ValueError(
            f"{_clipped(value)} does not fit {'any type' if dtype is None else dtype.name}: {error}"
        ) from error
    if dtype is not None:
        return array
    if array.dtype.kind in "SU":  # arrays of strings in a list, or strings after something else
        return _listed_strings(value)
    if array.dtype == np.float64:
        return array.astype(np.float32)
    if array.dtype == np.int64:
        small = array.astype(np.int32)
        return small if np.array_equal(small, array) else array
    if array.dtype == object:
        kind = type(first).__name__
        raise TypeError(
            f"Failed to convert object of type {type(value)} to Tensor. Contents: {_clipped(value)} (of {kind}). "
            "Consider casting elements to a supported type."
        )
    return array


def _listed_strings(value: Any) -> np.ndarray:
    array = object_array(value)
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in array.flat):
        raise ValueError(f"Argument must be a dense tensor: {_clipped(value)} has lists of unequal lengths.")
    try:
        return _strings(array)
    except TypeError as error:
        raise TypeError(
            f"Failed to convert object of type {type(value)} to Tensor. Contents: {_clipped(value)} (strings beside "
            f"others: {error}). Consider casting elements to a supported type."
        ) from error


def _without_dimensions(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_without_dimensions(item) for item in value]
    return int(value) if isinstance(value, Dimension) else value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _check_fits(value: Any, dtype: DType) -> None:
    for item in _leaves(value):
        if isinstance(item, np.ndarray):
            continue
        if item is None and dtype is not dtypes.string:
            raise ValueError("None values not supported.")
        if not _fits(item, dtype):
            raise TypeError(f"Expected {dtype.name}, got {_clipped(item)} of type '{type(item).__name__}' instead.")


def _fits(item: Any, dtype: DType) -> bool:
    if isinstance(item, (bool, np.bool_)):
        return dtype is not dtypes.string  # TF1 takes True for 1 where a number is wanted
    if dtype.is_integer or dtype.is_quantized:
        return isinstance(item, (numbers.Integral, np.integer, Dimension))
    if dtype.is_floating:
        return isinstance(item, (numbers.Real, np.number, Dimension))
    if dtype.is_complex:
        return isinstance(item, (numbers.Complex, np.number))
    if dtype.is_bool:
        return False
    return isinstance(item, (str, bytes)) if dtype is dtypes.string else True


def _clipped(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
