"""Pools and grey-scale morphology against loops over windows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphrt as tf
from tests.ops.conv.test_convolution import paddings
from tests.ops.harness import case, checks, error, normal, sample


def pooled(x, size, strides, padding, reduce):
    """``reduce`` of the real cells of every window."""
    lengths = x.shape[1:-1]
    pads = paddings(lengths, size, strides, [1] * len(size), padding)
    counts = [(n + sum(p) - k) // s + 1 for n, p, k, s in zip(lengths, pads, size, strides, strict=True)]
    out = np.zeros((x.shape[0], *counts, x.shape[-1]), x.dtype)
    for position in itertools.product(*map(range, counts)):
        index = []
        for at, s, k, (before, _) in zip(position, strides, size, pads, strict=True):
            index.append(slice(max(at * s - before, 0), max(at * s - before + k, 0)))
        window = x[(slice(None), *index)]
        out[(slice(None), *position)] = reduce(window, axis=tuple(range(1, x.ndim - 1)))
    return out


def max_pool(x, size, strides, padding):
    return pooled(x, size, strides, padding, np.max)


def avg_pool(x, size, strides, padding):
    return pooled(x, size, strides, padding, np.mean)


SAMPLES = [
    sample(normal(2, 4, 6, 2), (2, 2), (2, 2), "VALID"),
    sample(normal(2, 5, 5, 2), (2, 2), (2, 2), "SAME"),
    sample(normal(1, 6, 7, 1), (3, 3), (2, 2), "SAME"),
    sample(normal(1, 4, 5, 2), (2, 3), (1, 1), "SAME"),
    sample(normal(1, 6, 6, 1), (1, 1), (2, 3), "VALID"),
    sample(normal(2, 3, 3, 2), (3, 3), (1, 1), "VALID"),
]
TOO_SMALL = error(ValueError, "Negative dimension size", normal(1, 2, 2, 1), (3, 3), (1, 1), "VALID")
RANK = error(ValueError, "Shape must be rank 4", normal(2, 2, 1), (2, 2), (1, 1), "VALID")
VOLUMES = [
    sample(normal(1, 4, 4, 5, 2), (2, 2, 2), (2, 2, 2), "SAME"),
    sample(normal(2, 3, 4, 4, 1), (2, 3, 2), (1, 1, 2), "VALID"),
]
CASES = [
    case(
        lambda x, size, strides, padding: tf.nn.max_pool(x, size, strides, padding),
        max_pool,
        SAMPLES,
        name="max_pool",
        errors=[TOO_SMALL, RANK],
        covers=["MaxPool", "MaxPoolGrad", "MaxPoolGradGrad"],
    ),
    case(
        lambda x, size, strides, padding: tf.nn.avg_pool(x, size, strides, padding),
        avg_pool,
        SAMPLES,
        name="avg_pool",
        errors=[TOO_SMALL, RANK],
        covers=["AvgPool", "AvgPoolGrad"],
    ),
    case(
        lambda x, size, strides, padding: tf.nn.max_pool(x, size, strides, padding, data_format="NCHW"),
        lambda x, *rest: max_pool(x.transpose(0, 2, 3, 1), *rest).transpose(0, 3, 1, 2),
        [sample(normal(1, 2, 5, 4), (2, 2), (2, 1), "SAME")],
        name="max_pool_channels_first",
    ),
    case(
        lambda x, size, strides, padding: tf.nn.avg_pool(x, size, strides, padding, data_format="NCHW"),
        lambda x, *rest: avg_pool(x.transpose(0, 2, 3, 1), *rest).transpose(0, 3, 1, 2),
        [sample(normal(1, 2, 5, 4), (2, 2), (2, 1), "SAME")],
        name="avg_pool_channels_first",
    ),
    case(
        lambda x, size, strides, padding: tf.nn.max_pool3d(x, size, strides, padding),
        max_pool,
        VOLUMES,
        name="max_pool3d",
        covers=["MaxPool3D", "MaxPool3DGrad", "MaxPool3DGradGrad"],
    ),
    case(
        lambda x, size, strides, padding: tf.nn.avg_pool3d(x, size, strides, padding),
        avg_pool,
        VOLUMES,
        name="avg_pool3d",
        covers=["AvgPool3D", "AvgPool3DGrad"],
    ),
    case(
        lambda x: tf.nn.max_pool1d(x, 2, 2, "SAME"),
        lambda x: max_pool(x, (2,), (2,), "SAME"),
        [sample(normal(2, 5, 3))],
        name="max_pool1d",
    ),
    case(
        lambda x: tf.nn.avg_pool1d(x, 3, 1, "VALID"),
        lambda x: avg_pool(x, (3,), (1,), "VALID"),
        [sample(normal(2, 5, 3))],
        name="avg_pool1d",
    ),
]
test_pools = checks(CASES)


def with_argmax(x):
    """The maxima of windows of two by two, and their flat positions in their images."""
    maxima = max_pool(x, (2, 2), (2, 2), "VALID")
    positions = np.zeros(maxima.shape, np.int64)
    for n, i, j, c in np.ndindex(maxima.shape):
        at = np.argwhere(x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c] == maxima[n, i, j, c])[0]
        positions[n, i, j, c] = np.ravel_multi_index((2 * i + at[0], 2 * j + at[1], c), x.shape[1:])
    return maxima, positions


ARGMAX = [
    case(
        lambda x: tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
        with_argmax,
        [sample(normal(2, 4, 6, 3)), sample(normal(1, 5, 5, 1))],
        name="max_pool_with_argmax",
        covers=["MaxPoolGradWithArgmax"],
        second="TF1 has no gradient of MaxPoolGradWithArgmax",
    )
]
test_argmax = checks(ARGMAX)


def test_the_first_of_equal_maxima_takes_the_gradient():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [1, 2, 2, 1])
        gradient = tf.gradients(tf.nn.max_pool(x, 2, 2, "VALID"), x)[0]
        overlapping = tf.gradients(tf.nn.max_pool(x, 2, 1, "SAME"), x)[0]
        values = sess.run([gradient, overlapping], {x: np.full((1, 2, 2, 1), 5.0)})
    assert values[0].ravel().tolist() == [1, 0, 0, 0]
    assert values[1].ravel().tolist() == [1, 1, 1, 1]


def test_integer_maxima():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.reshape(tf.constant([-5, -3, -9, -7], tf.int32), [1, 2, 2, 1])
        assert sess.run(tf.nn.max_pool(x, 2, 2, "SAME")).ravel().tolist() == [-3]


@pytest.mark.parametrize("with_batch", [False, True])
def test_max_pool_with_argmax(with_batch):
    x = normal(2, 4, 5, 3).astype(np.float32)
    size = [1, 2, 2, 1]
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.constant(x)
        maxima, positions = tf.nn.max_pool_with_argmax(image, size, size, "SAME", include_batch_in_index=with_batch)
        plain = tf.nn.max_pool(image, size, size, "SAME")
        gradients = [tf.gradients(y, image, grad_ys=y)[0] for y in (maxima, plain)]
        maxima, positions, plain, gradients = sess.run([maxima, positions, plain, gradients])
    np.testing.assert_array_equal(maxima, plain)
    assert positions.dtype == np.int64
    images = [x.ravel(), x.ravel()] if with_batch else [x[0].ravel(), x[1].ravel()]
    for n in range(2):
        np.testing.assert_array_equal(images[n][positions[n]], maxima[n])
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("kind", ["MAX", "AVG"])
def test_pool_of_any_rank(kind):
    function = max_pool if kind == "MAX" else avg_pool
    x = normal(2, 6, 7, 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.constant(x)
        strided = tf.nn.pool(image, [2, 3], kind, "SAME", strides=[2, 1])
        dilated = tf.nn.pool(image, [2, 2], kind, "VALID", dilation_rate=[2, 2])
        signal = tf.nn.pool(tf.constant(x[:, 0]), [2], kind, "SAME", strides=[2])
        strided, dilated, signal = sess.run([strided, dilated, signal])
    np.testing.assert_allclose(strided, function(x, (2, 3), (2, 1), "SAME"))
    np.testing.assert_allclose(signal, function(x[:, 0], (2,), (2,), "SAME"))
    reduce = np.max if kind == "MAX" else np.mean
    corners = [x[:, i : i + 4, j : j + 5] for i in (0, 2) for j in (0, 2)]
    np.testing.assert_allclose(dilated, reduce(np.stack(corners), axis=0))


def dilated_reference(x, w, strides, rates, padding):
    pads = paddings(x.shape[1:3], w.shape[:2], strides, rates, padding)
    x = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=-np.inf)
    sizes = [
        (n - (k - 1) * r - 1) // s + 1 for n, k, r, s in zip(x.shape[1:3], w.shape[:2], rates, strides, strict=True)
    ]
    candidates = [
        x[:, i * rates[0] :: strides[0], j * rates[1] :: strides[1]][:, : sizes[0], : sizes[1]] + w[i, j]
        for i in range(w.shape[0])
        for j in range(w.shape[1])
    ]
    return np.max(candidates, axis=0)


DEPTHS = error(ValueError, "Dimensions must be equal", normal(1, 4, 4, 2), normal(2, 2, 3), (1, 1), (1, 1), "SAME")
MORPHOLOGY = [
    case(
        lambda x, w, strides, rates, padding: tf.nn.dilation2d(x, w, [1, *strides, 1], [1, *rates, 1], padding),
        dilated_reference,
        [
            sample(normal(2, 5, 6, 2), normal(3, 3, 2), (1, 1), (1, 1), "SAME"),
            sample(normal(1, 7, 7, 1), normal(2, 3, 1), (2, 1), (1, 2), "VALID"),
        ],
        name="dilation2d",
        covers=["Dilation2D", "Dilation2DBackpropInput", "Dilation2DBackpropFilter"],
        second="TF1 has no gradient of Dilation2DBackpropInput",
        # Far apart, so that no step of the differences changes which one is the largest.
        gradient_samples=[sample(20 * normal(1, 5, 6, 2), 20 * normal(3, 3, 2), (1, 1), (1, 1), "SAME")],
        errors=[DEPTHS],
    ),
]
test_morphology = checks(MORPHOLOGY)


def test_erosion_is_the_dual_of_dilation():
    x, w = normal(1, 5, 5, 2), normal(3, 3, 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        y = sess.run(tf.nn.erosion2d(tf.constant(x), tf.constant(w), [1, 1, 1, 1], [1, 1, 1, 1], "VALID"))
    expected = np.min([x[:, i : i + 3, j : j + 3] - w[2 - i, 2 - j] for i in range(3) for j in range(3)], axis=0)
    np.testing.assert_allclose(y, expected)
