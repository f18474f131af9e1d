"""The rules about shapes: where they fire, and where they must not."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.rules import Rules
from tests.passes.programs import lines, rewritten


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def left(tensor, *feeds) -> list[str]:
    return lines(rewritten([tensor], feeds, (Rules(),)))


def test_reshape_to_the_own_shape_goes():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    for target in (tf.shape(x), [-1, 3], tf.concat([tf.shape(x)[:1], [3]], 0)):
        assert left(tf.reshape(x, target), x) == ["return x"]


def test_reshape_that_may_be_wrong_stays_and_fails():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    for target in ([4, 3], tf.stack([n, 3])):
        y = tf.reshape(x, target)
        assert any("= Reshape(" in line for line in left(y, x, n))
        with tf.Session() as sess:
            assert sess.run(y, {x: np.ones((4, 3)), n: 4}).shape == (4, 3)
            with pytest.raises(tf.errors.InvalidArgumentError, match="Input to reshape is a tensor with 15 values"):
                sess.run(y, {x: np.ones((5, 3)), n: 4})


def test_reductions_over_no_axes_go():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    for function in (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod):
        assert left(function(x, []), x) == ["return x"]
        assert left(function(x, [0]), x) != ["return x"]


def test_tile_once_and_transpose_in_the_same_order_go():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    assert left(tf.tile(x, [1, 1]), x) == ["return x"]
    assert left(tf.tile(x, [1, 2]), x) != ["return x"]
    assert left(tf.transpose(x, [0, 1]), x) == ["return x"]
    assert left(tf.transpose(x, [1, 0]), x) != ["return x"]


def test_a_node_of_a_branch_is_not_replaced_by_one_outside():
    x, p = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.bool, [], name="p")
    y = tf.cond(p, lambda: tf.tile(x, [1, 1]), lambda: x * 2.0)
    for passes in ((), (Rules(),)):
        program = rewritten([y], [x, p], passes)
        assert any("_Choose(" in line for line in lines(program))
