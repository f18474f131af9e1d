"""Strings as they are kept everywhere: object arrays of bytes, each with every byte that the user gave.

NumPy's own types of text (`U`, `S`) cut NULs at the end and cannot hold bytes beside str, so that no value of a user's
goes through them here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def object_array(value: Any) -> np.ndarray[Any, Any]:
    """``value`` (a string, or nested lists or an array of them) as an object array of whatever it holds.

    >>> object_array(["a\\0", b"b"]).tolist()
    ['a\\x00', b'b']
    """
    return np.asarray(value, dtype=object)


def encoded(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """An object array with str as UTF-8 bytes; the array itself if it holds nothing but bytes.

    Raises:
      TypeError: for an element that is neither str nor bytes.
      UnicodeEncodeError: for half of a surrogate pair, which UTF-8 does not have.

    >>> encoded(object_array([["a"], ["b"]])).tolist()
    [[b'a'], [b'b']]
    """
    items = array.ravel().tolist()
    if {*map(type, items)} <= {bytes}:
        return array
    result = np.empty(len(items), object)
    result[:] = [_as_bytes(item) for item in items]
    return result.reshape(array.shape)


def _as_bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return str.encode(item)
    if isinstance(item, bytes):
        return bytes(item)  # of np.bytes_ and its like, too, nothing but bytes is left
    raise TypeError(f"Expected binary or unicode string, got {item!r} of type {type(item).__name__}")


def zeros(xp: Any, shape: Any, dtype: np.dtype[Any]) -> Any:
    """Zeros of the array module ``xp``, which among strings are empty ones (NumPy's zeros of objects are numbers).

    >>> zeros(np, 2, np.dtype(object)).tolist()
    [b'', b'']
    """
    return np.full(shape, b"", object) if dtype.kind == "O" else xp.zeros(shape, dtype)


def in_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel whose strings come in arrays: NumPy gives the element itself where numbers would be a NumPy scalar.

    >>> in_arrays(np.add)(object_array(b"a"), object_array(b"b"))
    array(b'ab', dtype=object)
    """

    def kernel(*arrays: Any, **options: Any) -> Any:
        result = function(*arrays, **options)
        if isinstance(result, (tuple, list)):
            return [np.array(part, object) if isinstance(part, bytes) else part for part in result]
        return np.array(result, object) if isinstance(result, bytes) else result

    return kernel
