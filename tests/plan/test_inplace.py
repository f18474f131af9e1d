"""Which outputs take over the memory of an input, and all that forbids it."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.graph.accesses import root
from graphrt.opdef import OpDef
from graphrt.passes.capture import capture
from graphrt.plan import inplace
from graphrt.plan.inplace import owns_fresh_memory, reused_inputs
from graphrt.plan.liveness import last_uses
from graphrt.plan.schedule import scheduled


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture(autouse=True, scope="module")
def small_arrays_are_reused():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inplace, "_WORTHWHILE", 1)
        yield


def reused(*fetches, feeds=()):
    """{name of a node: name of the tensor whose memory it takes}"""
    program = capture(tuple(fetches), tuple(feeds))
    order = scheduled(program)
    found = reused_inputs(order, last_uses(order, program.fetches))
    return {op.name: tensor.op.name for op, tensor in found.items()}


def given_array(shape=(4, 3), name="x"):
    return tf.placeholder(tf.float32, list(shape), name)


# -- what may be taken -------------------------------------------------------------------------------------------------


def test_a_value_that_dies_is_written_over():
    x = given_array()
    y = tf.square(x, name="y")
    assert reused(tf.tanh(y, name="z"), feeds=[x]) == {"z": "y"}


def test_a_chain_has_one_array():
    x = given_array()
    y = tf.square(x, name="a")
    for name in "bcd":
        y = tf.tanh(y, name=name)
    assert reused(y, feeds=[x]) == {"b": "a", "c": "b", "d": "c"}


def test_the_second_input_may_be_the_one():
    x = given_array()
    y = tf.square(x, name="y")
    assert reused(tf.add(x, y, name="z"), feeds=[x]) == {"z": "y"}


def test_random_numbers_are_of_this_run_only():
    drawn = tf.random_uniform([4, 3], name="drawn")
    assert owns_fresh_memory(tf.square(drawn))
    assert reused(tf.tanh(drawn, name="z"))["z"].startswith("drawn")


# -- what may not ------------------------------------------------------------------------------------------------------


def test_what_others_hold_is_left_alone():
    x = given_array()
    v = tf.Variable(np.ones((4, 3), np.float32), name="v")
    c = tf.constant(np.ones((4, 3), np.float32), name="c")
    assert reused(tf.tanh(x), tf.tanh(v), tf.tanh(c), feeds=[x]) == {}
    assert not any(map(owns_fresh_memory, (x, v.value(), c)))


def test_what_is_fetched_is_left_alone():
    x = given_array()
    y = tf.square(x, name="y")
    assert reused(tf.tanh(y), y, feeds=[x]) == {}


def test_what_is_read_again_is_left_alone():
    x = given_array()
    y = tf.square(x, name="y")
    first = tf.tanh(y, name="first")
    assert reused(tf.subtract(first, y, name="second"), feeds=[x]) == {"second": "first"}


def test_what_a_view_still_shows_is_left_alone():
    x = given_array()
    y = tf.square(x, name="y")
    view = tf.transpose(y, name="view")
    z = tf.tanh(y, name="z")
    assert "z" not in reused(z, tf.square(view, name="w"), feeds=[x])
    assert "z" not in reused(z, view, feeds=[x])


def test_a_view_is_not_taken_itself():
    x = given_array()
    view = tf.transpose(tf.square(x, name="y"), name="view")
    assert reused(tf.tanh(view, name="z"), feeds=[x]) == {}


def test_the_same_memory_through_another_input():
    x = given_array((3, 3))
    y = tf.square(x, name="y")
    assert reused(tf.subtract(y, tf.transpose(y), name="z"), feeds=[x]) == {}
    assert reused(tf.subtract(y, y, name="z"), feeds=[x]) == {}


def test_an_output_of_another_type_or_shape(ops_of_the_test):
    x, row = given_array(), given_array((3,), "row")
    y = tf.square(row, name="y")
    to_int = OpDef("HarnessToInt", "x", "y:int32", overwrites=(0,), infer=lambda op: op.inputs[0].shape)
    assert reused(to_int(y), feeds=[row]) == {}
    assert reused(tf.add(y, x, name="z"), feeds=[x, row]) == {}  # y is broadcast: its memory is too small
    assert reused(tf.add(tf.square(x, name="large"), row, name="sum"), feeds=[x, row]) == {"sum": "large"}


def test_what_may_be_broadcast_is_left_alone():
    x, other = given_array((None, 3)), given_array((None, 3), "other")
    y = tf.square(x, name="y")
    assert reused(tf.add(y, other, name="z"), feeds=[x, other]) == {}
    assert reused(tf.add(y, 1.0, name="more"), feeds=[x]) == {"more": "y"}


def test_an_op_that_does_not_say_so():
    x = given_array((3, 3))
    y = tf.square(x, name="y")
    assert "z" not in reused(tf.matmul(y, x, name="z"), feeds=[x])


def test_what_a_condition_may_hand_on():
    x, flag = given_array(), tf.placeholder(tf.bool, [], "flag")
    y = tf.square(x, name="y")
    z = tf.cond(flag, lambda: y, lambda: tf.negative(x))
    assert "w" not in reused(z, tf.tanh(y, name="w"), feeds=[x, flag])
    assert "y" not in reused(tf.tanh(z, name="w"), feeds=[x, flag]).values()


def test_small_arrays_are_not_worth_it(monkeypatch):
    monkeypatch.setattr(inplace, "_WORTHWHILE", 2048)
    x, large, unknown = given_array(), given_array((64, 32), "large"), given_array((None, 32), "unknown")
    assert reused(tf.tanh(tf.square(x)), feeds=[x]) == {}
    assert len(reused(tf.tanh(tf.square(large)), feeds=[large])) == 1
    assert len(reused(tf.tanh(tf.square(unknown)), feeds=[unknown])) == 1  # a batch is taken to be 64


# -- in general --------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_that_is_taken_is_seen_again(seed):
    draw = random.Random(seed)
    with tf.Graph().as_default():
        x, flag = given_array((3, 3)), tf.placeholder(tf.bool, [])
        v = tf.Variable(np.ones((3, 3), np.float32))
        tensors = [x, v.value(), tf.square(x)]
        for _ in range(draw.randint(2, 14)):
            a, b = draw.choice(tensors[-4:]), draw.choice(tensors)
            tensors.append(_one_more(draw.randrange(8), a, b, flag, v))
        fetches = draw.sample(tensors, draw.randint(1, 3))
        program = capture(tuple(dict.fromkeys(fetches)), (x, flag))
        order = scheduled(program)
        position = {op: i for i, op in enumerate(order)}
        for op, taken in reused_inputs(order, last_uses(order, program.fetches)).items():
            assert root(taken) is taken and owns_fresh_memory(taken)
            assert taken.dtype is op.outputs[0].dtype and taken.shape == op.outputs[0].shape
            assert sum(root(tensor) is taken for tensor in op.inputs) == 1
            sharing = [tensor for other in order for tensor in other.outputs if root(tensor) is taken]
            assert not any(tensor in program.fetches for tensor in sharing)
            readers = [r for tensor in sharing for r in tensor.consumers() if r in position]
            assert max(position[reader] for reader in readers) == position[op]


def _one_more(kind, a, b, flag, v):
    if kind == 0:
        return tf.add(a, b)
    if kind == 1:
        return tf.tanh(a)
    if kind == 2:
        return tf.transpose(a)
    if kind == 3:
        return tf.reshape(tf.reshape(a, [-1]), [3, 3])
    if kind == 4:
        return tf.cond(flag, lambda: tf.negative(a), lambda: b)
    if kind == 5:
        return tf.assign_add(v, a) + 0.0
    if kind == 6:
        return tf.concat([a[1:], b[:1]], 0)
    return tf.maximum(a, 0.5)
