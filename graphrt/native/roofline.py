"""The speeds that no kernel on this machine exceeds: how fast it multiplies, and how fast it moves memory."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.native import threads

_SIZE = 1024  # of the matrices: 2 GFLOP a product
_BYTES = 32 << 20  # of the array that is copied: more than caches hold, little enough to be quick
_SECONDS = 0.06  # of each measurement


@dataclass(frozen=True)
class Roofline:
    """Floating-point operations and bytes a second, of all cores together."""

    flops: float
    bytes: float

    def seconds(self, flops: float, bytes: float) -> float:
        """The least time that so much work takes: memory is moved while numbers are computed."""
        return max(flops / self.flops, bytes / self.bytes)

    def __str__(self) -> str:
        return f"{self.flops / 1e9:.0f} GFLOP/s (float32 products), {self.bytes / 1e9:.1f} GB/s (copies)"


@functools.cache
def roofline() -> Roofline:
    """The machine's, measured when first asked for, in about 0.2 s: products of float32 matrices by NumPy's BLAS, and
    copies of an array, on all cores."""
    matrix = np.ones((_SIZE, _SIZE), np.float32)
    out = np.empty_like(matrix)
    product = _least(lambda: np.matmul(matrix, matrix, out=out))
    count = threads.count()
    source = np.ones(_BYTES, np.uint8)
    target = np.ones_like(source)
    parts = list(zip(np.array_split(source, count), np.array_split(target, count), strict=True))
    with ThreadPoolExecutor(count) as pool:
        copy = _least(lambda: list(pool.map(lambda part: np.copyto(part[1], part[0]), parts)))
    return Roofline(2.0 * _SIZE**3 / product, 2.0 * _BYTES / copy)


def _least(function: Callable[[], Any]) -> float:
    """The shortest of the calls that fit into the time, three at least."""
    function()
    found, count, end = float("inf"), 0, time.perf_counter() + _SECONDS
    while count < 3 or time.perf_counter() < end:
        started = time.perf_counter()
        function()
        found = min(found, time.perf_counter() - started)
        count += 1
    return found
