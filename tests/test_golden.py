"""graphrt against TensorFlow 1.15.5: the same small programs, the recorded graphs, shapes, values and errors.

The programs are in tools/golden/cases/, what TensorFlow made of them in tests/golden/ (tools/golden/record.py writes
it), and what may differ, with reasons, in tests/golden/exceptions.toml.
"""

from __future__ import annotations

import fnmatch
import functools
import pathlib
import sys
from typing import Any

import pytest

import graphrt as tf
from tools.golden import compare, store
from tools.golden.case import CASE_FOLDER, load
from tools.golden.replay import replay_like

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = pathlib.Path(__file__).parent / "golden"
CASES = load()
FAMILIES = sorted({case.family for case in CASES.values()})
GOLDEN = {name: record for family in FAMILIES for name, record in store.read(FOLDER, family).items()}
EXCEPTIONS = tomllib.loads((FOLDER / "exceptions.toml").read_text()).get("exception", [])
CHECKS = [(name, check) for name in sorted(CASES) if name in GOLDEN for check in compare.checks_of(GOLDEN[name])]


@functools.lru_cache(maxsize=1)  # the checks of one case follow each other
def replayed(name: str) -> dict[str, Any]:
    return replay_like(GOLDEN[name], CASES[name], tf)


def exception_for(name: str, check: str) -> dict[str, str] | None:
    for entry in EXCEPTIONS:
        if entry["check"] == check and (entry["case"] == name or fnmatch.fnmatchcase(name, entry["case"])):
            return entry
    return None


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=[f"{name}-{check}" for name, check in CHECKS])
def test_golden(name: str, check: str) -> None:
    found = compare.differences(GOLDEN[name], replayed(name), check, CASES[name].tolerance)
    allowed = exception_for(name, check)
    if allowed:
        assert found, f"tests/golden/exceptions.toml: {allowed['case']} ({check}) no longer differs, remove the entry"
    else:
        assert not found, "\n".join([f"{name} ({check}) is not as in TensorFlow 1.15.5:", *found])


def test_every_case_is_recorded() -> None:
    assert not sorted(set(CASES) ^ set(GOLDEN)), "run /work/tf115/bin/python tools/golden/record.py (see its README)"


def test_every_exception_names_a_case() -> None:
    unused = [entry for entry in EXCEPTIONS if not any(exception_for(name, check) is entry for name, check in CHECKS)]
    assert not unused
    assert all(entry["reason"].strip() for entry in EXCEPTIONS)


def test_case_files_stay_outside_the_engine() -> None:
    """The same file must run under Python 3.7 with TensorFlow alone."""
    for path in CASE_FOLDER.glob("*.py"):
        text = path.read_text()
        assert "import graphrt" not in text, path
        assert "import tensorflow" not in text, path
