"""Every benchmark runs (how fast is not a test's business)."""

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

import graphrt as tf
from benchmarks import __main__ as command
from benchmarks import convolution, machine, measure, profile, report
from benchmarks.cases import ALL, CASES, elements
from benchmarks.measure import Effort, Row
from benchmarks.overhead import overhead_per_op
from benchmarks.peers import floor_cases, numpy_cases
from benchmarks.table import cells, header, markdown, plain, shown
from benchmarks.workers import Failed, Worker


@pytest.mark.parametrize("name", ALL)
def test_case_runs_on_graphrt(name):
    with tf.Graph().as_default():
        step = ALL[name].make(tf, np, **ALL[name].small)
        first, second = step(), step()
    assert type(first) is type(second)


@pytest.mark.parametrize("cases", [floor_cases.CASES, numpy_cases.CASES], ids=["floor", "numpy"])
def test_what_is_measured_beside_has_the_names_of_cases(cases):
    assert set(cases) <= set(CASES)


@pytest.mark.parametrize("ops", ["_six_ops", "_with_tanh"])
def test_numpy_does_the_same_chain(ops):
    values = np.linspace(-2, 2, 100, dtype="float32")
    with tf.Graph().as_default(), tf.Session() as session:
        ours = session.run(getattr(elements, ops)(tf, tf.constant(values)))
    np.testing.assert_allclose(ours, getattr(numpy_cases, ops)(values, np.empty_like(values)), rtol=1e-5, atol=1e-6)


def test_worker_speaks_the_protocol():
    requests = [
        {"do": "make", "case": "session floor", "sizes": {}},
        {"do": "warm", "seconds": 0, "least": 2},
        {"do": "time", "steps": 3},
        {"do": "make", "case": "no such case", "sizes": {}},
    ]
    done = subprocess.run(
        [sys.executable, "benchmarks/worker.py", "graphrt"],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
    )
    hello, made, warm, timed, wrong = (json.loads(line) for line in done.stdout.splitlines())
    assert hello["imported"] > 0
    assert made["first"] > 0
    assert warm["seconds"] > 0
    assert timed["seconds"] > 0
    assert timed["memory"] > hello["memory"] > 10
    assert "no such case" in wrong["error"]


def test_libraries_take_turns_and_one_that_fails_stops_nothing():
    row = measure.timed(
        "elementwise chain, 1 k",
        {"graphrt": sys.executable, "numpy": sys.executable, "no such library": sys.executable},
        Effort(rounds=2, seconds=0.001),
    )
    assert [len(row.values[which]) for which in ("graphrt", "numpy")] == [2, 2]
    assert "no such library" not in row.values
    assert "the process ended" in row.problems["no such library"]


def test_a_case_that_a_library_has_not_is_no_failure():
    row = measure.timed("session floor", {"graphrt": sys.executable, "floor": sys.executable}, Effort(1, 0.001))
    assert list(row.values) == ["graphrt"]
    assert not row.problems


def test_plans_are_timed_by_nodes(monkeypatch):
    monkeypatch.setattr(measure, "NODES", (100,))
    (row,) = measure.plan_building({"graphrt": sys.executable}, Effort(1, 0.001))
    assert row.values["graphrt"][0] > 100


def test_a_process_that_ends_is_reported():
    with pytest.raises(Failed, match="the process ended, exit 1"), Worker(sys.executable, "no such library") as worker:
        worker.greeted()


def test_overhead_is_measured():
    extra, bare = overhead_per_op()
    assert 0 < bare < 1
    assert abs(extra) < 1


ROWS = [
    Row("x (step)", {"graphrt": [1e-6, 2e-6, 1e-6], "tensorflow": [1e-5, 1e-5, 3e-5], "floor": [5e-7, 1e-6, 5e-7]}),
    Row("plan building, 1 k nodes", {"graphrt": [60000.0], "tensorflow": [20000.0]}, "rate"),
    Row("elementwise chain, 4 M (run)", {"graphrt": [1e-3], "numpy": [2e-3]}, problems={"tensorflow": "out of order"}),
]


