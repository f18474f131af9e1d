"""Every rewrite leaves every value as it was, on random whole graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.graph.verify import verify
from graphrt.passes import PIPELINE
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey, PlanOptions
from graphrt.plan import inplace
from tests.properties.graphs import SIZE, build, recipes

FIXED = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True, scope="module")
def small_arrays_are_reused():
    """Lets plans write into the memory of arrays of any size, not of large ones only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inplace, "_WORTHWHILE", 1)
        yield


X = np.linspace(-1, 1, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)


def session(optimize: bool) -> tf.Session:
    sess = tf.Session()
    sess._options = PlanOptions(optimize=optimize, verify=optimize)
    sess.run(tf.global_variables_initializer())
    return sess


def same(mine, others) -> None:
    for value, other in zip(mine, others, strict=True):
        np.testing.assert_allclose(value, other, rtol=2e-4, atol=2e-5)


def feeds_of(built, flag):
    return {built.x: X, built.p: flag}


@FIXED
@given(recipes(), st.booleans(), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_passes_on_equals_passes_off_run_after_run(recipe, flag, picks):
    with tf.Graph().as_default():
        built = build(recipe)
        fetches = [built.pick(i) for i in picks] + built.writes + built.variables
        tf.global_variables_initializer()
        with session(True) as fast, session(False) as plain:
            for run in range(3):
                feeds = feeds_of(built, flag != (run == 1))
                same(fast.run(fetches, feeds), plain.run(fetches, feeds))


@FIXED
@given(recipes(), st.booleans(), st.integers(0, 30), st.integers(0, 60))
def test_any_tensor_may_be_fed(recipe, flag, pick, which):
    with tf.Graph().as_default() as graph:
        built = build(recipe)
        fetches = [built.pick(pick), built.tensors[-1]]
        candidates = [
            tensor
            for op in graph.get_operations()
            for tensor in op.outputs
            if graph.is_feedable(tensor)
            and graph.is_fetchable(tensor)
            and op._control_flow_context is None
            and not tensor.dtype.is_ref
            and tensor.dtype in (tf.float32, tf.int32, tf.bool)
        ]
        fed = candidates[which % len(candidates)]
        with session(False) as plain:
            value = plain.run(fed, feeds_of(built, flag))
        if value.dtype == np.float32:
            value = value * np.float32(0.5) + np.float32(0.125)
        elif value.dtype == bool:
            value = ~value
        before = np.array(value)
        feeds = {**feeds_of(built, flag), fed: value}
        with session(True) as fast, session(False) as plain:
            same(fast.run(fetches, feeds), plain.run(fetches, feeds))
        np.testing.assert_array_equal(value, before)


@FIXED
@given(recipes(), st.booleans(), st.integers(0, 30), st.integers(0, 30))
def test_subsets_of_the_fetches_agree(recipe, flag, first, second):
    with tf.Graph().as_default():
        built = build(recipe)
        fetches = [built.pick(first), built.pick(second)]
        together = []
        for chosen in (fetches, fetches[:1], fetches[1:]):
            with session(True) as sess:
                together.append(sess.run(chosen, feeds_of(built, flag)))
        if not built.writes and not any(step[0] == "nested_cond" for step in recipe):
            same(together[0], [together[1][0], together[2][0]])
        assert [value.shape for value in together[0]] == [together[1][0].shape, together[2][0].shape]


@FIXED
@given(recipes(), st.booleans(), st.permutations(range(len(PIPELINE))))
def test_every_pass_in_any_order_leaves_a_valid_program(recipe, flag, order):
    with tf.Graph().as_default():
        built = build(recipe)
        fetches = tuple(dict.fromkeys([*built.tensors[-3:], *built.writes]))
        program = capture(fetches, (built.x, built.p))
        key = PlanKey(fetches, (built.x, built.p))
        verify(program)
        for i in order:
            program = PIPELINE[i](program, key)
            verify(program)


@FIXED
@given(recipes(), st.booleans())
def test_gradients_with_passes_equal_those_without(recipe, flag):
    with tf.Graph().as_default():
        built = build(recipe)
        loss = tf.reduce_sum(built.tensors[-1] * built.tensors[len(built.tensors) // 2])
        found = tf.gradients(loss, [built.x, *built.variables], unconnected_gradients="zero")
        with session(True) as fast, session(False) as plain:
            same(fast.run(found, feeds_of(built, flag)), plain.run(found, feeds_of(built, flag)))


@pytest.mark.filterwarnings("ignore:.*memory_limit=1:RuntimeWarning")
@FIXED
@given(recipes(24), st.booleans())
def test_computing_twice_gives_the_same_bits(recipe, flag):
    with tf.Graph().as_default():
        built = build(recipe)
        gradients = [
            g for g in tf.gradients(tf.reduce_sum(built.tensors[-1]), [built.x, built.tensors[1]]) if g is not None
        ]
        fetches = [built.tensors[-1], *gradients, *built.writes, *built.variables]
        tf.global_variables_initializer()
        with tf.Session(memory_limit=1) as small, tf.Session() as plain:
            plain._options = PlanOptions(verify=True)
            small._options = PlanOptions(verify=True, memory_limit=1)
            for sess in (small, plain):
                sess.run(tf.global_variables_initializer())
            for _ in range(2):
                feeds = feeds_of(built, flag)
                for mine, other in zip(small.run(fetches, feeds), plain.run(fetches, feeds), strict=True):
                    np.testing.assert_array_equal(mine, other)
