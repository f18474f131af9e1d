"""Kernels of pooling, on NumPy and CuPy: images are NHWC (or with one more spatial axis).

A maximum over a window is a maximum over its rows and then over its columns, so that a pool costs height + width
passes over strided views, and no loop over pixels. The gradient of the maximum must know which one came first, and
takes one pass a tap.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphrt_ops.conv.gemm import all_finite
from graphrt_ops.conv.geometry import Axis


def _views(array: Any, axis: int, windows: Axis, count: int) -> Iterator[Any]:
    """For every tap of the windows along ``axis`` what the windows see there."""
    lead = (slice(None),) * axis
    for tap in range(windows.size):
        start = tap * windows.dilation
        yield array[(*lead, slice(start, start + (count - 1) * windows.stride + 1, windows.stride))]


def _padded(xp: Any, array: Any, pads: Sequence[tuple[int, int]], value: float) -> Any:
    """``array`` with ``value`` around its spatial axes (those between the first and the last)."""
    if not any(before or after for before, after in pads):
        return array
    sizes = [size + sum(pad) for size, pad in zip(array.shape[1:-1], pads, strict=True)]
    result = xp.full((array.shape[0], *sizes, array.shape[-1]), value, array.dtype)
    result[_inside(array.shape, pads)] = array
    return result


def _inside(shape: Sequence[int], pads: Sequence[tuple[int, int]]) -> tuple[slice, ...]:
    middle = (slice(before, before + size) for size, (before, _) in zip(shape[1:-1], pads, strict=True))
    return (slice(None), *middle, slice(None))


def maximum(xp: Any, images: Any, axes: Sequence[Axis], counts: Sequence[int], pads: Sequence[tuple[int, int]]) -> Any:
    """The maximum of every window; padding never wins."""
    result = _padded(xp, images, pads, lowest_of(images.dtype))
    for position, (windows, count) in enumerate(zip(axes, counts, strict=True), 1):
        views = _views(result, position, windows, count)
        first = next(views)
        second = next(views, None)
        if second is None:
            result = first
            continue
        result = xp.maximum(first, second)
        for view in views:
            xp.maximum(result, view, out=result)
    return xp.ascontiguousarray(result)


def lowest_of(dtype: Any) -> float:
    """What loses against every number of a type."""
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else -float("inf")


def _equals_none(dtype: Any) -> float:
    """What is no maximum of a window, if the type has such a number: even where all is -inf, padding is not chosen."""
    return float("nan") if dtype.kind == "f" else lowest_of(dtype)


def average(xp: Any, images: Any, axes: Sequence[Axis], counts: Sequence[int], pads: Sequence[tuple[int, int]]) -> Any:
    """The mean of the real cells of every window."""
    result = _padded(xp, images, pads, 0)
    for position, (windows, count) in enumerate(zip(axes, counts, strict=True), 1):
        views = _views(result, position, windows, count)
        result = next(views).copy()
        for view in views:
            result += view
    return result / _cells(xp, images.shape, axes, counts, pads, result.dtype)


def _cells(
    xp: Any,
    shape: Sequence[int],
    axes: Sequence[Axis],
    counts: Sequence[int],
    pads: Sequence[tuple[int, int]],
    dtype: Any,
) -> Any:
    """How many real cells every window has: a scalar where that is the same everywhere."""
    if not any(before or after for before, after in pads):
        total = 1
        for windows in axes:
            total *= windows.size
        return dtype.type(total)
    cells: Any = xp.ones((), dtype)
    for position, (windows, count, (before, _)) in enumerate(zip(axes, counts, pads, strict=True)):
        start = xp.arange(count) * windows.stride - before
        inside = xp.minimum(start + windows.size, shape[1 + position]) - xp.maximum(start, 0)
        cells = cells * inside.astype(dtype).reshape((-1,) + (1,) * (len(axes) - position))
    return cells


def average_gradient(
    xp: Any, shape: Sequence[int], dy: Any, axes: Sequence[Axis], pads: Sequence[tuple[int, int]]
) -> Any:
    """Every window's gradient, divided among its real cells."""
    counts = dy.shape[1:-1]
    share = dy / _cells(xp, shape, axes, counts, pads, dy.dtype)
    for position in range(len(axes), 0, -1):
        windows, count = axes[position - 1], counts[position - 1]
        sizes = list(share.shape)
        sizes[position] = shape[position] + sum(pads[position - 1])
        spread = xp.zeros(tuple(sizes), dy.dtype)
        for view in _views(spread, position, windows, count):
            view += share
        share = spread
    return xp.ascontiguousarray(share[_inside(shape, pads)])


def _taps(axes: Sequence[Axis], counts: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    """For every tap, in the order in which TF1 looks for a maximum, the index of what the windows see there."""
    for taps in itertools.product(*(range(windows.size) for windows in axes)):
        index = (
            slice(tap, tap + (count - 1) * windows.stride + 1, windows.stride)
            for tap, windows, count in zip(taps, axes, counts, strict=True)
        )
        yield (slice(None), *index, slice(None))


def maximum_gradient(
    xp: Any, images: Any, maxima: Any, dy: Any, axes: Sequence[Axis], pads: Sequence[tuple[int, int]]
) -> Any:
    """The gradient of every window, at the first of its maxima."""
    counts = dy.shape[1:-1]
    padded = _padded(xp, images, pads, _equals_none(images.dtype))
    result = xp.zeros(padded.shape, dy.dtype)
    apart = all(windows.stride >= windows.size for windows in axes)
    left = None  # the windows whose maximum has not been met yet
    nothing = dy.dtype.type(0)
    finite = xp is np and all_finite(xp, dy)
    for index in _taps(axes, counts):
        here = padded[index] == maxima
        if left is None:
            left = ~here
        else:
            here &= left
            left ^= here
        # dy times 0 or 1 is faster, but nan where dy is infinite.
        if finite and apart:
            xp.multiply(dy, here, out=result[index])
        else:
            result[index] += dy * here if finite else xp.where(here, dy, nothing)
    return xp.ascontiguousarray(result[_inside(images.shape, pads)])


def at_maximum(
    xp: Any, images: Any, maxima: Any, values: Any, axes: Sequence[Axis], pads: Sequence[tuple[int, int]]
) -> Any:
    """What ``values`` (of the shape of the images) has where every window has its first maximum."""
    counts = maxima.shape[1:-1]
    padded = _padded(xp, images, pads, _equals_none(images.dtype))
    given = _padded(xp, values, pads, 0)
    result = xp.zeros(maxima.shape, values.dtype)
    left = xp.ones(maxima.shape, bool)
    for index in _taps(axes, counts):
        here = (padded[index] == maxima) & left
        left ^= here
        result = xp.where(here, given[index], result)
    return result


def argmax(
    xp: Any, images: Any, maxima: Any, axes: Sequence[Axis], pads: Sequence[tuple[int, int]], with_batch: bool
) -> Any:
    """The flat position ((n * height + y) * width + x) * channels + c of the first maximum of every window."""
    n, h, w, c = images.shape
    positions = xp.arange(h * w * c, dtype="int64").reshape(1, h, w, c)
    if with_batch:
        positions = positions + (xp.arange(n, dtype="int64") * (h * w * c)).reshape(n, 1, 1, 1)
    every = xp.broadcast_to(positions, images.shape)
    return at_maximum(xp, images, maxima, every, axes, pads)
