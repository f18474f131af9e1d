"""Native pools against float64 references written as loops over windows, and against the ops' ordinary kernels."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.native.builder import F32, F64
from graphrt.native.kernels.pooling import Pool
from graphrt.native.records import Windows
from graphrt.native.target import host
from graphrt.native.testing import compiled_lowering
from tests.native.lowered import lowering_of

ELEMENTS = {np.float32: F32, np.float64: F64}


def _cells(windows: Windows, y: int, x: int):
    """The pixels of the image that a window has, in order."""
    for i, j in itertools.product(*map(range, windows.taps)):
        row = y * windows.strides[0] + windows.origin[0] + i
        column = x * windows.strides[1] + windows.origin[1] + j
        if 0 <= row < windows.image[0] and 0 <= column < windows.image[1]:
            yield row, column


def _reference(kind: str, windows: Windows, images: np.ndarray, dy: np.ndarray):
    """The pools and the gradient, in float64."""
    images, dy = images.astype(np.float64), dy.astype(np.float64)
    out, gradient = np.zeros(dy.shape), np.zeros(images.shape)
    for y, x in itertools.product(*map(range, windows.counts)):
        cells = list(_cells(windows, y, x))
        seen = np.stack([images[:, r, c] for r, c in cells])
        out[:, y, x] = seen.max(0) if kind == "max" else seen.mean(0)
        left = np.ones(out[:, y, x].shape, bool)
        for r, c in cells:
            if kind == "avg":
                gradient[:, r, c] += dy[:, y, x] / len(cells)
                continue
            here = left & (images[:, r, c] == out[:, y, x])
            gradient[:, r, c] += np.where(here, dy[:, y, x], 0)
            left &= ~here
    return out, gradient


def _check(batch: int, windows: Windows, dtype, lanes: int | None = None, parts: int = 1, few: bool = False) -> None:
    """Both kinds, forward and gradient; ``few`` different numbers make maxima equal."""
    random = np.random.default_rng(3)
    shape = (batch, *windows.image)
    images = random.integers(0, 3, shape).astype(dtype) if few else random.standard_normal(shape).astype(dtype)
    dy = random.standard_normal((batch, *windows.counts, windows.image[2])).astype(dtype)
    for kind in ("max", "avg"):
        pool = Pool(kind, ELEMENTS[dtype], batch, windows, lanes or host().lanes)
        out, gradient = _reference(kind, windows, images, dy)
        result = np.full(out.shape, np.nan, dtype)
        compiled_lowering(pool.forward(), 2)([images], [result], parts)
        np.testing.assert_allclose(result, out, rtol=1e-5, atol=1e-6)
        inputs = [images, result, dy] if kind == "max" else [np.zeros(4, np.int32), dy]
        d_images = np.full(images.shape, np.nan, dtype)
        compiled_lowering(pool.gradient(), len(inputs) + 1)(inputs, [d_images], parts)
        np.testing.assert_allclose(d_images, gradient, rtol=1e-5, atol=1e-5)


def _same(size: int, channels: int, kernel: int, stride: int) -> Windows:
    count = -(-size // stride)
    before = max((count - 1) * stride + kernel - size, 0) // 2
    return Windows((size, size, channels), (count,) * 2, (kernel,) * 2, (stride,) * 2, (1, 1), (-before, -before))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2, 3, 7, 8, 9, 15, 16, 17, 53])
def test_channels(channels, dtype):
    _check(2, _same(6, channels, 2, 2), dtype)
    _check(2, _same(7, channels, 3, 2), dtype)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_lanes(lanes):
    if lanes > host().lanes:
        pytest.skip("the CPU has no such vectors")
    _check(2, _same(7, 19, 3, 2), np.float32, lanes)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 2), (2, 3)])
def test_equal_maxima(kernel, stride):
    _check(3, _same(9, 5, kernel, stride), np.float32, parts=2, few=True)


@st.composite
def geometries(draw):
    """SAME and VALID windows along both axes."""
    axes = []
    for _ in range(2):
        length, taps, stride = draw(st.integers(1, 12)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
        if taps <= length and draw(st.booleans()):
            axes.append((length, (length - taps) // stride + 1, taps, stride, 0))
        else:
            count = -(-length // stride)
            axes.append((length, count, taps, stride, -(max((count - 1) * stride + taps - length, 0) // 2)))
    lengths, counts, taps, strides, origin = zip(*axes, strict=True)
    channels = draw(st.sampled_from([1, 3, 16, 21]))
    return draw(st.integers(1, 3)), Windows((*lengths, channels), counts, taps, strides, (1, 1), origin)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries(), st.sampled_from([np.float32, np.float64]), st.integers(1, 4), st.booleans())
def test_any_geometry(geometry, dtype, parts, few):
    _check(*geometry, dtype, parts=parts, few=few)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("pool", [tf.nn.max_pool, tf.nn.avg_pool])
def test_as_the_ordinary_kernels(pool, padding, dtype):
    """With nan and infinities, where they must agree to the bit."""
    images = np.random.default_rng(4).integers(-2, 3, (2, 9, 8, 5)).astype(dtype)
    images[0, 2:4, 3] = np.nan
    images[1, :3, :3] = -np.inf
    images[1, 5, 5] = np.inf
    with tf.Graph().as_default(), tf.Session() as session:
        given_ = tf.constant(images)
        out = pool(given_, [3, 2], 2, padding)
        dy = tf.constant(np.random.default_rng(5).integers(-4, 5, out.shape.as_list()).astype(dtype))
        for tensor in (out, tf.gradients(out, given_, dy)[0]):
            inputs = [np.ascontiguousarray(a) for a in session.run(list(tensor.op.inputs))]
            expected = session.run(tensor)
            result = np.full(expected.shape, 7, dtype)
            compiled_lowering(lowering_of(tensor.op), len(inputs) + 1)(inputs, [result])
            np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_the_gradient_goes_to_a_pixel_even_where_all_is_infinite():
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.fill([1, 2, 2, 1], -math.inf)
        gradient = tf.gradients(tf.nn.max_pool(images, 3, 1, "SAME"), images)[0]
        assert session.run(gradient).ravel().tolist() == [4, 0, 0, 0]


def test_what_is_left_to_the_ordinary_kernels():
    def lowering(dtype, **options):
        with tf.Graph().as_default():
            out = tf.nn.max_pool(tf.zeros([2, 8, 8, 4], dtype), 2, 2, "SAME", **options)
            return lowering_of(out.op)

    assert lowering("float32") is not None
    assert lowering("float16") is None
    assert lowering("int32") is None
    assert lowering("float32", data_format="NCHW") is None
