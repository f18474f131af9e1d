"""Writing to rows of variables: duplicates, shapes, ranges, and that other readers keep what they read."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf

START = np.arange(6, dtype=np.float32).reshape(3, 2) + 1


def scattered(function, indices, updates, start=START):
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(start)
        session.run(v.initializer)
        result = session.run(function(v, indices, updates))
        assert np.array_equal(result, session.run(v))
        return result


OPERATIONS = {
    tf.scatter_add: np.add,
    tf.scatter_sub: np.subtract,
    tf.scatter_mul: np.multiply,
    tf.scatter_div: np.divide,
    tf.scatter_min: np.minimum,
    tf.scatter_max: np.maximum,
}


@pytest.mark.parametrize("function", OPERATIONS)
@pytest.mark.parametrize("indices", [[0, 2, 0], [[1], [1]], [], 2])
def test_each_update_is_applied_in_turn(function, indices) -> None:
    rows = np.asarray(indices, np.int32)
    updates = (np.arange(rows.size * 2, dtype=np.float32) + 2).reshape(rows.shape + (2,))
    expected = START.copy()
    for row, update in zip(rows.ravel(), updates.reshape(-1, 2), strict=True):
        expected[row] = OPERATIONS[function](expected[row], update)
    assert np.allclose(scattered(function, rows, updates), expected)


def test_update_replaces_and_the_last_duplicate_stays() -> None:
    assert scattered(tf.scatter_update, [1, 1], [[7.0, 8.0], [9.0, 10.0]]).tolist() == [[1, 2], [9, 10], [5, 6]]
    assert scattered(tf.scatter_update, [0, 2], 0.0).tolist() == [[0, 0], [3, 4], [0, 0]]


def test_nd_forms() -> None:
    assert scattered(tf.scatter_nd_update, [[0, 1], [2, 0]], [8.0, 9.0]).tolist() == [[1, 8], [3, 4], [9, 6]]
    assert scattered(tf.scatter_nd_add, [[1], [1]], [[1.0, 1.0], [2.0, 2.0]]).tolist() == [[1, 2], [6, 7], [5, 6]]
    assert scattered(tf.scatter_nd_sub, [[0, 0]], [1.0]).tolist() == [[0, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    ("function", "indices", "message"),
    [
        (tf.scatter_add, [3], r"indices\[0\] = 3 is not in \[0, 3\)"),
        (tf.scatter_update, [0, -1], r"indices\[1\] = -1 is not in \[0, 3\)"),
        (tf.scatter_nd_update, [[0], [4]], r"indices\[1\] = \[4\] does not index into shape \[3, 2\]"),
    ],
)
def test_an_index_out_of_range_changes_nothing(function, indices, message) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(START)
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(function(v, indices, np.zeros([len(indices), 2], np.float32)))
        assert np.array_equal(session.run(v), START)


def test_shapes_are_checked_when_declaring_and_running() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(START)
        session.run(v.initializer)
        with pytest.raises(ValueError, match="for 'ScatterAdd' "):
            tf.scatter_add(v, [0], [[1.0, 2.0, 3.0]])
        updates = tf.placeholder(tf.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Must have updates"):
            session.run(tf.scatter_add(v, [0], updates), {updates: [[1.0, 2.0, 3.0]]})
        with pytest.raises(AttributeError, match="Expected a variable"):
            tf.scatter_add(tf.constant(START), [0], [[1.0, 2.0]])


def test_a_value_that_was_fetched_stays_as_it_was() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(START)
        session.run(v.initializer)
        before = session.run(v)
        session.run(tf.scatter_add(v, [0], [[1.0, 1.0]]))
        assert np.array_equal(before, START)


@pytest.mark.parametrize("scatter", [tf.scatter_min, tf.scatter_max])
@pytest.mark.parametrize("dtype", [tf.int8, tf.uint8, tf.int16, tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.complex64])
def test_extremes_are_for_the_types_of_tf1(scatter, dtype) -> None:
    variable = tf.Variable(tf.cast([1, 2, 3], dtype))
    with pytest.raises(TypeError, match="not in list of allowed values"):
        scatter(variable, [0], tf.cast([5], dtype))