def test_row_gives_the_ratio_with_its_spread():
    time, rate, failed = (cells(row, ["graphrt", "tensorflow"]) for row in ROWS)
    assert time == ["x (step)", "1 us", "10 us", "10.00x (5.00-30.00)", "0.5 us", "50%"]
    assert rate == ["plan building, 1 k nodes", "60,000/s", "20,000/s", "3.00x", "-", "-"]
    assert failed[2] == "fails"
    assert len(header(["graphrt", "tensorflow"])) == len(time)
    assert plain(time).startswith("x (step)  ")
    assert markdown([["a", "b"], ["c", "d"]]) == "| a | b |\n|---|---|\n| c | d |"


def test_results_say_what_was_reached_and_what_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PATH", tmp_path / "RESULTS.md")
    state = machine.State(300.0, 150.0, 50.0, 60.0, 20.0, 0.5)
    report.write(ROWS, ["graphrt", "tensorflow", "numpy"], {"graphrt": sys.executable}, state, state)
    text = report.PATH.read_text()
    assert "| elementwise chain, 4 M (run) | times NumPy | 3 | 2.00 | missed |" in text
    assert "| plan building, 1 k nodes | nodes a second | 50,000 | 60,000 | reached |" in text
    assert "- elementwise chain, 4 M (run): tensorflow: out of order" in text
    assert "sgemm 2048^3 300 GFLOP/s (150 on one thread)" in text


def test_targets_are_of_rows_that_there_are():
    timed = {f"{name} ({case.unit})" for name, case in CASES.items()}
    special = {"first run, notes regression", "native within, empty cache", "native within, second process"}
    special |= {f"plan building, {nodes // 1000} k nodes" for nodes in measure.NODES}
    assert {target.row for target in report.TARGETS} <= timed | special | {"peak memory, notes CNN, batch 64"}


def test_cases_are_selected_by_parts_of_their_names():
    assert command.selected(["MLP"]) == ["digits MLP", "MLP 784-512-512-10"]
    assert command.selected(None) == list(command.NAMES)
    with pytest.raises(SystemExit, match="none of these contains"):
        command.selected(["no such case"])


def test_peers_are_given_by_name():
    assert command.peers(["jax=/j", "/t"]) == {"tensorflow": "/t", "jax": "/j"}
    with pytest.raises(SystemExit, match="expected one of tensorflow"):
        command.peers(["theano=/x"])


@pytest.mark.parametrize(("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us")])
def test_times_have_a_fitting_unit(seconds, text):
    assert shown(seconds) == text


def test_profile_of_native_code(capsys):
    pytest.importorskip("llvmlite")
    with tf.Graph().as_default():
        profile.main(["digits MLP", "--runs", "2", "--top", "3"])
    text = capsys.readouterr().out
    assert "digits MLP (step)" in text
    assert "product" in text
    assert "roofline" in text


def test_profile_of_tier_1(capsys):
    with tf.Graph().as_default():
        profile.main(["LSTM", "--runs", "1", "--small", "--python"])
    assert "MatMul" in capsys.readouterr().out


def test_convolutions_are_measured(capsys):
    pytest.importorskip("llvmlite")
    convolution.main(1, [(1, 6, 2, 3, 3, 1)])
    assert "of a product's speed" in capsys.readouterr().out


def test_a_case_is_profiled(capsys, monkeypatch):
    pytest.importorskip("llvmlite")
    profile = importlib.import_module("benchmarks.profile")
    monkeypatch.setattr(sys, "argv", ["profile", "logistic regression", "--runs", "2", "--top", "3"])
    profile.main()
    printed = capsys.readouterr().out
    assert "GFLOP/s" in printed and "product" in printed
    assert "roofline:" in printed
