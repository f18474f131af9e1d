"""Random expressions with conds in them, nested and shared, against the same with the branches already chosen."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf

LEAVES = st.sampled_from(["x", "y", "one"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("add"), inner, inner),
        st.tuples(st.just("mul"), inner, inner),
        st.tuples(st.just("sin"), inner),
        st.tuples(st.just("sum"), inner),
        st.tuples(st.just("cond"), st.integers(0, 2), inner, inner),
    ),
    max_leaves=8,
)
FEED = {"x": np.array([0.3, -0.7]), "y": np.array([1.1, 0.4])}


def built(tree, values, predicates, choose):
    """The tensor of a tree; ``choose(predicate, a, b)`` makes a cond, or takes a branch."""
    if isinstance(tree, str):
        return values[tree] if tree in values else tf.constant([1.0, 1.0], tf.float64)
    kind, *parts = tree
    if kind == "cond":
        index, a, b = parts
        return choose(
            predicates[index],
            lambda: built(a, values, predicates, choose),
            lambda: built(b, values, predicates, choose),
        )
    inner = [built(part, values, predicates, choose) for part in parts]
    if kind == "add":
        return inner[0] + inner[1]
    if kind == "mul":
        return inner[0] * inner[1]
    return tf.sin(inner[0]) if kind == "sin" else tf.reduce_sum(inner[0]) * tf.ones([2], tf.float64)


def results(tree, predicates, choose, feed, fed_predicates, batch):
    with tf.Graph().as_default(), tf.Session() as sess:
        values = {name: tf.placeholder(tf.float64, [None] if batch else [2], name=name) for name in ("x", "y")}
        chosen = [tf.placeholder(tf.bool, []) for _ in range(3)] if predicates is None else predicates
        out = built(tree, values, chosen, choose)
        found = [out]
        for name in ("x", "y"):
            first = tf.gradients(out, values[name], unconnected_gradients="zero")[0]
            found += [first, tf.gradients(first, values[name], unconnected_gradients="zero")[0]]
        fed = {values[name]: feed[name] for name in values}
        fed.update(dict(zip(chosen, fed_predicates, strict=True)) if predicates is None else {})
        return sess.run(found, fed)


@settings(max_examples=60, deadline=None)
@given(TREES, st.tuples(st.booleans(), st.booleans(), st.booleans()), st.booleans())
def test_a_cond_is_the_branch_that_is_taken(tree, taken, batch) -> None:
    with_conds = results(tree, None, lambda p, a, b: tf.cond(p, a, b), FEED, taken, batch)
    without = results(tree, taken, lambda p, a, b: a() if p else b(), FEED, (), batch)
    for got, expected in zip(with_conds, without, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(TREES, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_rewriting_changes_nothing(tree, taken) -> None:
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    with tf.Graph().as_default():
        values = {name: tf.placeholder(tf.float64, [2], name=name) for name in ("x", "y")}
        predicates = [tf.placeholder(tf.bool, []) for _ in range(3)]
        out = built(tree, values, predicates, lambda p, a, b: tf.cond(p, a, b))
        fetches = [out, *tf.gradients(out, list(values.values()), unconnected_gradients="zero")]
        fed = {**{values[name]: FEED[name] for name in values}, **dict(zip(predicates, taken, strict=True))}
        with tf.Session() as rewritten, tf.Session(config=config) as plain:
            for got, expected in zip(rewritten.run(fetches, fed), plain.run(fetches, fed), strict=True):
                np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
