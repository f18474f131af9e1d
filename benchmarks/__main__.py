"""Command line of the benchmarks.

    python -m benchmarks --peer /path/to/python/with/tensorflow [--case NAME ...] [--rounds 7]

Without ``--peer`` only graphrt is timed. The two run in processes of their own and take turns, so that what else the
machine does hits both; what counts is the ratio within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES
from benchmarks.overhead import overhead_per_op

WORKER = Path(__file__).with_name("worker.py")


class Worker:
    """A process that runs cases with one library."""

    def __init__(self, python: str, which: str) -> None:
        environment = {
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "1",
            "PYTHONWARNINGS": "ignore",
        }
        # An installed package comes with its byte code, as the peer does: a checkout is to keep it, too.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.process = subprocess.Popen(
            [python, str(WORKER), which],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.imported = self._answer()["imported"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"the process {self.process.args} ended (exit {self.process.wait()}); run it by hand to see why"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def measured(case: str, pythons: dict[str, str], rounds: int, scale: float) -> dict[str, Any]:
    """Times of each library, a list with one entry a round, and their peak memory."""
    workers = {which: Worker(python, which) for which, python in pythons.items()}
    steps = max(1, int(CASES[case].steps * scale))
    try:
        first = {which: worker.ask(do="make", case=case)["first"] for which, worker in workers.items()}
        for worker in workers.values():
            worker.ask(do="time", steps=max(1, steps // 5))  # warm up
        times: dict[str, list[float]] = {which: [] for which in workers}
        memory = {}
        for _ in range(rounds):
            for which, worker in workers.items():
                answer = worker.ask(do="time", steps=steps)
                times[which].append(answer["seconds"])
                memory[which] = answer["memory"]
    finally:
        for worker in workers.values():
            worker.close()
    return {"times": times, "memory": memory, "first": first}


def import_times(pythons: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """How long importing takes, in fresh processes that take turns (the first round, with cold caches, is left out)."""
    times: dict[str, list[float]] = {which: [] for which in pythons}
    for turn in range(rounds + 1):
        for which, python in pythons.items():
            worker = Worker(python, which)
            worker.close()
            if turn:
                times[which].append(worker.imported)
    return times


def shown(seconds: float) -> str:
    """A time with a fitting unit."""
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def row(name: str, times: dict[str, list[float]], memory: dict[str, float] | None = None) -> str:
    """One line of the table."""
    cells = [f"{name:30s}"] + [f"{shown(statistics.median(t)):>12s}" for t in times.values()]
    if len(times) == 2:
        mine, theirs = times.values()
        ratios = sorted(b / a for a, b in zip(mine, theirs, strict=True))
        cells.append(f"{statistics.median(ratios):8.2f} x  ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    if memory:
        cells.append("  ".join(f"{megabytes:.0f} MB" for megabytes in memory.values()))
    return "  ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--peer", help="a Python interpreter that has TensorFlow 2.x (compat.v1)")
    parser.add_argument(
        "--case", action="append", choices=["import", "overhead", *CASES], help="only this case (may be repeated)"
    )
    parser.add_argument("--rounds", type=int, default=7, help="timings of each library that are compared")
    parser.add_argument("--scale", type=float, default=1.0, help="a fraction of the steps, for a quick look")
    arguments = parser.parse_args()
    pythons = {"graphrt": sys.executable} | ({"tensorflow": arguments.peer} if arguments.peer else {})
    wanted = arguments.case or ["import", "overhead", *CASES]
    titles = "  ".join(f"{which:>12s}" for which in pythons)
    print(f"{'':30s}  {titles}  {'ratio (least to most of the rounds)' if arguments.peer else ''}  peak memory")
    for name in wanted:
        if name == "import":
            print(row("import", import_times(pythons, max(1, arguments.rounds // 2))), flush=True)
        elif name == "overhead":
            extra, bare = overhead_per_op()
            print(
                f"{'plan overhead per op':30s}  {extra * 1e6:.3f} us beyond the {bare * 1e6:.2f} us of the call",
                flush=True,
            )
        else:
            result = measured(name, pythons, arguments.rounds, arguments.scale)
            print(row(f"{name} ({CASES[name].unit})", result["times"], result["memory"]), flush=True)


if __name__ == "__main__":
    main()
