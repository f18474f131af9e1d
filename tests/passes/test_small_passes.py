"""RemoveIdentities, FoldConstants, RefineShapes, MergeEqual and SinkControls: before and after."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.fold_constants import FoldConstants
from graphrt.passes.merge_equal import MergeEqual
from graphrt.passes.refine_shapes import RefineShapes
from graphrt.passes.remove_identities import RemoveIdentities
from graphrt.passes.sink_controls import SinkControls
from tests.passes.programs import lines, rewritten


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def placeholder(name="x", shape=(2,), dtype=tf.float32):
    return tf.placeholder(dtype, shape, name=name)


# -- RemoveIdentities --------------------------------------------------------------------------------------------------


def test_identities_go():
    x = placeholder()
    y = tf.exp(tf.identity(tf.identity(x)), name="y")
    assert lines(rewritten([y], [x], [RemoveIdentities()])) == ["y float32[2] = Exp(x)", "return y"]


def test_reads_of_variables_and_identities_that_wait_stay():
    x = placeholder()
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.assign(v, 2.0, name="write")]):
        y = tf.identity(x, name="y")
    text = lines(rewritten([y, v + 0.0], [x], [RemoveIdentities()]))
    assert "y float32[2] = Identity(x, ^write)" in text
    assert "v/read float32[] = Identity(v)" in text


def test_the_predicate_of_a_branch_may_be_an_identity():
    x, p = placeholder(), placeholder("p", (), tf.bool)
    q = tf.identity(tf.logical_not(p, name="q"))
    y = tf.cond(q, lambda: tf.exp(x, name="e"), lambda: tf.sin(x, name="s"))
    text = lines(rewritten([y], [x, p], [RemoveIdentities()]))
    assert "cond/e float32[2] = Exp(x) if q" in text
    assert "cond/Merge float32[2] = _Choose(q, cond/s, cond/e)" in text


def test_what_a_branch_says_of_a_shape_holds_in_the_branch_only():
    x, p = tf.placeholder(tf.float32, name="x"), placeholder("p", (), tf.bool)

    def shaped(shape):
        inside = tf.identity(x)
        inside.set_shape(shape)
        return tf.reduce_sum(inside)

    y = tf.cond(p, lambda: shaped([2, 3]), lambda: shaped([5]))
    program = rewritten([y], [x, p], [RemoveIdentities(), RefineShapes()])
    assert program.feeds[0].shape.rank is None
    with tf.Session() as sess:
        assert sess.run(y, {x: np.ones((2, 3)), p: True}) == 6
        assert sess.run(y, {x: np.ones(5), p: False}) == 5


# -- FoldConstants -----------------------------------------------------------------------------------------------------


def test_constants_are_computed():
    x = placeholder()
    y = tf.multiply(x, tf.add(tf.constant(2.0), 3.0, name="sum"), name="y")
    program = rewritten([y], [x], [FoldConstants()])
    assert lines(program) == [
        "sum/folded float32[] = _Constant(value=5.0)",
        "y float32[2] = Mul(x, sum/folded)",
        "return y",
    ]
    assert program.notes == ["1 value computed ahead of time, 1 of them used"]


def test_what_is_fed_random_or_a_variable_is_not_computed():
    a = tf.constant(2.0, name="a")
    v = tf.Variable(1.0, name="v")
    y = tf.add_n([a * 3.0, v * 2.0, tf.random_uniform([])])
    text = "\n".join(lines(rewritten([y], [a], [FoldConstants()])))
    assert "Mul(a," in text and "Mul(v/read," in text and "RandomUniform(" in text


def test_a_constant_predicate():
    x = placeholder()
    y = tf.cond(tf.less(tf.constant(1.0), 2.0), lambda: tf.exp(x), lambda: tf.log(x))
    program = rewritten([y], [x], [FoldConstants()])
    assert "cond/Merge float32[2] = _Choose(Less/folded, cond/Log, cond/Exp)" in lines(program)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(y, {x: [0.0, 1.0]}), np.exp([0, 1]), rtol=1e-6)


def test_constants_of_a_branch_need_no_guard():
    x, p = placeholder(), placeholder("p", (), tf.bool)
    y = tf.cond(p, lambda: x * (tf.constant(2.0) + 3.0), lambda: x)
    text = lines(rewritten([y], [x, p], [FoldConstants()]))
    assert "cond/add/folded float32[] = _Constant(value=5.0)" in text


def test_large_values_are_not_kept():
    small, large = tf.zeros([4]) + 1.0, tf.fill([1 << 10, 1 << 10], 1.0) + 1.0
    text = "\n".join(lines(rewritten([small, large], [], [FoldConstants(limit=1 << 10)])))
    assert "_Constant(value=[1.0, 1.0, 1.0, 1.0])" in text and "AddV2(" in text


def test_what_fails_is_left_to_the_run():
    bad = tf.constant(1) // tf.constant(0)
    p = placeholder("p", (), tf.bool)
    y = tf.cond(p, lambda: tf.constant(1) // tf.constant(0), lambda: tf.constant(7))
    assert any("FloorDiv(" in line for line in lines(rewritten([bad], [], [FoldConstants()])))
    with tf.Session() as sess:
        assert sess.run(y, {p: False}) == 7
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
            sess.run(y, {p: True})


# -- RefineShapes ------------------------------------------------------------------------------------------------------


def test_shapes_that_do_not_fit_are_left_to_the_run():
    # Only once what x is reshaped to is known, it is seen that the product cannot be.
    x, p = placeholder("x", (6,)), placeholder("p", (), tf.bool)
    size = tf.placeholder_with_default([2, 3], [2], name="size")
    product = lambda: tf.matmul(tf.reshape(x, size), tf.ones([4, 5]))  # noqa: E731
    y = tf.cond(p, product, lambda: tf.ones([2, 5]))
    with tf.Session() as sess:
        assert sess.run(y, {p: False, x: np.ones(6)}).shape == (2, 5)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(y, {p: True, x: np.ones(6)})


# -- MergeEqual --------------------------------------------------------------------------------------------------------


def test_equal_nodes_become_one():
    x, y = placeholder("x"), placeholder("y")
    a, b = tf.multiply(x, y, name="a"), tf.multiply(y, x, name="b")
    c = tf.add(tf.exp(a, name="ea"), tf.exp(b, name="eb"), name="c")
    assert lines(rewritten([c], [x, y], [MergeEqual()])) == [
        "a float32[2] = Mul(x, y)",
        "ea float32[2] = Exp(a)",
        "c float32[2] = Add(ea, ea)",
        "return c",
    ]


def test_what_is_not_equal_stays():
    x, p = placeholder("x"), placeholder("p", (), tf.bool)
    draws = tf.random_uniform([2], seed=1) - tf.random_uniform([2], seed=1)
    sides = tf.subtract(x, 2.0) + tf.subtract(2.0, x)
    sums = tf.reduce_sum(x, keepdims=True) + tf.reduce_sum(x)
    branches = tf.cond(p, lambda: tf.exp(x), lambda: tf.exp(x) * 2.0)
    text = "\n".join(lines(rewritten([draws, sides, sums, branches], [x, p], [MergeEqual()])))
    for kind, count in {"RandomUniform": 2, "Sub": 4, "Sum": 2, "Exp": 2}.items():
        assert text.count(f" = {kind}(") == count, kind


def test_fetching_both_of_two_equal_nodes_gives_two_arrays():
    x = placeholder("x")
    with tf.Session() as sess:
        first, second = sess.run([tf.exp(x), tf.exp(x)], {x: [0.0, 0.0]})
    first += 1
    assert second.tolist() == [1, 1]


def test_predicates_that_are_merged():
    x, n = placeholder("x"), placeholder("n", ())
    p, q = tf.less(n, 0.0), tf.less(n, 0.0)
    y = tf.cond(p, lambda: tf.exp(x, name="e"), lambda: x)
    z = tf.cond(q, lambda: tf.exp(x, name="e"), lambda: x)
    text = "\n".join(lines(rewritten([y, z], [x, n], [MergeEqual()])))
    assert text.count(" = Less(") == 1 and text.count(" = Exp(") == 1


# -- SinkControls ------------------------------------------------------------------------------------------------------


def test_pure_nodes_need_not_wait():
    x = placeholder("x", ())
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    with tf.control_dependencies([tf.assign(v, 5.0, name="write")]):
        g = tf.multiply(x, x, name="g")
    update = tf.assign(w, tf.exp(g, name="e"), name="update")
    text = lines(rewritten([update.op], [x], [SinkControls()]))
    assert "g float32[] = Mul(x, x)" in text
    assert "update float32_ref[] = Assign(w, e, ^write, use_locking=True, validate_shape=True)" in text


def test_what_a_fetch_waited_for_becomes_a_target():
    x = placeholder("x", ())
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.assign(v, 5.0, name="write")]):
        y = tf.multiply(x, x, name="y")
    assert lines(rewritten([y], [x], [SinkControls()]))[-1] == "return y, ^write"


def test_reads_of_variables_name_what_they_see():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.assign(v, 5.0, name="write")]):
        y = v.read_value()
    assert any("Identity(write)" in line for line in lines(rewritten([y], [], [SinkControls()])))


def test_random_streams_and_prints_that_a_node_waits_for_run():
    x = placeholder("x", ())
    with tf.control_dependencies([tf.Print(x, [x], name="shown"), tf.exp(tf.random_uniform([], name="drawn"))]):
        y = tf.multiply(x, x, name="y")
    text = lines(rewritten([y], [x], [SinkControls()]))
    assert "y float32[] = Mul(x, x)" in text
    assert text[-1] == "return y, ^shown, ^drawn/RandomUniform"
    with tf.control_dependencies([tf.assign(tf.Variable(1.0, name="v"), 5.0, name="write")]):
        noise = tf.random_uniform([], name="noise")
    assert lines(rewritten([noise], [], [SinkControls()]))[-1] == "return noise, ^write"  # it need not wait itself
