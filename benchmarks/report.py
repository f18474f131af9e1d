"""RESULTS.md: the whole table, the machine it was measured on, and what the targets of the compiler's issue came to."""

from __future__ import annotations

import datetime
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import State, described, processor
from benchmarks.measure import Pythons, Row
from benchmarks.table import cells, header, markdown, ratios
from benchmarks.workers import Worker

PATH = Path(__file__).with_name("RESULTS.md")
LIBRARIES = ("tensorflow", "jax", "pytensor", "torch")


@dataclass(frozen=True)
class Target:
    """What a row is to reach: ``reached`` gives the number, None where it was not measured."""

    row: str
    what: str
    least: float
    reached: Callable[[Row], float | None]


def times(which: str) -> Callable[[Row], float | None]:
    """How many times better than a library, in the median."""

    def reached(row: Row) -> float | None:
        values = ratios(row, which)
        return statistics.median(values) if values else None

    return reached


def times_best(row: Row) -> float | None:
    """How many times better than the best of the peers."""
    known = [reached for which in LIBRARIES if (reached := times(which)(row)) is not None]
    return min(known) if known else None


def within(seconds: float) -> Callable[[Row], float | None]:
    """A limit over graphrt's time: at least 1 where it is kept."""
    return lambda row: seconds / statistics.median(row.values["graphrt"]) if row.values.get("graphrt") else None


def rate(row: Row) -> float | None:
    return statistics.median(row.values["graphrt"]) if row.values.get("graphrt") else None


TARGETS = (
    *(
        target
        for variant in ("plain", "dropout", "batch norm")
        for target in (
            Target(f"notes regression, {variant} (step)", "times TensorFlow", 6, times("tensorflow")),
            Target(f"notes regression, {variant} (step)", "times JAX", 4, times("jax")),
        )
    ),
    Target("session floor (run)", "5 us over its time", 1, within(5e-6)),
    Target("session floor (run)", "times TensorFlow", 30, times("tensorflow")),
    Target("logistic regression, batch 1 (step)", "times TensorFlow", 20, times("tensorflow")),
    Target("logistic regression, batch 1 (step)", "times JAX", 10, times("jax")),
    Target("MLP 784-512-512-10 (step)", "times the best peer", 1.3, times_best),
    Target("MLP 784-512-512-10 (step)", "of the BLAS floor", 0.75, times("floor")),
    Target("notes CNN, training (step)", "times the best peer", 1, times_best),
    Target("elementwise chain, 4 M (run)", "times NumPy", 3, times("numpy")),
    Target("elementwise chain, 4 M (run)", "of memory bandwidth", 0.8, times("floor")),
    Target("Adam, 10 M parameters (step)", "of memory bandwidth", 0.8, times("floor")),
    Target("first run, notes regression", "60 ms over its time", 1, within(0.06)),
    Target("native within, empty cache", "1 s over its time", 1, within(1.0)),
    Target("native within, second process", "60 ms over its time", 1, within(0.06)),
    *(
        Target(f"plan building, {thousands} k nodes", "nodes a second", 50_000, rate)
        for thousands in (1, 10, 50, 100, 300)
    ),
    Target("peak memory, notes CNN, batch 64", "times less than the best peer", 1, times_best),
)


def targets(rows: Sequence[Row]) -> list[list[str]]:
    """A table of the targets."""
    by_name = {row.name: row for row in rows}
    lines = [["case", "target", "at least", "reached", ""]]
    for target in TARGETS:
        reached = target.reached(by_name[target.row]) if target.row in by_name else None
        number = "not measured" if reached is None else f"{reached:,.2f}" if reached < 1000 else f"{reached:,.0f}"
        verdict = "" if reached is None else "reached" if reached >= target.least else "missed"
        lines.append([target.row, target.what, f"{target.least:,g}", number, verdict])
    return lines


def summary(rows: Sequence[Row], libraries: Sequence[str]) -> list[list[str]]:
    """Medians, one column a library."""
    return [
        [cell for cell in header(libraries) if not cell.startswith("x ")],
        *([*line[: 1 + len(libraries)], *line[-2:]] for line in (cells(row, libraries) for row in rows)),
    ]


def comparison(rows: Sequence[Row], libraries: Sequence[str]) -> list[list[str]]:
    """Ratios, one column a peer; rows that no peer has are left out."""
    lines = [[line[0], *line[1 + len(libraries) : -2]] for line in (cells(row, libraries) for row in rows)]
    kept = [line for line in lines if any(cell != "-" for cell in line[1:])]
    return [["times better than", *(which for which in libraries if which != "graphrt")], *kept]


def versions(pythons: Pythons) -> str:
    """Every library with its version, asked of its own interpreter."""
    found = []
    for which, python in pythons.items():
        with Worker(python, which).greeted() as worker:
            found.append(f"{which} {worker.version}")
    return ", ".join(found)


def text(rows: Sequence[Row], libraries: Sequence[str], pythons: Pythons, before: State, after: State) -> str:
    """The whole of RESULTS.md."""
    now = datetime.datetime.now(datetime.timezone.utc)
    problems = [
        f"- {row.name}: {which}: {problem}" for row in rows for which, problem in row.problems.items() if problem
    ] + [f"- {row.name}: {remark}" for row in rows for remark in row.remarks]
    peaks = [
        [row.name, *(f"{row.peaks[which]:.0f} MB" if which in row.peaks else "-" for which in libraries)]
        for row in rows
        if row.peaks
    ]
    parts = [
        "# Benchmark results",
        f"Written by `python -m benchmarks --write` on {now:%Y-%m-%d %H:%M} UTC.\n"
        f"{processor()}; {platform.system()} {platform.machine()}, Python {platform.python_version()}.\n"
        f"{versions(pythons)}.\n{described(before, after)}.",
        "What a floor is: `benchmarks/peers/floor_cases.py`. How to repeat this: `benchmarks/README.md`.",
        "## Medians\n\n" + markdown(summary(rows, libraries)),
        "## How many times better graphrt is (median of the rounds, least and greatest)\n\n"
        + markdown(comparison(rows, libraries)),
        "## Targets\n\n" + markdown(targets(rows)),
        "## Peak memory of each process\n\n" + markdown([["", *libraries], *peaks]) if peaks else "",
        "## What failed, and remarks\n\n" + "\n".join(problems) if problems else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def write(rows: Sequence[Row], libraries: Sequence[str], pythons: Pythons, before: State, after: State) -> Path:
    """Writes RESULTS.md: beside it first, then renamed."""
    beside = PATH.with_suffix(".md.new")
    beside.write_text(text(rows, libraries, pythons, before, after))
    return beside.replace(PATH)
