"""ArgMax, ArgMin, Cumsum and L2Loss as native code."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from tests.native.lowered import input_arrays, lowering_of, node, ordinary, run

SHAPES = [
    (1,),
    (5,),
    (16,),
    (17,),
    (300,),
    (1000,),
    (6, 10),
    (10, 6),
    (3, 1),
    (1, 3),
    (4, 5, 6),
    (3, 40, 33),
    (2, 3, 200),
]
AXES = [(shape, axis) for shape in SHAPES for axis in range(len(shape))]


def sample(shape, dtype):
    rng = np.random.default_rng(sum(shape))
    return (
        rng.integers(-20, 20, shape).astype(dtype)
        if np.dtype(dtype).kind == "i"
        else rng.normal(size=shape).astype(dtype)
    )


@pytest.mark.parametrize("lanes", [None, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_arg_extremes(shape, axis, dtype, lanes):
    x = sample(shape, dtype)
    for build, reference in ((tf.argmax, np.argmax), (tf.argmin, np.argmin)):
        for output_type in (tf.int64, tf.int32):
            op = node(lambda x, f=build, t=output_type: f(x, axis, output_type=t), x)
            (got,), _ = run(op, [x], parts=2, lanes=lanes)
            assert got.dtype == output_type.as_numpy_dtype
            assert np.array_equal(got, reference(x, axis))


@pytest.mark.parametrize("columns", [3, 16, 35, 200])
def test_nan_and_infinities(columns):
    rng = np.random.default_rng(columns)
    x = rng.normal(size=(12, columns)).astype(np.float32)
    x[0], x[1], x[2], x[3] = np.nan, -np.inf, np.inf, 0.0
    x[4, 0], x[5, -1], x[6, 1], x[7, 2] = np.nan, np.nan, np.inf, -np.inf
    x[8], x[9] = np.nan, np.nan
    x[8, 1:], x[9, 1:] = -np.inf, np.inf
    x[10, 1], x[10, 2] = -0.0, 0.0
    for build in (tf.argmax, tf.argmin):
        for array, axis in ((x, 1), (x.T.copy(), 0)):
            op = node(lambda x, f=build, a=axis: f(x, a), array)
            (got,), _ = run(op, [array])
            assert np.array_equal(got, ordinary(op, input_arrays(op, [array]))[0])


def test_the_least_integer():
    x = np.full((3, 40), -(2**31), np.int32)
    x[1, 7] += 1
    for build, expected in ((tf.argmax, [0, 7, 0]), (tf.argmin, [0, 0, 0])):
        assert run(node(lambda x, f=build: f(x, 1), x), [x])[0][0].tolist() == expected


@pytest.mark.parametrize("lanes", [None, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_cumulative_sums(shape, axis, dtype, lanes):
    x = sample(shape, dtype)
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}
    for exclusive in (False, True):
        for reverse in (False, True):
            op = node(lambda x, e=exclusive, r=reverse: tf.cumsum(x, axis, exclusive=e, reverse=r), x)
            (got,), _ = run(op, [x], parts=2, lanes=lanes)
            wide = x.astype(np.float64 if np.dtype(dtype).kind == "f" else np.int64)
            wide = np.flip(wide, axis) if reverse else wide
            expected = np.cumsum(wide, axis) - (wide if exclusive else 0)
            np.testing.assert_allclose(got, np.flip(expected, axis) if reverse else expected, **tolerance)
            np.testing.assert_allclose(got, ordinary(op, input_arrays(op, [x]))[0], **tolerance)


@pytest.mark.parametrize(("shape", "axis"), [((5,), 0), ((21,), 0), ((35,), 0), ((4, 19), 1), ((19, 4), 0)])
def test_cumulative_products(shape, axis):
    x = np.random.default_rng(1).uniform(0.5, 1.8, shape)
    for exclusive in (False, True):
        for reverse in (False, True):
            op = node(lambda x, e=exclusive, r=reverse: tf.cumprod(x, axis, exclusive=e, reverse=r), x)
            (got,), _ = run(op, [x], parts=2)
            np.testing.assert_allclose(got, ordinary(op, input_arrays(op, [x]))[0], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (15,), (17,), (100, 41), (4096,), (4097,), (5, 8192)])
def test_l2_loss(shape, dtype):
    x = sample(shape, dtype)
    op = node(tf.nn.l2_loss, x)
    (got,), _ = run(op, [x], parts=3)
    np.testing.assert_allclose(got, (x.astype(np.float64) ** 2).sum() / 2, rtol=1e-6)
    np.testing.assert_allclose(got, ordinary(op, [x])[0], rtol=1e-5)


def test_what_is_not_lowered():
    assert lowering_of(node(lambda x: tf.argmax(x, 0), np.zeros((3, 4), np.float16))) is None
    assert lowering_of(node(lambda x, a: tf.argmax(x, a), np.zeros((3, 4), np.float32), np.int32(0))) is None
    assert lowering_of(node(lambda x: tf.cumsum(x, 0), np.zeros((3, 4), np.complex64))) is None
    assert lowering_of(node(tf.nn.l2_loss, np.zeros((3, 0), np.float32))) is None
