"""Each switch of graph_options that has a counterpart changes the plan, and no other does."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.errors import InvalidArgumentError
from graphrt.passes import PIPELINE
from graphrt.runtime.rewriting import _EVERY_PASS, plan_options

OFF, AGGRESSIVE = 2, 3  # of RewriterConfig.Toggle


@pytest.fixture(autouse=True)
def model(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    monkeypatch.delenv("GRAPHRT_VERIFY", raising=False)
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [64, 64], name="x")
    p = tf.less(tf.constant(1.0), 2.0)
    terms = [
        tf.log(tf.nn.softmax(x)) / 4.0,  # arithmetic
        tf.exp(x) + tf.exp(x) * 1.0,  # equal nodes
        tf.reshape(x, tf.shape(x)),  # shapes
        1.0 / (1.0 + tf.exp(-x)),  # fusions
        tf.identity(tf.identity(x)) / 3.0,  # identities, freely rounded
        x * tf.fill([64, 64], tf.constant(2.0) + 3.0),  # constants
        tf.cond(p, lambda: tf.sin(x), lambda: tf.cos(x)),  # branches
        tf.tanh(tf.sin(x)),  # memory
    ]
    loss = tf.reduce_sum(tf.add_n(terms))
    v, w = tf.Variable(np.ones((64, 1), np.float32)), tf.Variable(np.ones((1, 64), np.float32))
    return x, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss * tf.reduce_sum(v * w))


def config(optimizer=None, **rewriting):
    message = tf.ConfigProto()
    for name, value in rewriting.items():
        setattr(message.graph_options.rewrite_options, name, value)
    for name, value in (optimizer or {}).items():
        setattr(message.graph_options.optimizer_options, name, value)
    return message


def explained(model, config):
    x, loss, train = model
    with tf.Session(config=config) as sess:
        return sess.explain([loss, train], {x: None})


def passes_of(report) -> set[str]:
    return {step.name for step in report.passes}


def rules_of(report) -> set[str]:
    return {firing.rule for step in report.passes for firing in step.fired}


@pytest.mark.parametrize(
    ("switch", "left_out"),
    [
        ("constant_folding", {"FoldConstants", "HoistInvariants"}),
        ("arithmetic_optimization", {"MergeEqual"}),
        ("shape_optimization", {"RefineShapes"}),
        ("dependency_optimization", {"SinkControls", "RemoveIdentities"}),
        ("loop_optimization", {"ResolveConditions"}),
        ("scoped_allocator_optimization", {"FuseUpdates"}),
    ],
)
def test_passes_are_left_out(model, switch, left_out):
    usual, without = explained(model, None), explained(model, config(**{switch: OFF}))
    assert passes_of(usual) - passes_of(without) == left_out
    assert usual.source != without.source


@pytest.mark.parametrize(
    ("switch", "rule"),
    [
        ("arithmetic_optimization", "log(softmax(x)) -> log_softmax(x)"),
        ("arithmetic_optimization", "x / 2**n -> x * 2**-n"),
        ("shape_optimization", "reshape(x, the shape of x) -> x"),
        ("remapping", "1 / (1 + exp(-x)) -> sigmoid(x)"),
    ],
)
def test_rules_are_left_out(model, switch, rule):
    usual, without = explained(model, None), explained(model, config(**{switch: OFF}))
    assert rule in rules_of(usual) and rule not in rules_of(without)


def test_rounding_is_changed_on_request_only(model):
    rule = "x / c -> x * (1 / c)"
    assert rule not in rules_of(explained(model, None))
    assert rule in rules_of(explained(model, config(arithmetic_optimization=AGGRESSIVE)))


def test_memory_is_taken_over_unless_told_otherwise(model):
    assert "out=" in explained(model, None).source
    assert "out=" not in explained(model, config(memory_optimization=1)).source


def test_small_programs_are_left_alone_on_request(model):
    assert explained(model, config(min_graph_nodes=1000)).passes == []
    assert explained(model, config(min_graph_nodes=10)).passes != []


def test_levels(model):
    level_0 = {"opt_level": -1}
    assert explained(model, config(level_0)).passes == []
    assert explained(model, config(disable_meta_optimizer=True)).passes == []
    merged = explained(model, config({**level_0, "do_common_subexpression_elimination": True}))
    assert passes_of(merged) == {"MergeEqual"}
    folded = explained(model, config({**level_0, "do_constant_folding": True}))
    assert passes_of(folded) == {"FoldConstants"}
    assert passes_of(explained(model, config({"opt_level": 0}))) == {type(step).__name__ for step in PIPELINE}


def test_a_limit_for_constants():
    filled = tf.fill([100], 1.0) + 1.0
    with tf.Session() as sess, tf.Session(config=config({"max_folded_constant_in_bytes": 100})) as limited:
        assert "invariant" not in sess.explain(filled).source
        assert "invariant" in limited.explain(filled).source
        np.testing.assert_array_equal(limited.run(filled), np.full(100, 2, np.float32))


@pytest.mark.parametrize(("level", "native"), [(0, "auto"), (-1, "off"), (1, "on"), (2, "on")])
def test_the_jit_level_is_that_of_native_code(level, native):
    assert plan_options(config({"global_jit_level": level})).native == native


def test_errors_and_verification(monkeypatch):
    assert plan_options(config(fail_on_optimizer_errors=True)).strict
    message = tf.ConfigProto()
    message.graph_options.rewrite_options.inter_optimizer_verifier_config.structure_verifier = 1
    assert plan_options(message).verify is True
    monkeypatch.setenv("GRAPHRT_VERIFY", "compare")
    assert plan_options().verify == "compare"
    monkeypatch.setenv("GRAPHRT_VERIFY", "sometimes")
    with pytest.raises(InvalidArgumentError, match="GRAPHRT_VERIFY='sometimes': expected one of"):
        tf.Session()


def test_every_pass_has_a_switch():
    assert {type(step).__name__ for step in PIPELINE} == _EVERY_PASS
