"""Fused batch normalization as native code, against float64."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from graphrt.opdef.registry import opdef_named
from tests.native.lowered import lowering_of, node, ordinary, run

SHAPES = [
    (1, 1, 1, 1),
    (2, 3, 5, 1),
    (4, 4, 4, 1),
    (2, 4, 4, 3),
    (2, 5, 5, 3),
    (3, 4, 2, 6),
    (2, 3, 3, 16),
    (2, 3, 3, 17),
    (1, 7, 7, 32),
    (2, 2, 3, 50),
    (1, 3, 3, 130),
    (1, 2, 3, 300),
    (8, 33, 31, 32),
    (4, 64, 64, 3),
]
EPSILON = 0.001
VERSIONS = ["", "V2", "V3"]


def arrays(shape, mean=0.0):
    rng = np.random.default_rng(sum(shape))
    x = (rng.normal(size=shape) + mean).astype(np.float32)
    scale, offset, some_mean = (rng.normal(size=shape[-1:]).astype(np.float32) for _ in range(3))
    return x, scale, offset, some_mean, rng.uniform(0.5, 2, shape[-1:]).astype(np.float32)


def declared(version, training, inputs, grad=False, **attrs):
    name = f"FusedBatchNorm{'Grad' if grad else ''}{version}"
    return node(lambda *tensors: opdef_named(name)(*tensors, epsilon=EPSILON, is_training=training, **attrs), *inputs)


def close(got, expected, scale=1.0):
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-6 * scale)


@pytest.mark.parametrize("lanes", [None, 8, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_training(shape, lanes):
    x, scale, offset, _, _ = arrays(shape)
    empty = np.zeros(0, np.float32)
    inputs = [x, scale, offset, empty, empty]
    op = declared("V3", True, inputs)
    (y, mean, unbiased, mean_again, variance, nothing), _ = run(op, inputs, parts=3, lanes=lanes)
    rows = x.astype(np.float64).reshape(-1, shape[-1])
    count = len(rows)
    close(mean, rows.mean(0))
    close(variance, rows.var(0))
    close(unbiased, rows.var(0) * count / max(count - 1, 1))
    assert mean_again.tobytes() == mean.tobytes()
    assert nothing.size == 0
    close(y.reshape(rows.shape), (rows - rows.mean(0)) / np.sqrt(rows.var(0) + EPSILON) * scale + offset, 3)
    for got, expected in zip((y, mean, unbiased), ordinary(op, inputs), strict=False):
        close(got, expected, 3)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shape", SHAPES[:7])
def test_inference(shape, version):
    inputs = list(arrays(shape))
    op = declared(version, False, inputs)
    results, _ = run(op, inputs, parts=2)
    x, scale, offset, mean, variance = (a.astype(np.float64) for a in inputs)
    close(results[0], (x - mean) / np.sqrt(variance + EPSILON) * scale + offset, 3)
    for got, expected in zip(results[1:], ordinary(op, inputs)[1:], strict=True):
        assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("lanes", [None, 8, 4])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(shape, training, lanes):
    x, scale, _, mean, variance = arrays(shape)
    dy = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    if training:
        mean, variance = (f(x.reshape(-1, shape[-1]), 0).astype(np.float32) for f in (np.mean, np.var))
    inputs = [dy, x, scale, mean, variance]
    op = declared("V2", training, inputs, grad=True)
    (dx, d_scale, d_offset, *empty), _ = run(op, inputs, parts=3, lanes=lanes)
    rows, d_rows = (a.astype(np.float64).reshape(-1, shape[-1]) for a in (x, dy))
    inverse = 1 / np.sqrt(variance + EPSILON)
    normalized = (rows - mean) * inverse
    expected = d_rows
    if training:
        expected = d_rows - d_rows.mean(0) - normalized * (d_rows * normalized).mean(0)
    close(d_offset, d_rows.sum(0), 10)
    close(d_scale, (d_rows * normalized).sum(0), 10)
    close(dx.reshape(rows.shape), expected * inverse * scale, 10)
    assert [a.size for a in empty] == [0, 0]
    for got, wanted in zip((dx, d_scale, d_offset), ordinary(op, inputs), strict=False):
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)


def test_a_mean_much_larger_than_the_deviation_costs_no_digits():
    x, scale, offset, _, _ = arrays((16, 32, 32, 5), mean=1000.0)
    empty = np.zeros(0, np.float32)
    (_, mean, _, _, variance), _ = run(
        declared("V2", True, [x, scale, offset, empty, empty]), [x, scale, offset, empty, empty]
    )
    rows = x.astype(np.float64).reshape(-1, 5)
    np.testing.assert_allclose(mean, rows.mean(0), rtol=1e-7)
    np.testing.assert_allclose(variance, rows.var(0), rtol=1e-5)


def test_a_block_that_is_far_from_the_others():
    x, scale, offset, _, _ = arrays((4, 64, 64, 8))
    x[0] += 300.0
    empty = np.zeros(0, np.float32)
    (_, mean, _, _, variance), _ = run(
        declared("V2", True, [x, scale, offset, empty, empty]), [x, scale, offset, empty, empty]
    )
    rows = x.astype(np.float64).reshape(-1, 8)
    np.testing.assert_allclose(mean, rows.mean(0), rtol=1e-6)
    np.testing.assert_allclose(variance, rows.var(0), rtol=1e-6)


def test_what_is_not_lowered():
    inputs = list(arrays((2, 3, 3, 4)))
    images_first = [inputs[0].transpose(0, 3, 1, 2).copy(), *inputs[1:]]
    assert lowering_of(declared("V2", False, images_first, data_format="NCHW")) is None
    half = [inputs[0].astype(np.float16), *inputs[1:]]
    assert lowering_of(declared("V2", False, half)) is None
    empty = [np.zeros((0, 3, 3, 4), np.float32), *inputs[1:]]
    assert lowering_of(declared("V2", False, empty)) is None
