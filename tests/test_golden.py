"""graphrt against TensorFlow 1.15.5: the same small programs, the recorded graphs, shapes, values and errors.

The programs are in tools/golden/cases/, what TensorFlow made of them in tests/golden/ (tools/golden/record.py writes
it), and what may differ, with reasons, in tests/golden/exceptions.toml.
"""

from __future__ import annotations

import pathlib

import pytest

import graphrt as tf
from tools.golden import compare, store
from tools.golden.case import CASE_FOLDER, load
from tools.golden.exceptions import Exceptions
from tools.golden.replay import replay_like

FOLDER = pathlib.Path(__file__).parent / "golden"
CASES = load()
FAMILIES = sorted({case.family for case in CASES.values()})
GOLDEN = {name: record for family in FAMILIES for name, record in store.read(FOLDER, family).items()}
EXCEPTIONS = Exceptions()
# Errors that devices do not raise (docs/gpu.md): they are tested on the CPU, wherever the rest runs.
ONLY_ON_THE_CPU = frozenset(
    "arrays/running_raises:gather errors/running:gather errors/running:sparse_labels "
    "gradients_arrays/gather_out_of_range:float32 nn/sparse_softmax_xent_out_of_range:float32".split()
)


# Deprecated spellings and warnings for the user are part of what is compared; NumPy's RuntimeWarnings stay errors.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("name", sorted(set(CASES) & set(GOLDEN)))
def test_golden(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in ONLY_ON_THE_CPU:
        monkeypatch.setenv("GRAPHRT_BACKEND", "numpy")
    golden = GOLDEN[name]
    actual = replay_like(golden, CASES[name], tf)
    problems = []
    for check in compare.checks_of(golden):
        found = compare.differences(golden, actual, check, CASES[name].tolerance)
        allowed = EXCEPTIONS.find(name, check)
        if allowed and not found:
            problems.append(f"exceptions.toml: {allowed['case']} ({check}) no longer differs, remove the entry")
        elif found and not allowed:
            problems += [f"{check}: {line}" for line in found]
            if actual["error"]:
                break  # every further check would say the same
    assert not problems, "\n".join([f"{name} is not as in TensorFlow 1.15.5:", *problems])


def test_every_case_is_recorded() -> None:
    assert not sorted(set(CASES) ^ set(GOLDEN)), "run /work/tf115/bin/python tools/golden/record.py (see its README)"


def test_every_exception_names_a_case() -> None:
    checks = [(name, check) for name, golden in GOLDEN.items() for check in compare.checks_of(golden)]
    used = {id(EXCEPTIONS.find(name, check)) for name, check in checks}
    assert not [entry for entry in EXCEPTIONS.entries if id(entry) not in used]


def test_case_files_stay_outside_the_engine() -> None:
    """The same file must run under Python 3.7 with TensorFlow alone."""
    for path in CASE_FOLDER.glob("*.py"):
        text = path.read_text()
        assert "import graphrt" not in text, path
        assert "import tensorflow" not in text, path
