"""Reductions of rows, as softmax needs them, where NumPy's own are slow: many short rows.

Measured on 128 rows of 10 float32: the maximum takes 9.9 us, and 2.2 us over the columns of a transposed copy; the sum
takes 3.7 us, and 1.2 us as a product with ones (128 rows of 1000: 30 us and 8 us).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

_SHORT = 64
_MANY = 32


@functools.lru_cache(maxsize=256)
def _ones(xp: Any, length: int, dtype: Any) -> Any:
    """A column of ones, which nobody writes to."""
    return xp.ones((length, 1), dtype)


def row_sums(xp: Any, array: Any) -> Any:
    """The sums over the last axis, which keeps the length 1."""
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        return array.sum(-1, keepdims=True)
    return xp.matmul(array, _ones(xp, array.shape[-1], array.dtype))


def row_maxima(xp: Any, array: Any) -> Any:
    """The maxima over the last axis, which keeps the length 1."""
    length = array.shape[-1]
    if xp is np and length <= _SHORT and array.size >= _MANY * length:
        columns = np.ascontiguousarray(array.reshape(-1, length).T)
        return columns.max(0).reshape(*array.shape[:-1], 1)
    return array.max(-1, keepdims=True)
