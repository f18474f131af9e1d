"""Versions of variables, and whose memory a tensor may be a view of."""

import pytest

import graphrt as tf
from graphrt.graph.accesses import (
    may_be_absent,
    needs_of,
    root,
    variable_of,
    version_before,
    versions_made,
    writers_before,
)
from graphrt.opdef import OpDef
from graphrt.passes.capture import capture


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def program_and_nodes(*fetches):
    program = capture(tuple(fetches), ())
    return program, {op.name: op for op in program.operations()}


# -- memory ------------------------------------------------------------------------------------------------------------


def test_a_view_of_a_view_is_in_the_memory_of_the_first():
    x = tf.placeholder(tf.float32, [2, 3])
    y = tf.negative(x)
    view = tf.expand_dims(tf.reshape(tf.transpose(y), [-1])[1:], 0)
    assert root(view) is y
    assert root(tf.negative(view)) is not y


def test_all_parts_of_a_split_are_in_its_memory():
    y = tf.negative(tf.placeholder(tf.float32, [4, 2]))
    assert [root(part) for part in (*tf.split(y, 2), *tf.unstack(y))] == [y] * 6


def test_only_the_first_output_of_others_is_a_view(ops_of_the_test):
    x = tf.negative(tf.placeholder(tf.float32, [4]))
    view, other = OpDef("HarnessViewAndOther", "x", "view other", aliases=0)(x)
    assert root(view) is x and root(other) is other


# -- versions ----------------------------------------------------------------------------------------------------------


def test_each_write_makes_the_next_version():
    v = tf.Variable(1.0, name="v")
    first = tf.assign_add(v, 1.0, name="first")
    with tf.control_dependencies([first]):
        second = tf.assign_add(v, 2.0, name="second")
    program, nodes = program_and_nodes(second)
    (after_first,) = versions_made(nodes["first"])
    (after_second,) = versions_made(nodes["second"])
    assert version_before(after_second) is after_first
    assert version_before(after_first) is nodes["v"].outputs[0]
    assert variable_of(after_second) is nodes["v"]
    assert program.commits == {nodes["v"]: after_second}


def test_a_value_refers_to_nothing():
    v = tf.Variable(1.0)
    assert variable_of(v.value()) is None
    assert variable_of(tf.constant(1.0)) is None


def test_an_update_makes_a_version_of_each_reference():
    v = tf.Variable([1.0, 2.0], name="v")
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    step = optimizer.apply_gradients([(tf.constant([1.0, 1.0]), v)], name="step")
    _, nodes = program_and_nodes(step)
    (update,) = [op for op in nodes.values() if op.opdef.update_rule is not None]
    made = versions_made(update)
    assert [variable_of(version).name for version in made] == ["v", "v/Momentum"]
    assert [version_before(version).op.name for version in made] == ["v", "v/Momentum"]


def test_what_has_certainly_been_written_is_there():
    v = tf.Variable(1.0, name="v")
    taken = tf.placeholder(tf.bool, [])
    write = tf.cond(taken, lambda: tf.identity(tf.assign(v, 2.0)), lambda: tf.constant(0.0))
    always = tf.assign(v, 3.0, name="always")
    _, nodes = program_and_nodes(always)
    assert may_be_absent(nodes["v"].outputs[0]) and not may_be_absent(versions_made(nodes["always"])[0])
    program = capture((write,), (taken,))
    (left,) = program.commits.values()
    assert may_be_absent(left)


def test_what_a_node_needs():
    x, flag = tf.placeholder(tf.float32, [], "x"), tf.placeholder(tf.bool, [], "flag")

    def inside():
        with tf.control_dependencies([first]):
            return tf.py_func(lambda a: a, [x], tf.float32, name="inside")

    first = tf.py_func(lambda: 1.0, [], tf.float64, name="first")
    chosen = tf.cond(flag, inside, lambda: tf.constant(0.0))
    program = capture((chosen,), (x, flag))
    (op,) = [op for op in program.operations() if op.name.endswith("inside")]
    assert {need.name for need in needs_of(program, op)} >= {"x", "first", "flag"}


def test_writers_behind_a_node():
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    a, b = tf.assign_add(v, 1.0, name="a"), tf.assign_add(w, 1.0, name="b")
    with tf.control_dependencies([a]):
        after_a = tf.identity(tf.constant(1.0), name="after_a")
    with tf.control_dependencies([after_a, b]):
        after_both = tf.identity(after_a, name="after_both")
    free = tf.negative(tf.constant(1.0), name="free")
    program, nodes = program_and_nodes(after_both, free)
    found = writers_before(program, program.operations(), {nodes["a"]: 1, nodes["b"]: 2})
    assert found[nodes["a"]] == 1 and found[nodes["after_a"]] == 1 and found[nodes["after_both"]] == 3
    assert nodes["free"] not in found
