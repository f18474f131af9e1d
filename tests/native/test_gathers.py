"""Gathers, scatters, one-hot rows and sums by segment as native code."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.passes.key import PlanOptions
from tests.native.lowered import input_arrays, lowering_of, node, ordinary, run


def sample(*shape, dtype=np.float32):
    return (np.random.default_rng(sum(shape) + len(shape)).normal(size=shape) * 100).astype(dtype)


def indices(limit, *shape, dtype=np.int32):
    return np.random.default_rng(limit).integers(0, limit, shape).astype(dtype)


def check(build, *arrays, parts=3, exactly=True, constants=()):
    op = node(build, *arrays, constants=constants)
    given = [a for i, a in enumerate(arrays) if i not in constants]
    results, flag = run(op, given, parts)
    assert flag == 0
    for got, expected in zip(results, ordinary(op, input_arrays(op, given)), strict=True):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        if exactly:
            assert got.tobytes() == expected.tobytes()
        else:
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_, np.float16])
@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_gather(dtype, index_dtype):
    for shape, axis, places in [
        ((7,), 0, (5,)),
        ((7, 3), 0, (4, 2)),
        ((7, 128), 0, (20,)),
        ((4, 9), 1, (5,)),
        ((2, 6, 5), 1, (3, 2)),
        ((2, 6, 5), -1, ()),
        ((3, 1), 0, (50,)),
    ]:
        given = indices(shape[axis], *places, dtype=index_dtype)
        check(lambda x, i, axis=axis: tf.gather(x, i, axis=axis), sample(*shape, dtype=dtype), given)


def test_gather_with_batches():
    for shape, places, axis, batch in [
        ((3, 6), (3, 4), 1, 1),
        ((3, 6, 5), (3, 2), 1, 1),
        ((3, 4, 6), (3, 2), 2, 1),
        ((2, 3, 6), (2, 3, 2), 2, 2),
        ((2, 3, 6), (2, 3, 2), 2, -1),
    ]:
        given = indices(shape[axis], *places)
        check(lambda x, i, a=axis, n=batch: tf.gather(x, i, axis=a, batch_dims=n), sample(*shape), given)


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
@pytest.mark.parametrize("wrong", [-1, 7, 2**31 - 1, -(2**31)])
def test_an_index_out_of_range_raises_the_flag(wrong, index_dtype):
    x, places = sample(7, 3), np.array([0, 6, wrong], index_dtype)
    op = node(tf.gather, x, places)
    assert run(op, [x, places])[1] != 0
    with pytest.raises(ValueError, match="is not in"):
        ordinary(op, input_arrays(op, [x, places]))
    coordinates = places[:, None]
    assert run(node(tf.gather_nd, x, coordinates), [x, coordinates])[1] != 0
    updates = sample(3, 3)
    op = node(lambda i, u: tf.scatter_nd(i, u, [7, 3]), coordinates, updates)
    assert run(op, [coordinates, updates])[1] != 0


def test_gather_nd():
    for shape, places in [
        ((7,), (5, 1)),
        ((4, 5), (6, 2)),
        ((4, 5, 6), (2, 3, 2)),
        ((4, 5, 33), (3, 1)),
        ((4, 4), (2,)),
    ]:
        depth = places[-1]
        given = np.stack([indices(n, *places[:-1]) for n in shape[:depth]], -1).astype(np.int64)
        check(tf.gather_nd, sample(*shape), given)
        check(tf.gather_nd, sample(*shape, dtype=np.uint8), given)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
def test_sums(dtype):
    for shape, places in [((9,), (9,)), ((9, 4), (9,)), ((6, 5, 19), (6, 5)), ((6, 70), (6,))]:
        ids = indices(4, *places) - 1
        check(lambda x, i: tf.unsorted_segment_sum(x, i, 5), sample(*shape, dtype=dtype), ids, exactly=False)
    for whole, places, rest in [((8,), (10, 1), ()), ((4, 5), (6, 2), ()), ((4, 33), (3, 2, 1), (33,))]:
        given = np.stack([indices(n, *places[:-1]) for n in whole[: places[-1]]], -1)
        updates = sample(*places[:-1], *rest, dtype=dtype)
        check(lambda i, u, whole=whole: tf.scatter_nd(i, u, whole), given, updates, exactly=False)


def test_a_segment_out_of_range_raises_the_flag():
    x, ids = sample(3, 2), np.array([0, 5, 1], np.int32)
    op = node(lambda x, i: tf.unsorted_segment_sum(x, i, 5), x, ids)
    assert run(op, [x, ids])[1] != 0
    with pytest.raises(ValueError, match="out of range"):
        ordinary(op, input_arrays(op, [x, ids]))


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_one_hot(axis, dtype):
    places = indices(7, 4, 3, dtype=dtype)
    places[0, 0], places[1, 1] = 9, 200
    if dtype != np.uint8:
        places[2, 0] = -1
    check(lambda i: tf.one_hot(i, 7, axis=axis), places)
    check(lambda i: tf.one_hot(i, 1, axis=axis), places)
    check(lambda i: tf.one_hot(i, 70, 2.5, -1.0, axis=axis, dtype=tf.float64), places)
    check(lambda i: tf.one_hot(i, 20, True, False, axis=axis), places)
    if axis != 1:
        check(lambda i: tf.one_hot(i, 3, axis=axis), places[0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize("reduce", ["prod", "max", "min"])
def test_other_reductions_by_segment(reduce, dtype):
    build = getattr(tf, f"unsorted_segment_{reduce}")
    for shape, places in [((9,), (9,)), ((9, 4), (9,)), ((6, 5, 19), (6, 5))]:
        ids = indices(4, *places) - 1
        x = (sample(*shape) / 60).astype(dtype)
        check(lambda x, i: build(x, i, 6), x, ids, exactly=reduce != "prod")


def test_changed_copies():
    for whole, places in [((8,), (5, 1)), ((4, 5), (6, 2)), ((4, 5, 33), (3, 2, 1))]:
        given = np.stack([indices(n, *places[:-1]) for n in whole[: places[-1]]], -1)
        x, updates = sample(*whole), sample(*places[:-1], *whole[places[-1] :])
        check(tf.tensor_scatter_add, x, given, updates, exactly=False)
        check(tf.tensor_scatter_sub, x, given, updates, exactly=False)
        check(tf.tensor_scatter_update, x, given, updates)


WRITES = [
    tf.scatter_add,
    tf.scatter_sub,
    tf.scatter_mul,
    tf.scatter_div,
    tf.scatter_min,
    tf.scatter_max,
    tf.scatter_update,
]
SLICES = [tf.scatter_nd_add, tf.scatter_nd_sub, tf.scatter_nd_update]


def written(native, write, start, places, updates):
    """What the write returns and what the variable holds afterwards; or the error, and the latter."""
    with tf.Graph().as_default():
        variable = tf.Variable(start)
        result = write(variable, tf.placeholder(places.dtype, places.shape, "places"), updates)
        with tf.Session() as session:
            session._options = PlanOptions(native=native, strict=True)
            session.run(variable.initializer)
            try:
                first = session.run(result, {"places:0": places})
            except tf.errors.InvalidArgumentError as error:
                first = error.message
            return first, session.run(variable)


@pytest.mark.parametrize("write", WRITES + SLICES)
def test_writes_to_variables(write):
    for whole in [(6,), (6, 3), (6, 40)]:
        places = np.array([0, 5, 2, 5], np.int32)
        updates = [sample(4, *whole[1:])]
        if write in SLICES:
            places = places[:, None]
        elif write is not tf.scatter_update:
            updates.append(np.float32(3.5))
        for update in updates:
            expected, actual = (written(native, write, sample(*whole), places, update) for native in ("off", "on"))
            for got, wanted in zip(actual, expected, strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-6)


@pytest.mark.parametrize("write", [tf.scatter_add, tf.scatter_nd_update])
def test_a_write_out_of_range_changes_nothing(write):
    places = np.array([0, 5, 6], np.int64)
    places = places[:, None] if write in SLICES else places
    start = sample(6, 3)
    expected, actual = (written(native, write, start, places, sample(3, 3)) for native in ("off", "on"))
    assert isinstance(actual[0], str)
    assert actual[0] == expected[0]
    assert np.array_equal(actual[1], start)


def test_an_embedding_learns():
    losses = []
    for native in ("off", "on"):
        with tf.Graph().as_default():
            table = tf.Variable(sample(20, 8) / 100)
            words = tf.placeholder(tf.int32, [6])
            loss = tf.reduce_mean(tf.square(tf.nn.embedding_lookup(table, words) - 1.0))
            train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
            assert "ScatterSub" in [op.type for op in tf.get_default_graph().get_operations()]
            with tf.Session() as session:
                session._options = PlanOptions(native=native, strict=True)
                session.run(tf.global_variables_initializer())
                losses.append([session.run([loss, train], {words: [1, 2, 3, 3, 3, 19]})[0] for _ in range(8)])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-6)
    assert losses[1][-1] < losses[1][0] * 0.6


def test_what_is_not_lowered():
    x, i = sample(3, 4), indices(3, 2)
    assert lowering_of(node(lambda x, i, axis: tf.gather(x, i, axis=axis), x, i, np.int32(0))) is None
    assert lowering_of(node(tf.gather, x, np.zeros((0,), np.int32))) is None
    assert lowering_of(node(lambda x, i: tf.unsorted_segment_sum(x, i, 5), x.astype(np.float16), indices(3, 3))) is None
