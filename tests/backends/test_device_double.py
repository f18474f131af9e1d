"""The stand-in for a GPU answers as CuPy does where CuPy does not answer as NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt.backends import select
from graphrt.backends.device_double import DEVICE_DOUBLE

xp = DEVICE_DOUBLE.xp
device, host = DEVICE_DOUBLE.to_device, DEVICE_DOUBLE.to_host


@pytest.fixture
def on_the_double(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_BACKEND", "device_double")
    tf.reset_default_graph()


def test_indices_outside_wrap_around() -> None:
    x, far = device(np.arange(6).reshape(3, 2)), device(np.array([4, -1]))
    assert host(x[far]).tolist() == [[2, 3], [4, 5]]
    assert host(x[None, ..., far]).tolist() == [[[0, 1], [2, 3], [4, 5]]]
    assert host(x[device(np.array([[True, False], [False, True], [True, True]]))]).tolist() == [0, 3, 4, 5]
    assert host(x.take(far, 0)).tolist() == host(xp.take(x, far, 0)).tolist() == [[2, 3], [4, 5]]
    with pytest.raises(IndexError):
        x[4]


def test_any_of_two_writes_may_stay() -> None:
    x = device(np.zeros((2, 2)))
    x[device(np.array([1, 1]))] = device(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert host(x).tolist() == [[0, 0], [1, 2]]
    x[device(np.array([True, False]))] = 9.0
    assert host(x).tolist() == [[9, 9], [1, 2]]


def test_what_cupy_lacks_is_refused() -> None:
    x, i = device(np.ones(3, np.float32)), device(np.array([1]))
    with pytest.raises(NotImplementedError, match=r"multiply\.at of float32"):
        xp.multiply.at(x, i, x[:1])
    with pytest.raises(NotImplementedError, match=r"maximum\.reduceat"):
        xp.maximum.reduceat(x, i)
    for reduction in (lambda: x.max(initial=0), lambda: xp.sum(x, where=x > 0)):
        with pytest.raises(TypeError, match="unexpected keyword"):
            reduction()


def test_a_result_on_the_wrong_side_is_found() -> None:
    with pytest.raises(TypeError, match="float32 on the host"):
        host(np.float32(1))
    assert host(np.int32(1)) == 1  # lives on the host


def test_partial_runs_move_values(on_the_double: None) -> None:
    a, b = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    v, count = tf.Variable(1.0), tf.Variable(0)
    halves = tf.split(a * v + tf.constant([1.0, 2.0]), 2)
    with tf.control_dependencies([v.assign_add(1.0), count.assign_add(2)]):
        scaled = halves[1] * tf.cast(tf.shape(a)[0], tf.float32)
    total = tf.cond(scaled[0] > 3.0, lambda: tf.reduce_sum(b), lambda: tf.constant(-1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        handle = sess.partial_run_setup([scaled, total, count], [a, b])
        assert sess.partial_run(handle, scaled, {a: [1.0, 2.0]}) == [8]
        assert sess.partial_run(handle, [total, count], {b: [3.0, 4.0]}) == [7, 2]
        assert sess.run([v, count]) == [2, 2]


def test_a_check_in_a_partial_run(on_the_double: None) -> None:
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
        y = x * 2.0
    with tf.Session() as sess:
        assert sess.partial_run(sess.partial_run_setup([y], [x]), y, {x: 1.0}) == 2
        with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
            sess.partial_run(sess.partial_run_setup([y], [x]), y, {x: -1.0})


def test_variables_on_the_host_are_written_there(on_the_double: None) -> None:
    """A 32-bit integer variable lives on the host; indices of 64 bits must follow it."""
    v = tf.Variable([1, 2, 3])
    added = tf.scatter_add(v, tf.constant([2, 2], tf.int64), [10, 20])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(added).tolist() == [1, 2, 33]


def test_host_functions_among_device_ones(on_the_double: None) -> None:
    x = tf.placeholder(tf.float32, [2])
    y = tf.igamma(x, x) * x + tf.betainc(x, x, x / 4.0) + tf.py_func(np.negative, [x], tf.float32) * x
    with tf.Session() as sess:
        on_device = sess.run(y, {x: [1.0, 2.0]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHRT_BACKEND", "numpy")
        with tf.Session() as sess:
            np.testing.assert_allclose(on_device, sess.run(y, {x: [1.0, 2.0]}), 1e-6)


def test_remainders_of_a_device(on_the_double: None) -> None:
    x, y = tf.placeholder(tf.float32, [4]), tf.placeholder(tf.float32, [4])
    m, n = tf.placeholder(tf.int64, [4]), tf.placeholder(tf.int64, [4])
    a, b = np.array([-7, 7, 1, 1e6], np.float32), np.array([3, -3, 0.1, 0.3], np.float32)
    c, d = np.array([-7, 7, 2**60 + 1, -(2**60) - 1]), np.array([3, -3, 7, 7])
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(tf.floormod(x, y), {x: a, y: b}), np.remainder(a, b))
        np.testing.assert_array_equal(sess.run(tf.truncatemod(x, y), {x: a, y: b}), np.fmod(a, b))
        np.testing.assert_array_equal(sess.run(tf.floormod(m, n), {m: c, n: d}), np.remainder(c, d))
        np.testing.assert_array_equal(sess.run(tf.truncatemod(m, n), {m: c, n: d}), np.fmod(c, d))


def test_asking_for_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "gpu_count", lambda: 0)
    monkeypatch.setenv("GRAPHRT_BACKEND", "cupy")
    tf.reset_default_graph()
    tf.constant(1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="CuPy finds no GPU"):
        tf.Session()
