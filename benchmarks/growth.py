"""What grows when a program goes on and on: memory, threads, open files, and the time of one step.

    python -m benchmarks.growth [CASE ...] [--scale 0.01]

Each case does something very often, and is measured at a fifth of the way (when caches are full) and at the end. Run
each alone: cases share a process, and memory that one has freed serves the next.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

import graphrt as tf

Step = Callable[[int], object]


class Case(NamedTuple):
    """``steps`` at full scale of what ``begin`` gives."""

    begin: Callable[[], Step]
    steps: int


class State(NamedTuple):
    megabytes: float
    threads: int
    files: int


def state() -> State:
    """What this process has now."""
    files = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    threads = len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").exists() else 0
    return State(_resident(), threads or threading.active_count(), files)


def _resident() -> float:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0.0
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _runs() -> Step:
    """One plan, again and again."""
    x, loss, train = _model()
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    feed = {x: np.ones((4, 8), np.float32)}
    return lambda number: session.run([loss, train], feed)


def _shapes() -> Step:
    """One plan, fed with other shapes each time."""
    x = tf.placeholder(tf.float32, [None, None])
    y = tf.reduce_sum(tf.tanh(x) * 2.0 + tf.exp(-x * x) + tf.sigmoid(x))
    session = tf.Session()
    return lambda number: session.run(y, {x: np.ones((1 + number % 997, 1 + number // 997), np.float32)})


def _sessions() -> Step:
    """A session that runs a training step a few times and is closed."""
    x, loss, train = _model()
    initialize = tf.global_variables_initializer()
    feed = {x: np.ones((4, 8), np.float32)}

    def step(number: int) -> None:
        with tf.Session() as session:
            session.run(initialize)
            for _ in range(4):
                session.run([loss, train], feed)

    return step


def _graphs() -> Step:
    """As ``sessions``, with a graph of its own each."""

    def step(number: int) -> None:
        with tf.Graph().as_default():
            _sessions()(number)

    return step


def _unclosed() -> Step:
    """A session that nobody closes."""
    x, loss, train = _model()
    initialize = tf.global_variables_initializer()
    feed = {x: np.ones((4, 8), np.float32)}

    def step(number: int) -> None:
        session = tf.Session()
        session.run(initialize)
        for _ in range(4):
            session.run([loss, train], feed)

    return step


def _growing(make: Callable[[], Callable[[], tf.Tensor]]) -> Callable[[], Step]:
    def begin() -> Step:
        session = tf.Session()
        following = make()
        session.run(tf.global_variables_initializer())
        return lambda number: session.run(following())

    return begin


def _small_losses() -> Callable[[], tf.Tensor]:
    w = tf.Variable(np.ones((64, 64), np.float32))
    return lambda: tf.reduce_sum(tf.nn.softmax(tf.matmul(w, w) + 1.0) * tf.tanh(w))


def _assignments() -> Callable[[], tf.Tensor]:
    v = tf.Variable(np.ones(4, np.float32))
    return lambda: v.assign(v + 1.0)


def _chain(first: Callable[[], tf.Tensor]) -> Callable[[], Callable[[], tf.Tensor]]:
    def make() -> Callable[[], tf.Tensor]:
        last = first()

        def following() -> tf.Tensor:
            nonlocal last
            last = last + 1.0
            return last

        return following

    return make


def _model() -> tuple[tf.Tensor, tf.Tensor, tf.Operation]:
    x = tf.placeholder(tf.float32, [None, 8])
    h = tf.layers.dense(x, 16, tf.nn.relu)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 1)))
    return x, loss, tf.train.AdamOptimizer().minimize(loss)


CASES = {
    "runs": Case(_runs, 1_000_000),
    "shapes": Case(_shapes, 100_000),
    "sessions": Case(_sessions, 10_000),
    "graphs": Case(_graphs, 2_000),
    "unclosed": Case(_unclosed, 10_000),
    "losses": Case(_growing(_small_losses), 10_000),
    "assignments": Case(_growing(_assignments), 10_000),
    "chain of constants": Case(_growing(_chain(lambda: tf.constant(1.0))), 10_000),
    "chain on a variable": Case(_growing(_chain(lambda: tf.Variable(1.0).read_value())), 10_000),
}


class Result(NamedTuple):
    case: str
    steps: int
    milliseconds: float
    longest: float
    early: State
    end: State

    def __str__(self) -> str:
        grown = self.end.megabytes - self.early.megabytes
        return (
            f"{self.case:20} {self.steps:9,} steps of {self.milliseconds:8.3f} ms (longest {self.longest:7.1f}): "
            f"{self.end.megabytes:6.0f} MB ({grown:+.0f} MB since a fifth of the way), {self.end.threads} threads "
            f"({self.end.threads - self.early.threads:+d}), {self.end.files} files "
            f"({self.end.files - self.early.files:+d})"
        )


def measured(name: str, scale: float = 1.0) -> Result:
    """Does a case, or a part of it."""
    case = CASES[name]
    steps = max(10, int(case.steps * scale))
    with tf.Graph().as_default(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the graph grows
        step = case.begin()
        longest, early = 0.0, state()
        started = before = time.perf_counter()
        for number in range(steps):
            step(number)
            if number == steps // 5:
                early = state()
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
    return Result(name, steps, (before - started) / steps * 1e3, longest * 1e3, early, state())


def _chosen(names: list[str]) -> Iterator[str]:
    for name in names or CASES:
        if name not in CASES:
            raise SystemExit(f"no case {name!r}; there are: {', '.join(CASES)}")
        yield name


def main() -> None:
    parser = argparse.ArgumentParser(description="What grows when a program goes on and on.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the steps only")
    arguments = parser.parse_args()
    for name in _chosen(arguments.cases):
        print(measured(name, arguments.scale), flush=True)


if __name__ == "__main__":
    main()
