"""An update must have the shape of its variable, as in TF1: nothing is broadcast, and no variable changes its shape."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True, params=["0", "auto", "force"])
def a_graph(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "auto":
        monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    else:
        monkeypatch.setenv("GRAPHRT_NATIVE", request.param)
    with tf.Graph().as_default():
        yield


def _started(*variables: tf.Variable) -> tf.Session:
    sess = tf.Session()
    sess.run([v.initializer for v in variables])
    return sess


@pytest.mark.parametrize("update", ["assign_add", "assign_sub"])
def test_declaring_an_update_of_another_shape_raises(update: str) -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"[Ss]hape"):
        getattr(tf, update)(v, 1.0)


@pytest.mark.parametrize("update", ["assign_add", "assign_sub"])
@pytest.mark.parametrize(
    ("value", "operand"),
    [([1.0, 2.0, 3.0], 1.0), ([1.0, 2.0, 3.0], [1.0]), ([1.0, 2.0, 3.0], [[1.0, 1.0, 1.0]]), (1.0, [1.0, 2.0])],
)
def test_running_an_update_of_another_shape_raises(update: str, value: object, operand: object) -> None:
    v = tf.Variable(value)
    fed = tf.placeholder(tf.float32)
    updated = getattr(tf, update)(v, fed)
    sess = _started(v)
    for _ in range(5):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(updated, {fed: operand})
    np.testing.assert_array_equal(sess.run(v), value)


@pytest.mark.parametrize("gradient", [1.0, [1.0], [[1.0, 1.0, 1.0]]])
def test_a_gradient_of_another_shape_raises(gradient: object) -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    fed = tf.placeholder(tf.float32)
    step = tf.train.GradientDescentOptimizer(0.5).apply_gradients([(fed, v)])
    sess = _started(v)
    for _ in range(5):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step, {fed: gradient})
    np.testing.assert_array_equal(sess.run(v), [1.0, 2.0, 3.0])


def test_gradients_of_updates_that_are_done_together_stay_with_their_variables() -> None:
    """Three and five elements for two variables of four: laid side by side they fitted, one element too early."""
    v, w = tf.Variable(tf.zeros([4])), tf.Variable(tf.zeros([4]))
    for_v, for_w = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    step = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(for_v, v), (for_w, w)])
    sess = _started(v, w)
    for _ in range(5):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step, {for_v: np.arange(3.0), for_w: np.arange(5.0)})
    np.testing.assert_array_equal(sess.run([v, w]), np.zeros((2, 4)))


@pytest.mark.parametrize(
    "optimizer", [tf.train.GradientDescentOptimizer, lambda rate: tf.train.MomentumOptimizer(rate, 0.5)]
)
@pytest.mark.parametrize("rate", [[1.0], [1.0, 2.0, 3.0]])
def test_a_learning_rate_that_is_no_scalar_raises(optimizer: object, rate: object) -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    fed = tf.placeholder(tf.float32)
    step = optimizer(fed).apply_gradients([(tf.ones([3]), v)])  # type: ignore[operator]
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    for _ in range(5):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step, {fed: rate})
    np.testing.assert_array_equal(sess.run(v), [1.0, 2.0, 3.0])


def test_a_slot_of_another_shape_raises() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    optimizer = tf.train.MomentumOptimizer(1.0, 0.5)
    step = optimizer.apply_gradients([(tf.ones([3]), v)])
    slot = optimizer.get_slot(v, "momentum")
    smaller = tf.assign(slot, [1.0], validate_shape=False)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    sess.run(smaller)
    for _ in range(5):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step)
    np.testing.assert_array_equal(sess.run(v), [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "optimizer", [lambda: tf.train.AdagradOptimizer(1.0), lambda: tf.train.MomentumOptimizer(1.0, 0.5)]
)
def test_sparse_gradients_with_rows_of_another_length_raise(optimizer: object) -> None:
    v = tf.Variable(tf.zeros([5, 2]))
    rows, values = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    step = optimizer().apply_gradients([(tf.IndexedSlices(values, rows), v)])  # type: ignore[operator]
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    for _ in range(4):
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step, {rows: [1], values: np.ones((1, 1))})
    np.testing.assert_array_equal(sess.run(v), np.zeros((5, 2)))
