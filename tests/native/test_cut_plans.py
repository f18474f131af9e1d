"""Plans that are cut where shapes become known only in a run."""

from __future__ import annotations

import threading

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch
from graphrt.native.segments import Segments


@pytest.fixture(autouse=True)
def as_for_users(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


@pytest.fixture
def native_runs(monkeypatch):
    """The user's nodes that native runs were of: a list of sets of names."""
    seen = []
    original = dispatch.Tiered._natively

    def natively(self, native, fed):
        program = native.lowered.program
        seen.append({origin.name for op in program.operations() for origin in program.origins.get(op, ())})
        return original(self, native, fed)

    monkeypatch.setattr(dispatch.Tiered, "_natively", natively)
    return seen


def work(x):
    for i in range(8):
        x = tf.tanh(x * 0.5 + 0.1 * float(i)) - 0.25
    return x


def rows(count=50, width=100, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, (count, width)).astype(np.float32)


def tiered_of(sess, fetches, feeds):
    plan = sess._plan(tuple(fetches), tuple(feeds))
    return plan.call


def settled(sess, fetches, feeds):
    """The values of a run that uses all native code that can be had."""
    for _ in range(3):
        for _ in range(3):
            sess.run(fetches, feeds)
        assert dispatch.idle(60)
    return sess.run(fetches, feeds)


def model(function=lambda a: a):
    """A Python function of unknown shape in the middle of a training step."""
    x = tf.placeholder(tf.float32, [None, 100])
    w = tf.Variable(np.linspace(-0.1, 0.1, 100 * 100).reshape(100, 100).astype(np.float32), name="w")
    v = tf.Variable(tf.ones([100, 10]) * 0.1, name="v")
    before = work(tf.matmul(x, w))
    made = tf.py_func(function, [before], tf.float32, name="mine")
    made.set_shape([None, 100])
    after = tf.matmul(work(made) + before, v)
    loss = tf.reduce_mean(tf.square(after), name="loss")
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    return x, loss, train, v


def test_what_follows_a_python_function_is_native(native_runs):
    x, loss, train, v = model()
    results = []
    for deterministic in (True, False):
        with tf.Session(deterministic=deterministic) as sess:
            sess.run(tf.global_variables_initializer())
            found = [sess.run([loss, train], {x: rows(seed=i % 5)})[0] for i in range(40) if dispatch.idle(60)]
            results.append([*found, sess.run(v)])
    for mine, expected in zip(*results, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=2e-3)
    assert {"MatMul"} <= native_runs[-2], "the first part"
    assert {"loss", "Momentum/update_v/ApplyMomentum"} <= native_runs[-1], "the rest"


def test_the_function_runs_once_in_each_run():
    calls = []

    def function(a):
        calls.append(a.shape)
        return a

    x, loss, train, _ = model(function)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        settled(sess, [loss, train], {x: rows()})
        (segments,) = tiered_of(sess, [loss, train], [x]).segments.values()
        assert isinstance(segments, Segments)
        del calls[:]
        sess.run([loss, train], {x: rows()})
        sess.run([loss, train], {x: rows(7)})
        assert calls == [(50, 100), (7, 100)]


def test_an_error_names_the_same_node_and_writes_nothing():
    failing = []

    def function(a):
        if "here" in failing:
            raise ValueError("not so")
        return a[:, :99] if "shape" in failing else a

    x, loss, train, v = model(function)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        told = {}
        for how in ("python", "native"):
            for what in ("here", "shape"):
                failing.append(what)
                before = sess.run(v)
                with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                    sess.run([loss, train], {x: rows()})
                told[how, what] = str(caught.value)
                failing.clear()
                np.testing.assert_array_equal(sess.run(v), before)
            settled(sess, [loss, train], {x: rows()})
        assert "[[node mine" in told["native", "here"]
        assert told["python", "here"] == told["native", "here"]
        assert told["python", "shape"] == told["native", "shape"]


def test_an_interrupt_between_the_parts_writes_nothing():
    stopping = []

    def function(a):
        if stopping:
            raise KeyboardInterrupt
        return a

    x, loss, train, v = model(function)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        settled(sess, [loss, train], {x: rows()})
        before = sess.run(v)
        stopping.append(True)
        with pytest.raises(KeyboardInterrupt):
            sess.run([loss, train], {x: rows()})
        stopping.clear()
        np.testing.assert_array_equal(sess.run(v), before)
        sess.run([loss, train], {x: rows()})
        assert np.abs(sess.run(v) - before).max() > 0


def test_without_values_and_without_feeds_the_messages_are_those_of_the_plan():
    x, loss, train, _ = model()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        settled(sess, [loss, train], {x: rows()})
        with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value for placeholder"):
            sess.run([loss, train])
        fresh = tf.Session()
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"):
            fresh.run([loss, train], {x: rows()})


def test_shapes_that_change_with_every_run_end_the_cut(native_runs):
    x = tf.placeholder(tf.float32, [None, 40])
    chosen = tf.boolean_mask(work(x), tf.reduce_sum(x, 1) > 0)
    y = tf.reduce_sum(work(chosen))
    draw = np.random.RandomState(0)
    with tf.Session() as sess:
        made = []
        for i in range(300):
            value = draw.uniform(-1, 1, (200, 40)).astype(np.float32)
            sess.run(y, {x: value})
            if i % 20 == 0:
                assert dispatch.idle(60)
            made.append(value)
        tiered = tiered_of(sess, [y], [x])
        assert not tiered.segments, "it is not cut any more"
        settled(sess, y, {x: made[-1]})
        assert {"boolean_mask/Where"} <= native_runs[-1], "native as far as shapes are known"
        with tf.Session(deterministic=True) as other:
            np.testing.assert_allclose(sess.run(y, {x: made[0]}), other.run(y, {x: made[0]}), rtol=1e-4)


def test_random_numbers_are_those_of_an_uncut_run():
    x = tf.placeholder(tf.float32, [None, 40])
    h = tf.nn.dropout(x, 0.5, seed=3)
    chosen = tf.boolean_mask(h, tf.reduce_sum(tf.abs(x), 1) > 0)
    y = tf.reduce_sum(tf.nn.dropout(work(chosen), 0.5, seed=4)) + tf.reduce_sum(h)
    value = rows(30, 40) + 3
    results = []
    for deterministic in (True, False):
        with tf.Session(deterministic=deterministic) as sess:
            results.append([sess.run(y, {x: value}) for _ in range(30) if dispatch.idle(60)])
            if not deterministic:
                assert tiered_of(sess, [y], [x]).segments
    np.testing.assert_allclose(*results, rtol=1e-4)


@pytest.mark.parametrize("checked", [False, True])
def test_what_is_read_is_of_one_moment(checked, monkeypatch):
    """Between the parts another run writes the variable that both read: the run is begun anew."""
    x = tf.placeholder(tf.float32, [None, 40])
    v = tf.Variable(tf.ones([40]))
    write = tf.assign_add(v, tf.ones([40]))
    with tf.control_dependencies([tf.Assert(tf.reduce_any(x > 0), ["nothing"])] if checked else []):
        product = x * v
    chosen = tf.boolean_mask(product, tf.reduce_sum(tf.abs(product), 1) >= 0)
    y = work(chosen)
    both = tf.reduce_sum(y * 0.0) + tf.reduce_sum(chosen * 0.0) + tf.reduce_max(chosen) - tf.reduce_max(x * v)
    value = np.ones((30, 40), np.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        settled(sess, both, {x: value})
        (segments,) = tiered_of(sess, [both], [x]).segments.values()
        assert segments.slots
        first = segments.first

        def and_then_others_write(*fed):
            made = first(*fed)
            writer = threading.Thread(target=sess.run, args=(write,))
            writer.start()
            writer.join(60)
            return made

        and_then_others_write.kinds = first.kinds
        for _ in range(5):
            assert sess.run(both, {x: value}) == 0
            with monkeypatch.context() as patch:
                patch.setattr(segments, "first", and_then_others_write)
                assert sess.run(both, {x: value}) == 0


def test_the_rest_writes_in_place_when_it_is_alone():
    x = tf.placeholder(tf.float32, [None, 40])
    v = tf.Variable(tf.ones([40, 30]))
    h = tf.matmul(x, v)
    y = work(tf.boolean_mask(h, tf.reduce_sum(tf.abs(h), 1) >= 0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y))
    with tf.Session() as sess:
        sess.run(v.initializer)
        settled(sess, train, {x: rows(30, 40)})
        (segments,) = tiered_of(sess, [train], [x]).segments.values()
        assert segments.slots
        slot = sess._state_of(v.op)
        before = slot.value
        sess.run(train, {x: rows(30, 40)})
        assert slot.value is before
        assert not sess._gate.lock._is_owned()
        assert not sess._gate.others(0)


def test_what_waits_for_the_first_part_does_not_run_it_again():
    calls = []
    x = tf.placeholder(tf.float32, [None, 40])
    made = tf.py_func(lambda a: calls.append("opener") or a, [x], tf.float32)
    log = tf.py_func(lambda: calls.append("log"), [], [])
    with tf.control_dependencies([log]):
        made = tf.identity(made)
    with tf.control_dependencies([made, log]):
        y = tf.reduce_sum(work(made))
        group = tf.group(y)
    with tf.Session() as sess:
        settled(sess, [y, group, log], {x: rows(30, 40)})
        assert tiered_of(sess, [y, group, log], [x]).segments
        del calls[:]
        sess.run([y, group, log], {x: rows(30, 40)})
        assert sorted(calls) == ["log", "opener"]


def test_results_belong_to_the_caller():
    x = tf.placeholder(tf.float32, [None, 40])
    before = work(x)
    made = tf.py_func(lambda a: a, [before], tf.float32)
    y = work(made) + before
    with tf.Session() as sess:
        fetches = [before, made, y, tf.identity(before), x]
        fed = rows(30, 40)
        settled(sess, fetches, {x: fed})
        expected = [value.copy() for value in sess.run(fetches, {x: fed})]
        values = sess.run(fetches, {x: fed})
        for value in values[:4]:
            assert not np.shares_memory(value, fed)
            value[...] = 7
        assert not any(np.shares_memory(a, b) for i, a in enumerate(values) for b in values[:i])
        for value, right in zip(sess.run(fetches, {x: rows(30, 40)}), expected, strict=True):
            np.testing.assert_allclose(value, right, rtol=1e-5)


def test_conditions_around_the_cut():
    training = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [None, 40])
    h = tf.cond(training, lambda: x * 2.0, lambda: x - 1.0)
    made = tf.py_func(lambda a: a, [h], tf.float32)
    y = tf.reduce_sum(tf.cond(training, lambda: work(made), lambda: work(made * 0.5)))
    inside = tf.cond(training, lambda: work(tf.py_func(lambda a: a, [x], tf.float32)), lambda: x)
    value = rows(30, 40)
    for fetch in (y, inside):
        results = []
        for deterministic in (True, False):
            with tf.Session(deterministic=deterministic) as sess:
                for flag in (True, False):
                    settled(sess, fetch, {x: value, training: flag})
                results.append([sess.run(fetch, {x: value, training: flag}) for flag in (True, False)])
        for mine, other in zip(*results, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_several_functions_one_after_another(native_runs):
    x = tf.placeholder(tf.float32, [None, 40])
    y = x
    for i in range(3):
        y = work(tf.py_func(lambda a: a, [y], tf.float32, name=f"mine{i}"))
    y = tf.reduce_sum(y, name="last")
    with tf.Session() as sess:
        values = [settled(sess, y, {x: rows(30, 40)}) for _ in range(3)]
        np.testing.assert_allclose(values, values[0], rtol=1e-6)
        assert "last" in native_runs[-1]
        with tf.Session(deterministic=True) as other:
            np.testing.assert_allclose(values[0], other.run(y, {x: rows(30, 40)}), rtol=1e-4)


def test_strings_cross_the_cut():
    x = tf.placeholder(tf.float32, [None, 40])
    name = tf.py_func(lambda: b"name", [], tf.string)
    made = tf.py_func(lambda a, n: a, [x, name], tf.float32)
    y = tf.reduce_sum(work(made))
    text = tf.string_join([name, tf.as_string(tf.cast(y * 0.0, tf.int32))])
    with tf.Session() as sess:
        assert settled(sess, [text, y, name], {x: rows(30, 40)})[0] == b"name0"
        assert sess.run([text, y, name], {x: rows(30, 40)})[2] == b"name"


def test_a_session_that_is_closed_or_short_of_memory_lets_go():
    x, loss, train, _ = model()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        settled(sess, [loss, train], {x: rows()})
        tiered = tiered_of(sess, [loss, train], [x])
        tiered.forget()
        assert not tiered.segments
        assert np.isfinite(settled(sess, [loss, train], {x: rows()})[0])
        assert tiered.segments
