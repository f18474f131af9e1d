"""What a plan adds to each NumPy call: a chain of additions as a plan, against the bare calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import graphrt as tf

CHAIN = 500


def _best(function: Callable[[], Any], repetitions: int = 200) -> float:
    """The least time of one call, in seconds."""
    best = float("inf")
    for _ in range(repetitions):
        started = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - started)
    return best


def overhead_per_op() -> tuple[float, float]:
    """(seconds an op that a plan takes more than the bare NumPy call, seconds of the bare call)."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [8])
        y = x
        for _ in range(CHAIN):
            y = tf.add(y, x)
        session = tf.Session()
        value = np.ones(8, np.float32)
        session.run(y, {x: value})
        run = session.make_callable(y, [x])

        def bare() -> Any:
            total = value
            for _ in range(CHAIN):
                total = np.add(total, value)
            return total

        # Both are timed in turns, so that a busy machine hits both.
        pairs = [(_best(lambda: run(value), 20), _best(bare, 20)) for _ in range(20)]
    in_plan = min(pair[0] for pair in pairs)
    in_numpy = min(pair[1] for pair in pairs)
    return (in_plan - in_numpy) / CHAIN, in_numpy / CHAIN
