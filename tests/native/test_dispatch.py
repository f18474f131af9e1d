"""When native code is made, when it is used, and what happens where it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch, kinds
from graphrt.native.expressions import CannotLower
from graphrt.passes.key import PlanOptions
from graphrt_ops.control.switch import merge, switch

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def as_for_users(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


@pytest.fixture
def calls(monkeypatch):
    """The native runs: whether each was really done (False: tier 1 had to do it)."""
    seen = []
    original = dispatch.Tiered._natively

    def natively(self, native, fed):
        result = original(self, native, fed)
        seen.append(result is not None)
        return result

    monkeypatch.setattr(dispatch.Tiered, "_natively", natively)
    return seen


def work(x):
    """Enough of it for native code to be worth its while."""
    for i in range(8):
        x = tf.tanh(x * 0.5 + 0.1 * float(i)) - 0.25
    return tf.reduce_sum(x)


def only_plan(sess):
    """The Tiered of the session's only plan that has any."""
    found = {id(r.plan.call): r.plan.call for r in sess._runners.values() if isinstance(r.plan.call, dispatch.Tiered)}
    (tiered,) = found.values()
    return tiered


def test_two_runs_and_then_native(calls):
    x = tf.placeholder(tf.float32, [None, 40])
    y = work(x)
    with tf.Session() as sess:
        value = np.linspace(-1, 1, 4000, dtype=np.float32).reshape(100, 40)
        first = [sess.run(y, {x: value}) for _ in range(2)]
        assert calls == []
        assert dispatch.idle(30)
        np.testing.assert_allclose(sess.run(y, {x: value}), first[0], rtol=1e-5)
        assert calls == [True]
        sess.run(y, {x: value[:99]})
        assert calls == [True], "another shape starts on tier 1"
        sess.run(y, {x: value[:99]})
        assert dispatch.idle(30)
        sess.run(y, {x: value[:99]})
        sess.run(y, {x: value})
        assert calls == [True] * 3


def runs_of(sess, x, y, rows, times=1):
    return [sess.run(y, {x: np.ones((rows, 40), np.float32)}) for _ in range(times)][-1]


def test_eight_shapes_get_native_code_at_once_and_others_when_they_have_come_often(calls):
    x = tf.placeholder(tf.float32, [None, 40])
    y = work(x)
    with tf.Session() as sess:
        for rows in range(100, 112):
            runs_of(sess, x, y, rows, 2)
        assert dispatch.idle(60)
        found = [runs_of(sess, x, y, rows) for rows in range(100, 112)]
        assert len(calls) == 8
        runs_of(sess, x, y, 111, 5)
        assert dispatch.idle(60)
        del calls[:]
        runs_of(sess, x, y, 111)
        assert calls == [True]
    np.testing.assert_allclose(np.divide(found, range(100, 112)), found[0] / 100, rtol=1e-5)


def test_what_has_lost_its_place_is_freed(calls, monkeypatch):
    monkeypatch.setattr(kinds, "_FIRST", 1)
    monkeypatch.setattr(kinds, "_MOST", 1)
    x = tf.placeholder(tf.float32, [None, 40])
    y = work(x)
    with tf.Session() as sess:
        runs_of(sess, x, y, 100, 2)
        assert dispatch.idle(60)
        runs_of(sess, x, y, 100)
        tiered = only_plan(sess)
        (before,) = tiered.kinds.values()
        native = weakref.ref(before.native)
        instance = weakref.ref(before.native.instances[0])
        code = weakref.ref(before.native.machine_code)
        total = sess._cache.budget.total()
        runs_of(sess, x, y, 101, 40)
        assert dispatch.idle(60)
        runs_of(sess, x, y, 101)
        assert [kind.native is not None for kind in tiered.kinds.values()] == [True]
        assert instance() is None, "its arena"
        assert native() is None
        assert code() is None
        assert len(tiered.plan.sources) == 2
        assert abs(sess._cache.budget.total() - total) < 10_000
    assert calls[0] and calls[-1]


