"""Large graphs: plans are made in linear time, and nothing is recursive."""

import time

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey
from graphrt.plan.gate import Gate
from graphrt.plan.plan import make_plan


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def unrolled(steps):
    """A loop written out, with gradients: about 16 nodes a step."""
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    w = tf.placeholder(tf.float32, [3, 3], name="w")
    h = x
    for _ in range(steps):
        h = tf.tanh(tf.matmul(h, w) + 0.5)
    return [tf.reduce_sum(h), *tf.gradients(h, [x, w])], [x, w]


def seconds_a_node(steps):
    fetches, feeds = unrolled(steps)
    graph = tf.get_default_graph()
    key = PlanKey(tuple(fetches), tuple(feeds))
    backend = tf.Session()._backend
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        make_plan(key.fetches, key.feeds, backend, key, lambda op: op.opdef.state_factory(op), Gate())
        best = min(best, time.process_time() - started)
    return best / len(graph.get_operations())


def test_the_time_is_linear():
    small = seconds_a_node(100)
    tf.reset_default_graph()
    large = seconds_a_node(1600)
    assert large < 3 * small, (small, large)  # 16 times as many nodes; a quadratic step would show


@pytest.mark.slow
def test_a_loop_of_20000_steps_with_gradients():
    x = tf.placeholder(tf.float64, [2], name="x")
    h = x
    for _ in range(20_000):
        h = tf.multiply(h, 1.0001)
    [gradient] = tf.gradients(h, x)
    with tf.Session() as sess:
        values = sess.run([h, gradient], {x: [1.0, 2.0]})
    np.testing.assert_allclose(values, np.outer([1, 1], [1, 1]) * [[1, 2], [1, 1]] * 1.0001**20_000, rtol=1e-9)


def test_a_node_with_thousands_of_inputs_and_a_tensor_with_thousands_of_users():
    x = tf.placeholder(tf.float32, [2], name="x")
    total = tf.add_n([tf.identity(x) * float(i) for i in range(5000)])
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(total, {x: [1.0, 2.0]}), np.array([1, 2]) * sum(range(5000)), rtol=1e-4)
    assert len(capture((total,), (x,)).operations()) == 3 * 5000 + 2
