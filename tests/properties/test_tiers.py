"""Random graphs of variables, views, updates, conditions and feeds: all tiers do what an interpreter in NumPy says.

Thirteen hundred graphs. More of them, and TensorFlow 1.15 as another judge: ``python -m tools.fuzz.tiers``.
"""

from __future__ import annotations

import importlib.util

import pytest

from tools.fuzz import operations
from tools.fuzz.generate import MODES
from tools.fuzz.script import script
from tools.fuzz.tiers import Attack, attack

GRAPHS = {"exact": 700, "ordered": 300, "real": 300}
EACH = 50
NATIVE = importlib.util.find_spec("llvmlite") is not None


@pytest.fixture(autouse=True)
def the_options_decide(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)


@pytest.mark.parametrize("mode, first", [(mode, n) for mode in MODES for n in range(0, GRAPHS[mode], EACH)])
def test_tiers_agree(mode, first):
    how = Attack(mode, native_every=int(NATIVE), most_shrunk=1)
    counts, found = attack(range(first, first + EACH), how)
    told = [
        f"{mode} {seed}: {d.tier}, {d.kind} in run {d.run}\n{d.text}\n{script(smallest)}" for seed, d, smallest in found
    ]
    assert not told, "\n\n".join(told[:4])
    assert counts["graphs"] == EACH
    assert not NATIVE or counts["native plans by native"] > EACH / 2


def test_a_mistake_is_found_and_made_small(monkeypatch):
    """As if all tiers added twice: a graph that shows it has little more than the one write."""
    right = operations.WRITES["assign_add"]
    wrong = operations.Write(right.build, lambda old, inputs, attrs: old + inputs[0] + inputs[0])
    monkeypatch.setitem(operations.WRITES, "assign_add", wrong)
    _, found = attack(range(30), Attack("exact", native_every=0, most_shrunk=100))
    assert found
    for _, difference, smallest in found:
        assert difference.tier in ("plain", "rewritten", "partial")
        assert "tf.assign_add(" in script(smallest)
    assert min(script(smallest).count(" = ") for _, _, smallest in found) <= 3
