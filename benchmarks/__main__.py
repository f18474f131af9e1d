"""Command line of the benchmarks.

    python -m benchmarks --peer tensorflow=/tmp/tf/bin/python --peer jax=/tmp/jax/bin/python [--case NAME ...] [--write]

Without ``--peer`` only graphrt is timed. Every library runs in a process of its own, and they take turns, so that what
else the machine does hits all of them; what counts is the ratio within a round.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from benchmarks import machine, report
from benchmarks.cases import CASES
from benchmarks.measure import SPECIAL, Effort, Pythons, Row, timed
from benchmarks.peers import floor_cases, numpy_cases
from benchmarks.table import cells, header, plain

PEERS = ("tensorflow", "jax", "pytensor", "torch")
NAMES = ("import", "plan overhead", "first run", "native within", *CASES, "plan building", "peak memory")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="LIBRARY=PYTHON",
        help=f"an interpreter that has {', '.join(PEERS)} (a path alone means tensorflow); may be repeated",
    )
    parser.add_argument(
        "--case", action="append", help="only the cases whose names contain this (may be repeated): " + "; ".join(NAMES)
    )
    parser.add_argument("--rounds", type=int, default=5, help="timings of each library that are compared")
    parser.add_argument("--scale", type=float, default=1.0, help="a fraction of the time of a timing, for a quick look")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    return parser.parse_args()


def peers(given: list[str]) -> dict[str, str]:
    """Interpreters by library, from the command line."""
    pythons = dict(entry.split("=", 1) if "=" in entry else ("tensorflow", entry) for entry in given)
    unknown = set(pythons) - set(PEERS)
    if unknown:
        raise SystemExit(f"--peer: expected one of {', '.join(PEERS)} before the =, got {', '.join(sorted(unknown))}")
    return {which: pythons[which] for which in PEERS if which in pythons}


def selected(wanted: list[str] | None) -> list[str]:
    """The names that contain one of the words asked for; all of them if none is."""
    chosen = [name for name in NAMES if not wanted or any(word.lower() in name.lower() for word in wanted)]
    if not chosen:
        raise SystemExit(f"--case: none of these contains {wanted}: {'; '.join(NAMES)}")
    return chosen


def measured(name: str, pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """The rows of one name."""
    if name in SPECIAL:
        yield from SPECIAL[name](pythons, effort)
        return
    own = {"numpy": numpy_cases.CASES, "floor": floor_cases.CASES}
    beside = {which: sys.executable for which, cases in own.items() if name in cases}
    yield timed(name, {**pythons, **beside}, effort)


def main() -> None:
    given = arguments()
    pythons = {"graphrt": sys.executable, **peers(given.peer)}
    effort = Effort(given.rounds, 0.15 * given.scale)
    libraries = [*pythons, "numpy"]
    before, began = machine.state(), time.time()
    print(plain(header(libraries)), flush=True)
    rows = []
    for name in selected(given.case):
        for row in measured(name, pythons, effort):
            rows.append(row)
            print(plain(cells(row, libraries)), f"  {time.time() - began:.0f} s", flush=True)
            for which, problem in row.problems.items():
                if problem:
                    print(f"    {which}: {problem}", flush=True)
            for remark in row.remarks:
                print(f"    {remark}", flush=True)
    after = machine.state()
    print(machine.described(before, after), f"{time.time() - began:.0f} s in all", sep="\n")
    if given.write:
        print("wrote", report.write(rows, libraries, pythons, before, after))


if __name__ == "__main__":
    main()
