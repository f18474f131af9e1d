"""Every example runs with its short setting as a user would run it, writes its pictures, and learns something."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"
PICTURES = {
    "01_basics": ["01_basics.png"],
    "02_regression": ["02_regression.png"],
    "03_gradient_descent_variants": ["03_gradient_descent_variants.png"],
    "04_optimizer_paths": ["04_optimizer_paths.png"],
    "05_digits": ["05_digits_curves.png", "05_digits_mistakes.png"],
    "06_look_inside": ["06_graph.svg", "06_graph.html", "06_rewritten.svg", "06_time.png"],
}
STARTS = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg", ".html": b"<!doctype html>"}


def run(name: str, out: Path, *arguments: str) -> tuple[str, dict[str, float]]:
    """Runs an example in a process of its own; returns what it printed and its final numbers."""
    # Small products do not gain from threads, and lose much where other tests keep the processors busy.
    environment = {**os.environ, "MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER.parent)}
    command = [sys.executable, "-W", "error::UserWarning", str(FOLDER / f"{name}.py"), "--out", str(out), *arguments]
    done = subprocess.run(command, env=environment, cwd=out, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    word, _, numbers = done.stdout.splitlines()[-1].partition(" ")
    assert word == "result", done.stdout[-500:]
    return done.stdout, json.loads(numbers)


def check_pictures(name: str, out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == sorted(PICTURES[name])
    for picture in PICTURES[name]:
        content = (out / picture).read_bytes()
        assert content.lower().startswith(STARTS[Path(picture).suffix].lower())
        assert len(content) > 2000


def test_every_example_is_tested() -> None:
    assert sorted(path.stem for path in FOLDER.glob("[0-9]*.py")) == sorted(PICTURES)


def check_regression(numbers: dict[str, float], printed: str) -> None:
    assert numbers["plain_last"] < numbers["dropout_last"], "dropout fits worse while training"


def check_descent(numbers: dict[str, float], printed: str) -> None:
    # The noise of a mean of 64 is an eighth of the noise of one.
    assert 6.5 < numbers["noise_of_1"] / numbers["noise_of_64"] < 9.5


def check_digits(numbers: dict[str, float], printed: str) -> None:
    assert numbers["logistic_accuracy"] > 0.88
    assert numbers["perceptron_accuracy"] > 0.96
    assert numbers["convolutional_accuracy"] > 0.94


def check_look_inside(numbers: dict[str, float], printed: str) -> None:
    assert numbers["ops_left"] < numbers["ops_needed"]
    for part in ("2 placeholders are needed", "Cannot feed value of shape (2, 5)", "Dimensions must be equal, but are"):
        assert part in printed
    assert "06_look_inside.py" in printed and "def plan(" in printed


CHECKS = {
    "02_regression": check_regression,
    "03_gradient_descent_variants": check_descent,
    "05_digits": check_digits,
    "06_look_inside": check_look_inside,
}


@pytest.mark.parametrize("name", PICTURES)
def test_example_learns_and_draws(name: str, tmp_path: Path) -> None:
    printed, numbers = run(name, tmp_path, "--quick")
    check_pictures(name, tmp_path)
    assert "step" in printed and " s\n" in printed, "no progress was shown"
    assert all(math.isfinite(value) for value in numbers.values())
    falls = [key.removesuffix("_last") for key in numbers if key.endswith("_last") and key != "x_last"]
    assert falls
    for key in falls:
        first = numbers.get(f"{key}_first", numbers.get("first"))
        assert first is not None and numbers[f"{key}_last"] < 0.9 * first, key
    if name in CHECKS:
        CHECKS[name](numbers, printed)


def test_the_seed_decides_the_numbers(tmp_path: Path) -> None:
    again, first, other = (run("02_regression", tmp_path, "--steps", "30", "--seed", seed)[1] for seed in "334")
    assert again == first != other
