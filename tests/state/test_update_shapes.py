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
    with pytest.raises(ValueError, match="[Ss]hape"):
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
