"""Capturing a program: pruned, cut at the feeds, Switch and Merge turned into guards; compared as printed programs."""

from __future__ import annotations

import textwrap

import graphrt as tf
from graphrt.graph.verify import verify
from graphrt.passes.capture import capture


def printed(fetches, feeds) -> str:
    program = capture(fetches, feeds)
    verify(program)
    return str(program).strip()


def text(lines: str) -> str:
    return textwrap.dedent(lines).strip()


def test_a_switch_is_a_guard_and_a_merge_a_choice() -> None:
    with tf.Graph().as_default():
        p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
        y = tf.cond(p, lambda: x * 2.0, lambda: x + 1.0)
        assert printed([y], [p, x]) == text(
            """
            p bool[] = _Feed()
            x float32[2] = _Feed()
            cond/add/y float32[] = Const(value=1.0)
            cond/add float32[2] = AddV2(x, cond/add/y) if not p
            cond/mul/y float32[] = Const(value=2.0)
            cond/mul float32[2] = Mul(x, cond/mul/y) if p
            cond/Merge float32[2] = _Choose(p, cond/add, cond/mul)
            return cond/Merge
            """
        )


def test_guards_of_nested_conds_add_up() -> None:
    with tf.Graph().as_default():
        p, q = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.bool, [], name="q")
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(p, lambda: tf.cond(q, lambda: tf.exp(x), lambda: tf.sin(x)), lambda: x)
        assert printed([y], [p, q, x]) == text(
            """
            p bool[] = _Feed()
            x float32[] = _Feed()
            q bool[] = _Feed()
            cond/cond/Sin float32[] = Sin(x) if p if not q
            cond/cond/Exp float32[] = Exp(x) if p if q
            cond/cond/Merge float32[] = _Choose(q, cond/cond/Sin, cond/cond/Exp) if p
            cond/Merge float32[] = _Choose(p, x, cond/cond/Merge)
            return cond/Merge
            """
        )


def test_only_effects_are_waited_for() -> None:
    with tf.Graph().as_default():
        p = tf.placeholder(tf.bool, [], name="p")
        v = tf.Variable(1.0, name="v")
        y = tf.cond(p, lambda: v.assign_add(1.0).op, lambda: tf.no_op())
        with tf.control_dependencies([y, p]):
            z = tf.constant(3.0, name="z")
        lines = printed([z], [p])
        assert "cond/AssignAdd float32_ref[] = AssignAdd(v, cond/AssignAdd/value) if p" in lines
        assert "cond/control_dependency bool[] = Identity(cond/switch_t, ^cond/AssignAdd) if p" in lines
        assert "z float32[] = Const(^cond/Merge, value=3.0)" in lines  # and not ^p, which does nothing


def test_which_input_was_taken_is_a_choice_of_numbers() -> None:
    with tf.Graph().as_default():
        p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(p, lambda: x, lambda: -x)
        index = tf.identity(y.op.outputs[1], name="index")
        assert "_Choose(p, cond/Merge/index, cond/Merge/index_1)" in printed([index], [p, x])
        with tf.Session() as sess:
            assert sess.run(index, {p: True, x: 1.0}) == 1
            assert sess.run(index, {p: False, x: 1.0}) == 0


def test_a_fed_result_needs_no_branch() -> None:
    with tf.Graph().as_default():
        p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(p, lambda: tf.exp(x), lambda: x)
        z = tf.negative(y, name="z")
        assert printed([z], [y]) == text(
            """
            cond/Merge float32[] = _Feed()
            z float32[] = Neg(cond/Merge)
            return z
            """
        )


def test_the_predicate_is_one_tensor_behind_its_identities() -> None:
    with tf.Graph().as_default():
        p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
        y = tf.cond(p, lambda: tf.constant(1.0), lambda: x)
        z = tf.cond(tf.identity(p), lambda: y + 1.0, lambda: y)
        lines = printed([z], [p, x])
        assert "_Choose(p, x, cond/Const)" in lines
        assert "_Choose(p, cond/Merge, cond_1/add)" in lines
