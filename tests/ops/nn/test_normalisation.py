"""bias_add, norms, moments, batch normalization, local response normalization, dropout, in_top_k, embedding_lookup."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt_ops.nn import fused_batch_norm as fused
from tests.ops.harness import case, checks, error, normal, sample, uniform


def moments(x, axes, keepdims=False):
    return x.mean(tuple(axes), keepdims=keepdims), x.var(tuple(axes), keepdims=keepdims)


def response(x, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    channels = x.shape[-1]
    near = np.abs(np.arange(channels)[:, None] - np.arange(channels)) <= depth_radius
    return x / (bias + alpha * (x**2 @ near)) ** beta


def normalized(x, mean, variance, offset, scale, epsilon):
    return scale * (x - mean) / np.sqrt(variance + epsilon) + offset


CASES = [
    case(
        tf.nn.bias_add,
        np.add,
        [sample(normal(3, 4), normal(4)), sample(normal(2, 3, 3, 2), normal(2)), sample(normal(70, 3), normal(3))],
        covers=["BiasAdd", "BiasAddGrad"],
        errors=[
            error(ValueError, "Dimensions must be equal", normal(3, 4), normal(3)),
            error(ValueError, "must be at least rank 2", normal(3), normal(3)),
        ],
    ),
    case(
        lambda x, b: tf.nn.bias_add(x, b, "NCHW"),
        lambda x, b: x + b[:, None, None],
        [sample(normal(2, 2, 3, 4), normal(2))],
        name="bias_add_channels_first",
    ),
    case(tf.nn.l2_loss, lambda x: (x**2).sum() / 2, [sample(normal(3, 4)), sample(normal()), sample(normal(0))]),
    case(
        tf.nn.l2_normalize,
        lambda x, axis: x / np.sqrt(np.maximum((x**2).sum(axis, keepdims=True), 1e-12)),
        [sample(normal(3, 4), 1), sample(normal(3, 4), 0)],
    ),
    case(
        lambda x, axes, keepdims=False: tf.nn.moments(x, axes, keepdims=keepdims),
        moments,
        [sample(normal(3, 4), [0]), sample(normal(2, 3, 4), [0, 2], keepdims=True)],
        name="moments",
        second="as in TF1, the mean within the variance is a constant to the gradient",
        partial_shapes="squeeze of an unknown rank",
    ),
    case(
        tf.nn.batch_normalization,
        normalized,
        [sample(normal(3, 4), normal(4), uniform(4, low=0.5), normal(4, seed=1), normal(4, seed=2), 1e-3)],
        tolerance={"float32": 1e-4, "float64": 1e-12},
    ),
    case(
        tf.nn.lrn,
        response,
        [sample(normal(2, 2, 2, 5)), sample(normal(1, 2, 1, 9), depth_radius=2, bias=2.0, alpha=0.5, beta=0.75)],
        dtypes=("float32",),
        covers=["LRN", "LRNGrad"],
        gradient="float32 only, and checked below",
        second=False,
        errors=[error(ValueError, "Shape must be rank 4", normal(2, 3))],
    ),
]
test_normalisation = checks(CASES)


def numeric_gradient(function, x, step=1e-5):
    """The gradient of a scalar function of a float64 array by central differences."""
    result = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += step
        above = function(moved)
        moved[index] -= 2 * step
        result[index] = (above - function(moved)) / (2 * step)
    return result


def test_gradient_of_local_response_normalization():
    x, weights = normal(1, 2, 2, 6), normal(1, 2, 2, 6, seed=1)
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.placeholder(tf.float32, x.shape)
        y = tf.nn.lrn(image, 2, bias=2.0, alpha=0.5, beta=0.75)
        gradient = sess.run(tf.gradients(y, image, grad_ys=tf.constant(weights, tf.float32)), {image: x})[0]
    expected = numeric_gradient(lambda v: (response(v, 2, 2.0, 0.5, 0.75) * weights).sum(), x)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-5)


def fused_reference(x, scale, offset, epsilon):
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return scale * (x - mean) / np.sqrt(variance + epsilon) + offset, mean, variance


def old_version(number):
    """An older version of the op, as imported graphs have it."""

    def function(x, scale, offset):
        empty = tf.zeros([0])
        own = {1: fused.opdef_v1, 2: fused.opdef_v2}[number]
        return own(x, scale, offset, empty, empty, epsilon=1e-3)[:3]

    return function


def unbiased_reference(x, scale, offset):
    y, mean, variance = fused_reference(x, scale, offset, 1e-3)
    count = x.size // x.shape[-1]
    return y, mean, variance * count / (count - 1)


OLD_VERSIONS = [
    case(
        old_version(number),
        unbiased_reference,
        [sample(normal(2, 3, 3, 2), uniform(2, low=0.5), normal(2))],
        name=f"fused_batch_norm_v{number}",
        dtypes=("float32",),
        covers=[name],
        gradient="of float32 only; it is that of the newest version, which is checked below",
        second=False,
    )
    for number, name in ((1, "FusedBatchNormGrad"), (2, "FusedBatchNormGradV2"))
]
test_old_versions = checks(OLD_VERSIONS)


@pytest.mark.parametrize("number", [1, 2])
def test_old_versions_have_the_gradients_of_the_newest(number):
    x, weights = normal(2, 3, 2, 2), normal(2, 3, 2, 2, seed=4)
    with tf.Graph().as_default(), tf.Session() as sess:
        inputs = [tf.constant(value, tf.float32) for value in (x, uniform(2, low=0.5), normal(2))]
        seeds = tf.constant(weights, tf.float32)
        old = tf.gradients(old_version(number)(*inputs)[0], inputs, seeds)
        new = tf.gradients(tf.nn.fused_batch_norm(*inputs, epsilon=1e-3)[0], inputs, seeds)
        for one, other in zip(*sess.run([old, new]), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_fused_batch_norm_in_training(data_format, dtype):
    x, scale, offset = normal(3, 4, 5, 2), uniform(2, low=0.5), normal(2)
    y, mean, variance = fused_reference(x, scale, offset, 1e-3)
    fed = x if data_format == "NHWC" else x.transpose(0, 3, 1, 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        image = tf.placeholder(dtype, fed.shape)
        outputs = tf.nn.fused_batch_norm(
            image, scale.astype("f"), offset.astype("f"), epsilon=1e-3, data_format=data_format
        )
        values = sess.run(outputs, {image: fed})
    actual = values[0] if data_format == "NHWC" else values[0].transpose(0, 2, 3, 1)
    tolerance = 1e-5 if dtype == "float32" else 5e-3
    np.testing.assert_allclose(actual, y, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(values[1], mean, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(values[2], variance * 60 / 59, rtol=tolerance)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_fused_batch_norm(training):
    x, scale, offset = normal(2, 3, 2, 2), uniform(2, low=0.5), normal(2)
    mean, variance, weights = normal(2, seed=3), uniform(2, low=0.5, seed=3), normal(2, 3, 2, 2, seed=4)

    def loss(x, scale, offset):
        if training:
            return (fused_reference(x, scale, offset, 1e-3)[0] * weights).sum()
        return (normalized(x, mean, variance, offset, scale, 1e-3) * weights).sum()

    with tf.Graph().as_default(), tf.Session() as sess:
        inputs = [tf.constant(value, tf.float32) for value in (x, scale, offset)]
        statistics = [] if training else [tf.constant(value, tf.float32) for value in (mean, variance)]
        y = tf.nn.fused_batch_norm(*inputs, *statistics, epsilon=1e-3, is_training=training)[0]
        gradients = sess.run(tf.gradients(y, inputs, grad_ys=tf.constant(weights, tf.float32)))
    expected = [
        numeric_gradient(lambda v: loss(v, scale, offset), x),
        numeric_gradient(lambda v: loss(x, v, offset), scale),
        numeric_gradient(lambda v: loss(x, scale, v), offset),
    ]
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_weighted_moments_and_sufficient_statistics():
    with tf.Graph().as_default(), tf.Session() as sess:
        weighted = sess.run(tf.nn.weighted_moments(tf.constant([1.0, 2.0, 4.0]), [0], tf.constant([1.0, 1.0, 2.0])))
        x = tf.constant(normal(5, 3), tf.float32)
        for shift in (None, 0.5):
            statistics = tf.nn.sufficient_statistics(x, [0], shift=shift)
            mean, variance = sess.run(tf.nn.normalize_moments(*statistics))
            np.testing.assert_allclose(mean, normal(5, 3).mean(0), rtol=1e-5)
            np.testing.assert_allclose(variance, normal(5, 3).var(0), rtol=1e-5)
    np.testing.assert_allclose(weighted, [2.75, 1.6875])


def test_dropout_scales_what_it_keeps():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.ones([1000])
        kept = sess.run(tf.nn.dropout(x, rate=0.25, seed=1))
        assert set(np.unique(kept)) == {np.float32(0), np.float32(1 / 0.75)}
        assert 0.7 < np.mean(kept > 0) < 0.8
        assert tf.nn.dropout(x, keep_prob=1.0) is x
        rows = sess.run(tf.nn.dropout(tf.ones([50, 3]), 0.5, noise_shape=[None, 1], seed=2))
        assert ((rows == rows[:, :1]).all(1)).all()


def test_in_top_k():
    scores = np.array([[0.1, 0.9, 0.5, 0.9], [np.nan, 1.0, 2.0, 0.0], [1.0, 2.0, np.inf, 0.0]], np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        one, two, wrong = sess.run(
            [
                tf.nn.in_top_k(scores, [3, 2, 1], 1),
                tf.nn.in_top_k(scores, [2, 2, 1], 2),
                tf.nn.in_top_k(scores, [4, -1, 2], 4),
            ]
        )
    assert one.tolist() == [True, False, False]
    assert two.tolist() == [False, False, True]
    assert wrong.tolist() == [False, False, False]


@pytest.mark.parametrize(("strategy", "order"), [("mod", [0, 2, 4, 1, 3]), ("div", [0, 1, 2, 3, 4])])
def test_embedding_lookup_in_several_tables(strategy, order):
    table = normal(5, 2).astype(np.float32)
    parts = [table[order[:3]], table[order[3:]]]
    ids = np.array([[4, 0], [1, 1], [3, 2]])
    with tf.Graph().as_default(), tf.Session() as sess:
        tables = [tf.Variable(part) for part in parts]
        rows = tf.nn.embedding_lookup(tables, ids, strategy)
        clipped = tf.nn.embedding_lookup(tables, ids, strategy, max_norm=0.5)
        gradients = tf.gradients(rows, tables)
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(rows), table[ids])
        lengths = np.linalg.norm(sess.run(clipped), axis=-1)
        np.testing.assert_allclose(lengths, np.minimum(np.linalg.norm(table[ids], axis=-1), 0.5), rtol=1e-5)
        slices = [sess.run([g.values, g.indices]) for g in gradients]
        assert sum(len(indices) for _, indices in slices) == ids.size
        assert all((values == 1).all() for values, _ in slices)


def test_zero_fraction():
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.nn.zero_fraction([[0.0, 1.0], [0.0, 2.0]])) == 0.5
        assert np.isnan(sess.run(tf.nn.zero_fraction(tf.zeros([0]))))


@pytest.mark.parametrize("training", [True, False])
def test_second_derivative_of_fused_batch_norm_in_both_layouts(training):
    x, weights = normal(2, 3, 2, 2), normal(2, 3, 2, 2, seed=4)
    results = []
    for data_format in ("NHWC", "NCHW"):
        order = (0, 1, 2, 3) if data_format == "NHWC" else (0, 3, 1, 2)
        back = np.argsort(order)
        with tf.Graph().as_default(), tf.Session() as sess:
            image = tf.constant(x.transpose(order), tf.float32)
            scale, offset = tf.constant([0.5, 2.0]), tf.constant([1.0, -1.0])
            statistics = [] if training else [tf.constant([0.1, -0.2]), tf.constant([0.5, 1.5])]
            y = tf.nn.fused_batch_norm(
                image, scale, offset, *statistics, data_format=data_format, is_training=training
            )[0]
            first = tf.gradients(tf.sin(y), [image, scale], tf.constant(weights.transpose(order), tf.float32))
            second = tf.gradients([tf.square(g) for g in first], [image, scale])
            dx, dscale = sess.run(second)
            results.append((dx.transpose(back), dscale))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
