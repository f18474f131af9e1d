"""verify finds each way in which a pass can spoil a program."""

import pytest

import graphrt as tf
from graphrt.graph.verify import MalformedProgramError, verify
from graphrt.passes.capture import capture


@pytest.fixture
def program():
    """y = -x, z = y * y; v += z."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [], "x")
        v = tf.Variable(1.0, name="v")
        y = tf.negative(x, name="y")
        z = tf.multiply(y, y, name="z")
        write = tf.assign_add(v, z, name="write")
        program = capture((z, write), (x,))
    verify(program)
    return program


def named(program, name):
    return next(op for op in program.operations() if op.name == name)


def refused(program, says):
    with pytest.raises(MalformedProgramError, match=says):
        verify(program)


def test_a_node_of_another_graph(program):
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    named(program, "z")._inputs = (other, other)
    program.changed()
    refused(program, "is not of the program")


def test_a_fetch_of_another_graph(program):
    order = program.operations()
    with tf.Graph().as_default():
        program.fetches.append(tf.constant(1.0))
    program._order = order
    refused(program, "is not of the program")


def test_a_node_that_stands_for_nothing(program):
    del program.origins[named(program, "y")]
    refused(program, "stands for no node of the user")


def test_a_consumer_that_is_not_noted(program):
    named(program, "y").outputs[0]._consumers.clear()
    refused(program, "is not among the consumers")


def test_nodes_that_need_each_other(program):
    named(program, "y")._add_control_inputs([named(program, "z")])
    program.changed()
    refused(program, "need each other")


def test_an_order_that_is_none(program):
    program._order = list(reversed(program.operations()))
    refused(program, "wrong order")


def test_an_order_without_a_node_that_is_needed(program):
    program._order = [op for op in program.operations() if op.name not in ("write",)]
    refused(program, "not that of the nodes that are needed|is written|leaves")


def test_two_writes_over_one_version(program):
    write = named(program, "write")
    twin = program.copy(write, write.inputs, ())
    program.targets.append(twin)
    refused(program, "both write over")


def test_a_run_that_leaves_less_than_was_written(program):
    (variable,) = program.commits
    program.commits[variable] = variable.outputs[0]
    program.targets.append(named_in_graph(program, "write"))
    program.changed()
    refused(program, "is not among what the run leaves")


def test_a_run_that_leaves_nothing_of_what_was_written(program):
    write = named(program, "write")
    program.commits.clear()
    program.targets.append(write)
    program.changed()
    refused(program, "leaves nothing of it")


def named_in_graph(program, name):
    return next(op for op in program.graph._operations if op.name == name)
