"""Convolutions against sums over their taps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import graphrt as tf
from graphrt_ops.conv import gemm
from tests.ops.harness import case, checks, error, normal, sample


def paddings(lengths, sizes, strides, dilations, padding):
    """Zeros before and after along each spatial axis."""
    if not isinstance(padding, str):
        return padding[1:-1]
    if padding == "VALID":
        return [(0, 0)] * len(sizes)
    totals = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(lengths, sizes, strides, dilations, strict=True)
    ]
    return [(total // 2, total - total // 2) for total in totals]


def reference(x, w, strides=1, padding="SAME", dilations=1):
    """A convolution of any number of spatial axes, tap by tap."""
    count = w.ndim - 2
    strides, dilations = ([v] * count if isinstance(v, int) else list(v) for v in (strides, dilations))
    pads = paddings(x.shape[1:-1], w.shape[:count], strides, dilations, padding)
    x = np.pad(x, [(0, 0), *pads, (0, 0)])
    sizes = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(x.shape[1:-1], w.shape[:count], strides, dilations, strict=True)
    ]
    out = np.zeros((x.shape[0], *sizes, w.shape[-1]), x.dtype)
    for tap in itertools.product(*map(range, w.shape[:count])):
        index = [
            slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in zip(tap, sizes, strides, dilations, strict=True)
        ]
        out += x[(slice(None), *index)] @ w[tap]
    return out


def conv2d(x, w, strides=1, padding="SAME", dilations=1):
    return tf.nn.conv2d(x, w, strides, padding, dilations=dilations)


def image(*shape, outputs=3, size=(3, 3), **options):
    return sample(normal(*shape), normal(*size, shape[-1], outputs), **options)


EXPLICIT = [[0, 0], [1, 2], [0, 1], [0, 0]]
CASES = [
    case(
        conv2d,
        reference,
        [
            image(2, 5, 6, 2),
            image(2, 6, 8, 1, size=(3, 3)),
            image(1, 7, 6, 10, outputs=5),
            image(1, 7, 6, 10, outputs=2),
            image(2, 4, 4, 3, size=(1, 1)),
            image(2, 5, 5, 3, size=(1, 1), strides=2),
            image(2, 6, 7, 2, strides=2, padding="VALID"),
            image(1, 6, 7, 9, outputs=5, strides=(1, 3)),
            image(1, 7, 7, 2, padding="VALID", dilations=(2, 3)),
            image(1, 8, 8, 9, outputs=6, dilations=2),
            image(1, 5, 5, 2, size=(2, 4), padding=EXPLICIT),
            image(0, 4, 4, 2),
        ],
        covers=["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"],
        errors=[
            error(ValueError, "not a multiple of input depth", normal(1, 4, 4, 3), normal(3, 3, 2, 2)),
            error(ValueError, "Shape must be rank 4", normal(4, 4, 3), normal(3, 3, 3, 2)),
            error(ValueError, "Negative dimension size", normal(1, 2, 2, 1), normal(3, 3, 1, 1), padding="VALID"),
            error(ValueError, "passed string 'FULL'", normal(1, 4, 4, 1), normal(3, 3, 1, 1), padding="FULL"),
            error(ValueError, "Stride must be > 0", normal(1, 4, 4, 1), normal(3, 3, 1, 1), strides=[0, 1]),
        ],
    ),
    case(
        lambda x, w: tf.nn.conv2d(x, w, 1, "SAME", data_format="NCHW"),
        lambda x, w: reference(x.transpose(0, 2, 3, 1), w).transpose(0, 3, 1, 2),
        [sample(normal(2, 2, 5, 4), normal(3, 3, 2, 3))],
        name="conv2d_channels_first",
    ),
    case(
        lambda x, w, stride=1: tf.nn.conv1d(x, w, stride, "SAME"),
        lambda x, w, stride=1: reference(x, w, stride),
        [sample(normal(2, 6, 2), normal(3, 2, 4)), sample(normal(2, 6, 2), normal(3, 2, 4), stride=2)],
        name="conv1d",
    ),
    case(
        lambda x, w, strides=(1, 1, 1), padding="SAME": tf.nn.conv3d(x, w, [1, *strides, 1], padding),
        reference,
        [
            sample(normal(1, 3, 4, 5, 2), normal(2, 3, 2, 2, 3)),
            sample(normal(2, 5, 4, 4, 1), normal(2, 2, 2, 1, 2), strides=(2, 1, 2), padding="VALID"),
        ],
        name="conv3d",
        covers=["Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"],
    ),
    case(
        lambda x, w: tf.nn.convolution(x, w, "SAME", dilation_rate=[2, 2]),
        lambda x, w: reference(x, w, dilations=2),
        [image(2, 6, 6, 2), image(1, 5, 7, 2)],
        name="convolution_dilated",
        partial_shapes="the rank must be known",
    ),
    case(
        lambda x, w: tf.nn.atrous_conv2d(x, w, 2, "VALID"),
        lambda x, w: reference(x, w, padding="VALID", dilations=2),
        [image(1, 7, 8, 2)],
        name="atrous_conv2d",
        partial_shapes="the rank must be known",
    ),
]
test_convolution = checks(CASES)


def depthwise_reference(x, w, strides=1, padding="SAME"):
    channels = [reference(x[..., c : c + 1], w[:, :, c : c + 1], strides, padding) for c in range(x.shape[-1])]
    return np.concatenate(channels, -1)


DEPTHWISE = [
    case(
        lambda x, w, strides=1, padding="SAME": tf.nn.depthwise_conv2d(x, w, [1, strides, strides, 1], padding),
        depthwise_reference,
        [
            sample(normal(2, 5, 6, 2), normal(3, 3, 2, 2)),
            sample(normal(1, 5, 5, 3), normal(2, 3, 3, 1), strides=2, padding="VALID"),
        ],
        name="depthwise_conv2d",
        covers=[
            "DepthwiseConv2dNative",
            "DepthwiseConv2dNativeBackpropInput",
            "DepthwiseConv2dNativeBackpropFilter",
        ],
        errors=[error(ValueError, "Dimensions must be equal", normal(1, 4, 4, 3), normal(3, 3, 2, 2))],
    ),
    case(
        lambda x, depthwise, pointwise: tf.nn.separable_conv2d(x, depthwise, pointwise, [1, 1, 1, 1], "SAME"),
        lambda x, depthwise, pointwise: depthwise_reference(x, depthwise) @ pointwise[0, 0],
        [sample(normal(1, 4, 5, 2), normal(3, 3, 2, 2), normal(1, 1, 4, 3))],
        name="separable_conv2d",
    ),
]
test_depthwise = checks(DEPTHWISE)


def transposed(x, w, shape, strides, padding):
    """The transpose of ``reference``: what every output pixel would give to the input pixels that it reads."""
    pads = paddings(shape[1:3], w.shape[:2], strides, (1, 1), padding)
    sizes = [n + sum(pad) for n, pad in zip(shape[1:3], pads, strict=True)]
    out = np.zeros((x.shape[0], *sizes, w.shape[2]))
    for n, y, column in np.ndindex(x.shape[:3]):
        rows = slice(y * strides[0], y * strides[0] + w.shape[0])
        columns = slice(column * strides[1], column * strides[1] + w.shape[1])
        out[n, rows, columns] += w @ x[n, y, column]
    (top, _), (left, _) = pads
    return out[:, top : top + shape[1], left : left + shape[2]]


TRANSPOSED = [
    case(
        lambda x, w, shape, strides, padding: tf.nn.conv2d_transpose(x, w, shape, strides, padding),
        transposed,
        [
            sample(normal(2, 3, 4, 2), normal(3, 3, 3, 2), [2, 6, 8, 3], (2, 2), "SAME"),
            sample(normal(1, 3, 3, 9), normal(5, 5, 2, 9), [1, 6, 5, 2], (2, 2), "SAME"),
            sample(normal(1, 3, 3, 2), normal(3, 4, 2, 2), [1, 7, 10, 2], (2, 3), "VALID"),
        ],
        name="conv2d_transpose",
    )
]
test_conv2d_transpose = checks(TRANSPOSED)


@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_atrous_conv2d_transpose_is_the_gradient_of_atrous_conv2d(rate, padding):
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.constant(normal(1, 7, 8, 2), tf.float32), tf.constant(normal(3, 3, 2, 4), tf.float32)
        y = tf.nn.atrous_conv2d(x, w, rate, padding)
        expected = tf.gradients(y, x, grad_ys=y)[0]
        actual = tf.nn.atrous_conv2d_transpose(y, w, [1, 7, 8, 2], rate, padding)
        np.testing.assert_allclose(*sess.run([actual, expected]), rtol=1e-4, atol=1e-4)


def test_transposes_of_other_ranks():
    with tf.Graph().as_default(), tf.Session() as sess:
        signal, w1 = tf.constant(normal(1, 6, 2), tf.float32), tf.constant(normal(3, 2, 5), tf.float32)
        y1 = tf.nn.conv1d(signal, w1, 2, "SAME")
        volume, w3 = tf.constant(normal(1, 3, 4, 4, 2), tf.float32), tf.constant(normal(2, 2, 2, 2, 3), tf.float32)
        y3 = tf.nn.conv3d(volume, w3, [1, 1, 2, 2, 1], "SAME")
        pairs = [
            (tf.nn.conv1d_transpose(y1, w1, [1, 6, 2], 2), tf.gradients(y1, signal, y1)[0]),
            (tf.nn.conv3d_transpose(y3, w3, [1, 3, 4, 4, 2], [1, 1, 2, 2, 1]), tf.gradients(y3, volume, y3)[0]),
            (tf.nn.conv_transpose(y1, w1, [1, 6, 2], 2), tf.gradients(y1, signal, y1)[0]),
        ]
        for actual, expected in sess.run(pairs):
            np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("chunk", [40, 1 << 20])
@pytest.mark.parametrize("dilations", [(1, 1), (2, 1), (2, 3)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (1, 3), (3, 2)])
@pytest.mark.parametrize("channels", [1, 9])
def test_products_in_pieces(monkeypatch, chunk, dilations, strides, channels):
    """However the work is cut into pieces: the value, and both gradients as transposes of it."""
    monkeypatch.setattr(gemm, "_ROWS_CHUNK", {True: chunk, False: chunk})
    monkeypatch.setattr(gemm, "_BLOCKS_CHUNK", {True: chunk, False: chunk})
    x, w = normal(3, 9, 10, channels), normal(3, 2, channels, 5)
    y = gemm.correlate(np, x, w, strides, dilations)
    np.testing.assert_allclose(y, reference(x, w, strides, "VALID", dilations), atol=1e-10)
    dy, other = normal(*y.shape, seed=1), normal(*w.shape, seed=2)
    dw = gemm.filter_gradient(np, x, dy, (3, 2), strides, dilations)
    np.testing.assert_allclose((dw * other).sum(), (reference(x, other, strides, "VALID", dilations) * dy).sum())
    dx = gemm.input_gradient(np, dy, w, (9, 10), (0, 0), strides, dilations)
    moved = normal(*x.shape, seed=3)
    np.testing.assert_allclose((dx * moved).sum(), (reference(moved, w, strides, "VALID", dilations) * dy).sum())


def test_float16_is_summed_in_float32():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, w = tf.fill([1, 1, 1, 4096], tf.constant(1.0, tf.float16)), tf.ones([1, 1, 4096, 1], tf.float16)
        assert sess.run(tf.nn.conv2d(x, w, 1, "SAME")).item() == 4096


def test_grouped_convolution_is_refused():
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.nn.conv2d(tf.ones([1, 3, 3, 4]), tf.ones([1, 1, 2, 2]), 1, "SAME")
        with pytest.raises(tf.errors.InvalidArgumentError, match="grouped convolutions"):
            sess.run(y)
