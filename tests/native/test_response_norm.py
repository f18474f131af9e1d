"""Local response normalization as native code, against float64."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.opdef.registry import opdef_named
from tests.native.lowered import lowering_of, node, ordinary, run

SHAPES = [(1, 1, 1, 1), (2, 2, 3, 5), (1, 3, 2, 16), (2, 1, 2, 17), (2, 4, 4, 64), (1, 2, 2, 130)]
OPTIONS = [
    {"depth_radius": 4, "bias": 1.0, "alpha": 0.001 / 9, "beta": 0.75},
    {"depth_radius": 2, "bias": 2.0, "alpha": 0.5, "beta": 0.5},
    {"depth_radius": 1, "bias": 1.0, "alpha": 0.3, "beta": 0.6},
    {"depth_radius": 0, "bias": 1.0, "alpha": 1.0, "beta": 1.0},
]


def norms(x, depth_radius, bias, alpha, beta):
    squares = x.astype(np.float64) ** 2
    channels = np.arange(x.shape[-1])
    near = np.abs(channels[:, None] - channels) <= depth_radius
    return bias + alpha * (squares @ near), near


@pytest.mark.parametrize("lanes", [None, 4])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_forward_and_backward(shape, options, lanes):
    rng = np.random.default_rng(sum(shape))
    x, dy = (rng.normal(size=shape).astype(np.float32) * 3 for _ in range(2))
    op = node(lambda x: tf.nn.lrn(x, **options), x)
    (y,), _ = run(op, [x], parts=2, lanes=lanes)
    norm, near = norms(x, **options)
    np.testing.assert_allclose(y, x / norm ** options["beta"], rtol=2e-6)
    np.testing.assert_allclose(y, ordinary(op, [x])[0], rtol=5e-6)
    op = node(lambda dy, x, y: opdef_named("LRNGrad")(dy, x, y, **options), dy, x, y)
    (dx,), _ = run(op, [dy, x, y], parts=2, lanes=lanes)
    expected = dy / norm ** options["beta"]
    expected -= 2 * options["alpha"] * options["beta"] * x * ((dy * y / norm) @ near)
    np.testing.assert_allclose(dx, expected, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(dx, ordinary(op, [dy, x, y])[0], rtol=1e-4, atol=1e-5)


def test_what_is_not_lowered():
    assert lowering_of(node(tf.nn.lrn, np.zeros((1, 1, 1, 600), np.float32))) is None
    assert lowering_of(node(tf.nn.lrn, np.zeros((1, 1, 1, 6), np.float16))) is None
