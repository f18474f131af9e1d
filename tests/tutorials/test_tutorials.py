"""Five scripts in the style of 2017, untouched, under `graphrt run`: they print what TensorFlow 1.15.5 prints.

Its lines are in ``expected/``. ``pytest -m oracle tests/tutorials`` asks it again ($GRAPHRT_TF115).
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.\d+")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def alike(found: str, expected: str) -> bool:
    """True if the words are the same, and the numbers to what another order of additions may change."""
    if NUMBER.sub("#", found) != NUMBER.sub("#", expected):
        return False
    pairs = zip(NUMBER.findall(found), NUMBER.findall(expected), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=0.02, abs_tol=0.002) for a, b in pairs)


def expected_of(script: Path) -> str:
    return (HERE / "expected" / f"{script.stem}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_prints_what_tensorflow_prints(script, tmp_path):
    done = run([sys.executable, "-m", "graphrt", "run", str(script)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert alike(done.stdout, expected_of(script)), done.stdout
    log = [line for line in done.stderr.splitlines() if not line.startswith("INFO:tensorflow:")]
    assert log == []


@pytest.mark.parametrize("command", ["run", "import"])
def test_the_log_is_tensorflows(command, tmp_path):
    script = HERE / "scripts" / "linear_regression.py"
    if command == "import":  # another import, and no command
        script = tmp_path / "script.py"
        text = (HERE / "scripts" / "linear_regression.py").read_text()
        script.write_text(text.replace("import tensorflow as tf", "import graphrt.compat.v1 as tf"))
        done = run([sys.executable, str(script)], tmp_path)
    else:
        done = run([sys.executable, "-m", "graphrt", "run", str(script)], tmp_path)
    expected = ["TensorFlow 1", "epoch 0 cost 2.3308", "epoch 25 cost 0.0464", "epoch 50 cost 0.0119"]
    expected += ["epoch 75 cost 0.0110", "done"]
    assert done.stderr.splitlines() == [f"INFO:tensorflow:{line}" for line in expected]


def test_flags_of_the_tutorials(tmp_path):
    script = HERE / "scripts" / "flags_softmax.py"
    done = run([sys.executable, "-m", "graphrt", "run", str(script), "--max_steps=10", "--verbose"], tmp_path)
    assert len([line for line in done.stdout.splitlines() if line.startswith("step ")]) == 10
    done = run([sys.executable, "-m", "graphrt", "run", str(script), "--help"], tmp_path)
    assert "--learning_rate: Initial learning rate.\n    (default: '0.5')" in done.stdout
    assert "Softmax regression with command line flags." in done.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_tensorflow_prints_what_is_recorded(script, tmp_path):
    python = os.environ.get("GRAPHRT_TF115", "/work/tf115/bin/python")
    if not Path(python).is_file():
        pytest.skip(f"no Python with TensorFlow 1.15 at {python}; set GRAPHRT_TF115")
    done = run([python, "-W", "ignore", str(script)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert alike(done.stdout, expected_of(script)), done.stdout
