"""Conditions in native code: those that are fed, those that are computed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.passes.key import PlanOptions


@pytest.fixture(autouse=True)
def a_graph(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


def session(native="on"):
    """A session that makes native code before the first run, or never."""
    sess = tf.Session()
    sess._options = PlanOptions(native=native, strict=True)
    return sess


def hosted(sess, fetches, feeds=None):
    """The types of the nodes that Python does in the native code for these feeds."""
    sess.run(fetches, feeds)
    natives = [native for runner in sess._runners.values() for native in runner.plan.call.native.values()]
    assert natives, "no native code was made"
    return [step.hosted.op.type for step in natives[-1].steps if step.hosted is not None]


CONDITIONS = {
    "a placeholder": lambda: tf.placeholder(tf.bool, []),
    "a placeholder without a shape": lambda: tf.placeholder(tf.bool),
    "a default, and a feed": lambda: tf.placeholder_with_default(False, []),
    "a default without a shape, and a feed": lambda: tf.placeholder_with_default(True, None),
}

LAYERS = {
    "dropout": lambda x, training: tf.layers.dropout(x, 0.2, training=training),
    "batch normalization": lambda x, training: tf.layers.batch_normalization(x, training=training),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_layer_that_is_told_by_a_feed_whether_it_trains_is_native(condition, layer):
    x = tf.placeholder(tf.float32, [None, 3])
    training = CONDITIONS[condition]()
    hidden = LAYERS[layer](tf.layers.dense(x, 8), training)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(hidden, 1)))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.AdamOptimizer().minimize(loss)
    with session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in (True, False):
            assert hosted(sess, [loss, step], {x: np.ones([5, 3]), training: value}) == []


def test_a_condition_that_nobody_feeds_has_its_default():
    x = tf.placeholder(tf.float32, [None, 3])
    training = tf.placeholder_with_default(False, [])
    y = tf.reduce_sum(tf.layers.dropout(x * 2.0, 0.2, training=training))
    with session() as sess:
        assert hosted(sess, y, {x: np.ones([5, 3])}) == []
        assert sess.run(y, {x: np.ones([5, 3])}) == 30.0


def test_branches_of_different_shapes_have_the_shape_that_is_taken():
    x = tf.placeholder(tf.float32, [None, 4])
    first = tf.placeholder(tf.bool)
    y = tf.cond(first, lambda: x[:, :2], lambda: x)
    z = tf.exp(tf.reshape(y, [-1])) * tf.to_float(tf.size(y))
    value = np.arange(8.0).reshape(2, 4)
    with session() as sess:
        for flag, taken in ((True, value[:, :2]), (False, value)):
            assert hosted(sess, z, {x: value, first: flag}) == []
            np.testing.assert_allclose(sess.run(z, {x: value, first: flag}), np.exp(taken.ravel()) * taken.size, 1e-6)
