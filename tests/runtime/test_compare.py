"""verify="compare" lets right rewrites pass and names wrong ones; rewrites that raise are left out."""

from dataclasses import dataclass

import numpy as np
import pytest

import graphrt as tf
from graphrt import passes
from graphrt.passes import rule as rules
from graphrt.passes.key import PlanOptions
from graphrt.runtime.compare import difference_of


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


@pytest.fixture
def add_rule(monkeypatch):
    rules.load_rules()

    def add(rule):
        monkeypatch.setitem(rules.FAMILIES, "test", [rule])
        monkeypatch.setitem(rules.RULES, rule.before[0], [rule, *rules.RULES.get(rule.before[0], ())])

    return add


WRONG = rules.Rule("sin(x) -> cos(x)", ("Sin", "x"), after=lambda x: tf.cos(x))


def test_a_wrong_rule_is_named(add_rule):
    add_rule(WRONG)
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.sin(tf.exp(x), name="y") * 1.0
    with tf.Session() as sess:
        sess.verify = "compare"
        with pytest.raises(tf.errors.InternalError) as caught:
            sess.run(y + tf.exp(x), {x: [0.0, 1.0]})
    text = str(caught.value)
    assert "the rule 'sin(x) -> cos(x)' (of the pass Rules) changed the value of 'y:0' (Sin 'y', made at" in text
    assert "test_compare.py:" in text
    assert "the greatest difference is 1.32 at [1], where 0.41078" in text


def test_a_wrong_pass_is_named(monkeypatch):
    @dataclass(frozen=True)
    class MergesTooMuch:
        def __call__(self, program, key):
            first, second = (op.outputs[0] for op in program.operations() if op.type in ("Exp", "Tanh"))
            program.replace(second, first)
            return program

    pipeline = (*passes.PIPELINE, MergesTooMuch())
    monkeypatch.setattr("graphrt.runtime.compare.PIPELINE", pipeline)
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.exp(x) + tf.tanh(x, name="t")
    with tf.Session() as sess:
        sess.verify = "compare"
        with pytest.raises(
            tf.errors.InternalError, match=r"the pass MergesTooMuch changed the value of 't:0' \(Tanh 't'"
        ):
            sess.run(y, {x: [0.0, 1.0]})


def test_training_with_dropout_and_effects_is_done_once(capsys):
    calls = []
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    h = tf.layers.dropout(tf.layers.dense(x, 8, tf.nn.relu), 0.5, training=True, seed=3)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 1)))
    seen = tf.py_func(lambda value: calls.append(float(value)) or value, [loss], tf.float32)
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    losses = {}
    for verify in ("compare", False):
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for variable, value in zip(tf.trainable_variables(), (0.1, 0.0, 0.2, 0.0), strict=True):
                variable.load(np.full(variable.shape.as_list(), value, np.float32), sess)
            sess.verify = verify
            calls.clear()
            losses[verify] = [sess.run([loss, seen, train], {x: np.ones((3, 4))})[0] for _ in range(5)]
            assert len(calls) == 5
    np.testing.assert_allclose(losses["compare"], losses[False], rtol=1e-4)


def test_errors_name_their_op():
    x = tf.placeholder(tf.float32, [None, None], name="x")
    product = tf.matmul(x, tf.ones([3, 2]), name="product")
    with tf.Session() as sess:
        sess.verify = "compare"
        with pytest.raises(tf.errors.InvalidArgumentError, match="'product'") as caught:
            sess.run(product, {x: np.ones((1, 4))})
        assert caught.value.op is product.op
        with pytest.raises(ValueError, match="verify must be False, True or 'compare', but got 'always'"):
            sess.verify = "always"


def test_differences():
    one = np.array([1.0, np.nan, np.inf], np.float32)
    assert difference_of(one, one, "float32") is None
    assert difference_of(one, one * np.float32(1.0001), "float32") is None
    assert "0.001 at [0]" in difference_of(one, one + np.float32(0.001), "float32")
    assert "inf at [1]" in difference_of(one, np.array([1.0, 2.0, np.inf], np.float32), "float32")
    assert difference_of(one, np.array([1.0, 2.0, 3.0], np.float32), "float32", loosely=True) is None
    assert difference_of(np.array([1, 2]), np.array([1, 3]), "int64") == (
        "1 elements differ, the first at [1]: 2 became 3"
    )
    assert difference_of(np.zeros(2), np.zeros(3), "float64") == "float64[2] became float64[3]"


# -- rewrites that raise -----------------------------------------------------------------------------------------------


def broken(*_, **__):
    raise RuntimeError("out of ideas")


def test_a_rule_that_raises_is_left_out(add_rule):
    add_rule(rules.Rule("sin(x) -> nothing", ("Sin", "x"), after=lambda x: (tf.cos(x), broken())[0]))
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.sin(x, name="y") * 1.0
    with tf.Session() as sess:
        with pytest.warns(RuntimeWarning, match=r"sin\(x\) -> nothing at 'y': RuntimeError\('out of ideas'\)"):
            np.testing.assert_allclose(sess.run(y, {x: [0.0, 1.0]}), np.sin([0.0, 1.0]), rtol=1e-6)
        text = str(sess.explain(y, {x: None}))
        assert "left out: sin(x) -> nothing at 'y': RuntimeError('out of ideas')" in text
        assert "x * 1 -> x" in text, "the other rules have been applied"


def test_a_pass_that_raises_is_left_out(monkeypatch):
    @dataclass(frozen=True)
    class GivesUpHalfWay:
        def __call__(self, program, key):
            exponential = next(op for op in program.operations() if op.type == "Exp")
            program.replace(exponential.outputs[0], program.feeds[0])
            return broken()

    monkeypatch.setattr(passes, "PIPELINE", (passes.PIPELINE[0], GivesUpHalfWay(), *passes.PIPELINE[1:]))
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.exp(x, name="y") * 1.0
    with tf.Session() as sess:
        with pytest.warns(RuntimeWarning, match=r"the pass GivesUpHalfWay failed and was left out: RuntimeError"):
            np.testing.assert_allclose(sess.run(y, {x: [0.0, 1.0]}), np.exp([0.0, 1.0]), rtol=1e-6)
        report = sess.explain(y, {x: None})
        assert "left out: RuntimeError('out of ideas')" in str(report)
        assert [step.name for step in report.passes].count("MergeEqual") == 1
    with tf.Session() as sess, pytest.raises(RuntimeError, match="out of ideas"):
        sess._options = PlanOptions(strict=True)
        sess.run(y, {x: [0.0, 1.0]})


@pytest.mark.parametrize("rows", [1, 3])
def test_the_gradient_of_a_broadcast_in_a_batch_of_one_row(rows):
    x = tf.placeholder(tf.float32, [None, 20])
    gradient = tf.gradients(tf.reduce_mean(x**2.5), x)
    with tf.Session() as sess:
        sess.verify = "compare"
        assert sess.run(gradient, {x: np.ones((rows, 20))})[0].shape == (rows, 20)
