"""Long plans, which run step by step: the same errors and measurements as compiled ones.

(That they give the same values is tested on random graphs: tests/properties/test_tiers.py.)
"""

import importlib

import numpy as np
import pytest

import graphrt as tf
from graphrt.plan import codegen


@pytest.fixture(autouse=True)
def every_plan_is_long(monkeypatch):
    monkeypatch.setattr(codegen, "_MOST_LINES", 0)
    tf.reset_default_graph()


def test_an_error_names_its_node():
    x = tf.placeholder(tf.float32, [None, None], name="x")
    with tf.Session() as sess:
        product = tf.matmul(tf.exp(x), tf.ones([3, 2]), name="product")
        assert len(sess.run(product, {x: np.ones((1, 3))})) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"product.*\n.*test_stepwise\.py") as caught:
            sess.run(product, {x: np.ones((1, 4))})
        assert caught.value.op is product.op


def test_a_dead_branch_has_no_value():
    switch = importlib.import_module("graphrt_ops.control.switch").switch
    if_false, if_true = switch(tf.constant(1.0), tf.placeholder_with_default(True, []))
    with tf.Session() as sess:
        assert sess.run(if_true) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match="is in a branch that was not taken"):
            sess.run(if_false)


def test_each_step_is_measured():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.exp(tf.sin(x, name="s"), name="e")
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(y, {x: [0.0, 1.0]}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata)
    [device] = metadata.step_stats.dev_stats
    assert [node.node_name for node in device.node_stats] == ["s", "e"]
    assert [node.output[0].tensor_description.allocation_description.requested_bytes for node in device.node_stats] == [
        8,
        8,
    ]


def test_the_source_is_that_of_a_compiled_plan():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.exp(x, name="e")
    with tf.Session() as sess:
        source = sess.explain(y, {x: None}).source
    assert source.startswith("def plan(f0):\n") and "# Exp 'e'  test_stepwise.py:" in source


def test_lines_with_thousands_of_names():
    x = tf.placeholder(tf.float32, [2], name="x")
    terms = [tf.exp(x * float(i)) for i in range(200)]
    with_constants = tf.add_n([*terms[:100], tf.constant([1.0, 2.0]), *terms[100:]])
    with tf.Session() as sess:
        expected = sum(np.exp(np.array([0.0, 0.01]) * i) for i in range(200))
        np.testing.assert_allclose(sess.run(tf.add_n(terms), {x: [0.0, 0.01]}), expected, rtol=1e-5)
        np.testing.assert_allclose(sess.run(with_constants, {x: [0.0, 0.01]}), expected + [1, 2], rtol=1e-5)
