"""Native convolutions against float64 references, and against the ops' ordinary kernels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.native.builder import F32, F64
from graphrt.native.kernels import depthwise
from graphrt.native.kernels.conv import forward
from graphrt.native.kernels.conv_filter_few import filter_gradient
from graphrt.native.kernels.conv_input import input_gradient
from graphrt.native.records import Windows
from graphrt.native.target import host
from graphrt.native.testing import compiled_lowering
from tests.native.lowered import lowering_of

ELEMENTS = {np.float32: F32, np.float64: F64}
TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}
_MARGIN = 64  # zeros around the images of the reference: further than any window reaches


def _seen(images: np.ndarray, windows: Windows):
    """For each tap what the windows see of the images (float64, zeros outside), with how to add into there."""
    n, (h, w, c) = len(images), windows.image
    padded = np.zeros((n, h + 2 * _MARGIN, w + 2 * _MARGIN, c))
    padded[:, _MARGIN : _MARGIN + h, _MARGIN : _MARGIN + w] = images
    for i, j in itertools.product(*map(range, windows.taps)):
        index = [slice(None)]
        for axis, tap in ((0, i), (1, j)):
            start = _MARGIN + tap * windows.dilations[axis] + windows.origin[axis]
            stop = start + (windows.counts[axis] - 1) * windows.strides[axis] + 1
            index.append(slice(start, stop, windows.strides[axis]))
        yield i, j, padded, tuple(index)


def _reference(windows: Windows, images, filters, dy):
    """Forward, the gradient of the images and that of the filter, in float64."""
    out = np.zeros(dy.shape)
    d_filters = np.zeros(filters.shape)
    for i, j, padded, index in _seen(images.astype(np.float64), windows):
        out += padded[index] @ filters[i, j].astype(np.float64)
        d_filters[i, j] = np.einsum("nyxc,nyxo->co", padded[index], dy.astype(np.float64))
    for i, j, padded, index in _seen(np.zeros(images.shape), windows):
        padded[index] += dy.astype(np.float64) @ filters[i, j].T.astype(np.float64)
    return out, padded[:, _MARGIN : _MARGIN + windows.image[0], _MARGIN : _MARGIN + windows.image[1]], d_filters


def _depthwise_reference(windows: Windows, images, filters, dy):
    """As ``_reference``, of filters [i, j, c]."""
    out, d_filters = np.zeros(dy.shape), np.zeros(filters.shape)
    for i, j, padded, index in _seen(images.astype(np.float64), windows):
        out += padded[index] * filters[i, j].astype(np.float64)
        d_filters[i, j] = (padded[index] * dy.astype(np.float64)).sum((0, 1, 2))
    for i, j, padded, index in _seen(np.zeros(images.shape), windows):
        padded[index] += dy.astype(np.float64) * filters[i, j].astype(np.float64)
    return out, padded[:, _MARGIN : _MARGIN + windows.image[0], _MARGIN : _MARGIN + windows.image[1]], d_filters


def _check(batch: int, windows: Windows, outputs: int, dtype, lanes: int | None = None, parts: int = 1) -> None:
    """All three directions, in ``parts`` pieces, on memory full of nan."""
    random = np.random.default_rng(1)
    images = random.standard_normal((batch, *windows.image)).astype(dtype)
    filters = random.standard_normal((*windows.taps, windows.image[2], outputs)).astype(dtype)
    dy = random.standard_normal((batch, *windows.counts, outputs)).astype(dtype)
    sizes = np.zeros(4, np.int32)
    lanes = lanes or host().lanes
    cases = (
        (forward, [images, filters]),
        (input_gradient, [sizes, filters, dy]),
        (filter_gradient, [images, sizes, dy]),
    )
    for (make, inputs), expected in zip(cases, _reference(windows, images, filters, dy), strict=True):
        _compare(make(ELEMENTS[dtype], batch, windows, outputs, lanes), inputs, expected, dtype, parts)


def _check_depthwise(batch: int, windows: Windows, dtype, lanes: int | None = None, parts: int = 1) -> None:
    random = np.random.default_rng(2)
    images = random.standard_normal((batch, *windows.image)).astype(dtype)
    filters = random.standard_normal((*windows.taps, windows.image[2])).astype(dtype)
    dy = random.standard_normal((batch, *windows.counts, windows.image[2])).astype(dtype)
    sizes = np.zeros(4, np.int32)
    cases = (
        (depthwise.forward, [images, filters]),
        (depthwise.input_gradient, [sizes, filters, dy]),
        (depthwise.filter_gradient, [images, sizes, dy]),
    )
    for (make, inputs), expected in zip(cases, _depthwise_reference(windows, images, filters, dy), strict=True):
        _compare(make(ELEMENTS[dtype], batch, windows, lanes or host().lanes), inputs, expected, dtype, parts)


def _compare(lowering, inputs, expected, dtype, parts) -> None:
    result = np.full(expected.shape, np.nan, dtype)
    assert lowering is not None
    compiled_lowering(lowering, len(inputs) + 1)(inputs, [result], parts)
    scale = max(np.abs(expected).max(), 1.0)
    np.testing.assert_allclose(result / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def _same(size: int, channels: int, kernel: int, stride: int = 1) -> Windows:
    count = -(-size // stride)
    before = max((count - 1) * stride + kernel - size, 0) // 2
    return Windows((size, size, channels), (count,) * 2, (kernel,) * 2, (stride,) * 2, (1, 1), (-before, -before))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3, 16, 17])
@pytest.mark.parametrize("outputs", [1, 2, 15, 16, 17, 33, 53])
def test_channels(channels, outputs, dtype):
    _check(2, _same(7, channels, 3), outputs, dtype)


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize(("channels", "outputs"), [(1, 1), (1, 20), (20, 1), (5, 40), (40, 3)])
def test_lanes(lanes, channels, outputs):
    if lanes > host().lanes:
        pytest.skip("the CPU has no such vectors")
    _check(2, _same(9, channels, 3), outputs, np.float32, lanes)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (5, 1), (5, 4), (7, 2)])
@pytest.mark.parametrize("channels", [1, 6])
def test_kernels_and_strides(kernel, stride, channels):
    _check(3, _same(11, channels, kernel, stride), 18, np.float32, parts=3)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (2, 3), (3, 1), (3, 2), (5, 1), (7, 1)])
@pytest.mark.parametrize("channels", [1, 3, 16, 35, 64])
def test_depthwise(kernel, stride, channels):
    _check_depthwise(3, _same(11, channels, kernel, stride), np.float32, parts=2)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_depthwise_lanes(lanes):
    if lanes > host().lanes:
        pytest.skip("the CPU has no such vectors")
    _check_depthwise(2, _same(9, 21, 5), np.float32, lanes)


@pytest.mark.parametrize("parts", [1, 2, 5, 64])
def test_parts(parts):
    _check(5, _same(12, 4, 3), 24, np.float32, parts=parts)
    _check(3, _same(12, 1, 3), 8, np.float32, parts=parts)


def test_large_images_come_in_tiles():
    _check(1, _same(70, 40, 3), 8, np.float32, parts=2)
    _check(1, Windows((9, 400, 64), (9, 400), (3, 3), (1, 1), (1, 1), (-1, -1)), 8, np.float32)


@st.composite
def geometries(draw):
    """Windows of any kind, also such as see nothing but zeros."""
    small = st.integers(1, 4)
    axes = []
    for _ in range(2):
        length, taps, stride, dilation = draw(st.integers(1, 14)), draw(small), draw(small), draw(st.integers(1, 3))
        before, after = draw(st.integers(0, 5)), draw(st.integers(0, 5))
        reach = (taps - 1) * dilation + 1
        after = max(after, reach - length - before)
        count = (length + before + after - reach) // stride + 1
        axes.append((length, count, taps, stride, dilation, -before))
    lengths, counts, taps, strides, dilations, origin = zip(*axes, strict=True)
    channels = draw(st.sampled_from([1, 2, 3, 8, 16, 19]))
    outputs = draw(st.sampled_from([1, 2, 5, 16, 21, 48, 70]))
    return draw(st.integers(1, 3)), Windows((*lengths, channels), counts, taps, strides, dilations, origin), outputs


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries(), st.sampled_from([np.float32, np.float64]), st.integers(1, 3))
def test_any_geometry(geometry, dtype, parts):
    _check(*geometry, dtype, parts=parts)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries(), st.sampled_from([np.float32, np.float64]), st.integers(1, 3))
def test_depthwise_of_any_geometry(geometry, dtype, parts):
    batch, windows, _ = geometry
    _check_depthwise(batch, windows, dtype, parts=parts)


OPTIONS = [
    {"strides": 1, "padding": "SAME"},
    {"strides": [1, 2, 3, 1], "padding": "VALID"},
    {"strides": 2, "padding": "SAME", "dilations": 2},
    {"strides": 2, "padding": [[0, 0], [1, 3], [2, 0], [0, 0]]},
]


@pytest.mark.parametrize("options", OPTIONS, ids=[str(o["padding"]) for o in OPTIONS])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_as_the_ordinary_kernels(options, dtype):
    """The lowerings of the three ops against their kernels, with the ops' own geometry."""
    random = np.random.default_rng(2)
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(random.standard_normal((2, 12, 13, 5)), dtype)
        filters = tf.constant(random.standard_normal((3, 4, 5, 9)), dtype)
        out = tf.nn.conv2d(images, filters, **options)
        dy = tf.constant(random.standard_normal(out.shape.as_list()), dtype)
        gradients = tf.gradients(out, [images, filters], dy)
        for tensor in (out, *gradients):
            inputs = [np.ascontiguousarray(a) for a in session.run(list(tensor.op.inputs))]
            expected = session.run(tensor)
            result = np.full(expected.shape, np.nan, dtype)
            lowering = lowering_of(tensor.op)
            compiled_lowering(lowering, len(inputs) + 1)(inputs, [result])
            np.testing.assert_allclose(result, expected, rtol=1e-4 if dtype == "float32" else 1e-12, atol=1e-4)


