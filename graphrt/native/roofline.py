"""The speeds that no kernel on this machine exceeds: how fast it multiplies, and how fast it moves memory.

What is measured is what the machine had to spare at that moment. So all that was ever measured counts, by its best;
and where kernels prove it wrong, it is measured again, until nothing exceeds it or it is said to be unknown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.backends.blas import BLAS_THREADS
from graphrt.native import threads

_SIZE = 256  # of the matrices: a product takes a core half a millisecond, in which it is left alone now and then
_ARRAYS = (1 << 18, 1 << 22, 1 << 25, 1 << 27)  # bytes, of which each core has a part: in its own cache, ..., in memory
_SECONDS = 0.05  # of each measurement
_ROUNDS = 4  # of measuring again, each twice as long as the one before
_MORE = 1.05  # times the roofline is more than what clocks do not see
BRIEF = 1e-6  # seconds; of what is shorter, half is the clock
_STEADY = 1.25  # two measurements that differ by more tell of other processes


@dataclass(frozen=True)
class Roofline:
    """Floating-point operations and bytes a second, of all cores together.

    Attributes:
      flops: of products of float32 matrices. bytes: of memory, where caches hold little of it.
      cached: (bytes that are moved, bytes a second) of what caches do hold, the smaller ones first.
      steady: False if two measurements differed. exceeded: how many kernels were faster, however often it was measured;
      unless that is 0, no share of it means anything.
    """

    flops: float
    bytes: float
    cached: tuple[tuple[int, float], ...] = ()
    steady: bool = True
    exceeded: int = 0

    def seconds(self, flops: float, bytes: float) -> float:
        """The least time that so much work takes: memory is moved while numbers are computed."""
        return max(flops / self.flops, bytes / self.speed(bytes))

    def speed(self, bytes: float) -> float:
        """Bytes a second, for a kernel that moves so many."""
        speeds = [speed for size, speed in (*self.cached, (2 * _ARRAYS[-1], self.bytes)) if size <= bytes]
        return speeds[-1] if speeds else self.cached[0][1] if self.cached else self.bytes

    def share(self, flops: float, bytes: float, seconds: float) -> float | None:
        """Which part of the time would have done; None where that cannot be known."""
        return None if self.exceeded or seconds < BRIEF else self.seconds(flops, bytes) / seconds

    def __str__(self) -> str:
        best = f"{self.cached[0][1] / 1e9:.1f} GB/s in caches, " if self.cached else ""
        text = f"{self.flops / 1e9:.0f} GFLOP/s (float32 products), {best}{self.bytes / 1e9:.1f} GB/s in memory"
        if self.exceeded:
            kernels = f"{self.exceeded} kernel{'s' * (self.exceeded > 1)}"
            return f"not known, the machine is busy: {kernels} ran faster than what was measured beside them, {text}"
        return text if self.steady else f"{text}; the machine was busy, more is likely"


class _Known:
    """The best of all measurements of this process."""

    lock = threading.Lock()
    best: Roofline | None = None


def roofline() -> Roofline:
    """The machine's, measured when first asked for, in about half a second: products by NumPy's BLAS on one core, times
    the cores; arrays that are read and written in place, on one core, or on all where they do not fit caches."""
    with _Known.lock:
        if _Known.best is None:
            first, second = _measured(_SECONDS), _measured(_SECONDS)
            _Known.best = replace(_best(first, second), steady=_alike(first, second))
        return _Known.best


def confirmed(work: Iterable[tuple[float, float, float]]) -> Roofline:
    """The roofline, held against kernels that ran: (floating-point operations, bytes, seconds) of each.

    As long as one of them exceeds it, it is measured again, for up to six seconds in all.
    """
    judged = [kernel for kernel in work if kernel[2] >= BRIEF]
    found = roofline()
    for again in range(_ROUNDS):
        if not _exceeding(found, judged):
            return found
        with _Known.lock:
            found = _Known.best = replace(_best(found, _measured(_SECONDS * 2**again)), steady=False)
    return replace(found, exceeded=_exceeding(found, judged))


def _exceeding(machine: Roofline, work: Iterable[tuple[float, float, float]]) -> int:
    return sum(machine.seconds(flops, bytes) > _MORE * seconds for flops, bytes, seconds in work)


def _best(one: Roofline, other: Roofline) -> Roofline:
    cached = tuple((size, max(a, b)) for (size, a), (_, b) in zip(one.cached, other.cached, strict=True))
    return Roofline(max(one.flops, other.flops), max(one.bytes, other.bytes), cached)


def _alike(one: Roofline, other: Roofline) -> bool:
    pairs = [(one.flops, other.flops), (one.bytes, other.bytes)]
    pairs += [(a, b) for (_, a), (_, b) in zip(one.cached, other.cached, strict=True)]
    return all(max(pair) <= _STEADY * min(pair) for pair in pairs)


def _measured(seconds: float) -> Roofline:
    count = threads.count()
    matrix = np.ones((_SIZE, _SIZE), np.float32)
    out = np.empty_like(matrix)
    # (Threads of BLAS that wait for each other on a busy machine take a hundred times as long: backends/blas.py.)
    product = BLAS_THREADS.on_one(_least)(lambda: np.matmul(matrix, matrix, out=out), seconds)
    speeds: list[float] = []
    with ThreadPoolExecutor(count) as pool:
        for size in reversed(_ARRAYS):
            # What fits the caches of one core is done in less time than threads need to begin.
            speed = _in_place(size, seconds, count, pool) if size > _ARRAYS[1] else count * _in_place(size, seconds)
            speeds.append(max([speed, *speeds]))  # a smaller array is no slower
    moved = [2 * size for size in _ARRAYS]
    cached = tuple(zip(moved, reversed(speeds), strict=True))[:-1]
    return Roofline(count * 2.0 * _SIZE**3 / product, speeds[0], cached)


def _in_place(size: int, seconds: float, count: int = 1, pool: ThreadPoolExecutor | None = None) -> float:
    """Bytes a second of an array that is read and written (what writes elsewhere has to read that, too, unseen)."""
    array = np.ones(size // 4, np.float32)
    if pool is None:
        spent = _least(lambda: np.negative(array, out=array), seconds)
    else:
        parts = np.array_split(array, count)
        spent = _least(lambda: list(pool.map(lambda part: np.negative(part, out=part), parts)), seconds)
    return 2.0 * size / spent


def _least(function: Callable[[], Any], seconds: float) -> float:
    """The shortest of the calls that fit into the time, three at least."""
    function()
    found, count, end = float("inf"), 0, time.perf_counter() + seconds
    while count < 3 or time.perf_counter() < end:
        started = time.perf_counter()
        function()
        found = min(found, time.perf_counter() - started)
        count += 1
    return found
