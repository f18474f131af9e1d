"""What may be fetched, in which structures, and who owns the results (tf1_semantics 4.1 to 4.3)."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import graphrt as tf

Pair = namedtuple("Pair", "first second")


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_structures_keep_their_type(sess):
    a, b = tf.constant(1, name="a"), tf.constant([2.0], name="b")
    no_op = tf.no_op(name="nothing")
    for _ in range(2):
        assert sess.run([a, (a, b)]) == [1, (1, [2.0])]
        assert sess.run({"x": a, "y": [b]}) == {"x": 1, "y": [[2.0]]}
        result = sess.run(OrderedDict([("z", a), ("y", no_op)]))
        assert type(result) is OrderedDict and list(result.items()) == [("z", 1), ("y", None)]
        assert sess.run(Pair(a, "a:0")) == Pair(1, 1)
        assert sess.run("nothing") is None and sess.run(["a:0", "nothing"]) == [1, None]
        assert sess.run([]) == [] and sess.run({}) == {} and sess.run(()) == ()


def test_indexed_slices(sess):
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]), tf.constant([3, 1]))
    result = sess.run(slices)
    assert type(result).__name__ == "IndexedSlicesValue"
    assert (result.values, result.indices.tolist(), result.dense_shape.tolist()) == ([[1.0]], [2], [3, 1])


def test_what_cannot_be_fetched(sess):
    tf.constant(1)
    with pytest.raises(TypeError, match="has invalid type"):
        sess.run(None)
    with pytest.raises(TypeError, match="has invalid type"):
        sess.run([3])
    with pytest.raises(TypeError, match="has invalid type"):
        sess.run(np.ones(2))
    with pytest.raises(ValueError, match="cannot be interpreted as a Tensor"):
        sess.run("unknown:0")
    with tf.Graph().as_default():
        stranger = tf.constant(1)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        sess.run(stranger)


def test_an_empty_graph_cannot_be_run():
    with tf.Session(graph=tf.Graph()) as sess, pytest.raises(RuntimeError, match="The Session graph is empty"):
        sess.run([])


def test_scalars_are_numpy_scalars(sess):
    assert type(sess.run(tf.constant(1.0))) is np.float32
    assert type(sess.run(tf.reduce_sum(tf.constant([1, 2])))) is np.int32
    assert sess.run(tf.constant("s")) == b"s"


def test_the_same_fetch_twice_is_the_same_object(sess):
    a = tf.constant([1.0]) + 1.0
    first, second = sess.run([a, a])
    assert first is second


def test_results_belong_to_the_caller(sess):
    v = tf.Variable(tf.ones([3]))
    c = tf.constant(np.ones(3, np.float32))
    folded = c + 1.0
    view = tf.reshape(v, [3, 1])
    base = tf.tanh(v * 2.0)
    fetches = [v, v.read_value(), c, folded, view, base, tf.reshape(base, [1, 3]), tf.identity(base)]
    sess.run(tf.global_variables_initializer())
    before = [np.array(value) for value in sess.run(fetches)]
    for _ in range(2):
        results = sess.run(fetches)
        for i, result in enumerate(results):
            for other in results[i + 1 :]:
                assert not np.shares_memory(result, other)
            result += 100
        for fetch in fetches:
            value = sess.run(fetch)
            value += 100
    for result, expected in zip(sess.run(fetches), before, strict=True):
        np.testing.assert_array_equal(result, expected)


def test_a_variable_is_fetched_after_the_writes_of_the_run(sess):
    v = tf.Variable(1.0)
    sess.run(tf.global_variables_initializer())
    assert sess.run([v, v.assign_add(1.0), v * 10.0]) == [2, 2, 10]
    assert sess.run([v * 10.0, v]) == [20, 2]


def test_only_what_is_needed_runs(sess):
    v = tf.Variable(0.0)
    v.assign_add(1.0)
    with tf.control_dependencies([v.assign_add(10.0)]):
        result = tf.identity(5.0)
    sess.run(tf.global_variables_initializer())
    assert sess.run(result * 1.0) == 5
    assert sess.run(v) == 10
