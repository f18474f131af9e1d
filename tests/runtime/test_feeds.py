"""What may be fed, how it is converted, and that nothing of the caller's is changed (tf1_semantics 4.4 to 4.8)."""

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_any_tensor_may_be_fed(sess):
    c = tf.constant(1)
    d = c + 1
    v = tf.Variable(3, name="v")
    assert sess.run(d * 2, {d: 10}) == 20
    assert sess.run(d * 2, {c: 5}) == 12
    assert sess.run(v * 2, {v: 4}) == 8
    assert sess.run(d * 5 + v, {d: 10, v: 3}) == 53
    assert sess.run(d * 2) == 4


def test_keys_are_tensors_variables_and_names(sess):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(1.0, name="v")
    y = x + v
    for _ in range(2):
        assert sess.run(y, {"x:0": 1.0, v: 2.0}) == 3
        assert sess.run(y, {v: 2.0, x: 5.0}) == 7
        assert sess.run(y, {x: 2.0, v: 5.0}) == 7
    with pytest.raises(TypeError, match=r"Cannot interpret feed_dict key as Tensor.*did you mean \"x:0\""):
        sess.run(y, {"x": 1.0})
    with pytest.raises(TypeError, match="must be a dictionary"):
        sess.run(y, [x])


def test_tuples_of_keys_are_taken_apart_each_time(sess):
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [])
    for _ in range(2):
        np.testing.assert_array_equal(sess.run(x * 1.0, {(x,): ([1.0, 2.0],)}), [1, 2])
        np.testing.assert_array_equal(sess.run(x + y, {(x, y): ([1.0], 2.0), x: [5.0]}), [7])


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (tf.int32, 1.5, 1),
        (tf.int32, True, 1),
        (tf.float32, None, np.nan),
        (tf.float32, np.float64(0.1), np.float32(0.1)),
        (tf.string, "text", b"text"),
        (tf.bool, 1, True),
    ],
)
def test_values_are_converted(sess, dtype, value, expected):
    x = tf.placeholder(dtype, [])
    np.testing.assert_equal(sess.run(tf.identity(x), {x: value}), expected)


@pytest.mark.parametrize(("dtype", "value"), [(tf.int32, 2**40), (tf.bool, 2), (tf.float32, 16777217)])
def test_numbers_that_do_not_fit_are_refused(sess, dtype, value):
    x = tf.placeholder(dtype, [])
    with pytest.raises(TypeError, match=rf"Type of feed value {value} .* is not compatible with Tensor type"):
        sess.run(x, {x: value})


def test_tensors_and_ragged_lists_are_refused(sess):
    x = tf.placeholder(tf.float32, [None, None])
    with pytest.raises(TypeError, match=r"The value of a feed cannot be a tf.Tensor object"):
        sess.run(x, {x: tf.constant([[1.0]])})
    with pytest.raises(ValueError, match="Cannot feed"):
        sess.run(x, {x: [[1.0], [1.0, 2.0]]})


def test_shapes_are_checked_against_what_is_known(sess):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    free = tf.placeholder(tf.float32)
    default = tf.placeholder_with_default([1.0, 2.0], [2])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(2, 4\) for Tensor 'x:0', which has shape"):
            sess.run(x, {x: np.ones((2, 4))})
    with pytest.raises(ValueError, match=r"value.reshape\(-1, 3\) would fit"):
        sess.run(x, {x: np.ones(6)})
    with pytest.raises(ValueError, match="the array is empty"):
        sess.run(x, {x: []})
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        sess.run(default, {default: [1.0, 2.0, 3.0]})
    assert sess.run(free, {free: np.ones((1, 2, 3))}).shape == (1, 2, 3)


def test_feeds_that_nothing_needs_are_accepted(sess):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    assert sess.run(x + 1.0, {x: 1.0, y: 2.0}) == 2


def test_feeding_one_output_of_several(sess):
    first, second = tf.split(tf.constant([1.0, 2.0]), 2)
    assert sess.run(first + second, {first: [10.0]}) == [12]


def test_a_fetched_feed_is_the_array_itself_and_nothing_else_is(sess):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    value = np.ones((2, 3), np.float32)
    views = [
        tf.identity(x),
        tf.reshape(x, tf.shape(x)),
        tf.reshape(x, [-1]),
        tf.reshape(x, [-1, 3]),
        tf.transpose(x),
        tf.transpose(x, [0, 1]),
        x[:1],
        tf.expand_dims(x, 0),
        tf.reduce_sum(x, []),
        tf.tile(x, [1, 1]),
        tf.stop_gradient(x),
        tf.cond(tf.constant(True), lambda: x, lambda: x * 2.0),
        tf.check_numerics(x, "bad"),
    ]
    assert sess.run(x, {x: value}) is value
    for view in views:
        for result in (sess.run(view, {x: value}), sess.run([x, view], {x: value})[1]):
            assert not np.shares_memory(result, value), view
            result += 1  # results are writable, and the caller's
            assert (value == 1).all(), view


def test_no_feed_is_written_to(sess):
    x = tf.placeholder(tf.float32, [64, 64])
    v = tf.Variable(tf.zeros([64, 64]))
    y = tf.tanh(tf.nn.relu(x) * x + x)
    value = np.full((64, 64), 2.0, np.float32)
    sess.run(tf.global_variables_initializer())
    sess.run([y, tf.assign(v, x)], {x: value})
    sess.run([y, tf.assign_add(v, x)], {x: value})
    assert (value == 2).all()
    value[:] = 5
    assert (sess.run(v) == 4).all()
