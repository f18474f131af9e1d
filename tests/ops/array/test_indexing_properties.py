"""Random indices, paddings, transpositions and concatenations against NumPy, values, gradients and static shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf

SETTINGS = settings(max_examples=60, deadline=None)
SHAPES = st.lists(st.integers(0, 4), min_size=0, max_size=4).map(tuple)


def bounds(length: int):
    return st.none() | st.integers(-length - 2, length + 2)


def one_index(length: int):
    parts = st.builds(slice, bounds(length), bounds(length), st.sampled_from([None, 1, 2, 3, -1, -2]))
    return st.integers(-length, length - 1) | parts if length else parts


@st.composite
def indices(draw, shape):
    """An index that NumPy takes for an array of this shape: integers, slices, newaxis and at most one ellipsis."""
    used = draw(st.integers(0, len(shape)))
    ellipsis_at = draw(st.none() | st.integers(0, used))
    items = []
    for i in range(used):
        if ellipsis_at == i:
            items.append(Ellipsis)
        axis = i if ellipsis_at is None or i < ellipsis_at else len(shape) - used + i
        items.append(draw(one_index(shape[axis])))
        if draw(st.integers(0, 4)) == 0:
            items.append(None)
    if ellipsis_at == used:
        items.append(Ellipsis)
    return tuple(items)


def numbered(shape) -> np.ndarray:
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


@SETTINGS
@given(st.data())
def test_an_index_takes_what_numpy_takes(data) -> None:
    shape = data.draw(SHAPES)
    index = data.draw(indices(shape))
    known = tuple(n if data.draw(st.booleans()) else None for n in shape)
    value = numbered(shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, known)
        y = x[index]
        weights = numbered(value[index].shape)
        (dx,) = tf.gradients(y, x, weights)
        got, gradient = sess.run([y, dx], {x: value})
        np.testing.assert_array_equal(got, value[index])
        assert y.shape.is_compatible_with(value[index].shape)
        if known == shape:
            assert y.shape.as_list() == list(value[index].shape)
        expected = np.zeros(shape, np.float32)
        expected[index] = weights
        np.testing.assert_array_equal(gradient, expected)


@SETTINGS
@given(st.data())
def test_a_part_of_a_variable_takes_a_value(data) -> None:
    shape = data.draw(SHAPES)
    index = data.draw(indices(shape))
    value = numbered(shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(value)
        new = -numbered(value[index].shape)
        changed = v[index].assign(new)
        sess.run(tf.global_variables_initializer())
        expected = value.copy()
        expected[index] = new
        np.testing.assert_array_equal(sess.run(changed), expected)
        np.testing.assert_array_equal(sess.run(v), expected)


@SETTINGS
@given(st.data())
def test_padding(data) -> None:
    shape = data.draw(st.lists(st.integers(2, 4), min_size=1, max_size=3).map(tuple))
    mode = data.draw(st.sampled_from(["constant", "reflect", "symmetric"]))
    margins = [[data.draw(st.integers(0, n - (mode == "reflect"))) for _ in range(2)] for n in shape]
    value = numbered(shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, shape)
        y = tf.pad(x, margins, mode)
        weights = numbered(y.shape.as_list())
        got, gradient = sess.run([y, tf.gradients(y, x, weights)[0]], {x: value})
    expected = np.pad(value, margins, mode=mode)
    np.testing.assert_array_equal(got, expected)
    # Each element's gradient is the sum over its images.
    images = [weights[expected == item].sum() for item in value.ravel()]
    np.testing.assert_array_equal(gradient, np.array(images, np.float32).reshape(shape))


@SETTINGS
@given(st.data())
def test_the_order_of_dimensions_and_their_joining(data) -> None:
    shape = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple))
    perm = data.draw(st.permutations(range(len(shape))))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    value = numbered(shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None] * len(shape))
        moved = tf.transpose(x, perm)
        parts = tf.concat([moved, 2.0 * moved], axis)
        back = tf.transpose(tf.split(parts, 2, axis)[1], tf.invert_permutation(perm))
        got, there_and_back = sess.run([parts, back], {x: value})
    expected = value.transpose(perm)
    np.testing.assert_array_equal(got, np.concatenate([expected, 2.0 * expected], axis))
    np.testing.assert_array_equal(there_and_back, 2.0 * value)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_gradient_of_gathered_rows_through_a_concat(axis):
    """Gathering gives the gradient of its input as rows with their indices, and concat has to cut these."""
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.constant(np.ones((3, 4, 2), np.float32)), tf.constant(np.ones((3, 4, 2), np.float32))
        rows = tf.gather(tf.concat([x, 2.0 * y], axis), [2, 0, 2])
        weights = np.arange(np.prod(rows.shape.as_list()), dtype=np.float32).reshape(rows.shape.as_list())
        found = [tf.convert_to_tensor(g) for g in tf.gradients(tf.reduce_sum(rows * weights), [x, y])]
        whole = np.zeros(tf.concat([x, y], axis).shape.as_list(), np.float32)
        np.add.at(whole, [2, 0, 2], weights)
        expected = np.split(whole, 2, axis)
        for got, part, factor in zip(session.run(found), expected, (1.0, 2.0), strict=True):
            np.testing.assert_array_equal(got, factor * part)
