"""Diagonals, eye and qr against NumPy; nodes, errors and TF1's values are golden (tools/golden/cases/linalg.py)."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (4, 2, 3), (2, 1, 3, 3), (0, 3), (2, 3, 0)])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.complex64, np.bool_])
def test_matrix_diagonals(shape, dtype):
    random = np.random.default_rng(0)
    x = (random.normal(size=shape) * 9).astype(dtype)
    d = (random.normal(size=(*shape[:-2], min(shape[-2:]))) * 9).astype(dtype)
    part, full, changed = tf.matrix_diag_part(x), tf.matrix_diag(d), tf.matrix_set_diag(x, d)
    assert part.shape == d.shape
    with tf.Session() as sess:
        part, full, changed = sess.run([part, full, changed])
    expected = x.copy()
    for index in np.ndindex(*d.shape):
        expected[(*index, index[-1])] = d[index]
    np.testing.assert_array_equal(part, np.diagonal(x, axis1=-2, axis2=-1))
    np.testing.assert_array_equal(full, np.eye(d.shape[-1], dtype=bool) * d[..., None])
    np.testing.assert_array_equal(changed, expected)


def test_inputs_that_are_not_contiguous():
    x = tf.placeholder(tf.float64, [3, 4])
    with tf.Session() as sess:
        value = np.arange(12.0).reshape(4, 3)
        changed = sess.run(tf.matrix_set_diag(tf.transpose(x), [-1.0, -2.0, -3.0]), {x: value.T})
    expected = value.copy()
    expected[[0, 1, 2], [0, 1, 2]] = [-1, -2, -3]
    np.testing.assert_array_equal(changed, expected)


def test_diag_of_higher_rank():
    x = np.arange(6.0).reshape(2, 3)
    with tf.Session() as sess:
        diagonal, back = sess.run([tf.diag(x), tf.diag_part(tf.diag(x))])
    np.testing.assert_array_equal(diagonal, np.diag(x.ravel()).reshape(2, 3, 2, 3))
    np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.diag(x),
        lambda x: tf.diag_part(x),
        lambda x: tf.matrix_diag(x),
        lambda x: tf.matrix_diag_part(x),
        lambda x: tf.matrix_set_diag(x, x[0]),
    ],
)
def test_gradients_against_differences(function):
    x = tf.placeholder(tf.float64, [3, 3])
    value = np.random.default_rng(0).normal(size=(3, 3))
    y = function(x)
    weights = np.random.default_rng(1).normal(size=y.shape.as_list())
    gradient = tf.gradients(tf.reduce_sum(y * y * weights), x)[0]
    with tf.Session() as sess:
        expected = np.empty((3, 3))
        for index in np.ndindex(3, 3):
            step = np.zeros((3, 3))
            step[index] = 1e-6
            above, below = ((sess.run(y, {x: value + sign * step}) ** 2 * weights).sum() for sign in (1, -1))
            expected[index] = (above - below) / 2e-6
        np.testing.assert_allclose(sess.run(gradient, {x: value}), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 5, 5)])
@pytest.mark.parametrize("full", [False, True])
def test_qr(shape, full):
    x = np.random.default_rng(0).normal(size=shape)
    q, r = tf.qr(x, full_matrices=full)
    with tf.Session() as sess:
        q_value, r_value = sess.run([q, r])
    assert q.shape == q_value.shape and r.shape == r_value.shape
    np.testing.assert_allclose(q_value @ r_value, x, atol=1e-12)
    np.testing.assert_allclose(
        np.swapaxes(q_value, -1, -2) @ q_value, np.eye(q_value.shape[-1]) + 0 * x[..., :1, :1], atol=1e-12
    )
    np.testing.assert_allclose(np.tril(r_value, -1), 0, atol=1e-12)


@pytest.mark.parametrize("argument", [{"k": 1}, {"num_rows": 4}, {"padding_value": 1}])
def test_arguments_that_tensorflow_ignores_are_refused(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        tf.matrix_diag([1.0, 2.0], **argument)


def test_orthogonal_initializer_makes_rotations():
    initializer = tf.orthogonal_initializer(gain=3.0, seed=1)
    with tf.Session() as sess:
        tall, wide = sess.run([initializer([6, 4]), initializer([2, 2, 5], tf.float64)])
    np.testing.assert_allclose(tall.T @ tall, 9 * np.eye(4), atol=1e-5)
    wide = wide.reshape(4, 5)
    np.testing.assert_allclose(wide @ wide.T, 9 * np.eye(4), atol=1e-12)
