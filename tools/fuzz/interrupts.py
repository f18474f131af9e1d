"""Interruptions of runs: KeyboardInterrupt at every line, real SIGINTs, signal handlers that use the session, threads.

    python -m tools.fuzz.interrupts lines   [--scenario NAME] [--step 1]      every line, or every step-th one
    python -m tools.fuzz.interrupts calls   [--scenario NAME] [--step 1]      wherever Python looks for signals
    python -m tools.fuzz.interrupts sigint  [--scenario NAME] [--count 2000]
    python -m tools.fuzz.interrupts handlers [--scenario NAME] [--count 200]
    python -m tools.fuzz.interrupts threads [--scenario NAME] [--count 1000]

Afterwards all variables of a step must be updated or none, the next run right, no lock held and nobody inside the gate.
The exit status is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import dis
import faulthandler
import gc
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import graphrt as tf
from tools.fuzz.scenarios import SCENARIOS, Scenario

ENGINE = str(Path(tf.__file__).parent)
OPS = str(Path(ENGINE).parent / "graphrt_ops")
PATIENCE = 20.0  # seconds that another thread may wait for the session


@dataclass
class Report:
    """What was done, and what was wrong: each kind of mistake with where it was seen first."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, where: str) -> None:
        self.wrong[kind] += 1
        self.first.setdefault(kind, where)

    def __str__(self) -> str:
        lines = [f"  {number} x {kind}; first: {self.first[kind]}" for kind, number in self.wrong.items()]
        return "\n".join([f"{dict(self.counts)}, {sum(self.wrong.values())} wrong", *lines])


@contextmanager
def unraisable() -> Iterator[list[str]]:
    """A block in which exceptions that Python itself drops, in finalizers and weak references, are noted."""
    dropped: list[str] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda about: dropped.append(repr(about.object)[:200])
    try:
        yield dropped
    finally:
        sys.unraisablehook = before


# -- every line --------------------------------------------------------------------------------------------------------


