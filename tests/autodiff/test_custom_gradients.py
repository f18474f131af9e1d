"""custom_gradient, gradient overrides, hessians, and the check of gradients by differences."""

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def value(tensor, feeds=None):
    with tf.Session() as sess:
        return sess.run(tensor, feeds)


def test_custom_gradient_where_the_plain_one_is_nan():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

    x = tf.constant([-1.0, 100.0])
    good = value(tf.gradients(log1pexp(x), x)[0])
    np.testing.assert_allclose(good, [0.26894143, 1.0], rtol=1e-6)
    with np.errstate(all="ignore"):
        assert np.isnan(value(tf.gradients(tf.log(1 + tf.exp(x)), x)[0])[1])


def test_structures_and_several_arguments():
    @tf.custom_gradient
    def both(x, y):
        return {"sum": x + y, "parts": (x * y,)}, lambda dp, ds: (ds * 10.0 + dp * 0.0, dp * 100.0)

    x, y = tf.constant(2.0), tf.constant(3.0)
    result = both(x, y)
    assert value(result) == {"sum": 5.0, "parts": (6.0,)}
    assert value(tf.gradients([result["sum"], result["parts"][0]], [x, y])) == [10.0, 100.0]


def test_the_gradient_of_a_custom_gradient():
    cube = tf.custom_gradient(lambda x: (x**3, lambda dy: dy * 5.0 * x**2))
    x = tf.constant(2.0)
    first = tf.gradients(cube(x), x)[0]
    assert value([first, tf.gradients(first, x)[0]]) == [20.0, 20.0]


def test_what_custom_gradient_refuses():
    identity = tf.custom_gradient(lambda x: (x, lambda dy: dy))
    with pytest.raises(ValueError, match="keywords arguments only when eager"):
        identity(x=1.0)

    @tf.custom_gradient
    def with_variable(x):
        return x * tf.get_variable("w", []), lambda dy: dy

    with pytest.raises(TypeError, match="made the variable 'w:0'"):
        with_variable(1.0)


def test_hessians():
    x = tf.constant([1.0, 2.0])
    np.testing.assert_allclose(value(tf.hessians(tf.reduce_sum(x**3) + x[0] * x[1], x)[0]), [[6, 1], [1, 12]])
    m = tf.constant([[1.0, 2.0]], tf.float64)
    result = value(tf.hessians(tf.reduce_sum(tf.exp(m)) * m[0, 1], m)[0])
    e, n = np.exp(1.0), np.exp(2.0)
    np.testing.assert_allclose(result.reshape(2, 2), [[2 * e, e], [e, 2 * n + 2 * n]], rtol=1e-12)


def test_hessians_that_cannot_be():
    x = tf.placeholder(tf.float32, [None])
    with pytest.raises(ValueError, match="must be known while declaring"):
        tf.hessians(tf.reduce_sum(x * x), x)
    with pytest.raises(ValueError, match="does not depend on"):
        tf.hessians(tf.constant(1.0), tf.constant([1.0]))


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_compute_gradient(dtype):
    start = np.array([[0.5, -1.0], [2.0, 0.1]])
    x = tf.placeholder(dtype, [2, 2])
    y = tf.reduce_sum(tf.sin(x) * x, 1)
    with tf.Session():
        theoretical, numeric = tf.test.compute_gradient(x, [2, 2], y, [2], x_init_value=start)
        error = tf.test.compute_gradient_error(x, [2, 2], y, [2], x_init_value=start)
    expected = np.zeros([4, 2])
    expected[[0, 1, 2, 3], [0, 0, 1, 1]] = (np.cos(start) * start + np.sin(start)).ravel()
    np.testing.assert_allclose(theoretical, expected, rtol=1e-5)
    np.testing.assert_allclose(numeric, expected, atol=2e-3)
    assert theoretical.dtype == dtype.as_numpy_dtype
    assert error < (2e-3 if dtype is tf.float32 else 1e-6)


def test_compute_gradient_sees_a_wrong_gradient():
    wrong = tf.custom_gradient(lambda x: (x * x, lambda dy: dy * 3.0 * x))
    x = tf.constant([1.0, 2.0], tf.float64)
    with tf.Session():
        assert tf.test.compute_gradient_error(x, [2], wrong(x), [2], x_init_value=[1.0, 2.0]) == pytest.approx(2.0)


def test_compute_gradient_of_several_and_of_slices():
    x, y = tf.constant([1.0, 2.0], tf.float64), tf.constant(3.0, tf.float64)
    rows = tf.gather(x, [1, 1, 0]) * y
    with tf.Session():
        pairs = tf.test.compute_gradient([x, y], [[2], []], rows, [3], x_init_value=[np.ones(2), np.array(3.0)])
    np.testing.assert_allclose(pairs[0][0], [[0, 0, 3], [3, 3, 0]])
    assert pairs[1][0].shape == (1, 3)
    for theoretical, numeric in pairs:
        np.testing.assert_allclose(theoretical, numeric, atol=1e-8)


def test_compute_gradient_of_complex_numbers():
    x = tf.constant([1.0, 2.0])
    z = tf.cast(x, tf.complex64) * (1 + 2j)
    with tf.Session():
        theoretical, numeric = tf.test.compute_gradient(x, [2], z, [2])
    np.testing.assert_allclose(theoretical, [[1, 2, 0, 0], [0, 0, 1, 2]])
    np.testing.assert_allclose(numeric, theoretical, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: tf.test.compute_gradient(x, [2], tf.constant([3.0]), [1]), ValueError),
        (lambda x: tf.test.compute_gradient(x, [2], x * 2, [2], x_init_value=np.ones(3)), ValueError),
        (lambda x: tf.test.compute_gradient(tf.cast(x, tf.int32), [2], x, [2]), TypeError),
    ],
)
def test_compute_gradient_refuses(call, error):
    x = tf.constant([1.0, 2.0])
    with tf.Session(), pytest.raises(error):
        call(x)


def test_regularizers():
    c, w = tf.contrib.layers, tf.constant([3.0, -4.0])
    assert value(c.l1_regularizer(0.5)(w)) == 3.5
    assert value(c.l2_regularizer(0.5)(w)) == 6.25
    assert value(c.l1_l2_regularizer(0.5, 0.5)(w)) == 9.75
    assert value(c.l1_l2_regularizer(0.0, 0.5)(w)) == 6.25
    assert c.l1_regularizer(0.0)(w) is None
    assert c.sum_regularizer([]) is None
    assert value(c.apply_regularization(c.l1_regularizer(1.0), [w, tf.constant([1.0])])) == 8.0
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
    for scale in (1, -0.5):
        with pytest.raises(ValueError):
            c.l2_regularizer(scale)
    with pytest.raises(ValueError, match="must return a scalar"):
        c.apply_regularization(lambda weights: weights, [w])
    with pytest.raises(ValueError, match="No weights to regularize"):
        c.apply_regularization(c.l1_regularizer(1.0))
