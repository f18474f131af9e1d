"""Many threads on one session: native code changes variables in their place, and nobody ever sees half of a change."""

from __future__ import annotations

import random
import sys
import threading

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch
from graphrt.passes.key import PlanOptions

SIZE = 20_000  # elements: writing them takes much longer than switching threads


@pytest.fixture(autouse=True)
def a_graph(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    with tf.Graph().as_default():
        yield
    sys.setswitchinterval(interval)


def at_once(works, seconds=60):
    """Runs the functions in threads of their own; the first error of one of them is raised here."""
    errors, start = [], threading.Barrier(len(works))

    def run(work):
        try:
            start.wait(seconds)
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive(), "a thread waits for ever"
    if errors:
        raise errors[0]


def equal_elements(array):
    assert (array == array.flat[0]).all(), f"torn: {np.unique(array)}"
    return float(array.flat[0])


@pytest.mark.parametrize("native", ["on", "auto"])
def test_no_value_is_ever_torn(native):
    v = tf.Variable(np.zeros(SIZE, np.float32), name="v")
    slot = tf.Variable(np.zeros(SIZE, np.float32), name="slot")
    given = tf.placeholder(tf.float32, [])
    train = [tf.assign_add(v, tf.fill([SIZE], 1.0)), tf.assign_add(slot, tf.sqrt(tf.fill([SIZE], 4.0)))]
    assign = tf.assign(v, tf.fill([SIZE], 1.0) * given)
    extremes = [tf.reduce_min(v * 2.0), tf.reduce_max(v * 2.0)]
    view = tf.reshape(v, [100, SIZE // 100])
    x = tf.placeholder(tf.float32, [])
    stepwise = v + x
    with tf.Session() as sess:
        sess._options = PlanOptions(native=native, strict=True)
        sess.run(tf.global_variables_initializer())
        for fetches, feeds in ((train, {}), (assign, {given: 5.0}), (extremes, {}), (v, {}), (view, {})):
            for _ in range(2):
                sess.run(fetches, feeds)
        assert dispatch.idle(60)
        kept = []

        def training():
            for _ in range(40):
                for value in sess.run(train):
                    kept.append((value, equal_elements(value)))

        def assigning():
            for i in range(40):
                equal_elements(sess.run(assign, {given: float(i)}))

        def reading():
            for _ in range(40):
                low, high = sess.run(extremes)
                assert low == high

        def fetching():
            for i in range(40):
                value = sess.run(view if i % 2 else v)
                kept.append((value, equal_elements(value)))

        works = [training] * 10 + [assigning] * 6 + [reading] * 8 + [fetching] * 8
        random.Random(1).shuffle(works)
        at_once(works)

        def in_steps():
            for i in range(10):
                handle = sess.partial_run_setup([stepwise, extremes[0]], [x])
                low = sess.partial_run(handle, extremes[0])
                both = sess.partial_run(handle, stepwise, {x: float(i)})
                equal_elements(both)
                assert np.isfinite(low)

        at_once([training, in_steps, reading, fetching, assigning, in_steps])
        for value, first in kept:
            assert equal_elements(value) == first, "what was given out has changed since"
        # Nothing was lost: each run of training adds 2 to every element of the slot.
        assert equal_elements(sess.run(slot)) == 2.0 * (11 * 40 + 2)


def test_updates_that_add_up_are_all_there():
    """Native runs in place, the same by tier 1 beside them, and single elements that tier 1 keeps as scalars."""
    count = tf.Variable(0, name="count")
    v = tf.Variable(np.zeros(64, np.float32))
    total = tf.reduce_sum(v) + tf.cast(count, tf.float32)
    step = tf.group(tf.assign_add(count, 1), tf.assign_add(v, tf.ones([64])))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(tf.global_variables_initializer())

        def training():
            for _ in range(100):
                sess.run(step)

        def reading():
            for _ in range(100):
                assert np.isfinite(sess.run(total))

        at_once([training, reading] * 8)
        assert sess.run(count) == 800
        assert (sess.run(v) == 800).all()


def test_two_sessions_have_their_own_values():
    v = tf.Variable(np.zeros((50, 50), np.float32))
    step = tf.assign_add(v, tf.ones([50, 50]))
    with tf.Session() as one, tf.Session() as other:
        for sess in (one, other):
            sess._options = PlanOptions(native="on", strict=True)
            sess.run(v.initializer)

        def of(sess, times):
            def work():
                for _ in range(times):
                    equal_elements(sess.run(step))

            return work

        at_once([of(one, 30), of(other, 50), of(one, 30), of(other, 50)])
        assert (one.run(v) == 60).all() and (other.run(v) == 100).all()


def test_one_plan_from_many_threads():
    x = tf.placeholder(tf.float32, [None, 100])
    w = tf.constant(np.linspace(-1, 1, 100 * 60, dtype=np.float32).reshape(100, 60))
    y = tf.reduce_mean(tf.tanh(tf.matmul(x, w)), 1)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        values = [np.full((30 + i, 100), i / 8, np.float32) for i in range(4)]
        expected = [sess.run(y, {x: value}) for value in values]

        def work():
            for i in range(40):
                np.testing.assert_array_equal(sess.run(y, {x: values[i % 4]}), expected[i % 4])

        at_once([work] * 16)


def test_versions_that_lie_apart_lose_no_update():
    """Python comes after the first write: what the run leaves is made apart from the variable, and copied back."""
    v = tf.Variable(np.zeros(4000, np.float32))
    first = tf.assign_add(v, tf.ones([4000]))
    with tf.control_dependencies([first]):
        checked = tf.Assert(tf.reduce_all(first > 0.0), ["it is not"])
    with tf.control_dependencies([checked]):
        second = tf.assign_add(v, tf.ones([4000]))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(v.initializer)

        def training():
            for _ in range(25):
                sess.run(second.op)

        at_once([training] * 6)
        assert (sess.run(v) == 2 * 150).all()
