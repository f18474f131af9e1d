"""The text of an array as Print and Assert show it: ``[1 2 3...]``, numbers as TF1 wrote them."""

from __future__ import annotations

from typing import Any

import numpy as np


def summarize(array: Any, count: int) -> str:
    """The first ``count`` elements (all, if negative) of a NumPy array, nested in brackets, without the outer pair.

    >>> summarize(np.array([[1, 2], [3, 4], [5, 6]]), 3)
    '[1 2][3...]...'
    """
    array = np.asarray(array)
    limit = array.size if count < 0 else min(count, array.size)
    words = [_word(value) for value in array.ravel()[:limit]]
    more = array.size > limit
    if array.ndim < 2:
        return " ".join(words) + ("..." if more else "")
    return _nested(array.shape, iter(words), [limit]) + ("..." if more else "")


def _nested(shape: tuple[int, ...], words: Any, left: list[int]) -> str:
    """``left[0]`` counts how many elements may still be shown."""
    text = ""
    for index in range(shape[0]):
        if len(shape) > 1:
            if left[0] > 0:
                text += f"[{_nested(shape[1:], words, left)}]"
        elif left[0] > 0:
            text += (" " if index else "") + next(words)
            left[0] -= 1
        else:
            return text + "..."
    return text


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, np.floating):
        return _number(value)
    if isinstance(value, np.complexfloating):
        return f"({_number(value.real)},{_number(value.imag)})"
    return str(value)


def _number(value: np.floating) -> str:
    """As many digits as it takes to get the same number back: 6 or 9 of a float32, 15 or 17 of a float64."""
    if not np.isfinite(value):
        return str(value)
    wide = value if value.dtype.itemsize == 8 else np.float32(value)
    short, full = ("%.15g", "%.17g") if wide.dtype.itemsize == 8 else ("%.6g", "%.9g")
    text = short % wide
    return text if type(wide)(text) == wide else full % wide
