"""Every benchmark runs (how fast is not a test's business)."""

import json
import subprocess
import sys

import numpy as np
import pytest

import graphrt as tf
from benchmarks import convolution
from benchmarks.__main__ import row, shown
from benchmarks.cases import CASES
from benchmarks.overhead import overhead_per_op


@pytest.mark.parametrize("name", CASES)
def test_case_runs_on_graphrt(name):
    with tf.Graph().as_default():
        step = CASES[name].make(tf, np)
        first, second = step(), step()
    assert type(first) is type(second)


def test_worker_speaks_the_protocol():
    requests = [{"do": "make", "case": "session floor"}, {"do": "time", "steps": 3}]
    done = subprocess.run(
        [sys.executable, "benchmarks/worker.py", "graphrt"],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
    )
    imported, made, timed = (json.loads(line) for line in done.stdout.splitlines())
    assert imported["imported"] > 0
    assert made["first"] > 0
    assert timed["seconds"] > 0
    assert timed["memory"] > 10


def test_overhead_is_measured():
    extra, bare = overhead_per_op()
    assert 0 < bare < 1
    assert abs(extra) < 1


def test_row_gives_the_ratio_with_its_spread():
    line = row("x", {"graphrt": [1e-6, 2e-6, 1e-6], "tensorflow": [1e-5, 1e-5, 3e-5]})
    assert "10.00 x  (5.00 to 30.00)" in line


@pytest.mark.parametrize(("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us")])
def test_times_have_a_fitting_unit(seconds, text):
    assert shown(seconds) == text


def test_convolutions_are_measured(capsys):
    convolution.main(1, [(1, 6, 2, 3, 3, 1)])
    assert "of a product's speed" in capsys.readouterr().out
