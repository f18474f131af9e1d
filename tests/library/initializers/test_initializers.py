"""Initializers: spread, orthogonality, errors that golden cases do not hold; TF1's nodes and values are golden."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt_ops.library.initializers.variance_scaling import fans


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def made(initializer, shape, dtype=None):
    with tf.Session() as sess:
        return sess.run(initializer(shape) if dtype is None else initializer(shape, dtype=dtype))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [([], (1, 1)), ([5], (5, 5)), ([4, 7], (4, 7)), ([3, 3, 16, 32], (144, 288)), ([2, 4, 8], (8, 16))],
)
def test_fans(shape, expected):
    assert fans(shape) == expected


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (tf.glorot_uniform_initializer(seed=1), 2 / 500),
        (tf.glorot_normal_initializer(seed=1), 2 / 500),
        (tf.initializers.he_normal(seed=1), 2 / 300),
        (tf.initializers.he_uniform(seed=1), 2 / 300),
        (tf.initializers.lecun_normal(seed=1), 1 / 300),
        (tf.initializers.lecun_uniform(seed=1), 1 / 300),
        (tf.variance_scaling_initializer(3.0, "fan_out", "untruncated_normal", seed=1), 3 / 200),
        (tf.uniform_unit_scaling_initializer(2.0, seed=1), 4 / 300),
        (tf.contrib.layers.xavier_initializer(seed=1), 2 / 500),
        (tf.random_normal_initializer(stddev=0.5, seed=1), 0.25),
        (tf.random_uniform_initializer(-1, 1, seed=1), 1 / 3),
        (tf.keras.initializers.RandomNormal(seed=1), 0.05**2),
    ],
)
def test_variance(initializer, variance):
    value = made(initializer, [300, 200])
    assert abs(value.mean()) < 4 * np.sqrt(variance / value.size)
    np.testing.assert_allclose(value.var(), variance, rtol=0.03)


@pytest.mark.parametrize("shape", [[6, 4], [4, 6], [2, 2, 5], [3, 3, 2, 7], [5, 5]])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_orthogonal(shape, dtype):
    value = made(tf.orthogonal_initializer(gain=3.0, seed=1), shape, dtype).reshape(-1, shape[-1])
    if value.shape[0] < value.shape[1]:
        value = value.T
    np.testing.assert_allclose(value.T @ value, 9 * np.eye(value.shape[1]), atol=1e-4 if dtype == tf.float32 else 1e-12)


def test_shapes_of_any_form():
    initializer = tf.glorot_uniform_initializer(seed=1)
    expected = made(initializer, [3, 2])
    for shape in ((3, 2), tf.TensorShape([3, 2]), [tf.Dimension(3), 2], np.array([3, 2])):
        np.testing.assert_array_equal(made(initializer, shape), expected)


def test_the_base_class_makes_nothing():
    with pytest.raises(NotImplementedError, match="Initializer"):
        tf.keras.initializers.Initializer()([2])


def test_names_are_one_class():
    assert tf.zeros_initializer is tf.initializers.zeros is tf.keras.initializers.Zeros
    assert tf.glorot_uniform_initializer is tf.keras.initializers.glorot_uniform
    assert tf.contrib.layers.xavier_initializer is tf.contrib.layers.xavier_initializer_conv2d


def test_custom_objects():
    class Halves(tf.keras.initializers.Initializer):
        def __call__(self, shape, dtype=None, partition_info=None):
            return tf.fill(shape, 0.5)

    initializer = tf.keras.initializers.deserialize({"class_name": "Halves", "config": {}}, {"Halves": Halves})
    assert made(initializer, [2]).tolist() == [0.5, 0.5]
