"""Every op of the registry has a case in the table, is compared with TensorFlow 1.15.5, or has a reason why not."""

from __future__ import annotations

import functools
import importlib
import json
from pathlib import Path

import graphrt as tf
from graphrt.opdef.registry import all_opdefs
from tests.ops import harness
from tests.ops.exceptions import ONLY_GOLDEN, WITHOUT_A_CASE

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def _covered() -> set[str]:
    """The op types that the cases of all test files make: what their functions return, and what they say they cover."""
    for path in sorted((ROOT / "tests" / "ops").rglob("test_*.py")):
        if "checks(" in path.read_text(encoding="utf-8") and path.stem not in ("test_coverage", "test_harness"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    covered: set[str] = set()
    for row in harness.ALL:
        covered.update(row.covers)
        for call in row.samples:
            covered.update(tensor.op.type for tensor in harness.declare(row.function, call, row.dtypes[0]).outputs)
    return covered


def _recorded() -> set[str]:
    """The op types in the graphs that TensorFlow 1.15.5 made for tests/golden: their values are compared with its."""
    recorded: set[str] = set()
    for path in sorted((ROOT / "tests" / "golden").glob("*.json")):
        for line in json.loads(path.read_text(encoding="utf-8")).values():
            if isinstance(line, dict):
                recorded.update(node[1] for node in line.get("nodes", ()))
    return recorded


def _public() -> set[str]:
    assert callable(tf.no_op)  # the op library is imported with the public surface
    return {name for name in all_opdefs() if not name.startswith(("_", "Harness"))}


def test_every_op_has_a_case() -> None:
    missing = sorted(_public() - _covered() - set(WITHOUT_A_CASE) - ONLY_GOLDEN)
    assert not missing, f"ops without a case in tests/ops (see tests/ops/harness.py): {missing}"


def test_what_is_only_golden_is_golden() -> None:
    missing = sorted(ONLY_GOLDEN & _public() - _recorded())
    assert not missing, f"these have neither a case in tests/ops nor one in tools/golden: {missing}"


def test_every_exception_is_needed() -> None:
    assert not sorted(set(WITHOUT_A_CASE) & _covered()), (
        "these have a case now: remove them from tests/ops/exceptions.py"
    )
    unknown = sorted((set(WITHOUT_A_CASE) | ONLY_GOLDEN) - set(all_opdefs()))
    assert not unknown, f"these are no ops: remove them from tests/ops/exceptions.py: {unknown}"
    assert all(reason.strip() for reason in WITHOUT_A_CASE.values())
