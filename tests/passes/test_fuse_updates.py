"""FuseUpdates: before and after, and what it leaves alone."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.fuse_updates import FuseUpdates
from graphrt.passes.key import PlanOptions
from graphrt.passes.sink_controls import SinkControls
from graphrt.plan import gate
from tests.passes.programs import lines, rewritten

FUSE = (SinkControls(), FuseUpdates())


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def fused(program) -> int:
    return sum("_UpdateTogether(" in line for line in lines(program))


def descent(*pairs):
    return tf.train.GradientDescentOptimizer(0.5).apply_gradients([(tf.constant(g), v) for v, g in pairs])


def both_ways(fetches, then):
    """The values of ``then`` after one run of ``fetches``, with and without passes."""
    results = []
    for optimize in (True, False):
        with tf.Session() as sess:
            sess._options = PlanOptions(optimize=optimize, verify=True)
            sess.run(tf.global_variables_initializer())
            sess.run(fetches)
            results.append(sess.run(then))
    return results


def test_updates_of_one_optimizer_are_one():
    a, b = tf.Variable(1.0, name="a"), tf.Variable([1.0, 2.0], name="b")
    train = descent((a, 1.0), (b, [1.0, 2.0]))
    program = rewritten([train], passes=FUSE)
    assert fused(program) == 1
    assert not any("= ApplyGradientDescent(" in line for line in lines(program))
    for with_passes, without in zip(*both_ways(train, [a, b]), strict=True):
        np.testing.assert_array_equal(with_passes, without)


def test_two_updates_of_one_variable_stay_two():
    v = tf.Variable(1.0, name="v")
    step = tf.constant(0.25)
    opdef = tf.get_default_graph()
    first, second = (opdef.create_op("ApplyGradientDescent", [v._ref(), step, tf.constant(g)]) for g in (1.0, 2.0))
    both = tf.group(first, second)
    assert fused(rewritten([both], passes=FUSE)) == 0
    assert both_ways(both, v) == [0.25, 0.25]


def test_a_variable_with_another_write_is_left_alone():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(1.0, name="b")
    graph = tf.get_default_graph()
    step, one = tf.constant(0.5), tf.constant(1.0)
    first = graph.create_op("ApplyGradientDescent", [a._ref(), step, one])
    reset = tf.assign(b, 10.0)
    second = graph.create_op("ApplyGradientDescent", [b._ref(), step, one])
    everything = tf.group(first, reset, second)
    assert fused(rewritten([everything], passes=FUSE)) == 0
    assert both_ways(everything, [a, b]) == [[0.5, 9.5], [0.5, 9.5]]


def test_updates_that_others_wait_for_stay_where_they_are():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(1.0, name="b")
    graph = tf.get_default_graph()
    step, one = tf.constant(0.5), tf.constant(1.0)
    first = graph.create_op("ApplyGradientDescent", [a._ref(), step, one])
    second = graph.create_op("ApplyGradientDescent", [b._ref(), step, one])
    log = tf.Variable(0.0, name="log")
    with tf.control_dependencies([second]):
        logged = tf.assign(log, a + 0.0)  # waits for b's update only: reads a before its update
    everything = tf.group(first, second, logged)
    assert both_ways(everything, [a, b, log]) == [[0.5, 0.5, 1.0], [0.5, 0.5, 1.0]]


def interrupted(*arguments):
    raise KeyboardInterrupt


def test_an_interrupted_update_is_done_again(monkeypatch):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    train = descent((a, 1.0), (b, 1.0))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="off")
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        monkeypatch.setattr(gate, "_drain", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sess.run(train)
        monkeypatch.undo()
        assert sess.run([a, b]) == [0.5, 1.5]
        sess.run(train)
        assert sess.run([a, b]) == [0.0, 1.0]
