"""What nodes become for native code, which of them share a loop, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native.expressions import CannotLower
from graphrt.native.fuse import fused
from graphrt.native.lower import Called, Changed, Hosted, Pointwise, Reduction, lower
from graphrt.native.specialize import specialized
from graphrt.passes.key import PlanKey


@pytest.fixture(autouse=True)
def a_graph():
    with tf.Graph().as_default():
        yield


def lowered(fetches, feeds=(), shapes=()):
    return lower(specialized(PlanKey(tuple(fetches), tuple(feeds)), tuple(shapes))[0])


def kinds(made):
    return [type(node) for node in made.nodes]


def test_each_kind_of_node():
    x = tf.placeholder(tf.float32, [None, 4])
    v = tf.Variable(np.ones((4, 4), np.float32))
    product = tf.matmul(tf.tanh(x), v)
    made = lowered([tf.reduce_sum(product, 1), tf.assign(v, v * 2.0), tf.as_string(product)], [x], [(3, 4)])
    assert {Pointwise, Reduction, Changed, Called, Hosted} == set(kinds(made))
    (hosted,) = [node for node in made.nodes if isinstance(node, Hosted)]
    assert hosted.op.type == "AsString" and hosted.why


def test_views_constants_and_feeds_are_no_nodes():
    x = tf.placeholder(tf.float32, [3, 4])
    made = lowered([tf.reshape(x, [2, 6])[1] * tf.constant(2.0), tf.expand_dims(x, 0)[0] + 1.0], [x], [(3, 4)])
    assert set(kinds(made)) == {Pointwise} and len(made.nodes) == 2


def waits_after_a_write(x):
    v = tf.Variable(np.ones((3, 4), np.float32))
    with tf.control_dependencies([tf.assign_add(v, x)]):
        return tf.py_func(lambda: np.float32(1), [], tf.float32, name="mine")


def waits_while_a_copy_is_written(x):
    v = tf.Variable(np.ones((3, 4), np.float32))
    before = v.read_value()
    with tf.control_dependencies([before]):
        after = tf.assign_add(v, x)
    with tf.control_dependencies([after]):
        return before + tf.py_func(lambda: np.float32(1), [], tf.float32, name="mine")


@pytest.mark.parametrize("build", [waits_after_a_write, waits_while_a_copy_is_written])
def test_what_may_wait_when_something_is_written_keeps_the_plan_in_python(build):
    x = tf.placeholder(tf.float32, [3, 4])
    with pytest.raises(CannotLower, match="may wait for another thread") as caught:
        lowered([build(x) + 1.0], [x], [(3, 4)])
    assert caught.value.node.name == "mine"


def test_what_may_wait_is_a_line_of_python():
    x = tf.placeholder(tf.float32, [3, 4])
    made = lowered([tf.py_func(lambda a: a, [tf.tanh(x)], tf.float32) + 1.0], [x], [(3, 4)])
    first, second = [node for node in made.nodes if isinstance(node, Hosted)]
    assert (first.op.type, first.why) == ("PyFunc", "only a run tells the shape of what it makes")
    assert second.why == "only a run tells the shape of what it is given"


def of_kind(made, kind):
    return [node for node in made.nodes if isinstance(node, kind)]


def test_what_a_branch_makes_is_where_the_result_of_the_cond_is():
    x = tf.placeholder(tf.float32, [3, 3])
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.matmul(x, x), lambda: tf.matmul(x, x + 1.0))
    made = lowered([y + 1.0], [x], [(3, 3)])
    products = of_kind(made, Called)
    assert [wanted for node in products for _, wanted in node.guard] == [False, True]
    assert products[0].outputs[0].memory is products[1].outputs[0].memory
    assert len(of_kind(made, Pointwise)) == 3  # x + 1, the comparison, y + 1: there are no copies


def test_what_both_branches_have_beforehand_is_selected():
    x = tf.placeholder(tf.float32, [3, 3])
    made = lowered([tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: tf.zeros([3, 3]))], [x], [(3, 3)])
    assert not any(node.guard for node in made.nodes)


def test_a_loop_has_one_condition():
    x = tf.placeholder(tf.float32, [3, 3])
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.exp(x) + 1.0, lambda: tf.tanh(x) * 2.0) * x
    steps = fused(lowered([y], [x], [(3, 3)]))
    assert sorted(len(step.nodes) for step in steps if step.guard) == [2, 2]
    assert all(node.guard == step.guard for step in steps for node in step.nodes)


def test_writes_under_a_condition_are_in_place_where_nobody_needs_the_version_before():
    x = tf.placeholder(tf.float32, [5])
    v = tf.Variable(np.ones(5, np.float32))
    write = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.assign_add(v, x).op, lambda: tf.no_op())
    made = lowered([write], [x], [(5,)])
    (change,) = of_kind(made, Changed)
    assert change.guard and change.outputs[0].memory.host is made.homes[next(iter(made.commits))].memory
    assert not made.exclusive and made.nodes[-1] is change
    with tf.control_dependencies([write]):
        late = tf.identity(v) * 2.0
    made = lowered([v.read_value(), late], [x], [(5,)])
    assert not made.exclusive and not [n for n in of_kind(made, Pointwise) if n.op.type == "_Join"]


def test_what_a_variable_decides_is_decided_once_in_a_run():
    """Another run may write the variable between two regions: it must not do half of a branch."""
    flag = tf.Variable(True)
    v = tf.Variable(np.ones(5, np.float32))
    made = lowered([tf.cond(flag, lambda: tf.assign(flag, False), lambda: v[0] > 0.0)])
    assert {array.memory.kind for node in made.nodes for array, _ in node.guard} == {"arena"}


def test_a_write_that_nothing_waits_for_which_may_fail_is_in_place():
    v, count = tf.Variable(np.ones(5, np.float32)), tf.Variable(1)
    step = tf.group(tf.assign_add(v, tf.ones([5])), tf.assign_add(count, 1))
    with tf.control_dependencies([step]):
        shown = tf.as_string(count.read_value())
    made = lowered([shown])
    hosts = {n.op.type: n.outputs[0].memory.host for n in of_kind(made, Changed)}
    change = next(n for n in of_kind(made, Changed) if n.outputs[0].shape == (5,))
    assert change.outputs[0].memory.host is not None and len(hosts) == 1
    (python,) = of_kind(made, Hosted)
    assert python.position in change.after


def test_a_version_that_may_not_have_been_written_is_copied_where_the_one_before_is_needed():
    x = tf.placeholder(tf.float32, [5])
    v = tf.Variable(np.ones(5, np.float32))
    old = tf.reverse(v, [0])
    with tf.control_dependencies([tf.cond(tf.reduce_sum(x) > 0, lambda: tf.assign_add(v, x).op, lambda: tf.no_op())]):
        shown = tf.as_string(v + old)
    made = lowered([shown], [x], [(5,)])
    (change,) = of_kind(made, Changed)
    assert made.exclusive and change.outputs[0].memory.host is None
    assert len([n for n in of_kind(made, Pointwise) if n.op.type == "_Join"]) == 3  # two for the version, one home


def test_a_write_comes_after_all_that_read_what_was_there():
    v = tf.Variable(np.ones(50, np.float32))
    old = v.read_value()
    write = tf.assign_add(v, tf.ones([50]))
    late = tf.reshape(old, [5, 10])  # a view, which the caller gets at the end
    nodes = lowered([late, write]).nodes
    (copy,) = (n for n in nodes if isinstance(n, Pointwise) and n.outputs[0].memory.kind == "output" and not n.after)
    (change,) = (n for n in nodes if isinstance(n, Changed))
    assert copy.position in change.after
    assert change.outputs[0].memory.host is change.inputs[0].memory


def test_a_version_that_is_still_read_is_not_written_over():
    v = tf.Variable(np.ones(50, np.float32))
    first = tf.assign_add(v, tf.ones([50]))
    between = first * 2.0
    with tf.control_dependencies([between]):
        second = tf.assign_add(v, tf.ones([50]))
    with tf.control_dependencies([second]):
        late = tf.Assert(tf.reduce_all(between > 0.0), ["it is not"])
    made = lowered([second, late])
    changes = [n for n in made.nodes if isinstance(n, Changed)]
    # Python comes after both writes: they go elsewhere, and the variable gets the last of them when all is done.
    assert [n.outputs[0].memory.host for n in changes] == [None, None]
    home = made.homes[next(iter(made.commits))].memory
    assert made.nodes[-1].outputs[0].memory.host is home


def test_what_is_read_askew_of_a_variable_that_is_written_is_copied():
    v = tf.Variable(np.arange(6, dtype=np.float32).reshape(6, 1))
    (change,) = (n for n in lowered([tf.assign_add(v, v[::-1])]).nodes if isinstance(n, Changed))
    assert change.inputs[1].memory.kind == "arena"
    (scatter,) = (
        n for n in lowered([tf.scatter_update(v, [1, 2, 3, 4, 5], v[:-1])]).nodes if isinstance(n, Called) and n.outputs
    )
    assert [a.memory.kind for a in scatter.inputs] == ["variable", "constant", "arena"]


def test_a_chain_and_its_reductions_are_one_loop():
    x = tf.placeholder(tf.float32, [30, 40])
    y = tf.tanh(x * 2.0 + 1.0)
    made = lowered([y, tf.reduce_sum(y, 0), tf.reduce_max(y * y, 1)], [x], [(30, 40)])
    (step,) = fused(made)
    assert len(step.loop.outputs) == 1 and len(step.loop.sinks) == 2


def test_what_needs_a_whole_reduction_is_another_loop():
    x = tf.placeholder(tf.float32, [30, 40])
    made = lowered([x - tf.reduce_mean(x, 1, keepdims=True)], [x], [(30, 40)])
    steps = fused(made)
    assert len(steps) == 2 and steps[0].loop.sinks and not steps[1].loop.sinks


def test_every_step_comes_after_what_it_waits_for():
    x = tf.placeholder(tf.float32, [30, 30])
    v = tf.Variable(np.ones((30, 30), np.float32))
    loss = tf.reduce_sum(tf.square(tf.matmul(tf.tanh(tf.matmul(x, v)), v)))
    train = tf.train.AdamOptimizer().minimize(loss)
    made = lowered([loss, train], [x], [(30, 30)])
    place = {node.position: i for i, step in enumerate(fused(made)) for node in step.nodes}
    assert len(place) == len(made.nodes)
    for node in made.nodes:
        assert all(place[earlier] <= place[node.position] for earlier in node.after)


@pytest.mark.parametrize("part", [lambda v: tf.transpose(v), lambda v: tf.reverse(v, [0])])
def test_a_variable_read_askew_is_copied_before_it_is_changed(part):
    v = tf.Variable(np.ones((30, 30), np.float32))
    made = lowered([tf.assign_add(v, part(v))])
    (changed,) = [node for node in made.nodes if isinstance(node, Changed)]
    steps = fused(made)
    assert len(steps) == 2 + 1  # the copy, the change, and what is fetched
    reads = [a for a in changed.inputs if a.memory.kind == "variable"]
    assert all(a.contiguous and a.shape == (30, 30) for a in reads)
