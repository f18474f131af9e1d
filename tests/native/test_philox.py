"""Random numbers of native loops against those of the ordinary kernels, which are checked against TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native.builder import F32, F64, vector
from graphrt.native.elementary.trigonometric import sine_and_cosine
from graphrt.native.kernel import Kernel
from graphrt.native.kernels import philox
from graphrt.native.target import host
from graphrt.native.testing import compiled_lowering
from graphrt_ops.random import distributions, philox_constants
from graphrt_ops.random.philox import blocks
from graphrt_ops.random.stream import Stream

ELEMENTS = {"float32": F32, "float64": F64}
COUNTS = [1, 2, 3, 5, 31, 32, 33, 63, 64, 65, 1000, 4099]
SEEDS = [(1, 2), (0, 0), (2**63 - 1, -5), (-1, 2**40 + 3)]


def drawn(kernel, stream, count, dtype, parts=1):
    """The kernel's numbers, in a buffer with something behind it that must stay."""
    out = np.full(count + 40, 77, dtype)
    seeds = np.array(stream.advance(count), np.uint64)
    compiled_lowering(kernel, 2)([seeds], [out], parts)
    assert (out[count:] == 77).all()
    return out[:count]


def test_the_constants_are_those_of_the_ordinary_kernels():
    own = (philox.ROUNDS, philox.MULTIPLIERS, philox.KEY_STEPS)
    assert own == (philox_constants.ROUNDS, philox_constants.MULTIPLIERS, philox_constants.KEY_STEPS)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("start", [0, 2**32 - 9, 2**64 - 3, 2**40])
def test_words(seeds, start):
    stream = Stream(*seeds)
    stream.reserve(start)
    expected = blocks(np, *seeds, start, 50).reshape(-1)
    np.testing.assert_array_equal(drawn(philox.random_words(200), stream, 200, np.uint32), expected)


@pytest.mark.parametrize("dtype", ELEMENTS)
@pytest.mark.parametrize("count", COUNTS)
def test_uniforms_are_the_same_bits_and_the_stream_goes_on(dtype, count):
    native, ordinary = Stream(3, 4), Stream(3, 4)
    kernel = philox.random_uniform(count, ELEMENTS[dtype])
    for run in range(5):
        expected = distributions.uniform(np, ordinary, (count,), dtype)
        if run % 2:  # by the ordinary way in between
            actual = distributions.uniform(np, native, (count,), dtype)
        else:
            actual = drawn(kernel, native, count, dtype, parts=run + 1)
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", ELEMENTS)
@pytest.mark.parametrize("count", [*COUNTS, 1_000_000])
def test_normals(dtype, count):
    expected = distributions.normal(np, Stream(5, 6), (count,), dtype)
    actual = drawn(philox.random_normal(count, ELEMENTS[dtype]), Stream(5, 6), count, dtype, parts=3)
    distance = np.abs(actual - expected) / np.spacing(np.abs(expected))
    assert distance.max() <= 3
    if count > 100_000:
        assert (distance > 0).mean() < 0.06
        assert (distance > 1).mean() < 0.01
        assert (distance > 2).mean() < 1e-4


@pytest.mark.parametrize("bounds", [(0, 10), (-7, 13), (-(2**31), 2**31 - 1), (5, 6), (0, 2**16)])
def test_integers(bounds):
    expected = distributions.integers(np, Stream(7, 8), (1001,), np.int32, *bounds)
    actual = drawn(philox.random_integers(1001, *bounds), Stream(7, 8), 1001, np.int32, parts=2)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_integers_of_a_session(dtype, monkeypatch):
    def numbers(native):
        monkeypatch.setenv("GRAPHRT_NATIVE", native)
        with tf.Graph().as_default(), tf.Session() as sess:
            draw = tf.random_uniform([3, 67], -5, 1000, dtype, seed=3)
            fetches = [draw, draw * 2]
            results = [sess.run(fetches) for _ in range(3)]
            if native == "force":  # there is no kernel for int64
                assert ("draw0" in sess.explain(fetches).native_source) == (dtype == tf.int32)
            return results

    np.testing.assert_array_equal(numbers("force"), numbers("0"))


def _angles_kernel(count):
    lanes = host().lanes
    wide = vector(F32, lanes)

    def emit(b, pointers, begin, end):
        with b.loop(begin, end, lanes) as loop:
            turns, angles, sines, cosines = (b.element(p, F32, loop.index) for p in pointers)
            angle = philox.full_circle(b, b.load(wide, turns))
            b.store(angle, angles)
            for value, at in zip(sine_and_cosine(b, angle), (sines, cosines), strict=True):
                b.store(value, at)

    return Kernel("angles", emit, count=count)


def test_angles_are_right_for_every_uniform():
    turns = np.arange(2**23, dtype=np.float32) * np.float32(2.0**-23)
    angles, sines, cosines = (np.empty_like(turns) for _ in range(3))
    compiled_lowering(_angles_kernel(len(turns)), 4)([turns], [angles, sines, cosines])
    np.testing.assert_array_equal(angles, (turns.astype(np.float64) * (2 * np.pi)).astype(np.float32))
    for actual, function in ((sines, np.sin), (cosines, np.cos)):
        exact = function(angles.astype(np.float64))
        unit = np.spacing(np.abs(exact.astype(np.float32))).astype(np.float64)
        assert (np.abs(actual - exact) / unit).max() <= 0.9