class Interruption:
    """A tracer that raises KeyboardInterrupt at the ``number``-th line of our code that is run.

    With ``calls``, instead, at the ``number``-th moment at which Python itself looks for signals: after a call, at the
    beginning of a function, where a loop goes back. That is between the parts of a line, too.
    """

    def __init__(self, number: int, calls: bool = False) -> None:
        self.number = number
        self.calls = calls
        self.before: dict[Any, str] = {}  # of each frame: the operation that it has done last
        self.count = 0
        self.where = ""

    def __call__(self, frame: Any, event: str, argument: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith((ENGINE, OPS, "<graphrt")):
            return None
        frame.f_trace_opcodes = self.calls
        frame.f_trace_lines = not self.calls
        return self._traced

    def _traced(self, frame: Any, event: str, argument: Any) -> Any:
        if event == "line" or (event == "opcode" and self._looks_for_signals(frame)):
            self.count += 1
            if self.count == self.number:
                self.where = f"{frame.f_code.co_filename.removeprefix(ENGINE)}:{frame.f_lineno}"
                sys.settrace(None)
                self.before.clear()
                raise KeyboardInterrupt
        elif event == "return":
            self.before.pop(frame, None)
        return self._traced

    def _looks_for_signals(self, frame: Any) -> bool:
        name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        before = self.before.get(frame, "")
        self.before[frame] = name
        return name in ("RESUME", "JUMP_BACKWARD") or before.startswith("CALL")

    def run(self, function: Callable[[], Any]) -> bool:
        """Runs it; True if it was interrupted."""
        before = sys.gettrace()
        sys.settrace(self)
        try:
            with unraisable():
                function()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return bool(self.where)  # raised where exceptions are not passed on: in a finalizer


def lines_of(scenario: Scenario, calls: bool = False) -> int:
    """How many lines of our code a step runs, or at how many moments Python looks for signals."""
    with scenario.ready() as trial:
        counting = Interruption(-1, calls)
        counting.run(trial.step)
        return counting.count


def at_lines(scenario: Scenario, numbers: Sequence[int], report: Report, calls: bool = False) -> None:
    """Interrupts a step at each of these lines (or calls), and looks what is left."""
    trial = None
    for number in numbers:
        if trial is None or scenario.fresh:
            if trial is not None:
                trial.close()
            trial = scenario.opened()
        trial.reset()
        interruption = Interruption(number, calls)
        report.counts["interrupts"] += interruption.run(trial.step)
        for problem in trial.problems(PATIENCE):
            report.add(f"{scenario.name}: {problem}", f"{'call' if calls else 'line'} {number}, {interruption.where}")
            trial.close()
            trial = None
            break
    if trial is not None:
        trial.close()


# -- real signals ------------------------------------------------------------------------------------------------------


class Sender:
    """A thread that sends a signal to the process at random times, as long as ``armed``."""

    def __init__(self, number: int, longest: float = 2e-3) -> None:
        self.number = number
        self.longest = longest
        self.armed = False
        self.sent = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        rng = random.Random(7)
        while not self._ends.wait(rng.uniform(0, self.longest)):
            if self.armed:
                self.sent += 1
                os.kill(os.getpid(), self.number)

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.armed = False
        self._ends.set()
        self._thread.join()


@contextmanager
def handling(number: int, handler: Callable[[Any], None]) -> Iterator[None]:
    """A block in which a signal calls ``handler`` with the frame that it interrupts."""
    before = signal.signal(number, lambda _, frame: handler(frame))
    try:
        yield
    finally:
        signal.signal(number, before)


def by_sigint(scenario: Scenario, count: int, report: Report) -> None:
    """Real SIGINTs in a loop of steps."""
    sender, place = Sender(signal.SIGINT), ""

    def interrupt(frame: Any) -> None:
        nonlocal place
        if sender.armed:  # else it came late, and nobody would catch it
            sender.armed = False
            place = f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
            raise KeyboardInterrupt

    def steps() -> None:
        # A function: in Python 3.13 the last jump of a loop that ends a ``try`` block is not part of the block.
        while sender.armed:
            trial.step()

    # (The sender ends first: what it has sent by then finds the handler in its place.)
    with scenario.ready(plain=False) as trial, unraisable() as dropped, handling(signal.SIGINT, interrupt), sender:
        for number in range(count):
            try:
                sender.armed = True
                steps()
                if dropped:
                    report.counts["SIGINTs that Python dropped"] += 1
                    dropped.clear()
                else:
                    report.add(f"{scenario.name}: a KeyboardInterrupt got lost", place)
            except KeyboardInterrupt:
                report.counts["SIGINTs"] += 1
            for problem in trial.unequal():
                report.add(f"{scenario.name}: {problem}", f"after {number + 1}")
            if number % 50 == 49:
                trial.reset()
                trial.step()
                for problem in trial.problems(PATIENCE):
                    report.add(f"{scenario.name}: {problem}", f"after {number + 1}")


def by_handlers(scenario: Scenario, count: int, report: Report) -> None:
    """A handler that reads, saves and writes during runs."""
    with scenario.ready(plain=False) as trial, Sender(signal.SIGUSR1) as sender:
        calls = 0
        problems: list[str] = []

        def handler(frame: Any) -> None:
            nonlocal calls
            armed, sender.armed = sender.armed, False
            calls += 1
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            problems.extend(trial.used_by_a_handler(calls))
            faulthandler.cancel_dump_traceback_later()
            sender.armed = armed

        steps = 0
        with handling(signal.SIGUSR1, handler):
            while calls < count:
                sender.armed = True
                trial.step()
                steps += 1
                sender.armed = False
        report.counts["handlers"] += calls
        report.counts["steps beside them"] += steps
        problems += trial.after(steps, calls)
        for problem in problems:
            report.add(f"{scenario.name}: {problem}", f"{calls} calls")


# -- threads -----------------------------------------------------------------------------------------------------------


def by_threads(scenario: Scenario, count: int, report: Report) -> None:
    """Eight threads that step, beside two that read all variables of a step in one fetch."""
    with scenario.ready(plain=False) as trial:
        failures: list[str] = []
        busy = threading.Event()
        busy.set()

        def stepping() -> None:
            try:
                for _ in range(count // 8):
                    trial.step()
            except Exception as error:
                failures.append(f"raised {type(error).__name__}: {error}"[:300])

        def reading() -> None:
            reads = 0
            while busy.is_set() and not failures:
                failures.extend(trial.unequal())
                reads += 1
            report.counts["reads beside them"] += reads

        steppers = [threading.Thread(target=stepping) for _ in range(8)]
        readers = [threading.Thread(target=reading) for _ in range(2)]
        for thread in (*steppers, *readers):
            thread.start()
        deadline = time.monotonic() + 10 * PATIENCE
        for thread in steppers:
            thread.join(max(0.0, deadline - time.monotonic()))
        busy.clear()
        for thread in readers:
            thread.join(PATIENCE)
        if any(thread.is_alive() for thread in (*steppers, *readers)):
            failures.append("a thread hangs")
        else:
            report.counts["steps by threads"] += count // 8 * 8
            failures += trial.after(count // 8 * 8, 0)
        for failure in failures:
            report.add(f"{scenario.name}: {failure}", "among threads")


# -- the command -------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attack", choices=["lines", "calls", "sigint", "handlers", "threads"])
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), action="append")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--step", type=int, default=1, help="only every such line")
    parser.add_argument("--first", type=int, default=1, help="the line to begin at")
    options = parser.parse_args()
    report = Report()
    for name in options.scenario or SCENARIOS:
        scenario = SCENARIOS[name]
        started = time.perf_counter()
        before = sum(report.wrong.values())
        if options.attack in ("lines", "calls"):
            calls = options.attack == "calls"
            count = lines_of(scenario, calls)
            report.counts[f"{options.attack} of {name}"] = count
            at_lines(scenario, range(options.first, count + 1, options.step), report, calls)
        elif scenario.repeatable:
            attack = {"sigint": by_sigint, "handlers": by_handlers, "threads": by_threads}[options.attack]
            attack(scenario, options.count, report)
        gc.collect()
        took = time.perf_counter() - started
        print(f"{name}: {sum(report.wrong.values()) - before} wrong in {took:.1f} s", flush=True)
    print(report)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
