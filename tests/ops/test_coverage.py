"""Every op of the registry has a case in the table, or a reason why not."""

from __future__ import annotations

import importlib
from pathlib import Path

import graphrt as tf
from graphrt.opdef.registry import all_opdefs
from tests.ops import harness
from tests.ops.exceptions import WITHOUT_A_CASE

ROOT = Path(__file__).resolve().parents[2]


def _covered() -> set[str]:
    """The op types that the cases of all test files make: what their functions return, and what they say they cover."""
    for path in sorted((ROOT / "tests" / "ops").rglob("test_*.py")):
        if "harness" in path.read_text(encoding="utf-8") and path.stem not in ("test_coverage", "test_harness"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    covered: set[str] = set()
    for row in harness.ALL:
        covered.update(row.covers)
        for call in row.samples:
            covered.update(tensor.op.type for tensor in harness.declare(row.function, call, row.dtypes[0]).outputs)
    return covered


def test_every_op_has_a_case() -> None:
    tf.no_op  # the op library is imported with the public surface
    covered = _covered()
    public = {name for name in all_opdefs() if not name.startswith(("_", "Harness"))}
    missing = sorted(public - covered - set(WITHOUT_A_CASE))
    assert not missing, f"ops without a case in tests/ops (see tests/ops/harness.py): {missing}"


def test_every_exception_is_needed() -> None:
    covered = _covered()
    assert not sorted(set(WITHOUT_A_CASE) & covered), "these have a case now: remove them from tests/ops/exceptions.py"
    assert not sorted(set(WITHOUT_A_CASE) - set(all_opdefs())), (
        "these are no ops: remove them from tests/ops/exceptions.py"
    )
    assert all(reason.strip() for reason in WITHOUT_A_CASE.values())
