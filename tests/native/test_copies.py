"""Ops that only move elements, as native code and as views: bit for bit what the ordinary kernels give."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native.kernels.table import kernels
from graphrt.native.records import Copies, Part, View, shown
from graphrt.native.testing import compiled_lowering
from graphrt.passes.key import PlanOptions
from tests.native.lowered import TensorOperand, input_arrays, lowering_of, node, ordinary, run


def sample(*shape, dtype=np.float32):
    return (np.random.default_rng(sum(shape) + len(shape)).normal(size=shape) * 100).astype(dtype)


def check(build, *arrays, view=False, parts=3, lanes=None):
    """The node that ``build`` makes is lowered, and gives the same bits as its ordinary kernel."""
    op = node(build, *arrays)
    assert isinstance(lowering_of(op), (View, tuple)) == view
    results, flag = run(op, arrays, parts, lanes=lanes)
    assert flag == 0
    for got, expected in zip(results, ordinary(op, input_arrays(op, arrays)), strict=True):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        assert got.tobytes() == expected.tobytes()


TRANSPOSES = [
    ((5, 7), (1, 0)),
    ((16, 16), (1, 0)),
    ((130, 200), (1, 0)),
    ((1000, 3), (1, 0)),
    ((3, 17, 33), (0, 2, 1)),
    ((4, 5, 6, 7), (3, 1, 0, 2)),
    ((2, 9, 9, 3), (0, 3, 1, 2)),
    ((70, 2, 80), (2, 1, 0)),
    ((1, 8), (1, 0)),
    ((6, 5, 4), (1, 0, 2)),
    ((4, 3, 2, 5), (0, 1, 2, 3)),
    ((), ()),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.float16, np.complex64])
@pytest.mark.parametrize(("shape", "order"), TRANSPOSES)
def test_transpose(shape, order, dtype):
    check(lambda x: tf.transpose(x, order), sample(*shape, dtype=dtype))


@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize(("shape", "order"), TRANSPOSES[:6])
def test_transpose_with_narrower_vectors(shape, order, lanes):
    check(lambda x: tf.transpose(x, order), sample(*shape), lanes=lanes)
    check(lambda x: tf.transpose(x, order), sample(*shape, dtype=np.float64), lanes=lanes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_concat_and_split(dtype):
    for axis, shapes in [
        (0, [(3, 5), (1, 5), (40, 5)]),
        (1, [(3, 5), (3, 1), (3, 70)]),
        (-1, [(2, 3, 4), (2, 3, 1)]),
        (1, [(2, 3, 4), (2, 1, 4), (2, 0, 4)]),
        (0, [(20000,), (17,)]),
    ]:
        parts = [sample(*shape, dtype=dtype) for shape in shapes]
        check(lambda *xs, axis=axis: tf.concat(list(xs), axis), *parts)
        if all(0 not in shape for shape in shapes):
            sizes = [shape[axis] for shape in shapes]
            whole = np.concatenate(parts, axis)
            check(lambda x, axis=axis, sizes=sizes: tf.split(x, sizes, axis), whole, view=True)
    check(lambda x: tf.split(x, 3, 1), sample(4, 9, dtype=dtype), view=True)
    check(lambda x: tf.split(x, 2, -1), sample(5, 3, 34, dtype=dtype), view=True)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_stack_and_unstack(axis):
    check(lambda *xs: tf.stack(list(xs), axis), *[sample(5, 18) + i for i in range(4)])
    check(lambda x: tf.unstack(x, axis=axis), sample(3, 5, 18), view=True)


def test_stack_of_scalars():
    check(lambda *xs: tf.stack(list(xs)), *[np.float64(i) for i in range(3)])
    check(lambda x: tf.unstack(x), sample(3), view=True)


@pytest.mark.parametrize("multiples", [(1, 1, 1), (2, 3, 1), (1, 1, 5), (3, 1, 2)])
@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 5, 1), (2, 1, 40)])
def test_tile(shape, multiples):
    view = all(n == 1 or times == 1 for n, times in zip(shape, multiples, strict=True))
    check(lambda x: tf.tile(x, multiples), sample(*shape), view=view)
    check(lambda x: tf.tile(x, multiples), sample(*shape, dtype=np.int16), view=view)


@pytest.mark.parametrize(
    ("shape", "margins"),
    [
        ((5,), [(2, 3)]),
        ((5, 6), [(0, 0), (1, 2)]),
        ((5, 6), [(1, 2), (0, 0)]),
        ((2, 5, 6, 3), [(0, 0), (2, 2), (1, 3), (0, 0)]),
        ((2, 5, 6, 3), [(1, 0), (2, 2), (1, 3), (0, 4)]),
        ((2, 3, 4), [(0, 0), (0, 0), (0, 0)]),
        ((4, 40), [(0, 1), (17, 0)]),
    ],
)
def test_pad(shape, margins):
    for dtype in (np.float32, np.float64, np.uint8):
        check(lambda x: tf.pad(x, margins), sample(*shape, dtype=dtype))
    check(lambda x: tf.pad(x, margins, constant_values=-1.5), sample(*shape))
    if max(max(pair) for pair in margins) < min(shape):
        check(lambda x: tf.pad(x, margins, mode="REFLECT"), sample(*shape))
        check(lambda x: tf.pad(x, margins, mode="SYMMETRIC"), sample(*shape))


def test_views():
    x = sample(4, 6, 5)
    for build in (
        lambda x: tf.reshape(x, [8, -1]),
        lambda x: tf.expand_dims(x, 1),
        lambda x: tf.squeeze(x[:, :1], 1).op.inputs[0],
        lambda x: tf.identity(x),
        lambda x: tf.stop_gradient(x),
        lambda x: tf.slice(x, [1, 2, 0], [2, -1, 3]),
        lambda x: x[1:3, ::2, -1],
        lambda x: x[..., tf.newaxis, 2],
        lambda x: x[::-1, 5:1:-2],
        lambda x: x[2:2],
        lambda x: tf.reverse(x, [0, -1]),
        lambda x: tf.broadcast_to(x, [3, 4, 6, 5]),
    ):
        check(build, x, view=True)
    check(lambda x: tf.broadcast_to(x, [2, 5, 7]), sample(5, 1), view=True)
    check(lambda x: tf.fill([3, 4], x), np.float32(2.5), view=True)


def test_blocks_of_space():
    for block in (2, 3):
        check(lambda x, b=block: tf.space_to_depth(x, b), sample(2, 6, 12, 5))
        check(lambda x, b=block: tf.depth_to_space(x, b), sample(2, 5, 3, 36, dtype=np.float64))
    for block, margins, shape in [
        ([2, 2], [[0, 0], [0, 0]], (2, 4, 6, 3)),
        ([2, 3], [[1, 1], [2, 1]], (2, 4, 6, 3)),
        ([3], [[5, 1]], (4, 6, 17)),
        ([1, 2], [[0, 0], [4, 0]], (1, 5, 2)),
    ]:
        check(lambda x, b=block, m=margins: tf.space_to_batch_nd(x, b, m), sample(*shape))
        batched = (shape[0] * int(np.prod(block)), *shape[1:])
        crops = [[min(pair[0], 1), min(pair[1], 1)] for pair in margins]
        check(lambda x, b=block, m=crops: tf.batch_to_space_nd(x, b, m), sample(*batched))


def test_roll():
    for shift, axis in [(1, 0), (-2, 1), ([1, 3], [0, 1]), ([2, 2], [1, 1]), (0, 0), ([7, -9, 40], [0, 1, 2])]:
        check(lambda x, s=shift, a=axis: tf.roll(x, s, a), sample(4, 5, 33))


@pytest.mark.parametrize(
    "take", [np.s_[1:3], np.s_[:, ::2], np.s_[::-1, 3], np.s_[..., -1], np.s_[2, 1:4, 2:], np.s_[:, 1:1]]
)
def test_gradient_of_a_strided_slice(take):
    x = sample(5, 6, 7)
    dy = sample(*x[take].shape)

    def build(dy):
        x = tf.placeholder(tf.float32, (5, 6, 7))
        return tf.gradients(x[take], x, dy)[0]

    op = node(build, dy)
    assert op.type == "StridedSliceGrad"
    (got,), _ = run(op, [dy], parts=2)
    expected = np.zeros_like(x)
    expected[take] = dy
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_a_part_of_an_array_is_copied(dtype):
    x = sample(6, 40, 50, dtype=dtype)
    for part in (x[::2, ::-1], x[:, 3:7, ::-1], x[1:, ::3, ::5], x.T, np.broadcast_to(x[0, 0], (3, 50))):
        strides = [stride // x.itemsize for stride in part.strides]
        offset = (part.__array_interface__["data"][0] - x.__array_interface__["data"][0]) // x.itemsize
        record = Copies("part", (Part(shown(part.shape, strides).axes, 0, offset),))
        lowering = kernels(record, [TensorOperand(x.shape, x.dtype)], [TensorOperand(part.shape, part.dtype)])
        out = np.zeros(part.shape, dtype)
        compiled_lowering(lowering, 2)([x], [out], 3)
        assert out.tobytes() == part.tobytes()


@pytest.mark.parametrize(
    "build",
    [
        lambda v: tf.fill([2], v[0]),
        lambda v: tf.broadcast_to(v, [2, 4]),
        lambda v: tf.broadcast_to(tf.reshape(v, [2, 2]), [3, 2, 2]),
        lambda v: tf.split(v, 2)[1],
        lambda v: tf.unstack(v)[3],
        lambda v: v[::-1],
    ],
)
def test_a_view_of_a_variable_keeps_its_value_when_the_variable_is_written(build):
    results = []
    for native in ("off", "on"):
        with tf.Graph().as_default():
            v = tf.Variable([1.0, 2.0, 3.0, 4.0])
            view = build(v)
            with tf.control_dependencies([view]):
                written = tf.assign(v, v + 5.0)
            with tf.control_dependencies([written]):
                later = view * 2.0
            with tf.Session() as session:
                session._options = PlanOptions(native=native, strict=True)
                session.run(tf.global_variables_initializer())
                results.append(session.run([later, view, written]))
    for off, on in zip(*results, strict=True):
        assert np.array_equal(off, on)


def test_what_is_not_lowered():
    x = np.zeros((2, 3), np.float32)
    assert lowering_of(node(tf.transpose, x.astype(np.complex128))) is None
    assert lowering_of(node(lambda x, y: tf.concat([x, x], y), x, np.int32(0))) is None
    assert lowering_of(node(lambda x: tf.reverse(x, tf.placeholder(tf.int32, [1])), x)) is None
