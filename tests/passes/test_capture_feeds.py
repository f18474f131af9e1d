"""What is captured: pruning, cutting at feeds, guards, late reads, and control inputs that matter."""

import numpy as np
import pytest

import graphrt as tf
from tests.passes.programs import lines, rewritten


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def test_what_is_fed_cuts_the_graph():
    a = tf.placeholder(tf.float32, [], name="a")
    b = tf.tanh(a, name="b")
    c = tf.exp(b, name="c")
    tf.sin(a, name="unused")
    assert lines(rewritten([c], [b])) == ["c float32[] = Exp(b)", "return c"]


def test_cond_becomes_guards():
    x = tf.placeholder(tf.float32, [2], name="x")
    p = tf.placeholder(tf.bool, [], name="p")
    y = tf.cond(p, lambda: tf.exp(x, name="e"), lambda: tf.sin(x, name="s"), name="c")
    assert lines(rewritten([y], [x, p])) == [
        "c/s float32[2] = Sin(x) if not p",
        "c/e float32[2] = Exp(x) if p",
        "c/Merge float32[2] = _Choose(p, c/s, c/e)",
        "return c/Merge",
    ]


def test_nested_conds_need_both_conditions():
    x = tf.placeholder(tf.float32, [], name="x")
    p, q = (tf.placeholder(tf.bool, [], name=name) for name in "pq")
    inner = lambda: tf.cond(q, lambda: tf.exp(x, name="e"), lambda: tf.sin(x, name="s"), name="inner")  # noqa: E731
    y = tf.cond(p, inner, lambda: tf.cos(x, name="k"), name="outer")
    text = lines(rewritten([y], [x, p, q]))
    assert "outer/inner/e float32[] = Exp(x) if p if q" in text
    assert "outer/inner/s float32[] = Sin(x) if p if not q" in text
    assert "outer/inner/Merge float32[] = _Choose(q, outer/inner/s, outer/inner/e) if p" in text


def test_a_node_that_waits_for_a_write_reads_what_was_written():
    v = tf.Variable(1.0, name="v")
    write = tf.assign(v, 2.0, name="write")
    with tf.control_dependencies([write]):
        late = tf.multiply(v, 3.0, name="late")
    early = tf.multiply(v, 5.0, name="early")
    text = lines(rewritten([early, late]))
    assert "v/read_1 float32[] = Identity(write)" in text
    assert "late float32[] = Mul(v/read_1, late/y)" in text
    assert "early float32[] = Mul(v/read, early/y)" in text


def test_control_inputs_that_do_nothing_are_dropped():
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.control_dependencies([tf.exp(x, name="e")]):
        y = tf.sin(x, name="y")
    assert lines(rewritten([y], [x])) == ["y float32[] = Sin(x)", "return y"]


def test_a_check_is_no_nothing():
    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.control_dependencies([tf.check_numerics(x, "bad", name="check")]):
        y = tf.identity(x, name="y")
    assert "y float32[?] = Identity(x, ^check)" in lines(rewritten([y], [x]))
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had NaN values"):
        sess.run(y, {x: [np.nan]})


def test_add_check_numerics_ops_checks():
    x = tf.placeholder(tf.float32, [None], name="x")
    tf.log(x, name="y")
    checks = tf.add_check_numerics_ops()
    with tf.Session() as sess:
        assert sess.run(checks, {x: [1.0]}) is None
        with pytest.raises(tf.errors.InvalidArgumentError, match="y:0 : Tensor had NaN values"):
            sess.run(checks, {x: [-1.0]})


def test_a_fed_shape_makes_shapes_anew():
    # y was declared [?, 3] because the target said so; what is fed says otherwise.
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    target = tf.stack([tf.shape(x)[0], 3], name="target")
    y = tf.reshape(x, target, name="y")
    assert y.shape.as_list() == [None, 3]
    assert rewritten([y], [x, target]).fetches[0].shape.as_list() == [None, None]
    with tf.Session() as sess:
        assert sess.run(y, {x: np.ones((2, 3)), target: [3, 2]}).shape == (3, 2)


def test_a_fed_constant_shape_goes_through_cond():
    p = tf.placeholder(tf.bool, [], name="p")
    size = tf.constant([2, 3], name="size")
    y = tf.cond(p, lambda: tf.zeros(size), lambda: tf.ones(size))
    z = tf.reduce_sum(y, axis=0)
    assert rewritten([y], [size]).fetches[0].shape.as_list() == [None, None]
    with tf.Session() as sess:
        assert sess.run(z, {p: False, size: [4, 5]}).tolist() == [4.0] * 5
        assert sess.run(z, {p: False}).tolist() == [2.0] * 3


def test_which_side_was_taken_may_be_fetched():
    p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    y = tf.cond(p, lambda: x + 1.0, lambda: x * 2.0)
    with tf.Session() as sess:
        assert sess.run(y.op.outputs[1], {p: True, x: 1.0}) == 1
        assert sess.run([y, y.op.outputs[1]], {p: False, x: 1.0}) == [2, 0]


def test_a_fed_variable_cannot_be_assigned_to():
    v = tf.Variable(1.0, name="v")
    add = v.assign_add(1.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(v * 2, {v: 10.0}) == 20
        with pytest.raises(tf.errors.InvalidArgumentError, match="Input 0 of node AssignAdd was passed float32"):
            sess.run(add, {v: 10.0})
        assert sess.run(v) == 1


def test_a_branch_that_the_fed_predicate_kills_twice_is_an_invalid_argument():
    """``cond/pred_id`` is fed against what decides the pivots: neither side is there. TF 1.15.5 says so with
    InvalidArgumentError; here None reached the next node, or the copy of the fetch (UnknownError)."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x = tf.placeholder(tf.float32, [])
        chosen = tf.cond(x > 0, lambda: x * 2, lambda: x * 3)
        (pred_id,) = [op.outputs[0] for op in graph.get_operations() if op.name.endswith("pred_id")]
        for _ in range(4):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?i)dead|does not have value|branch"):
                sess.run(chosen, {x: 1.0, pred_id: False})
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?i)dead|does not have value|branch"):
                sess.run(chosen + 1, {x: 1.0, pred_id: False})


def test_both_results_of_the_branches_may_be_fed():
    """TF 1.15.5 takes one of them; here planning raised ValueError (they depend on no common condition)."""
    with tf.Graph().as_default(), tf.Session() as sess:
        p, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
        chosen = tf.cond(p, lambda: x * 2, lambda: x * 3)
        if_false, if_true = chosen.op.inputs
        assert sess.run(chosen, {if_false: 50.0, if_true: 60.0}) in (50.0, 60.0)
