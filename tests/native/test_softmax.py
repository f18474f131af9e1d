"""Softmax, log-softmax and the cross-entropies as native code."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from tests.native.lowered import lowering_of, node, ordinary, run

SHAPES = [
    (1, 1),
    (3, 2),
    (5, 7),
    (130, 10),
    (4, 15),
    (4, 16),
    (4, 17),
    (3, 53),
    (2, 127),
    (2, 128),
    (2, 129),
    (3, 1000),
]
RTOL = {np.float32: 3e-6, np.float64: 4e-15}


def exact_softmax(x):
    x = x.astype(np.float64)
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def exact_log_softmax(x):
    x = x.astype(np.float64)
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def sample(shape, dtype, scale=3.0):
    return (np.random.default_rng(sum(shape)).normal(size=shape) * scale).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [*SHAPES, (2, 3, 4, 21), (9,)])
def test_softmax(shape, dtype):
    x = sample(shape, dtype)
    for build, exact, atol in ((tf.nn.softmax, exact_softmax, 0), (tf.nn.log_softmax, exact_log_softmax, 0.1)):
        op = node(build, x)
        (y,), _ = run(op, [x])
        np.testing.assert_allclose(y, exact(x), rtol=RTOL[dtype], atol=atol * RTOL[dtype])
        np.testing.assert_allclose(y, ordinary(op, [x])[0], rtol=RTOL[dtype], atol=2 * RTOL[dtype])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy(shape, dtype):
    x = sample(shape, dtype)
    labels = np.abs(sample(shape[::-1], dtype)).T.copy()
    labels /= labels.sum(-1, keepdims=True)
    op = node(lambda x, y: tf.nn.softmax_cross_entropy_with_logits_v2(logits=x, labels=y).op.inputs[0], x, labels)
    (loss, backprop), _ = run(op, [x, labels], parts=2)
    np.testing.assert_allclose(loss, -(labels * exact_log_softmax(x)).sum(-1), rtol=RTOL[dtype])
    np.testing.assert_allclose(backprop, exact_softmax(x) - labels, rtol=RTOL[dtype], atol=RTOL[dtype] / 5)
    for got, expected in zip((loss, backprop), ordinary(op, [x, labels]), strict=True):
        np.testing.assert_allclose(got, expected, rtol=2 * RTOL[dtype], atol=RTOL[dtype])


@pytest.mark.parametrize("label_dtype", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_sparse_cross_entropy(shape, dtype, label_dtype):
    x = sample(shape, dtype)
    labels = np.random.default_rng(3).integers(0, shape[1], shape[0]).astype(label_dtype)
    op = node(lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(logits=x, labels=y), x, labels)
    (loss, backprop), flag = run(op, [x, labels], parts=2)
    assert flag == 0
    rows = np.arange(shape[0])
    expected = exact_softmax(x)
    expected[rows, labels] -= 1
    np.testing.assert_allclose(loss, -exact_log_softmax(x)[rows, labels], rtol=RTOL[dtype], atol=RTOL[dtype] / 5)
    np.testing.assert_allclose(backprop, expected, rtol=RTOL[dtype], atol=RTOL[dtype] / 5)


@pytest.mark.parametrize("wrong", [-1, 10, 2**31 - 1, -(2**31)])
def test_a_label_out_of_range_raises_the_flag(wrong):
    x, labels = sample((5, 10), np.float32), np.array([0, 9, 3, wrong, 1], np.int32)
    op = node(lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(logits=x, labels=y), x, labels)
    assert run(op, [x, labels])[1] != 0
    with pytest.raises(ValueError, match="outside the valid range"):
        ordinary(op, [x, labels])


@pytest.mark.parametrize("columns", [3, 16, 40, 200])
def test_infinities_and_nan_as_in_the_ordinary_kernel(columns):
    rows = np.zeros((7, columns), np.float32)
    rows[0, 1], rows[1, 2], rows[2, 0], rows[3] = np.nan, np.inf, -np.inf, -np.inf
    rows[4, -1], rows[5, 0], rows[5, 1], rows[6] = 3e38, 200.0, -200.0, -3e38
    one_hot = np.zeros_like(rows)
    one_hot[:, 1] = 1
    labels = np.ones(7, np.int32)
    cases = [
        (node(tf.nn.softmax, rows), [rows]),
        (node(tf.nn.log_softmax, rows), [rows]),
        (
            node(lambda x, y: tf.nn.softmax_cross_entropy_with_logits_v2(logits=x, labels=y).op.inputs[0], rows, rows),
            [rows, one_hot],
        ),
        (
            node(lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(logits=x, labels=y), rows, labels),
            [rows, labels],
        ),
    ]
    for op, inputs in cases:
        with np.errstate(all="ignore"):
            expected = ordinary(op, inputs)
        for got, wanted in zip(run(op, inputs)[0], expected, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6, err_msg=op.type)


def test_what_is_not_lowered():
    assert lowering_of(node(tf.nn.softmax, np.zeros((2, 0), np.float32))) is None
    assert lowering_of(node(tf.nn.softmax, np.zeros((2, 3), np.float16))) is None


def test_half_a_row_per_thread_is_never_asked_for():
    lowering = lowering_of(node(tf.nn.softmax, np.zeros((6, 50000), np.float32)))
    assert [kernel.count for kernel in lowering.kernels] == [6]
    assert lowering.overwrites == ((0, 0),)
