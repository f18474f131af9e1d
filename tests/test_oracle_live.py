"""graphrt against a live TensorFlow 1.15 on new random inputs: `pytest -m oracle`.

The interpreter with TensorFlow is $GRAPHRT_TF115, else /work/tf115/bin/python. The inputs follow from a seed that is
printed on failure; GRAPHRT_ORACLE_SEED=... repeats a run.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import graphrt as tf
from tools.golden import compare, store
from tools.golden.case import load
from tools.golden.exceptions import Exceptions
from tools.golden.replay import replay

ROOT = pathlib.Path(__file__).parent.parent
SEED = int(os.environ.get("GRAPHRT_ORACLE_SEED", int.from_bytes(os.urandom(3), "little")))
FAMILIES = sorted({case.family for case in load().values()})


def oracle_python() -> str:
    """The interpreter, or skip with the reason."""
    python = os.environ.get("GRAPHRT_TF115", "/work/tf115/bin/python")
    if not pathlib.Path(python).is_file():
        pytest.skip(f"no Python with TensorFlow 1.15 at {python}; set GRAPHRT_TF115")
    return python


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("family", FAMILIES)
def test_values_on_new_inputs(family: str, tmp_path: pathlib.Path) -> None:
    command = [oracle_python(), "tools/golden/record.py", family, "--vary", str(SEED), "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    failures, exceptions = [], Exceptions()
    for name, golden in store.read(tmp_path, family).items():
        case = load([family])[name]
        if golden["values"] and not exceptions.find(name, "values"):
            actual = replay(case, tf, lambda op, index: [], vary_seed=SEED)
            found = compare.differences(golden, actual, "values", case.tolerance)
            failures += [f"{name}: {line.splitlines()[0]}" for line in found]
    assert not failures, f"GRAPHRT_ORACLE_SEED={SEED} {sys.version_info[:2]}\n" + "\n".join(failures[:40])
