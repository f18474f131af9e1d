"""Random graphs of variables, views, updates, conditions, gradients, draws and feeds: all tiers do the same.

In most modes an interpreter in NumPy says what is right (tools/fuzz/reference.py); gradients, random draws and
infinities are compared between tiers. 2,000 graphs. More of them, and TensorFlow 1.15 as another judge: ``python -m
tools.fuzz.tiers``.
"""

from __future__ import annotations

import importlib.util
import random

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes import rule as rules
from tools.fuzz import operations
from tools.fuzz.build import Built
from tools.fuzz.generate import MODES, generate
from tools.fuzz.script import script
from tools.fuzz.sessions import NATIVE, PLAIN, REWRITTEN, Switching
from tools.fuzz.tiers import Attack, Player, attack, small_things_count

GRAPHS = {"exact": 800, "ordered": 400, "real": 400, "derived": 250, "hard": 150}
EACH = 50
NATIVE_CODE = importlib.util.find_spec("llvmlite") is not None


@pytest.fixture(autouse=True)
def the_options_decide(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)


@pytest.mark.parametrize("mode, first", [(mode, n) for mode in MODES for n in range(0, GRAPHS[mode], EACH)])
def test_tiers_agree(mode, first):
    how = Attack(mode, native_every=int(NATIVE_CODE), most_shrunk=1)
    counts, found = attack(range(first, first + EACH), how)
    told = [
        f"{mode} {seed}: {d.tier}, {d.kind} in run {d.run}\n{d.text}\n{script(smallest)}" for seed, d, smallest in found
    ]
    assert not told, "\n\n".join(told[:4])
    assert counts["graphs"] == EACH
    assert not NATIVE_CODE or counts["native plans by native"] > EACH / 2


@pytest.mark.parametrize("seed", range(60))
def test_any_tensor_may_be_fed(seed):
    """Also those inside of what a function builds, such as shapes and indices."""
    description = generate(seed, "derived")
    draw = random.Random(seed)
    with tf.Graph().as_default() as graph, small_things_count():
        built = Built(tf, description)
        run = description["runs"][0]
        fetches, feeds = built.fetches(run), built.feeds(run)
        candidates = [
            tensor
            for op in graph.get_operations()
            for tensor in op.outputs
            if graph.is_feedable(tensor)
            and graph.is_fetchable(tensor)
            and op._control_flow_context is None
            and tensor.dtype.name in ("float32", "float64", "int32", "bool")
            and tensor not in feeds
        ]
        fed = draw.choice(candidates)
        start = tf.global_variables_initializer()
        value = _outcomes(PLAIN, start, [fed], feeds)[0][0]
        if value is None:  # it cannot be computed with these feeds
            return
        changed = ~value if value.dtype == bool else value if value.dtype.kind == "i" else value * value.dtype.type(0.5)
        before, feeds = np.array(changed), {**feeds, fed: changed}
        expected = _outcomes(PLAIN, start, fetches, feeds)
        for options in (REWRITTEN, NATIVE) if NATIVE_CODE else (REWRITTEN,):
            for mine, others in zip(_outcomes(options, start, fetches, feeds), expected, strict=True):
                for one, other in zip(mine, others, strict=True):
                    assert (one is None) == (other is None), f"{fed.name} fed"
                    if one is not None:
                        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3, err_msg=f"{fed.name} fed")
        np.testing.assert_array_equal(changed, before)


def _outcomes(options, start, fetches, feeds):
    """What two runs of a new session give; None for all if they fail."""
    switching = Switching(options)
    with switching.session as sess:
        sess.run(start)
        try:
            return [sess.run(fetches, feeds) for _ in range(2)]
        except tf.errors.OpError:
            return [[None] * len(fetches)] * 2


@pytest.mark.parametrize("mode", MODES)
def test_every_graph_can_be_written_as_a_script(mode):
    for seed in range(150):
        compile(script(generate(seed, mode)), "a script", "exec")


# -- mistakes are found ------------------------------------------------------------------------------------------------


def test_a_mistake_is_found_and_made_small(monkeypatch):
    """As if all tiers added twice: a graph that shows it has little more than the one write."""
    right = operations.WRITES["assign_add"]
    wrong = operations.Write(right.build, lambda old, inputs, attrs: old + inputs[0] + inputs[0])
    monkeypatch.setitem(operations.WRITES, "assign_add", wrong)
    _, found = attack(range(30), Attack("exact", native_every=0, slow_every=0, most_shrunk=100))
    assert found
    for _, difference, smallest in found:
        assert difference.tier in ("plain", "rewritten", "partial")
        assert "tf.assign_add(" in script(smallest)
    assert min(script(smallest).count(" = ") for _, _, smallest in found) <= 3


def test_a_wrong_rewrite_is_found_between_tiers(monkeypatch):
    wrong = rules.Rule("tanh(x) -> sigmoid(x)", ("Tanh", "x"), after=lambda x: tf.sigmoid(x))
    rules.load_rules()
    monkeypatch.setitem(rules.FAMILIES, "test", [wrong])
    monkeypatch.setitem(rules.RULES, "Tanh", [wrong, *rules.RULES.get("Tanh", ())])
    _, found = attack(range(40), Attack("derived", native_every=0, slow_every=1, most_shrunk=1))
    assert {"rewritten", "compared", "stepwise", "shuffled"} <= {difference.tier for _, difference, _ in found}


def test_an_array_that_changes_after_it_was_given_out_is_found(monkeypatch):
    original, given_out = Player.run, []

    def run(self, number, run):
        for array in given_out:
            array += 1
        values = original(self, number, run)
        given_out[:] = [v for v in values if isinstance(v, np.ndarray) and v.size and v.flags.writeable]
        return values

    monkeypatch.setattr(Player, "run", run)
    _, found = attack(range(20), Attack("exact", native_every=0, slow_every=0, most_shrunk=0))
    assert "returned array changed later" in {difference.kind for _, difference, _ in found}
