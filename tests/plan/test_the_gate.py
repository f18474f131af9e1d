"""Who is in a session, and the commit of what a run has written."""

from __future__ import annotations

import ast
import gc
import threading
from pathlib import Path

import pytest

import graphrt as tf
from graphrt.errors import AbortedError
from graphrt.plan.gate import Gate, commit


class Place:
    """Stands for a Slot."""

    def __init__(self, value, name="v"):
        self.value = value
        self.op = self
        self.name = name


def test_who_is_present_is_counted_by_references():
    gate = Gate()
    assert not gate.others(0)
    here = gate.presence
    assert gate.others(0)
    assert not gate.others()
    there = gate.presence
    assert gate.others()
    del there
    assert not gate.others()
    del here
    assert not gate.others(0)


def test_a_run_that_fails_is_no_longer_present():
    gate = Gate()

    def run():
        here = gate.presence
        assert here is gate.presence
        raise ValueError("it fails")

    for _ in range(100):
        with pytest.raises(ValueError, match="it fails"):
            run()
    gc.collect()
    assert not gate.others(0)


def test_a_commit_is_all_or_nothing():
    slots = [Place(object(), f"v{i}") for i in range(5)]
    before = [slot.value for slot in slots]
    after = [object() for _ in slots]
    commit(slots, before, after)
    assert [slot.value for slot in slots] == after
    slots[3].value = other = object()
    with pytest.raises(AbortedError, match=r"\['v3'\] were written by a run within this run"):
        commit(slots, after, before)
    assert [slot.value for slot in slots] == [*after[:3], other, *after[4:]]


def test_the_lock_is_free_after_a_call_however_that_ends():
    gate = Gate()

    def leaves_it_held():
        gate.lock.acquire()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gate.closing(leaves_it_held)()
    taken = []
    other = threading.Thread(target=lambda: taken.append(gate.lock.acquire(timeout=5)))
    other.start()
    other.join()
    assert taken == [True]


def test_a_nested_call_leaves_the_lock_to_the_outer_one():
    gate = Gate()
    with gate.lock:
        gate.closing(lambda: None)()
        assert gate.lock._is_owned()
    assert not gate.lock._is_owned()


def test_a_python_function_cannot_lose_what_the_run_around_it_writes():
    """What a run within a run writes is not silently written over."""
    v = tf.Variable(1.0, name="counter")
    other = tf.Variable(1.0, name="other")
    outer = tf.Session()

    def nested():
        outer.run(other.assign_add(1.0))
        return outer.run(v.assign_add(10.0))

    seen = tf.py_func(nested, [], tf.float32)
    with tf.control_dependencies([seen]):
        step = v.assign_add(1.0)
    with outer:
        outer.run(tf.global_variables_initializer())
        # The write comes after the function, and goes out from what that has left.
        assert outer.run(step) == 12.0
        assert outer.run(v) == 12.0
        assert outer.run(other) == 2.0


@pytest.mark.parametrize("native", ["0", "force"])
@pytest.mark.parametrize("check", ["numerics", "assertion", "guarded assertion"])
def test_a_check_that_fails_after_a_write_leaves_nothing_written(check, native, monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", native)
    x = tf.placeholder(tf.float32, [3])
    v, other = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([0.0, 0.0, 0.0])
    with tf.control_dependencies([v.assign_add(x)]):
        checks = {
            "numerics": lambda: tf.check_numerics(x * 2.0, "x"),
            "assertion": lambda: tf.Assert(tf.reduce_all(x < 5.0), ["too large"]),
            "guarded assertion": lambda: tf.Assert(tf.reduce_all(x < 5.0), [x]),
        }
        made = checks[check]()
    with tf.control_dependencies([made]):
        step = other.assign(v * 2.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step.op, {x: [1.0, 1.0, 1.0]})
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(step.op, {x: [float("inf"), 1.0, 1.0]})
        assert sess.run([v, other])[0].tolist() == [2.0, 3.0, 4.0]
        assert sess.run(other).tolist() == [4.0, 6.0, 8.0]


def test_what_stands_beside_a_lock_has_no_loop():
    """From Python 3.12 on a tracer sees each round of a comprehension, and then the release as a line of its own."""
    found = []
    for path in sorted((Path(__file__).parents[2] / "graphrt").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.With) and node.lineno == node.end_lineno:
                loops = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
                found += [f"{path}:{node.lineno}" for part in ast.walk(node) if isinstance(part, loops)]
    assert not found
