"""The record of random numbers: TensorFlow 1's Philox streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

SEEDS = 3
"""64-bit numbers that stand for a place in a stream: the key, the upper half of the counter, and its lower half, which
is the number of the first block of the run (docs of ``graphrt/native/kernels/philox.py``)."""


@dataclass(frozen=True)
class Draw:
    """Output 0 has the stream's next numbers, and the kernels' only input is a block of SEEDS 64-bit numbers; before
    each run Python fills it with what ``begin(state)`` returns, which moves the state on.

    ``distribution`` is "uniform" (in [0, 1)), "normal" (mean 0, deviation 1) or "integers": in [low, high).
    """

    distribution: str
    begin: Callable[[Any], Sequence[int]]
    low: int = 0
    high: int = 0
