"""Diagonals, bands, in_top_k, reverse_sequence and check_numerics as native code."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.opdef.registry import opdef_named
from tests.native.lowered import input_arrays, lowering_of, node, ordinary, run


def sample(*shape, dtype=np.float32):
    return (np.random.default_rng(sum(shape) + len(shape)).normal(size=shape) * 100).astype(dtype)


def check(build, *arrays, parts=3):
    op = node(build, *arrays)
    results, flag = run(op, arrays, parts)
    assert flag == 0
    for got, expected in zip(results, ordinary(op, input_arrays(op, arrays)), strict=True):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        assert got.tobytes() == np.ascontiguousarray(expected).tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.complex64])
def test_diagonals(dtype):
    for shape in [(1, 1), (4, 4), (3, 5), (5, 3), (2, 17, 17), (3, 2, 20, 7)]:
        x = sample(*shape, dtype=dtype)
        check(tf.matrix_diag_part, x)
        check(tf.matrix_diag, x)
        check(tf.matrix_set_diag, x, sample(*shape[:-2], min(shape[-2:]), dtype=dtype))
    check(tf.diag, sample(7, dtype=dtype))
    check(tf.diag, sample(3, 4, dtype=dtype))
    check(tf.diag_part, sample(7, 7, dtype=dtype))
    check(tf.diag_part, sample(3, 4, 3, 4, dtype=dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
def test_bands(dtype):
    for shape in [(4, 4), (3, 5), (6, 40), (2, 40, 17)]:
        for below, above in [(0, 0), (-1, 0), (0, -1), (1, 2), (-1, -1), (3, 1)]:
            check(lambda x, m=below, n=above: tf.matrix_band_part(x, m, n), sample(*shape, dtype=dtype))


@pytest.mark.parametrize("classes", [1, 7, 16, 200])
def test_in_top_k(classes):
    x = np.round(sample(40, classes) / 50).astype(np.float32)  # with ties
    x[0, 0], x[1], x[2, -1], x[3] = np.nan, np.inf, np.inf, -np.inf
    for dtype in (np.int32, np.int64):
        targets = np.random.default_rng(0).integers(-1, classes + 1, 40).astype(dtype)
        for k in (1, 2, 5):
            check(lambda x, t, k=k: tf.nn.in_top_k(x, t, k), x, targets)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.float64])
@pytest.mark.parametrize(("shape", "sequence", "batch"), [((4, 6), 1, 0), ((6, 4, 3), 0, 1), ((4, 2, 6, 21), 2, 0)])
def test_reverse_sequence(shape, sequence, batch, dtype):
    for lengths in ([0, 1, 4, 6], [6, 6, 2, 3]):
        given = np.array(lengths, np.int64)
        check(lambda x, n: tf.reverse_sequence(x, n, sequence, batch), sample(*shape, dtype=dtype), given)
    op = node(lambda x, n: tf.reverse_sequence(x, n, sequence, batch), sample(*shape), given)
    for wrong in (-1, 7):
        assert run(op, [sample(*shape), np.array([1, 2, wrong, 0])])[1] != 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 17, 4096, 5000, 9000])
def test_check_numerics(size, dtype):
    x = sample(size, dtype=dtype)
    check(lambda x: tf.check_numerics(x, "wrong"), x)
    op = node(lambda x: tf.check_numerics(x, "wrong"), x)
    for bad in (np.nan, np.inf, -np.inf):
        for place in (0, size // 2, size - 1):
            y = x.copy()
            y[place] = bad
            assert run(op, [y], parts=2)[1] != 0
            with pytest.raises(ValueError, match="wrong"):
                ordinary(op, [y])


def test_what_is_not_lowered():
    x = sample(3, 4)
    assert lowering_of(node(lambda x: tf.matrix_band_part(x, 9, 0), x)) is None
    assert lowering_of(node(lambda x: tf.check_numerics(x, ""), x.astype(np.float16))) is None
    assert lowering_of(node(opdef_named("Diag"), x.astype(np.complex128))) is None
