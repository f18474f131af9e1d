"""Native code agrees with tier 1 on random whole graphs: values, and variables after several runs.

Copies, choices and single additions or multiplications are the same to the last bit; sums, products of matrices and
transcendental functions within 1e-5 of the largest values that the recipes let occur (4), a few times over where one
step's error goes through others.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.native import dispatch
from graphrt.passes.key import PlanOptions
from tests.properties.graphs import SIZE, build, recipes

DRAWN = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
EXACT = {
    *("relu", "negative", "abs", "identity", "stop_gradient", "square", "squared_difference"),
    *("add", "subtract", "multiply", "maximum", "minimum", "max", "constant", "random"),
    *("transpose", "reshape", "reshape_own", "slice", "concat", "expand_squeeze", "reverse"),
}
X = np.linspace(-1, 1, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)


@pytest.fixture(autouse=True)
def the_options_decide(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)


@pytest.fixture(scope="module")
def native_runs():
    """How many runs of the module were native."""
    runs = []
    original = dispatch.Tiered._natively

    def natively(self, native, fed):
        runs.append(1)
        return original(self, native, fed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch.Tiered, "_natively", natively)
        yield runs


def session(native):
    sess = tf.Session()
    sess._options = PlanOptions(native=native, strict=True)
    sess.run(tf.global_variables_initializer())
    return sess


def same(mine, others, exact):
    for value, other in zip(mine, others, strict=True):
        assert value.dtype == other.dtype and value.shape == other.shape
        if exact:
            np.testing.assert_array_equal(value, other)
        else:
            np.testing.assert_allclose(value, other, rtol=5e-5, atol=4e-5)


def agree(fetches, feeds, variables, exact):
    """Runs everything some times by both; ``feeds`` gives those of each run."""
    tf.global_variables_initializer()
    with session("on") as fast, session("off") as plain:
        for fed in feeds:
            kept = fast.run(fetches, fed)
            copies = [np.copy(value) for value in kept]
            same(kept, plain.run(fetches, fed), exact)
            same(fast.run(variables), plain.run(variables), exact)
            same(kept, copies, True)  # what was given out stays


def is_exact(recipe):
    return all(kind in EXACT for kind, *_ in recipe)


@DRAWN
@given(recipes(), st.booleans(), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_values_and_variables(native_runs, recipe, flag, picks):
    with tf.Graph().as_default():
        built = build(recipe)
        fetches = [built.pick(i) for i in picks] + built.writes + built.variables + [built.x, built.pick(picks[0])]
        feeds = [{built.x: X * scale, built.p: flag != (scale == 2)} for scale in (1, 2, -1)]
        agree(fetches, feeds, built.variables, is_exact(recipe))


@DRAWN
@given(recipes(), st.booleans())
def test_gradients_and_training(native_runs, recipe, flag):
    with tf.Graph().as_default():
        built = build(recipe)
        loss = tf.reduce_mean(built.tensors[-1] * built.tensors[len(built.tensors) // 2])
        loss += 0.1 * tf.add_n([tf.reduce_mean(v.read_value()) for v in built.variables])
        found = tf.gradients(loss, [built.x, *built.variables], unconnected_gradients="zero")
        train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
        with tf.control_dependencies([train]):
            done = tf.constant(1)
        feeds = [{built.x: X, built.p: flag != (run == 1)} for run in range(3)]
        agree([*found, loss, done], feeds, built.variables, False)


EXACT_STEPS = sorted(EXACT)


@DRAWN
@given(
    st.lists(
        st.tuples(st.sampled_from(EXACT_STEPS), st.integers(0, 30), st.integers(0, 30), st.booleans()),
        min_size=1,
        max_size=14,
    ),
    st.integers(0, 30),
)
def test_copies_and_basic_arithmetic_are_exact(native_runs, recipe, pick):
    with tf.Graph().as_default():
        built = build(recipe)
        fetches = [built.pick(pick), built.tensors[-1]]
        shapes = [X, X.T, np.asfortranarray(X), X[::-1], np.concatenate([X, X])[::2].copy()]
        values = [np.where(np.eye(SIZE, dtype=bool), np.float32(v), X) for v in (np.nan, np.inf, -0.0)]
        agree(fetches, [{built.x: value, built.p: True} for value in [*shapes, *values]], built.variables, True)


@DRAWN
@given(recipes(8), st.booleans(), st.integers(0, 60))
def test_any_tensor_may_be_fed(native_runs, recipe, flag, which):
    with tf.Graph().as_default() as graph:
        built = build(recipe)
        candidates = [
            tensor
            for op in graph.get_operations()
            for tensor in op.outputs
            if graph.is_feedable(tensor)
            and graph.is_fetchable(tensor)
            and op._control_flow_context is None
            and not tensor.dtype.is_ref
            and tensor.dtype == tf.float32
        ]
        fed = candidates[which % len(candidates)]
        tf.global_variables_initializer()
        with session("off") as plain:
            value = plain.run(fed, {built.x: X, built.p: flag})
        feeds = {built.x: X, built.p: flag, fed: value * np.float32(0.5)}
        before = [np.copy(feeds[fed])]
        agree([built.tensors[-1], fed], [feeds] * 2, built.variables, is_exact(recipe))
        same([feeds[fed]], before, True)


def test_there_was_native_code(native_runs):
    assert len(native_runs) > 200
