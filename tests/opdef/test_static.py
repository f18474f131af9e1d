"""What is known of a value before anything runs."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef import OpDef, static, static_dims, static_value
from graphrt.opdef.static import static_shape


def test_what_is_made_of_constants_is_known():
    x = tf.constant([1, 2, 3])
    assert static_value(x * 2 + 1).tolist() == [3, 5, 7]
    assert static_value(tf.placeholder(tf.int32, [3]) * 2) is None
    assert static_value(tf.random_uniform([2])) is None
    assert static_value(tf.Variable([1.0]).value()) is None


def test_a_known_shape_is_a_known_value():
    x = tf.placeholder(tf.float32, [2, 3])
    assert static_value(tf.shape(x)).tolist() == [2, 3]
    assert static_value(tf.shape(tf.placeholder(tf.float32, [None, 3]))) is None


def test_a_chain_of_any_length():
    x = tf.constant(0)
    for _ in range(3000):
        x = x + 1
    assert static_value(x) == 3000


def test_an_answer_is_kept_and_no_node_is_evaluated_twice():
    calls = []
    opdef = OpDef("HarnessCalls", "x", "y", infer=lambda op: op.inputs[0].shape)
    opdef.kernel(lambda xp, x: calls.append(1) or x)
    y = opdef(tf.constant(1))
    assert [int(static_value(y)), int(static_value(y)), int(static_value(y + 1))] == [1, 1, 2]
    assert len(calls) == 1


def test_a_kernel_that_fails_is_not_known_and_fails_later():
    opdef = OpDef("HarnessFails", "x", "y", infer=lambda op: op.inputs[0].shape)

    @opdef.kernel
    def kernel(xp, x):
        raise ValueError("never")

    y = opdef(tf.constant(1))
    assert static_value(y) is None
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="never"):
        sess.run(y)


def test_large_values_are_not_computed_ahead():
    small, large = tf.zeros([static._LARGEST // 2]) + 1.0, tf.zeros([static._LARGEST * 32]) + 1.0
    assert static_value(small) is not None and static_value(large) is None


def test_a_graph_keeps_so_much_and_no_more(monkeypatch):
    monkeypatch.setattr("graphrt.graph.graph._MOST_STATIC_BYTES", 100)
    known = [static_value(tf.constant(np.ones(10, np.float32)) + float(i)) for i in range(4)]
    assert [value is not None for value in known] == [True, True, False, False]


# -- shapes ------------------------------------------------------------------------------------------------------------


def test_a_vector_read_as_a_shape():
    batch = tf.placeholder(tf.float32, [None, 3])
    assert static_dims(tf.constant([2, -1])) == (2, None)
    assert static_dims(tf.shape(batch)) == (None, 3)
    assert static_dims(tf.stack([tf.shape(batch)[0], 7])) == (None, 7)
    assert static_dims(tf.concat([tf.shape(batch), [4]], 0)) == (None, 3, 4)
    assert static_dims(tf.placeholder(tf.int32, [2])) == (None, None)
    assert static_dims(tf.placeholder(tf.int32, [None])) is None
    assert static_dims(tf.constant([[1]])) is None
    assert static_dims(tf.constant([1] * 300)) is None


def test_sizes_below_minus_one():
    with pytest.raises(ValueError, match="Invalid value in tensor used for shape: -2"):
        static_shape(tf.constant([2, -2]))
    assert static_shape(tf.placeholder(tf.int32, [None])).rank is None


def test_the_answer_of_a_user_is_his_own():
    x = tf.constant([1.0, 2.0])
    tf.contrib.util.constant_value(x)[:] = 5.0
    assert tf.contrib.util.constant_value(x).tolist() == [1.0, 2.0]