@pytest.mark.parametrize(("strides", "padding"), [([1, 2, 2, 1], "SAME"), ([1, 1, 1, 1], "VALID")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_depthwise_as_the_ordinary_kernels(strides, padding, dtype):
    random = np.random.default_rng(6)
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(random.standard_normal((2, 12, 13, 5)), dtype)
        filters = tf.constant(random.standard_normal((3, 4, 5, 1)), dtype)
        out = tf.nn.depthwise_conv2d(images, filters, strides, padding)
        dy = tf.constant(random.standard_normal(out.shape.as_list()), dtype)
        for tensor in (out, *tf.gradients(out, [images, filters], dy)):
            inputs = [np.ascontiguousarray(a) for a in session.run(list(tensor.op.inputs))]
            expected = session.run(tensor)
            lowering = lowering_of(tensor.op)
            result = np.full(expected.shape, np.nan, dtype)
            compiled_lowering(lowering, len(inputs) + 1)(inputs, [result])
            np.testing.assert_allclose(result, expected, rtol=1e-4 if dtype == "float32" else 1e-12, atol=1e-5)


def test_what_is_left_to_the_ordinary_kernels():
    def lowering(images, filters, **options):
        with tf.Graph().as_default():
            out = tf.nn.conv2d(tf.zeros(images[1:], images[0]), tf.zeros(filters, images[0]), 1, "SAME", **options)
            return lowering_of(out.op)

    assert lowering(("float32", 2, 8, 8, 3), [3, 3, 3, 4]) is not None
    assert lowering(("float16", 2, 8, 8, 3), [3, 3, 3, 4]) is None
    assert lowering(("float32", 2, 3, 8, 8), [3, 3, 3, 4], data_format="NCHW") is None
    assert lowering(("float32", 0, 8, 8, 3), [3, 3, 3, 4]) is None
    assert lowering(("float32", 2, 8, 8, 6), [3, 3, 3, 4]) is None


def test_text_is_deterministic():
    from graphrt.native.testing import kernel_text

    def texts():
        return [
            kernel_text(kernel, "k", 5)
            for make in (forward, input_gradient, filter_gradient)
            for kernel in make(F32, 2, _same(9, 5, 3, 2), 20, 16).kernels
        ]

    assert texts() == texts()