def test_a_run_goes_on_when_its_native_code_loses_its_place(calls, monkeypatch):
    """... and still knows where it has failed."""
    x = tf.placeholder(tf.float32, [None, 40])
    forgetting, failing = [], []

    def function(value):
        while forgetting:
            forgetting.pop()()
        if failing:
            raise ValueError("too much")
        return value

    y = tf.py_func(function, [work(x)], tf.float32, name="mine")
    y.set_shape([])
    y = work(tf.tile(tf.reshape(y, [1, 1]), [100, 40]) + x)
    with tf.Session() as sess:
        expected = runs_of(sess, x, y, 100, 2)
        assert dispatch.idle(60)
        tiered = only_plan(sess)
        (kind,) = tiered.kinds.values()
        forgetting.append(lambda: tiered._give_back(kind))
        np.testing.assert_allclose(runs_of(sess, x, y, 100), expected, rtol=1e-5)
        assert kind.native is None
        assert calls == [True]
        native = tiered._made(next(iter(tiered.kinds)))
        tiered.plan.add_lines(native.code, native.lowered.program, native.lines, as_long_as=native)
        kind.native = native
        forgetting.append(lambda: tiered._give_back(kind))
        del native
        failing.append(True)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[\[node mine"):
            runs_of(sess, x, y, 100)


def test_shapes_that_came_once_make_room(calls):
    """Batches of any size at the beginning must not keep a later, steady size from native code."""
    x = tf.placeholder(tf.float32, [None, 40])
    y = work(x)
    with tf.Session() as sess:
        for rows in range(100, 130):
            sess.run(y, {x: np.ones((rows, 40), np.float32)})
        for _ in range(2):
            sess.run(y, {x: np.ones((64, 40), np.float32)})
        assert dispatch.idle(30)
        sess.run(y, {x: np.ones((64, 40), np.float32)})
        assert calls == [True]


def test_too_small(calls):
    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(2.0)
    y = x * 2.0 + v
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(3):
            assert sess.run(y, {x: 3.0}) == 8.0
        assert dispatch.idle(30)
        sess.run(y, {x: 3.0})
        (kind,) = [r.plan.call.kinds[((),)] for r in sess._runners.values() if ((),) in _kinds(r.plan.call)][:1]
        assert "too small" in kind.refused
    assert calls == []


def _kinds(call):
    return getattr(call, "kinds", {})


@pytest.mark.parametrize("shape", [[], None])
def test_one_condition_has_code_for_each_of_its_values(calls, shape):
    x = tf.placeholder(tf.float32, [50, 100])
    training = tf.placeholder(tf.bool, shape)
    y = work(tf.cond(training, lambda: x * 2.0, lambda: x - 1.0))
    value = np.linspace(-1, 1, 5000, dtype=np.float32).reshape(50, 100)
    with tf.Session() as sess:
        plain = {flag: sess.run(y, {x: value, training: flag}) for flag in (True, False)}
        for flag in (True, False):
            sess.run(y, {x: value, training: flag})
        assert dispatch.idle(30)
        for flag in (True, False, True):
            np.testing.assert_allclose(sess.run(y, {x: value, training: flag}), plain[flag], rtol=1e-5)
    assert calls == [True] * 3


def test_a_condition_may_be_fetched(calls):
    x = tf.placeholder(tf.float32, [50, 100])
    training = tf.placeholder(tf.bool, [])
    y = work(tf.cond(training, lambda: x * 2.0, lambda: x - 1.0))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        for flag in (True, False):
            _, found, again = sess.run([y, training, tf.identity(training)], {x: np.ones((50, 100)), training: flag})
            assert found == flag and again == flag
    assert calls == [True] * 2


def test_bools_of_any_shape_are_no_conditions(calls):
    chosen = tf.placeholder(tf.bool)
    y = tf.cast(tf.logical_not(chosen), tf.float32) * tf.ones([50, 100])
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        for value in (True, False, np.ones((1, 100), bool), np.arange(5000).reshape(50, 100) % 3 == 0):
            np.testing.assert_array_equal(sess.run(y, {chosen: value}), np.broadcast_to(~np.array(value), (50, 100)))


def test_what_is_fetched_of_one_branch_only_is_refused_with_a_reason(calls):
    x = tf.placeholder(tf.float32, [50, 100])
    false_side, true_side = switch(x, tf.reduce_sum(x) > 0)
    inside = tf.tanh(true_side, name="inside")
    y = work(merge([false_side - 1.0, inside * 2.0])[0])
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        assert np.isfinite(sess.run([y, inside], {x: np.ones((50, 100))})[0])
        with pytest.raises(tf.errors.InvalidArgumentError, match="inside:0"):
            sess.run([y, inside], {x: -np.ones((50, 100))})
        (kind,) = only_plan(sess).kinds.values()
    assert calls == [] and "only under a condition" in kind.refused


def test_variables_without_a_value_and_with_another_shape(calls):
    v = tf.Variable(np.ones((40, 40), np.float32), name="weights", validate_shape=True)
    y = work(v + 1.0)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        with pytest.raises(tf.errors.FailedPreconditionError, match="weights"):
            sess.run(y)
        sess.run(v.initializer)
        first = sess.run(y)
        assert calls[-1]
        other = sess.run(tf.assign(v, np.full((40, 40), 2, np.float32)))
        assert (other == 2).all()
        assert sess.run(y) > first


@pytest.mark.parametrize("declared", [False, True])
def test_a_variable_that_changes_its_shape(calls, declared):
    v = tf.Variable(np.ones((40, 40), np.float32), validate_shape=declared)
    other = tf.placeholder(tf.float32)
    change = tf.assign(v, other, validate_shape=False)
    y = work(v + 1.0)
    count = tf.Variable(0)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(tf.global_variables_initializer())
        one = sess.run(y)
        sess.run(change, {other: np.ones((80, 40), np.float32)})
        np.testing.assert_allclose(sess.run(y), 2 * one, rtol=1e-5)
        # Together with something that must be done once only.
        both = [tf.assign_add(count, 1), change, work(tf.ones([40, 40]))]
        for rows in (40, 80, 40):
            sess.run(both, {other: np.ones((rows, 40), np.float32)})
        assert sess.run(count) == 3


def test_errors_found_by_native_code_name_the_node_and_the_line(calls):
    table = tf.placeholder(tf.float32, [100, 50])
    rows = tf.placeholder(tf.int32, [30], name="rows")
    picked = tf.gather(table, rows, name="picked")
    y = work(picked)
    good, bad = np.arange(30, dtype=np.int32), np.full(30, 100, np.int32)
    messages = []
    for native in ("off", "on"):
        with tf.Session() as sess:
            sess._options = PlanOptions(native=native, strict=True)
            given = np.ones((100, 50), np.float32)
            expected = sess.run(y, {table: given, rows: good})
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run(y, {table: given, rows: bad})
            messages.append(str(caught.value))
            assert caught.value.op.name == "picked"
            np.testing.assert_allclose(sess.run(y, {table: given, rows: good}), expected, rtol=1e-6)
    assert messages[0] == messages[1]
    assert "picked" in messages[1] and Path(__file__).name in messages[1]


def test_errors_of_python_lines_between_native_regions(calls):
    x = tf.placeholder(tf.float32, [60, 60])
    checked = tf.check_numerics(tf.tanh(x) * 2.0, "too bad", name="checked")
    y = work(checked)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(y, {x: np.ones((60, 60), np.float32)})
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match="too bad") as caught:
                sess.run(y, {x: np.full((60, 60), np.nan, np.float32)})
            assert caught.value.op.name == "checked" and Path(__file__).name in str(caught.value)
        assert np.isfinite(sess.run(y, {x: np.ones((60, 60), np.float32)}))


def test_a_session_may_be_closed_while_its_code_is_made(calls, monkeypatch):
    x = tf.placeholder(tf.float32, [None, 40])
    v = tf.Variable(1.0)
    y = work(x * v)
    made, original = threading.Event(), dispatch.Tiered.make
    closed = threading.Event()

    def make(self, signature, kind):
        assert closed.wait(30)
        original(self, signature, kind)
        made.set()

    monkeypatch.setattr(dispatch.Tiered, "make", make)
    sess = tf.Session()
    sess.run(v.initializer)
    for _ in range(2):
        sess.run(y, {x: np.ones((100, 40), np.float32)})
    sess.close()
    closed.set()
    assert made.wait(30) and dispatch.idle(30)
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(y, {x: np.ones((100, 40), np.float32)})
    with tf.Session() as other:
        other.run(v.initializer)
        assert np.isfinite(other.run(y, {x: np.ones((100, 40), np.float32)}))


def test_a_mistake_of_the_compiler_is_an_error_only_where_that_is_wanted(calls, monkeypatch):
    def broken(program):
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(dispatch, "lower", broken)
    x = tf.placeholder(tf.float32, [100, 40])
    y = work(x)
    feeds = {x: np.ones((100, 40), np.float32)}
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on")
        assert np.isfinite(sess.run(y, feeds))
        (kind,) = only_plan(sess).kinds.values()
        assert "a mistake" in kind.refused
    for strictly in (PlanOptions(native="on", strict=True), None):
        with tf.Session() as sess:
            if strictly is None:
                monkeypatch.setenv("GRAPHRT_NATIVE", "force")
            else:
                sess._options = strictly
            with pytest.raises(Exception, match="a mistake"):
                sess.run(y, feeds)

    def refused(program):
        raise CannotLower("not this one")

    monkeypatch.setattr(dispatch, "lower", refused)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        assert np.isfinite(sess.run(y, feeds))


@pytest.mark.parametrize("how", ["variable", "option"])
def test_turned_off(calls, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    x = tf.placeholder(tf.float32, [100, 40])
    y = work(x)
    with tf.Session() as sess:
        if how == "option":
            sess._options = PlanOptions(native="off")
        for _ in range(4):
            sess.run(y, {x: np.ones((100, 40), np.float32)})
        assert dispatch.idle(30)
        assert not any(isinstance(r.plan.call, dispatch.Tiered) for r in sess._runners.values())
    assert calls == []


WITHOUT = """
import sys
import numpy as np
sys.modules["llvmlite"] = None  # importing it raises ImportError
import graphrt as tf
from graphrt.native import dispatch, kinds
from graphrt.passes.key import PlanOptions

x = tf.placeholder(tf.float32, [100, 40])
w = tf.Variable(np.ones((40, 3), np.float32))
loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w)) - 0.5))
train = tf.train.AdamOptimizer(0.1).minimize(loss)
for options in (PlanOptions(), PlanOptions(native="on", strict=True)):
    with tf.Session() as sess:
        sess._options = options
        sess.run(tf.global_variables_initializer())
        feeds = {x: np.linspace(-1, 1, 4000, dtype=np.float32).reshape(100, 40)}
        losses = [sess.run([loss, train], feeds)[0] for _ in range(20)]
        assert dispatch.idle(30)
        reasons = [k.refused for r in sess._runners.values() for k in getattr(r.plan.call, "kinds", {}).values()]
        print(losses[0] > losses[-1], any("llvmlite" in reason for reason in reasons))
"""


def test_without_llvmlite(tmp_path):
    given = {**os.environ, "PYTHONPATH": str(ROOT), "GRAPHRT_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-c", WITHOUT]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True"] * 4
    assert done.stderr == ""


def test_a_python_function_that_runs_the_session(calls):
    """Native code that writes variables is alone; what it calls may still use the session."""
    v = tf.Variable(np.ones((50, 50), np.float32))
    total = tf.reduce_sum(v)
    step = tf.assign_add(v, tf.ones([50, 50]))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)

        def inside(value):
            return value + sess.run(total)

        called = tf.py_func(inside, [tf.tanh(tf.reduce_sum(v) * 0.0)], tf.float32)
        both = tf.group(step, called)
        sess.run(v.initializer)
        results = []
        thread = threading.Thread(target=lambda: results.extend(sess.run([called, both])[:1]), daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "it waits for itself"
        assert results[0] in (2500.0, 5000.0)
        assert sess.run(total) == 5000.0


def test_a_python_function_may_keep_what_it_is_given(calls):
    x = tf.placeholder(tf.float32, [50, 50])
    kept = []
    y = work(tf.py_func(lambda a: (kept.append(a), a)[1], [tf.tanh(x) * 2.0 + 1.0], tf.float32) * tf.ones([50, 50]))
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        for value in (0.0, 1.0, 2.0):
            sess.run(y, {x: np.full((50, 50), value, np.float32)})
    for value, array in zip((0.0, 1.0, 2.0), kept, strict=True):
        np.testing.assert_allclose(array, np.tanh(value) * 2 + 1, rtol=1e-5)


def test_random_streams_go_on_where_tier_1_stopped(calls):
    found = []
    for native in ("off", "auto", "on"):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(3)
            sess._options = PlanOptions(native=native, strict=True)
            y = work(tf.random_normal([60, 60]) + tf.random_uniform([60, 60]))
            runs = []
            for _ in range(5):
                runs.append(sess.run(y))
                assert dispatch.idle(30)
            found.append(runs)
    assert any(calls)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-5)


def test_explain_takes_a_condition_that_is_fed_as_an_array():
    flags = tf.placeholder(tf.bool, name="flags")  # of no declared shape: it may be one condition, or many values
    chosen = tf.square(tf.exp(tf.log(tf.where(flags, [1.0, 2.0, 3.0], [4.0, 5.0, 6.0])) * 1.0))
    with tf.Session() as sess:
        assert "native code" in str(sess.explain(chosen, {flags: [True, False, True]}))
        np.testing.assert_allclose(sess.run(chosen, {flags: [True, False, True]}), [1, 25, 9], 1e-6)


def test_a_python_function_costs_the_rest_nothing(calls):
    """It may run the session, or wait for a thread that does: native code holds no lock meanwhile."""
    x = tf.placeholder(tf.float32, [100, 40])
    v = tf.Variable(tf.zeros([40]))
    update = tf.assign_add(v, tf.ones([40]))
    seen = []

    def function(value):
        worker = threading.Thread(target=lambda: seen.append(sess.run(update)))
        worker.start()
        worker.join(30)
        return value

    y = tf.py_func(function, [work(x * v)], tf.float32)
    y.set_shape([])
    y = work(tf.tile(tf.reshape(y, [1, 1]), [100, 40]) + x)
    with tf.control_dependencies([y]):
        train = tf.assign_sub(v, tf.fill([40], 0.25))
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(2):
            runs_of(sess, x, [y, train], 100)
        assert dispatch.idle(60)
        before = sess.run(v)
        del calls[:]
        runs_of(sess, x, [y, train], 100)
        assert True in calls
        np.testing.assert_allclose(sess.run(v), before + 1 - 0.25, rtol=1e-6)
    assert len(seen) == 3


def test_a_python_function_after_a_write_sees_it():
    v = tf.Variable(tf.zeros([100, 40]))
    x = tf.placeholder(tf.float32, [100, 40])
    seen = []
    with tf.control_dependencies([tf.assign_add(v, x)]):
        look = tf.py_func(lambda: seen.append(sess.run(v)[0, 0]), [], [])
    y = work(x)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(5):
            sess.run([y, look], {x: np.ones((100, 40), np.float32)})
            assert dispatch.idle(60)
    assert seen == [1, 2, 3, 4, 5]
