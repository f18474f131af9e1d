"""Random ops in graphs and sessions: when numbers repeat, shapes, dtypes, errors. TF1's nodes and values are golden."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import graphrt as tf

DRAWS = {
    "uniform": lambda shape, **given: tf.random_uniform(shape, **given),
    "integers": lambda shape, **given: tf.random_uniform(shape, 0, 1000, tf.int32, **given),
    "normal": lambda shape, **given: tf.random_normal(shape, **given),
    "truncated": lambda shape, **given: tf.truncated_normal(shape, **given),
    "gamma": lambda shape, **given: tf.random_gamma(shape, 2.0, **given),
    "poisson": lambda shape, **given: tf.random_poisson(20.0, shape, **given),
    "shuffle": lambda shape, **given: tf.random_shuffle(tf.range(100), **given),
    "multinomial": lambda shape, **given: tf.multinomial(tf.zeros([4, 50]), 20, **given),
}


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("name", DRAWS)
def test_when_numbers_repeat(name):
    seeded, free = DRAWS[name]([30], seed=3), DRAWS[name]([30])
    with tf.Session() as first, tf.Session() as second:
        runs = [first.run([seeded, free]) for _ in range(3)]
        again = [second.run([seeded, free]) for _ in range(3)]
    for i in range(3):
        np.testing.assert_array_equal(runs[i][0], again[i][0])  # a seeded op starts again in every session
        assert not np.array_equal(runs[i][1], again[i][1])  # an op without a seed never repeats itself
    assert not np.array_equal(runs[0][0], runs[1][0])


@pytest.mark.parametrize("name", DRAWS)
def test_results_are_the_callers_own(name):
    draw = DRAWS[name]([30], seed=3)
    with tf.Session() as sess, tf.Session() as other:
        for _ in range(5):
            result = sess.run(draw)
            np.testing.assert_array_equal(result, other.run(draw))
            result[...] = 0


def test_threads_of_one_session_share_the_stream():
    """32 threads draw together what one would draw alone, each number once."""
    draw = tf.random_uniform([3], seed=1)
    with tf.Session() as sess, tf.Session() as alone:
        with ThreadPoolExecutor(32) as pool:
            together = list(pool.map(lambda _: sess.run(draw).tobytes(), range(640)))
        expected = [alone.run(draw).tobytes() for _ in range(640)]
    assert sorted(together) == sorted(expected)


def test_equal_random_ops_are_not_merged():
    a, b = tf.random_uniform([5]), tf.random_uniform([5])
    tf.set_random_seed(1)
    c, d = tf.random_uniform([5]), tf.random_uniform([5])
    with tf.Session() as sess:
        values = sess.run([a, b, c, d])
    assert len({value.tobytes() for value in values}) == 4


def test_one_draw_a_run():
    x = tf.random_normal([4], seed=1)
    with tf.Session() as sess:
        twice, alone, difference = sess.run([x * 2.0, x, x - x])
    np.testing.assert_array_equal(twice, alone * 2)
    np.testing.assert_array_equal(difference, np.zeros(4))


def test_no_gradient_through_draws():
    scale = tf.constant(2.0)
    draw = tf.random_uniform([3], seed=1)
    assert tf.gradients(draw * scale, draw)[0] is not None
    gradient = tf.gradients(tf.random_normal([3], stddev=scale, seed=1), scale)[0]
    with tf.Session() as sess:
        np.testing.assert_allclose(
            sess.run(gradient), sess.run(tf.reduce_sum(tf.random_normal([3], seed=1))), rtol=1e-6
        )


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
@pytest.mark.parametrize("function", [tf.random_uniform, tf.random_normal, tf.truncated_normal])
def test_float_types(function, dtype):
    draw = function([2, 3], dtype=dtype)
    assert draw.dtype == dtype
    assert draw.shape == [2, 3]
    with tf.Session() as sess:
        value = sess.run(draw)
    assert value.dtype == dtype.as_numpy_dtype
    assert value.shape == (2, 3)


def test_static_shapes():
    x = tf.placeholder(tf.float32, [None, 2])
    assert tf.random_uniform(tf.shape(x)).shape.as_list() == [None, 2]
    assert tf.random_normal([tf.shape(x)[0], 3]).shape.as_list() == [None, 3]
    assert tf.random_normal(tf.placeholder(tf.int32, [3])).shape.as_list() == [None] * 3
    assert tf.truncated_normal(tf.placeholder(tf.int32)).shape.dims is None
    assert tf.random_shuffle(x).shape.as_list() == [None, 2]
    assert tf.multinomial(x, 7).shape.as_list() == [None, 7]
    assert tf.multinomial(x, tf.placeholder(tf.int32, [])).shape.as_list() == [None, None]
    assert tf.random_gamma([4], tf.zeros([2, 3])).shape.as_list() == [4, 2, 3]
    assert tf.random_poisson([1.0, 2.0], [4]).shape.as_list() == [4, 2]


def test_scalars_and_empty_shapes():
    with tf.Session() as sess:
        assert isinstance(sess.run(tf.random_uniform([])), np.float32)
        assert sess.run(tf.random_normal([0, 3])).shape == (0, 3)
        assert sess.run(tf.random_uniform([2, 0], 5, 5, tf.int32)).shape == (2, 0)
        assert sess.run(tf.random_shuffle(tf.zeros([0, 2]))).shape == (0, 2)
        assert sess.run(tf.multinomial(tf.zeros([0, 2]), 3)).shape == (0, 3)
        assert sess.run(tf.random_gamma([0], [1.0, 2.0])).shape == (0, 2)


def test_multinomial_follows_the_probabilities():
    logits = np.log(np.array([[0.1, 0.6, 0.3]], np.float32))
    with tf.Session() as sess:
        drawn = sess.run(tf.random.categorical(logits, 20000, seed=1))
    np.testing.assert_allclose(np.bincount(drawn[0]) / 20000, [0.1, 0.6, 0.3], atol=0.02)


@pytest.mark.parametrize(
    ("declare", "error", "words"),
    [
        (lambda: tf.random_uniform([2], dtype=tf.int32), ValueError, "Must specify maxval for integer dtype"),
        (lambda: tf.random_uniform([2], dtype=tf.string), ValueError, "Invalid dtype"),
        (lambda: tf.random_normal([2], dtype=tf.int64), TypeError, "int64"),
        (lambda: tf.multinomial(tf.zeros([2]), 3), ValueError, "rank 2"),
        (lambda: tf.random_uniform([2.5]), TypeError, "float32"),
    ],
)
def test_declaring_raises(declare, error, words):
    with pytest.raises(error, match=words):
        declare()


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: tf.random_uniform([2], 5, 5, tf.int32), "Need minval < maxval, got 5 >= 5"),
        (lambda: tf.random_normal(tf.placeholder_with_default([2, -1], [2])), "must be >= 0"),
        (lambda: tf.multinomial(tf.zeros([2, 3]), tf.placeholder_with_default(-1, [])), "nonnegative"),
        (lambda: tf.multinomial(tf.placeholder_with_default(tf.zeros([2, 0]), [2, None]), 1), "num_classes"),
    ],
)
def test_running_raises(declare, words):
    draw = declare()
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=words):
        sess.run(draw)


def test_random_crop():
    image = np.arange(48).reshape(4, 4, 3)
    crop = tf.random_crop(image, [2, 2, 3], seed=1)
    with tf.Session() as sess:
        places = set()
        for _ in range(60):
            piece = sess.run(crop)
            row, column, _ = np.argwhere(image == piece[0, 0, 0])[0]
            np.testing.assert_array_equal(piece, image[row : row + 2, column : column + 2])
            places.add((row, column))
    assert len(places) == 9


def test_names_are_one_function():
    assert tf.random.uniform is tf.random_uniform
    assert tf.random.normal is tf.random_normal
    assert tf.random.shuffle is tf.random_shuffle
    assert tf.random.set_random_seed is tf.set_random_seed
    assert tf.image.random_crop is tf.random_crop
