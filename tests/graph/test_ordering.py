"""The declared order, as far as needs and wishes let it be."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.graph.accesses import needs_of
from graphrt.graph.ordering import in_declared_order
from graphrt.passes.capture import capture


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def nodes_of(*fetches):
    program = capture(tuple(fetches), ())
    return program, program.operations(), {op.name: op for op in program.operations()}


def shown(order, among):
    return [op.name for op in order if op.name in among]


def test_what_was_declared_first_goes_first():
    a = tf.py_func(lambda: 1.0, [], tf.float64, name="a")
    b = tf.py_func(lambda: 1.0, [], tf.float64, name="b")
    program, order, _ = nodes_of(b, a)
    assert shown(order, "ab") == ["b", "a"]
    assert shown(in_declared_order(program, order, {}), "ab") == ["a", "b"]


def test_a_wish_comes_before_the_declared_order_and_a_need_before_a_wish():
    a = tf.py_func(lambda: 1.0, [], tf.float64, name="a")
    b = tf.py_func(lambda: 1.0, [], tf.float64, name="b")
    c = tf.negative(b, name="c")
    program, order, by_name = nodes_of(a, b, c)
    wished = in_declared_order(program, order, {by_name["a"]: [by_name["c"]]})
    assert shown(wished, "abc") == ["b", "c", "a"]
    against = in_declared_order(program, order, {by_name["b"]: [by_name["c"]]})
    assert shown(against, "abc") == ["a", "b", "c"]


def test_wishes_in_a_circle_are_given_up():
    a = tf.py_func(lambda: 1.0, [], tf.float64, name="a")
    b = tf.py_func(lambda: 1.0, [], tf.float64, name="b")
    program, order, by_name = nodes_of(a, b)
    circle = {by_name["a"]: [by_name["b"]], by_name["b"]: [by_name["a"]]}
    assert shown(in_declared_order(program, order, circle), "ab") == ["a", "b"]


def test_later_nodes_go_last():
    a = tf.py_func(lambda: 1.0, [], tf.float64, name="a")
    b = tf.py_func(lambda: 1.0, [], tf.float64, name="b")
    program, order, by_name = nodes_of(a, b)
    assert shown(in_declared_order(program, order, {}, {by_name["a"]}), "ab") == ["b", "a"]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_needs_always_hold_and_wishes_where_they_can(seed):
    draw = random.Random(seed)
    with tf.Graph().as_default():
        made = [tf.py_func(lambda: 1.0, [], tf.float64, name="n0")]
        for i in range(1, draw.randint(2, 14)):
            sources = draw.sample(made, draw.randint(0, min(2, len(made))))
            with tf.control_dependencies(draw.sample(made, draw.randint(0, min(2, len(made))))):
                made.append(tf.py_func(lambda *_: 1.0, sources, tf.float64, name=f"n{i}"))
        program = capture(tuple(made), ())
        order = program.operations()
        wishes = {op: draw.sample(order, draw.randint(0, 2)) for op in order if draw.random() < 0.5}
        wishes = {op: [wish for wish in before if wish is not op] for op, before in wishes.items()}
        found = in_declared_order(program, order, wishes)
        position = {op: i for i, op in enumerate(found)}
        assert sorted(position.values()) == list(range(len(order))) and set(found) == set(order)
        assert all(position[need] < position[op] for op in order for need in needs_of(program, op))
        edges = [(b, op) for op, before in wishes.items() for b in before]
        edges += [(need, op) for op in order for need in needs_of(program, op)]
        if not _has_a_circle(order, edges):
            assert all(position[b] < position[op] for op, before in wishes.items() for b in before)


def _has_a_circle(nodes, edges):
    left = list(nodes)
    while left:
        free = [n for n in left if not any(b in left for b, other in edges if other is n)]
        if not free:
            return True
        left = [n for n in left if n not in free]
    return False
