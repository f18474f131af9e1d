"""Conds travel through GraphDefs: Switch and Merge are nodes like all others, and run as branches again."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf


def with_conds() -> tf.GraphDef:
    with tf.Graph().as_default() as graph:
        p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
        inner = lambda: tf.cond(x[0] > 1.0, lambda: x * x, lambda: -x)  # noqa: E731
        y = tf.cond(p, inner, lambda: tf.concat([x, x], 0)[1:3], name="c")
        tf.identity(y, name="y")
        tf.identity(tf.gradients(y, x)[0], name="dx")
        return graph.as_graph_def()


@pytest.mark.parametrize(
    ("p", "x", "y", "dx"),
    [
        (True, [2.0, 3.0], [4.0, 9.0], [4.0, 6.0]),
        (True, [0.5, 3.0], [-0.5, -3.0], [-1.0, -1.0]),
        (False, [2.0, 3.0], [3.0, 2.0], [1.0, 1.0]),
    ],
)
def test_an_imported_cond_runs(p: bool, x: list[float], y: list[float], dx: list[float]) -> None:
    definition = with_conds()
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(definition, name="again")
        fed = {"again/p:0": p, "again/x:0": x}
        got_y, got_dx = sess.run(["again/y:0", "again/dx:0"], fed)
        np.testing.assert_array_equal(got_y, np.float32(y))
        np.testing.assert_array_equal(got_dx, np.float32(dx))
        # and can be differentiated anew, though nothing is known any more of the branches
        (new,) = tf.gradients(graph.get_tensor_by_name("again/y:0"), graph.get_tensor_by_name("again/x:0"))
        np.testing.assert_array_equal(sess.run(new, fed), np.float32(dx))


def test_an_imported_cond_is_the_same_graph() -> None:
    definition = with_conds()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        again = graph.as_graph_def()
    # A Switch is made after the node that it feeds, but has to be imported before it: only the order differs.
    assert {node.name: node for node in again.node} == {node.name: node for node in definition.node}
