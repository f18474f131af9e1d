"""What a choice returns may be the very array of one of its inputs: nobody may write into it."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf


@pytest.mark.parametrize("taken", [True, False])
def test_a_branch_returns_a_value_that_is_used_again(taken: bool) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [100, 100])
        h = x * 2.0
        y = tf.cond(p, lambda: h, lambda: h * 3.0)
        last = tf.exp(h + 1.0)  # the last use of h, large enough to be computed in place
        fed = np.full([100, 100], 0.5, np.float32)
        got_last, got_y = sess.run([tf.reduce_sum(last), y], {p: taken, x: fed})
        np.testing.assert_allclose(got_last, 1e4 * np.exp(2.0), rtol=1e-5)
        np.testing.assert_array_equal(got_y, np.full([100, 100], 1.0 if taken else 3.0))


def test_what_is_fetched_from_a_branch_is_the_users_own() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        p, v = tf.placeholder(tf.bool, []), tf.Variable(tf.zeros([3]))
        sess.run(tf.global_variables_initializer())
        y = tf.cond(p, lambda: v, lambda: tf.ones([3]))
        for taken in (True, False):
            sess.run(y, {p: taken})[:] = 7.0
        assert sess.run(v).tolist() == [0.0] * 3
        assert sess.run(y, {p: False}).tolist() == [1.0] * 3


def test_an_error_in_a_branch_names_its_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_BACKEND", "numpy")  # a device does not look at indices
    with tf.Graph().as_default(), tf.Session() as sess:
        p, i = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [None])
        y = tf.cond(p, lambda: tf.gather([1.0, 2.0], i, name="rows"), lambda: tf.constant([0.0]))
        assert sess.run(y, {p: False, i: [9]}).tolist() == [0.0]  # the branch that would fail does not run
        with pytest.raises(tf.errors.InvalidArgumentError, match="cond/rows") as raised:
            sess.run(y, {p: True, i: [9]})
        assert raised.value.op.name == "cond/rows"


def test_a_predicate_that_is_no_scalar_when_it_runs() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        p = tf.placeholder(tf.bool)
        y = tf.cond(p, lambda: tf.constant(1), lambda: tf.constant(2))
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(y, {p: [True, False]})


def test_values_of_a_branch_are_dropped_in_it() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [2], name="x")
        y = tf.cond(p, lambda: tf.exp(tf.sin(tf.cos(x))), lambda: x)
        sess.run(y, {p: True, x: [1.0, 2.0]})
        runner = next(iter(sess._runners.values()))
        branch = [line for line in runner.plan.source.splitlines() if "cond/Sin" in line or "cond/Exp" in line]
        assert all(" = None  #" in line for line in branch), runner.plan.source
