"""Whole graphs, drawn at random: the same values with every pass, with none, in any order, and fed in the middle."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt import passes
from graphrt.passes.key import PlanOptions

UNARY = [
    *(tf.negative, tf.square, tf.tanh, tf.sigmoid, tf.abs, tf.identity, tf.stop_gradient, tf.sin, tf.transpose),
    *(tf.zeros_like, tf.ones_like),
    *(lambda x: x * 1.0, lambda x: x + 0.0, lambda x: 1.0 - x, lambda x: x / 2.0, lambda x: x**2),
    lambda x: tf.maximum(x, 0.0),
    lambda x: tf.reduce_sum(x),
    lambda x: tf.reduce_mean(x, -1, keepdims=True),
    lambda x: tf.reduce_max(x, axis=0),
    lambda x: tf.reshape(x, [-1]),
    lambda x: tf.reshape(x, tf.shape(x)),
    lambda x: tf.expand_dims(x, 0),
    lambda x: tf.cast(tf.cast(x, tf.float32), tf.float64),
    lambda x: tf.where(x > 0, x, -x),
    lambda x: tf.cumsum(tf.expand_dims(x, -1), 0),
    lambda x: tf.tile(tf.expand_dims(x, -1), [1] * x.shape.rank + [2]),
    lambda x: tf.clip_by_value(x, -1.0, 1.0),
]
BINARY = [tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum, tf.squared_difference, lambda x, y: x + y]


def applied(draw: random.Random, tensors: list[Any]) -> Any:
    """One more tensor made of those that there are."""
    x = draw.choice(tensors)
    partners = [y for y in tensors if broadcasts(x, y)]
    for _ in range(10):
        if draw.random() < 0.5:
            function, arguments = draw.choice(BINARY), (x, draw.choice(partners))
        else:
            function, arguments = draw.choice(UNARY), (x,)
        try:
            result = function(*arguments)
        except (ValueError, TypeError):  # the shape does not suit it
            continue
        if result.shape.rank is not None and result.shape.rank <= 3:
            return tf.tanh(result) if draw.random() < 0.3 else result
    return tf.identity(x)


def broadcasts(x: Any, y: Any) -> bool:
    """True if the shapes are known to broadcast."""
    pairs = itertools.zip_longest(reversed(x.shape.as_list()), reversed(y.shape.as_list()), fillvalue=1)
    return all(m == n or 1 in (m, n) for m, n in pairs) and None not in [*x.shape.as_list(), *y.shape.as_list()]


def random_graph(seed: int) -> tuple[tf.Graph, list[Any], dict[Any, np.ndarray]]:
    """A graph with inputs, a variable that is read and written, many nodes and their gradients; fetches; feeds."""
    draw = random.Random(seed)
    graph = tf.Graph()
    with graph.as_default():
        inputs = [tf.placeholder(tf.float64, shape) for shape in ([2, 3], [3], [], [2, 1])]
        variable = tf.Variable(np.full([2, 3], 0.5))
        tensors = [*inputs, variable.read_value(), tf.constant(np.arange(6.0).reshape(2, 3) / 5)]
        for _ in range(draw.randint(3, 25)):
            tensors.append(applied(draw, tensors))
        loss = tf.add_n([tf.reduce_sum(tf.tanh(t)) for t in draw.sample(tensors, min(4, len(tensors)))])
        gradients = [g for g in tf.gradients(loss, inputs) if g is not None]
        writes = [tf.assign_add(variable, tf.ones([2, 3], tf.float64) * tf.reduce_sum(draw.choice(tensors)))]
        fetches = [
            *draw.sample(tensors, min(5, len(tensors))),
            loss,
            *gradients,
            *(writes if draw.random() < 0.5 else []),
        ]
    values = np.random.default_rng(seed)
    return graph, fetches, {x: values.normal(size=x.shape.as_list()) for x in inputs}


def run(graph: tf.Graph, fetches: list[Any], feeds: dict[Any, np.ndarray], options: PlanOptions) -> list[np.ndarray]:
    """Two runs of one session: what the first one writes, the second one reads."""
    with tf.Session(graph=graph) as session:
        session._options = options
        for variable in graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
            session.run(variable.initializer)
        return [value for _ in range(2) for value in session.run(fetches, feeds)]


def agree(found: list[np.ndarray], expected: list[np.ndarray], what: str) -> None:
    for i, (one, other) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(one, other, 1e-9, 1e-9, err_msg=f"{what}: fetch {i}")


SEEDS = st.integers(0, 2**32 - 1)
CHECKED = PlanOptions(verify=True)
AS_DECLARED = PlanOptions(optimize=False)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_rewriting_changes_nothing(seed: int) -> None:
    graph, fetches, feeds = random_graph(seed)
    agree(run(graph, fetches, feeds, CHECKED), run(graph, fetches, feeds, AS_DECLARED), f"seed {seed}")


@settings(max_examples=20, deadline=None, derandomize=True)
@given(SEEDS)
def test_passes_work_in_any_order(seed: int) -> None:
    graph, fetches, feeds = random_graph(seed)
    expected = run(graph, fetches, feeds, AS_DECLARED)
    order = list(passes.PIPELINE)
    random.Random(seed).shuffle(order)
    declared, passes.PIPELINE = passes.PIPELINE, tuple(order)
    try:
        found = run(graph, fetches, feeds, CHECKED)
    finally:
        passes.PIPELINE = declared
    agree(found, expected, f"seed {seed}, {[type(step).__name__ for step in order]}")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_tensor_that_is_fed_is_cut_off(seed: int) -> None:
    """Feeding a tensor with the value that it has changes nothing; with another value, rewriting does not matter."""
    graph, fetches, feeds = random_graph(seed)
    fed = random.Random(seed).choice([t for t in fetches if not t.dtype.is_ref and t.op.type != "Const"])
    value = run(graph, [fed], feeds, AS_DECLARED)[0]
    for replaced in (value, value + 1.0):
        with_feed = {**feeds, fed: replaced}
        agree(
            run(graph, fetches, with_feed, CHECKED),
            run(graph, fetches, with_feed, AS_DECLARED),
            f"seed {seed}, fed {fed.name}",
        )
