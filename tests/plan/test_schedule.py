"""The order in which nodes run: writes late, what is read before it is written over, and the lock's segments."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.graph.accesses import needs_of
from graphrt.passes.capture import capture
from graphrt.plan.schedule import after_writes, scheduled, segments


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def program_of(*fetches, feeds=()):
    return capture(tuple(fetches), tuple(feeds))


def named(program, name):
    return next(op for op in program.operations() if op.name == name)


def shown(operations, *among):
    return [op.name for op in operations if op.name in among]


def test_without_writes_the_order_of_the_program_stays():
    x = tf.placeholder(tf.float32, [])
    program = program_of(tf.square(x), tf.negative(x), feeds=[x])
    assert scheduled(program) == program.operations()


def test_what_no_write_precedes_runs_first():
    v = tf.Variable(1.0, name="v")
    write = tf.assign(v, 2.0, name="write")
    x = tf.placeholder(tf.float32, [], "x")
    free = tf.square(x, name="free")
    with tf.control_dependencies([write]):
        after = tf.negative(x, name="after")
    program = program_of(write, after, free, feeds=[x])
    assert shown(scheduled(program), "write", "after", "free") == ["free", "write", "after"]
    assert {op.name for op in after_writes(program, program.operations())} == {"write", "after"}


def test_what_is_read_is_read_before_it_is_written_over():
    v = tf.Variable([1.0, 2.0], name="v")
    write = tf.assign_add(v, [1.0, 1.0], name="write")
    reads = tf.negative(v, name="reads")
    program = program_of(write, reads)
    assert shown(scheduled(program), "write", "reads") == ["reads", "write"]


def test_a_version_between_two_writes_is_read_before_the_second():
    v = tf.Variable([1.0, 2.0], name="v")
    first = tf.assign_add(v, [1.0, 1.0], name="first")
    with tf.control_dependencies([first]):
        second = tf.assign_add(v, [1.0, 1.0], name="second")
        between = tf.negative(v, name="between")
    program = program_of(second, between)
    assert shown(scheduled(program), "first", "second", "between") == ["first", "between", "second"]


def test_a_reader_that_waits_for_the_write_comes_after_it():
    """Its version outlives the write: here the wish cannot be granted."""
    v = tf.Variable([1.0, 2.0], name="v")
    before = tf.identity(v.value(), name="before")
    write = tf.assign_add(v, [1.0, 1.0], name="write")
    with tf.control_dependencies([write]):
        waits = tf.add(before, 0.0, name="waits")
    program = program_of(write, waits)
    assert shown(scheduled(program), "write", "waits") == ["write", "waits"]


def test_two_variables_that_are_exchanged():
    """Each write reads what the other one writes over: one of the wishes is given up, not the order of needs."""
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    program = program_of(tf.assign(v, w.value(), name="to_v"), tf.assign(w, v.value(), name="to_w"))
    order = scheduled(program)
    position = {op: i for i, op in enumerate(order)}
    assert all(position[need] < position[op] for op in order for need in needs_of(program, op))
    assert shown(order, "to_v", "to_w") == ["to_v", "to_w"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([op for op in tf.get_default_graph().get_operations() if op.name in ("to_v", "to_w")])
        assert sess.run([v, w]) == [2.0, 1.0]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_random_programs_of_reads_and_writes(seed):
    draw = random.Random(seed)
    with tf.Graph().as_default():
        variables = [tf.Variable([1.0, 2.0], name=f"v{i}") for i in range(2)]
        values = [tf.constant([1.0, 1.0])]
        made = []
        for i in range(draw.randint(2, 12)):
            with tf.control_dependencies(draw.sample(made, min(len(made), draw.choice([0, 0, 1, 2])))):
                kind, variable, value = (
                    draw.choice(["read", "write", "value"]),
                    draw.choice(variables),
                    draw.choice(values),
                )
                if kind == "write":
                    made.append(tf.assign_add(variable, value, name=f"n{i}").op)
                    continue
                node = tf.negative(variable if kind == "read" else value, name=f"n{i}")
            values.append(node)
            made.append(node.op)
        program = program_of(*made)
        order = scheduled(program)
        position = {op: i for i, op in enumerate(order)}
        assert set(order) == set(program.operations()) and len(order) == len(position)
        assert all(position[need] < position[op] for op in order for need in needs_of(program, op))
        late = after_writes(program, program.operations())
        there = [i for i, op in enumerate(order) if op in late]
        here = [
            i for i, op in enumerate(order) if op not in late and op.opdef.role not in ("feed", "constant", "variable")
        ]
        assert not there or not here or max(here) < min(there)
        parts = segments(order)
        assert [op for _, part in parts for op in part] == [op for op in order if op.opdef.role != "variable"]
        assert not any(op.opdef.writes for locked, part in parts if not locked for op in part)


def test_segments_are_locked_from_a_write_on_until_others_must_see_it():
    v = tf.Variable(1.0, name="v")
    write = tf.assign_add(v, 1.0, name="write")
    with tf.control_dependencies([write]):
        inside = tf.negative(v, name="inside")
        calls = tf.py_func(lambda a: a, [inside], tf.float32, name="calls")
    again = tf.assign(v, calls, name="again")
    program = program_of(again)
    found = [
        (locked, shown(part, "write", "inside", "calls", "again")) for locked, part in segments(scheduled(program))
    ]
    assert [part for part in found if part[1]] == [
        (True, ["write", "inside"]),
        (False, ["calls"]),
        (True, ["again"]),
    ]
