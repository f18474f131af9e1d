"""What is the same in every run, and large, is computed in the first run only."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.hoist_invariants import HoistInvariants
from tests.passes.programs import lines, rewritten


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    tf.reset_default_graph()


def test_a_table_is_computed_once():
    x = tf.placeholder(tf.float32, [8], name="x")
    table = tf.cos(tf.cast(tf.range(8), tf.float32), name="table")
    y = tf.multiply(x, table, name="y")
    program = rewritten([y], [x], [HoistInvariants()])
    assert lines(program) == [
        "table/once float32[8] = _Invariant()",
        "y float32[8] = Mul(x, table/once)",
        "return y",
    ]
    assert program.notes == ["1 large value computed in the first run only"]


def test_what_may_differ_between_runs_stays():
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([1.0, 2.0], name="v")
    with tf.control_dependencies([tf.assign(v, [3.0, 4.0])]):
        waiting = tf.exp(tf.constant([1.0, 2.0]), name="waiting")
    random = tf.exp(tf.random_normal([2], seed=1), name="random")
    text = "\n".join(lines(rewritten([tf.exp(x), tf.exp(v), waiting, random], [x], [HoistInvariants()])))
    assert "_Invariant" not in text and text.count("= Exp(") == 4


def test_a_fed_tensor_is_none():
    c = tf.constant([1.0, 2.0], name="c")
    e = tf.exp(c, name="e")
    assert "_Invariant" not in str(rewritten([tf.sin(e)], [e], [HoistInvariants()]))
    with tf.Session() as sess:
        y = tf.sin(e)
        np.testing.assert_allclose(sess.run(y), np.sin(np.exp([1.0, 2.0])), rtol=1e-6)
        np.testing.assert_allclose(sess.run(y, {c: [0.0, 0.0]}), np.sin([1.0, 1.0]), rtol=1e-6)


def test_values_that_are_too_large_or_only_views_stay():
    x = tf.placeholder(tf.float32, [1000], name="x")
    large = tf.exp(tf.constant(np.arange(1000, dtype=np.float32)), name="large")
    text = "\n".join(lines(rewritten([x * large], [x], [HoistInvariants(limit=100)])))
    assert "large float32[1000] = Exp(" in text
    view = tf.reshape(tf.constant(np.ones(1000, np.float32)), [10, 100])
    assert "_Invariant" not in str(rewritten([tf.reshape(x, [10, 100]) * view], [x], [HoistInvariants()]))


def test_runs_share_the_value_and_nobody_changes_it():
    n = 1 << 19
    x = tf.placeholder(tf.float32, [n], name="x")
    table = tf.sqrt(tf.cast(tf.range(n), tf.float32), name="table")
    y = tf.add(table * x, table)
    with tf.Session() as sess:
        assert "invariant" in sess.explain(y, {x: None}).source
        expected = 3 * np.sqrt(np.arange(n, dtype=np.float32))
        for _ in range(3):
            np.testing.assert_allclose(sess.run(y, {x: np.full(n, 2)}), expected, rtol=1e-6)
        first = sess.run(table)
        first[:] = 0
        np.testing.assert_allclose(sess.run(table)[4], 2.0)
