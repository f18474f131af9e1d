"""Where values lie in the arena, and an order of the steps that needs little of it."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from benchmarks.cases import CASES
from graphrt.native import arena, dispatch
from graphrt.native.fuse import fused
from graphrt.native.lower import lower
from graphrt.native.specialize import specialized
from graphrt.native.work import Memory
from graphrt.passes.key import PlanKey


def lives_of(native):
    """The first and last step of each memory of the arena, scratch buffers left out."""
    lives = {}
    for i, step in enumerate(native.steps):
        for memory in (*step.reads, *step.writes):
            if memory.owner().kind == "arena":
                lives.setdefault(memory.owner(), arena.Life(i, i)).last = i
    return lives


def overlapping(lives):
    """Pairs of memories that share bytes while both are needed."""
    items = list(lives.items())
    return [
        (a, b)
        for n, (a, life) in enumerate(items)
        for b, other in items[:n]
        if life.first <= other.last
        and other.first <= life.last
        and a.offset < b.offset + b.size
        and b.offset < a.offset + a.size
    ]


@pytest.fixture
def natives(monkeypatch):
    """The native code that is made during the test."""
    monkeypatch.setenv("GRAPHRT_NATIVE", "force")
    made, make = [], dispatch.Tiered._made

    def kept(self, signature):
        made.append(make(self, signature))
        return made[-1]

    monkeypatch.setattr(dispatch.Tiered, "_made", kept)
    return made


def test_random_lives_are_placed_tightly_and_apart():
    numbers = random.Random(7)
    for _ in range(20):
        lives = {}
        for _ in range(60):
            first = numbers.randrange(100)
            lives[Memory("arena", numbers.randrange(1, 1 << 20))] = arena.Life(
                first, min(99, first + numbers.randrange(30))
            )
        size = arena._placed(lives.items())
        assert not overlapping(lives)
        assert max(m.offset + m.size for m in lives) <= size <= 1.25 * arena.least(lives.items())


def test_the_least_size():
    a, b, c = Memory("arena", 64), Memory("arena", 100), Memory("arena", 1)
    assert arena.least([(a, arena.Life(0, 2)), (b, arena.Life(1, 1)), (c, arena.Life(2, 5))]) == 64 + 128
    assert arena.least([]) == 0


@pytest.mark.parametrize(
    ("case", "sizes"),
    [
        ("notes CNN, training", {"batch": 4, "size": 32}),
        ("LeNet, training", {"batch": 8}),
        ("MLP 784-512-512-10", {}),
        ("LSTM, training", {"batch": 16, "units": 64}),
        ("notes regression, dropout", {}),
    ],
)
def test_benchmarks_come_near_to_the_least(natives, case, sizes):
    with tf.Graph().as_default():
        CASES[case].make(tf, np, **sizes)()
    native = natives[-1]
    lives = lives_of(native)
    assert len(lives) > 4
    assert not overlapping(lives)
    assert native.arena_size <= 1.1 * max(arena.least(lives.items()), _with_scratch(native, lives))


def _with_scratch(native, lives):
    size = [0] * len(native.steps)
    for memory, life in lives.items():
        for i in range(life.first, life.last + 1):
            size[i] += memory.size
    for i, step in enumerate(native.steps):
        size[i] += sum(step.called.lowering.scratch) if step.called else 0
    return max(size)


def test_a_variable_is_updated_as_soon_as_its_gradient_is_there(natives):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(np.linspace(-1, 1, 4 * 200, dtype=np.float32).reshape(4, 200))
        weights = [tf.Variable(np.eye(200, dtype=np.float32)) for _ in range(4)]
        hidden = x
        for w in weights:
            hidden = tf.tanh(tf.matmul(hidden, w))
        train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(tf.square(hidden)))
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        gradient = 200 * 200 * 4
        assert natives[-1].arena_size < 2 * gradient
        native = sess.run(weights)
    expected = _tanh_steps(np.linspace(-1, 1, 800, dtype=np.float64).reshape(4, 200))
    for ours, theirs in zip(native, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def _tanh_steps(x):
    """The same step in NumPy, float64."""
    weights, values = [np.eye(200) for _ in range(4)], [x]
    for w in weights:
        values.append(np.tanh(values[-1] @ w))
    back, changed = 2 * values[-1], []
    for i in reversed(range(4)):
        back = back * (1 - values[i + 1] ** 2)
        changed.append(weights[i] - 0.5 * values[i].T @ back)
        back = back @ weights[i].T
    return changed[::-1]


def test_values_of_two_branches_share_memory():
    x = tf.placeholder(tf.float32, [64, 64])
    sizes = []
    for second in (lambda: x * 2.0, lambda: tf.matmul(tf.matmul(x, x), tf.matmul(x, x))):
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(tf.matmul(x, x), tf.matmul(x, x)), second)
        made = fused(lower(specialized(PlanKey((tf.reduce_sum(y),), (x,)), ((64, 64),))[0]))
        sizes.append(arena.planned(made, [[] for _ in made]))
    assert sizes[1] - sizes[0] <= 2 * 64  # two bools more
