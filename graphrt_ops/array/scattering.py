"""Writing to places of an array that may be named twice, on NumPy and on a device.

NumPy writes one update after the other. A device writes all at once: of two for one place any may win, and its
``ufunc.at``, made of atomic instructions, knows few functions and types. What it lacks is made of a stable sort here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# What CuPy's ufunc.at does with one atomic instruction; subtract is add of what is negated.
_FOUR_AND_EIGHT_BYTES = frozenset("int32 uint32 int64 uint64 float32 float64".split())
_ATOMIC = {
    "add": _FOUR_AND_EIGHT_BYTES | {"float16"},
    "maximum": _FOUR_AND_EIGHT_BYTES,
    "minimum": _FOUR_AND_EIGHT_BYTES,
}
# Updates for one place are first combined with each other, by these.
_COMBINED_BY = {"subtract": "add", "divide": "multiply"}


def apply_at(xp: Any, ufunc: str, target: Any, places: Any, updates: Any) -> None:
    """``target[places] = ufunc(target[places], updates)``, every time that a place occurs.

    Args:
      xp: numpy or a device's module.
      ufunc: "add", "subtract", "multiply", "divide", "maximum" or "minimum".
      target: an array in one piece, which is changed.
      places: an integer array, or a tuple of one for each leading dimension, all within range.
      updates: what broadcasts to ``target[places]``, of the type of ``target``.
    """
    if xp is np:
        getattr(np, ufunc).at(target, places, updates)
    elif ufunc == "subtract" and target.dtype.name in _ATOMIC["add"]:
        xp.add.at(target, places, -updates)
    elif target.dtype.name in _ATOMIC.get(ufunc, ()):
        getattr(xp, ufunc).at(target, places, updates)
    elif target.size:
        _combined_at(xp, ufunc, *_rows(xp, target, places, updates))


def assign_at(xp: Any, target: Any, places: Any, updates: Any) -> None:
    """``target[places] = updates``; where a place occurs twice the last update stays, on a device, too."""
    if xp is np:
        target[places] = updates[()]  # (an array of strings without dimensions would itself be the element)
        return
    rows, at, values = _rows(xp, target, places, updates)
    order = xp.argsort(at, kind="stable")
    # Every update of a place writes what the last one would.
    last = order[xp.searchsorted(at[order], at, side="right") - 1]
    rows[at] = values[last]


def _rows(xp: Any, target: Any, places: Any, updates: Any) -> tuple[Any, Any, Any]:
    """``target`` as a matrix of what places name, the number of the row for each update, and the updates as rows."""
    places = places if isinstance(places, tuple) else (places,)
    dims, tail = target.shape[: len(places)], target.shape[len(places) :]
    if not places:
        at = xp.zeros(math.prod(updates.shape[: updates.ndim - len(tail)]), np.int64)
        shape = updates.shape
    else:
        at = xp.zeros(places[0].shape, np.int64)
        for place, length in zip(places, dims, strict=True):
            at = at * length + place
        shape = (*at.shape, *tail)
    width = math.prod(tail)
    values = xp.broadcast_to(updates, shape).reshape(at.size, width)
    return target.reshape(math.prod(dims), width), at.reshape(-1), values


def _combined_at(xp: Any, ufunc: str, rows: Any, at: Any, values: Any) -> None:
    """Combines the updates of each place pairwise, in as many rounds as the logarithm of the most for one place."""
    if not at.size:
        return
    combine = getattr(xp, _COMBINED_BY.get(ufunc, ufunc))
    order = xp.argsort(at, kind="stable")
    at, values = at[order], values[order]
    rank = xp.arange(at.size) - xp.searchsorted(at, at, side="left")
    behind = xp.searchsorted(at, at, side="right") - xp.arange(at.size)  # so many of the place from here on
    step, most = 1, int(rank.max()) + 1
    while step < most:
        pairs = xp.flatnonzero((rank % (2 * step) == 0) & (behind > step))
        values[pairs] = combine(values[pairs], values[pairs + step])
        step *= 2
    first = xp.flatnonzero(rank == 0)
    rows[at[first]] = getattr(xp, ufunc)(rows[at[first]], values[first]).astype(rows.dtype, copy=False)


def rounds(xp: Any, places: Any) -> list[Any]:
    """The positions in the vector ``places`` in groups, each without a place that comes twice: one after the other they
    meet each place in the order in which it comes. A single group is all of it, as a slice."""
    if not places.size:
        return []
    order = xp.argsort(places, kind="stable")
    at = places[order]
    rank = xp.arange(at.size) - xp.searchsorted(at, at, side="left")
    most = int(rank.max())
    if not most:
        return [slice(None)]
    by_rank = xp.argsort(rank, kind="stable")
    ends = [int(end) for end in xp.searchsorted(rank[by_rank], xp.arange(most + 1), side="right")]
    return [order[by_rank[begin:end]] for begin, end in zip([0, *ends], ends, strict=False)]
