"""Ctrl-C at any moment: all variables of a step are updated or none, and whatever comes next is right.

``GRAPHRT_EVERY_LINE=1`` interrupts at every line, and not at some; so does ``python -m tools.fuzz.interrupts lines``.
"""

from __future__ import annotations

import importlib.util
import os
import random
import threading

import pytest

from tools.fuzz.interrupts import Report, at_lines, by_sigint, by_threads, lines_of
from tools.fuzz.scenarios import SCENARIOS

NATIVE = importlib.util.find_spec("llvmlite") is not None
EVERY_LINE = os.environ.get("GRAPHRT_EVERY_LINE") == "1"
SCENARIO = [
    pytest.param(s, id=name, marks=pytest.mark.skipif(s.native and not NATIVE, reason="needs llvmlite"))
    for name, s in SCENARIOS.items()
]
REPEATABLE = [parameter for parameter in SCENARIO if parameter.values[0].repeatable]
SOME = {True: 25, False: 60}  # lines of each scenario: making plans, and running them


@pytest.fixture(autouse=True)
def the_options_decide(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)


def right(report):
    assert not report.wrong, str(report)


@pytest.mark.parametrize("scenario", SCENARIO)
def test_an_interrupt_at_any_line(scenario):
    count = lines_of(scenario)
    numbers = range(1, count + 1)
    if not EVERY_LINE and count > SOME[scenario.fresh]:
        # Writing is at the end of a step.
        last = list(numbers[-10:])
        numbers = sorted({*random.Random(3).sample(numbers, SOME[scenario.fresh] - len(last)), *last})
    report = Report()
    at_lines(scenario, numbers, report)
    right(report)
    # (What has been compiled once is compiled in fewer lines.)
    assert report.counts["interrupts"] >= (0.4 if scenario.fresh else 0.8) * len(numbers)


@pytest.mark.skipif(os.name == "nt", reason="no signals between threads on Windows")
@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals come to the main thread")
@pytest.mark.parametrize("scenario", REPEATABLE)
def test_two_thousand_real_interrupts(scenario):
    report = Report()
    by_sigint(scenario, 2000 // len(REPEATABLE) + 1, report)
    right(report)
    assert report.counts["SIGINTs"] > 0.9 * 2000 // len(REPEATABLE)


@pytest.mark.parametrize("scenario", REPEATABLE)
def test_threads_see_all_writes_of_a_run_or_none(scenario):
    report = Report()
    by_threads(scenario, 400, report)
    right(report)
    assert report.counts["steps by threads"] == 400
