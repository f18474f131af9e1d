"""Gradient descent by the product that computes the gradient."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.native.accumulate import accumulated
from graphrt.native.lower import lower
from graphrt.native.specialize import specialized
from graphrt.native.work import Called, Changed
from graphrt.passes.key import PlanKey, PlanOptions

pytest.importorskip("llvmlite")


def network(rate_is_fed=False, also_fetch=False):
    """Two layers and a step of gradient descent: what to fetch, and what to feed."""
    x, rate = tf.placeholder(tf.float32, [None, 50], name="x"), tf.placeholder(tf.float32, [], name="rate")
    w = tf.get_variable("w", [50, 30], initializer=tf.random_normal_initializer(stddev=0.1, seed=1))
    v = tf.get_variable("v", [30, 5], initializer=tf.random_normal_initializer(stddev=0.1, seed=2))
    loss = tf.reduce_mean(tf.square(tf.matmul(tf.tanh(tf.matmul(x, w)), v) - 1.0))
    optimizer = tf.train.GradientDescentOptimizer(rate if rate_is_fed else 0.1)
    pairs = optimizer.compute_gradients(loss)
    fetches = [loss, optimizer.apply_gradients(pairs)] + ([pairs[0][0]] if also_fetch else [])
    feeds = {x: np.random.RandomState(0).randn(64, 50).astype(np.float32)}
    return fetches, feeds | ({rate: np.float32(0.1)} if rate_is_fed else {}), [w, v]


def kinds(fetches, feeds):
    key = PlanKey(tuple(fetches), tuple(feeds))
    program, _ = specialized(key, tuple([value.shape for value in feeds.values()]))
    nodes = accumulated(lower(program)).nodes
    return [node.op.type for node in nodes if isinstance(node, Called)], sum(isinstance(n, Changed) for n in nodes)


@pytest.mark.parametrize("rate_is_fed", [False, True])
def test_no_gradient_is_stored(rate_is_fed):
    with tf.Graph().as_default():
        fetches, feeds, _ = network(rate_is_fed)
        called, changed = kinds(fetches, feeds)
    assert called.count("ApplyGradientDescent") == 2
    assert changed == 0
    assert called.count("MatMul") == 3  # two forward, one back to the first layer


def test_a_gradient_that_somebody_else_wants_is_stored():
    with tf.Graph().as_default():
        fetches, feeds, _ = network(also_fetch=True)
        called, changed = kinds(fetches, feeds)
    assert called.count("ApplyGradientDescent") == 1
    assert changed == 1


@pytest.mark.parametrize("rate_is_fed", [False, True])
def test_the_same_training(rate_is_fed):
    results = []
    for mode in ("on", "off"):
        with tf.Graph().as_default(), tf.Session() as sess:
            sess._options = PlanOptions(native=mode, strict=True)
            fetches, feeds, variables = network(rate_is_fed)
            sess.run(tf.global_variables_initializer())
            losses = [sess.run(fetches, feeds)[0] for _ in range(20)]
            results.append([losses, *sess.run(variables)])
    assert results[0][0][-1] < 0.7 * results[0][0][0]
    for native, plain in zip(*results, strict=True):
        np.testing.assert_allclose(native, plain, 1e-5, 1e-6)


def test_momentum_is_left_alone():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 4])
        w = tf.get_variable("w", [4, 3])
        train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(tf.matmul(x, w)))
        called, changed = kinds([train], {x: np.ones((8, 4), np.float32)})
    assert (called, changed) == (["MatMul"], 1)
