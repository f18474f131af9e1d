"""Graphs that grow with every run: what a session keeps is bounded, the next run is planned quickly, and it says so."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import graphrt as tf
from benchmarks import growth as measuring
from graphrt.budget import Budget, Held
from graphrt.runtime.growth import RUNS
from graphrt.runtime.stacked import NODES, Stacked

HERE = Path(__file__).name
NATIVE = importlib.util.find_spec("llvmlite") is not None and not os.environ.get("GRAPHRT_TEST_WITHOUT_LLVMLITE")


@pytest.fixture(autouse=True)
def a_graph(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*has made new nodes.*")
        yield


# -- the budget --------------------------------------------------------------------------------------------------------


class Word(Held):
    gone = False
    __slots__ = ("__dict__",)

    def give_up(self) -> None:
        self.gone = True


def test_the_least_recently_used_goes_first() -> None:
    budget = Budget(limit=2000)
    words = [Word(budget) for _ in range(20)]
    for word in words:
        word.charge(100)
    words[0].touch()
    extra = Word(budget)
    extra.charge(100)
    assert [number for number, word in enumerate(words) if word.gone] == [1, 2, 3, 4]  # an eighth is free again
    assert budget.total() == 1700


def test_what_is_in_use_stays_however_large() -> None:
    budget = Budget(limit=10)
    words = [Word(budget) for _ in range(20)]
    for word in words:
        word.charge(100)
    assert [word.gone for word in words] == [True] * 12 + [False] * 8


def test_what_is_gone_counts_no_more() -> None:
    budget = Budget(limit=1000)
    kept = Word(budget)
    kept.charge(500)
    for _ in range(100):
        Word(budget).charge(100)
    assert not kept.gone
    assert budget.total() == 500


# -- plans -------------------------------------------------------------------------------------------------------------


def test_plans_are_given_up_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_SESSION_CACHE", "1MB")
    x = tf.placeholder(tf.float32, [4])
    ys = [tf.reduce_sum(tf.exp(x) * float(number)) for number in range(200)]
    with tf.Session() as sess:
        for _ in range(2):
            for number, y in enumerate(ys):
                assert sess.run(y, {x: np.zeros(4)}) == 4.0 * number
                assert sess.run(ys[0], {x: np.zeros(4)}) == 0.0
        assert 8 <= len(sess._cache.plans) < 60
        assert len(sess._runners) == len(sess._cache.plans)
        assert sess._cache.budget.total() <= 1e6
        plan = next(held.plan for held in sess._cache.plans.values() if held.key.fetches == (ys[0],))
        sess.run(ys[5], {x: np.zeros(4)})
        assert any(held.plan is plan for held in sess._cache.plans.values())  # it was used in between, always


def test_a_limit_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_SESSION_CACHE", "much")
    with pytest.raises(ValueError, match="GRAPHRT_SESSION_CACHE='much': expected a number of bytes"):
        tf.Session()


def test_a_callable_outlives_its_place_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_SESSION_CACHE", "100KB")
    x = tf.placeholder(tf.float32, [5000])
    y = tf.reduce_sum(tf.exp(x) * tf.sin(x) + tf.tanh(x))
    with tf.Session() as sess:
        call = sess.make_callable(y, [x])
        for number in range(30):
            expected = call(np.ones(5000))
            sess.run(tf.constant(1.0) * x[number], {x: np.zeros(5000)})
        np.testing.assert_allclose(call(np.ones(5000)), expected, rtol=1e-5)


def test_ways_to_write_the_same_are_bounded() -> None:
    x = tf.constant(2.0) * tf.Variable(1.0).initialized_value()
    with tf.Session() as sess:
        for number in range(100):
            assert sess.run({f"step {number}": x}) == {f"step {number}": 2.0}
        assert len(sess._cache.plans) == 1
        assert len(sess._runners) <= 16


def test_a_finished_program_holds_what_it_needs_only() -> None:
    x = tf.placeholder(tf.float32, [None])
    y = x
    for _ in range(50):
        y = tf.log(tf.exp(tf.identity(y) + 0.0)) * 1.0  # the rules of algebra leave x
    with tf.Session() as sess:
        plan = sess._plan((y,), (x,))
        program = plan.program
        order = program.operations()
        assert len(order) < 10
        assert program.graph._operations == order
        assert set(program.origins) <= set(order)
        assert not program.graph._by_name
        assert all(user in order for op in order for tensor in op.outputs for user in tensor._consumers)
        assert plan.source and "log(exp(x))" in str(sess.explain(y, [x]))


def test_a_new_plan_does_not_look_at_the_whole_graph() -> None:
    class Counted(list):  # type: ignore[type-arg]
        looks = 0

        def __iter__(self) -> Iterator[object]:
            Counted.looks += 1
            return super().__iter__()

    x = tf.constant([1.0])
    ys = [x + float(number) for number in range(10)]
    graph = tf.get_default_graph()
    graph._operations = Counted(graph._operations)
    with tf.Session() as sess:
        for y in ys:
            sess.run(y)
    assert Counted.looks == 0


def test_devices_are_still_checked() -> None:
    with tf.device("/job:worker/device:CPU:0"):
        x = tf.constant(1.0) + 2.0
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
        sess.run(x)


# -- values that are computed once -------------------------------------------------------------------------------------


def kept_values(sess: tf.Session) -> list[int]:
    return [state.value.nbytes for state in sess._cache._shared.values() if state.value is not None]


def test_large_invariants_are_shared_by_plans() -> None:
    table = tf.cos(tf.cast(tf.range(1_500_000), tf.float32))
    v = tf.Variable(1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for number in range(25):
            sess.run(table[number] * v + tf.reduce_sum(table * v))
        assert kept_values(sess) == [6_000_000]
        other = tf.cos(tf.cast(tf.range(1_500_000), tf.float32))  # another node that computes the same
        sess.run(tf.reduce_max(other * v))
        assert kept_values(sess) == [6_000_000]
        sess.run(tf.reduce_max(tf.sin(tf.cast(tf.range(1_500_000), tf.float32)) * v))
        assert kept_values(sess) == [6_000_000] * 2


def test_invariants_of_different_constants_are_different() -> None:
    v = tf.Variable(1.0)
    size = 400_000
    with tf.Session() as sess:
        sess.run(v.initializer)
        for number in range(3):
            large = np.full(size, float(number), np.float32)
            small = tf.fill([size], float(number))
            total = tf.reduce_mean(tf.cos(tf.constant(large)) * v) + tf.reduce_mean(tf.cos(small) * v)
            np.testing.assert_allclose(sess.run(total), 2 * np.cos(number), rtol=1e-5)


def test_invariants_are_given_up_and_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_SESSION_CACHE", "10MB")
    v = tf.Variable(1.0)
    totals = [tf.reduce_mean(tf.cos(tf.fill([1_000_000], float(number))) * v) for number in range(12)]
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(2):
            for number, total in enumerate(totals):
                np.testing.assert_allclose(sess.run(total), np.cos(number), rtol=1e-4)
        gc.collect()
        assert sum(kept_values(sess)) <= 8 * 4_000_000


# -- the warning -------------------------------------------------------------------------------------------------------


def test_the_line_that_grows_the_graph_is_named_once() -> None:
    x = tf.placeholder(tf.float32, [4])
    with tf.Session() as sess, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2 * RUNS + 10):
            y = tf.reduce_mean(x)  # this line
            sess.run(y, {x: np.ones(4)})
    (warning,) = caught
    lines = Path(__file__).read_text().splitlines()
    line = 1 + next(n for n, text in enumerate(lines) if text.endswith("  # this line"))
    assert (Path(warning.filename).name, warning.lineno) == (HERE, line)
    assert str(warning.message).startswith(
        f"{HERE}:{line} in test_the_line_that_grows_the_graph_is_named_once has made"
    )


def test_no_warning_for_graphs_that_were_made_before() -> None:
    x = tf.placeholder(tf.float32, [4])
    ys = [tf.reduce_mean(x) + float(number) for number in range(2 * RUNS)]
    with tf.Session() as sess, warnings.catch_warnings():
        warnings.simplefilter("error")
        for y in ys:
            sess.run(y, {x: np.ones(4)})
        for number in range(2 * RUNS):
            sess.run(ys[number], {x: np.ones(4)})


def test_no_warning_for_sessions_of_their_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(RUNS + 10):
            with tf.Graph().as_default(), tf.Session() as sess:
                assert sess.run(tf.constant(number) + 1) == number + 1


# -- stacks ------------------------------------------------------------------------------------------------------------


def stacks(sess: tf.Session) -> list[Stacked]:
    return [held.plan.call for held in sess._cache.plans.values() if isinstance(held.plan.call, Stacked)]


def test_a_growing_chain_plans_what_is_new() -> None:
    v = tf.Variable([1.0, 2.0])
    x = v.read_value()
    with tf.Session() as sess:
        sess.run(v.initializer)
        for number in range(300):
            x = x + v
            np.testing.assert_array_equal(sess.run(x), [number + 2.0, 2 * number + 4.0])
        made = stacks(sess)
        assert len(made) > 250
        assert max(len(held.plan.program.operations()) for held in sess._cache.plans.values()) < NODES + 5
        sess.run(v.assign([0.0, 3.0]))
        np.testing.assert_array_equal(sess.run(x), [0.0, 903.0])


def test_a_growing_chain_of_constants_computes_what_is_new() -> None:
    x = tf.constant(1)
    with tf.Session() as sess:
        for number in range(300):
            x = x + 1
            assert sess.run(x) == number + 2
        assert max(len(stack.stages) for stack in stacks(sess)) == 2


def test_what_is_run_often_becomes_an_ordinary_plan() -> None:
    x = tf.placeholder(tf.float32, [3])
    y = x
    with tf.Session() as sess:
        for _ in range(100):
            y = tf.sin(y)
            first = sess.run(y, {x: [1.0, 2.0, 3.0]})
        before = len(stacks(sess))
        for _ in range(5):
            np.testing.assert_array_equal(sess.run(y, {x: [1.0, 2.0, 3.0]}), first)
        assert len(stacks(sess)) == before - 1
        assert "100" in str(sess.explain(y, [x]))
        previous = y.op.inputs[0]
        assert len(sess._plan((previous,), (x,)).program.operations()) == 100
        assert len(stacks(sess)) == before - 2
        y = tf.sin(tf.sin(y))
        np.testing.assert_allclose(sess.run(y, {x: [1.0, 2.0, 3.0]}), np.sin(np.sin(first)), rtol=1e-6)


def test_errors_in_a_stage_below_name_their_node() -> None:
    x = tf.placeholder(tf.float32, [None])
    unfed = tf.placeholder(tf.float32, [2], name="unfed")
    v = tf.Variable([1.0, 1.0], name="weights")
    y = tf.add(x, v, name="first")
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(80):
            y = tf.abs(y)
            sess.run(y, {x: [1.0, 2.0]})
        assert stacks(sess)
        y = tf.abs(y)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Add 'first': Incompatible shapes: \[3\] vs. \[2\]"):
            sess.run(y, {x: [1.0, 2.0, 3.0]})
        y = tf.abs(y)
        with pytest.raises(tf.errors.InvalidArgumentError, match="value for placeholder tensor 'unfed'"):
            sess.run(y + unfed, {x: [1.0, 2.0]})
        del sess._states[v.op]
        y = tf.abs(y)
        with tf.Session() as fresh:
            for _ in range(6):
                y = tf.abs(y)
                with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value weights"):
                    fresh.run(y, {x: [1.0, 2.0]})


def test_results_are_the_callers_own() -> None:
    x = tf.constant([1.0, 2.0])
    with tf.Session() as sess:
        for number in range(200):
            x = x + 1.0
            found = sess.run(x)
            np.testing.assert_array_equal(found, [number + 2.0, number + 3.0])
            found[:] = -1.0


def test_random_numbers_and_effects_are_never_stacked() -> None:
    counter = tf.Variable(0)
    count = counter.assign_add(1)
    noise = tf.random_uniform([])
    zero = noise - noise
    with tf.control_dependencies([count]):
        counted = tf.constant(1.0) * 2.0
    with tf.Session() as sess:
        sess.run(counter.initializer)
        for number in range(120):
            zero = (zero + noise) - noise
            counted = counted + 1.0
            assert abs(sess.run(zero)) < 1e-4
            assert sess.run(counted) == number + 3
            assert sess.run(counter) == number + 1
        assert not stacks(sess)


def following(kind: int, a: tf.Tensor, b: tf.Tensor, v: tf.Variable, w: tf.Variable) -> tf.Tensor:
    if kind == 4:
        return tf.cond(w > 0.5, lambda: a, lambda: b)
    return [tf.tanh, lambda a: a + b, lambda a: a * v, lambda a: a - w][kind](a)


@pytest.mark.parametrize("seed", range(6))
def test_random_growing_graphs(seed: int) -> None:
    """Each fetch, also of feeds of tensors in the middle, equals what a new session says that has seen nothing grow."""
    random = np.random.RandomState(seed)
    x = tf.placeholder(tf.float32, [3])
    v, w = tf.Variable([1.0, -2.0, 0.5]), tf.Variable(0.3)
    tensors = [x * 1.0, v + 0.0, w + x, tf.constant([0.1, 0.2, 0.3])]
    update = tf.group(v.assign(-v), w.assign_add(0.25))
    with tf.Session() as sess, tf.Session() as reference:
        for session in (sess, reference):
            session.run([v.initializer, w.initializer])
        stacked = 0
        for number in range(150):
            a, b = tensors[-1], tensors[random.randint(max(0, len(tensors) - 4), len(tensors))]
            tensors.append(following(random.randint(5 if number % 40 == 39 else 4), a, b, v, w))
            feeds = {x: random.rand(3).astype("f")}
            if number % 17 == 0:
                feeds[tensors[random.randint(len(tensors))]] = random.rand(3).astype("f")
            fetches = tensors[-1] if number % 5 else [tensors[-1], tensors[-2]]
            found = sess.run(fetches, feeds)
            reference._cache.clear()
            reference._growth = type(reference._growth)()
            np.testing.assert_allclose(found, reference.run(fetches, feeds), rtol=1e-4, atol=1e-6)
            stacked = max(stacked, len(stacks(sess)))
            if number % 23 == 0:
                for session in (sess, reference):
                    session.run(update)
        assert not stacks(reference)
        assert stacked or seed  # (not every graph has a place where it can be cut)


def test_a_variable_is_read_once() -> None:
    """Stages see one value of it, however other threads write meanwhile."""
    v = tf.Variable(np.zeros(1000, np.float32))
    difference = v.read_value()
    write = v.assign_add(np.ones(1000, np.float32))
    stop = threading.Event()
    with tf.Session() as sess:
        sess.run(v.initializer)

        def writes() -> None:
            while not stop.is_set():
                sess.run(write)

        thread = threading.Thread(target=writes)
        thread.start()
        try:
            for _ in range(60):
                for _ in range(4):
                    difference = (difference + 1.0) - 1.0 + v - v
                difference = difference * 0.0
                found = sess.run(difference + v - v)
                assert not np.any(found)
        finally:
            stop.set()
            thread.join()


def test_what_lower_stages_have_made_holds_until_a_variable_is_written() -> None:
    """A chain on a variable is not computed anew from its beginning, but from the last closed stage; native code writes
    the variable in its place, which no identity of an array shows."""
    v = tf.Variable(np.arange(5000, dtype=np.float32))
    doubled = v * 1.0
    write = v.assign_add(tf.ones([5000]))
    fed = tf.placeholder(tf.float32, [5000])
    expected = np.arange(5000, dtype=np.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for number in range(5 * NODES):
            doubled = doubled + 1.0
            found = sess.run(doubled)
            np.testing.assert_array_equal(found, expected + (number + 1.0))
            found[:] = -1.0  # the user's own: nobody else has it
            if number % 10 == 9:
                sess.run(write)
                expected += 1.0
                if NATIVE:
                    importlib.import_module("graphrt.native.dispatch").idle(30)
            if number % 16 == 15:
                other = sess.run(doubled + fed, {fed: np.ones(5000, np.float32)})
                np.testing.assert_array_equal(other, expected + (number + 2.0))
            if number % 27 == 26:
                v.load(np.zeros(5000, np.float32), sess)
                expected = np.zeros(5000, np.float32)
        assert len(stacks(sess)) > 2
        assert sess._cache.memo._last is not None
        assert sess._gate.written_over or not NATIVE


# -- altogether --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", measuring.CASES)
def test_nothing_grows(name: str) -> None:
    """A hundredth of benchmarks/growth.py, after a first part that fills what is kept."""
    measuring.measured(name, 0.01 if measuring.CASES[name].steps <= 10_000 else 0.002)
    gc.collect()
    before = measuring.state()
    measuring.measured(name, 0.01 if measuring.CASES[name].steps <= 10_000 else 0.002)
    gc.collect()
    after = measuring.state()
    assert after.threads <= before.threads + 1 and after.files <= before.files
    assert after.megabytes < before.megabytes + 15


def test_sessions_that_nobody_closes_go() -> None:
    x = tf.placeholder(tf.float32, [4])
    y = tf.reduce_sum(tf.exp(x))
    references = []
    for _ in range(20):
        sess = tf.Session()
        sess.run(y, {x: np.ones(4)})
        references.append(weakref.ref(sess))
    del sess
    gc.collect()
    assert not [reference for reference in references if reference() is not None]


def test_a_thousand_growing_fetches_take_moments() -> None:
    """They took 27 seconds and 1.4 GB: each planned and kept all that was before."""
    started = time.process_time()
    result = measuring.measured("chain on a variable", 0.1)
    assert result.end.megabytes - result.early.megabytes < 60
    assert time.process_time() - started < 12


def test_strings_pass_from_stage_to_stage_unharmed() -> None:
    """A scalar string between two stages went through NumPy's type of text, which cuts NULs at its end."""
    with tf.Session() as sess:
        text = tf.constant("s")
        for n in range(1, 3 * NODES):
            text = tf.string_join([text, tf.constant("a\0")])
            assert sess.run(text) == b"s" + b"a\0" * n


def test_strings_that_are_fed_pass_from_stage_to_stage_unharmed() -> None:
    with tf.Session() as sess:
        fed = text = tf.placeholder(tf.string, [])
        for n in range(1, 3 * NODES):
            text = tf.string_join([text, tf.constant("a\0")])
            assert sess.run(text, {fed: "s"}) == b"s" + b"a\0" * n


def test_what_a_stage_keeps_is_not_given_to_the_user() -> None:
    """The second run of a closed stage returned the array that stages above it stand on: changing it changed them."""
    with tf.Session() as sess:
        values = [tf.zeros([3]) + 1.0]
        for _ in range(3 * NODES):
            values.append(values[-1] + 1.0)
            sess.run(values[-1])
        for n, value in enumerate(values[1:], 2):
            result = sess.run(value)
            np.testing.assert_array_equal(result, [n, n, n])
            result[:] = -500.0


def test_equal_runs_of_a_stage_give_equal_types() -> None:
    """The second run of a closed stage gave an array without dimensions where the first gave a NumPy scalar."""
    with tf.Session() as sess:
        value = tf.constant(1.0)
        for _ in range(3 * NODES):
            value = value + 1.0
            assert [type(sess.run(value)) for _ in range(4)] == [np.float32] * 4
