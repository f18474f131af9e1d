"""What a failing run says: where shapes do not broadcast, where a condition is no scalar, where memory runs out."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.key import PlanOptions
from graphrt.plan import codegen

TIERS = {
    "plain": PlanOptions(optimize=False, native="off"),
    "rewritten": PlanOptions(native="off"),
    "native": PlanOptions(native="on", strict=True),
}


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as new:
        yield new


@pytest.fixture(params=TIERS)
def run(request):
    def run_once(fetches, feeds=None):
        with tf.Session() as sess:
            sess._options = TIERS[request.param]
            sess.run(tf.global_variables_initializer())
            return sess.run(fetches, feeds)

    return run_once


def test_shapes_that_do_not_broadcast_are_named_in_the_words_of_tf1(run):
    x, v = tf.placeholder(tf.float32), tf.Variable(tf.zeros([2, 3]), name="v")
    for fetch, words in [
        (x * v, r"Incompatible shapes: \[4\] vs\. \[2,3\]"),
        (v - tf.exp(x), r"Incompatible shapes: \[2,3\] vs\. \[4\]"),
        (tf.less(tf.constant([[1.0, 2.0, 3.0]]), x), r"Incompatible shapes: \[1,3\] vs\. \[4\]"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(fetch, {x: np.zeros(4, np.float32)})


def test_no_words_of_numpy_are_read(run):
    """A kernel may say what it likes, and be it NumPy's own words."""

    def speaks(array):
        raise ValueError("operands could not be broadcast together with shapes (7,) (8,) ")

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shapes \(7,\) \(8,\)"):
        run(tf.py_func(speaks, [tf.constant(1.0)], tf.float32))


def test_a_long_plan_names_the_shapes(monkeypatch):
    monkeypatch.setattr(codegen, "_MOST_LINES", 3)
    x = tf.placeholder(tf.float32)
    y = tf.exp(x)
    for _ in range(5):
        y = tf.sin(y)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=r"shapes: \[4\] vs\. \[3\]"):
        sess._options = TIERS["plain"]
        sess.run(y + tf.zeros([3]), {x: np.zeros(4, np.float32)})


@pytest.mark.parametrize("value", [[True, False], [True], [[False]]])
def test_a_condition_must_be_a_scalar(run, value):
    p, x = tf.placeholder(tf.bool), tf.placeholder(tf.float32, [])
    shape = str(list(np.shape(value))).replace(" ", "").replace("[", r"\[").replace("]", r"\]")
    for fetch in (tf.cond(p, lambda: x * 2.0, lambda: x - 1.0), tf.cond(tf.logical_not(p), lambda: x, lambda: -x)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"the condition must be a scalar.* shape {shape}"):
            run(fetch, {p: value, x: 1.0})
        assert run(fetch, {p: True, x: 3.0}) in (6.0, -3.0)


def test_a_condition_in_a_partial_run_must_be_a_scalar():
    p, x = tf.placeholder(tf.bool), tf.placeholder(tf.float32, [])
    y = tf.cond(p, lambda: x * 2.0, lambda: x - 1.0)
    with tf.Session() as sess:
        handle = sess.partial_run_setup([y], [p, x])
        with pytest.raises(tf.errors.InvalidArgumentError, match="the condition must be a scalar"):
            sess.partial_run(handle, y, {p: [True], x: 1.0})


HUGE = [1 << 20, 1 << 20, 8]  # 32 TB of float32


@pytest.mark.parametrize(
    "build",
    [
        lambda dims, x: tf.fill(dims, x),
        lambda dims, x: tf.fill(dims, x) * 2.0,
        lambda dims, x: tf.reduce_sum(tf.fill(dims, x)),
        lambda dims, x: tf.exp(tf.ones(HUGE) * x),
        lambda dims, x: tf.tile(tf.reshape(x, [1, 1, 1]), dims),
    ],
)
def test_memory_that_runs_out_is_a_resource(run, build):
    dims, x = tf.placeholder(tf.int32, [3]), tf.placeholder(tf.float32, [])
    with pytest.raises(tf.errors.ResourceExhaustedError, match=r"OOM when allocating tensor with shape\[1048576,"):
        run(build(dims, x), {dims: HUGE, x: 1.0})


class _Greedy:
    """Needs more memory than there is to become an array."""

    def __array__(self, dtype=None, copy=None):
        return np.empty(HUGE, dtype)


def test_memory_that_runs_out_for_a_feed(run):
    x = tf.placeholder(tf.float32, name="x")
    with pytest.raises(tf.errors.ResourceExhaustedError, match=r"OOM when allocating .*, for what is fed to 'x:0'"):
        run(x + 1.0, {x: _Greedy()})


def test_memory_that_runs_out_in_a_function_of_the_user(run):
    y = tf.py_func(lambda x: np.empty(HUGE), [tf.constant(1.0)], tf.float64) + 1.0
    with pytest.raises(tf.errors.ResourceExhaustedError, match="PyFunc 'PyFunc': MemoryError: "):
        run(y)


def test_memory_that_runs_out_where_no_node_runs(monkeypatch):
    """For a result that is copied, for the arena of native code: there is no node to blame."""
    x = tf.placeholder(tf.float32, [4])
    with tf.Session() as sess:
        sess.run(x + 1.0, {x: np.zeros(4)})
        (runner,) = [r for key, r in sess._runners.items() if isinstance(key, tuple)]

        def greedy(*fed):
            return np.empty(HUGE)

        monkeypatch.setattr(runner.plan, "call", greedy)
        with pytest.raises(tf.errors.ResourceExhaustedError, match=r"^OOM when allocating tensor"):
            sess._execute(runner, (np.zeros(4),))
