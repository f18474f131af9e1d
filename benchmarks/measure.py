"""What is measured, and how: every function here returns rows of the table."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import CASES
from benchmarks.overhead import overhead_per_op
from benchmarks.workers import Failed, Missing, Worker

Pythons = Mapping[str, str]
NODES = (1_000, 10_000, 50_000, 100_000, 300_000)


@dataclass
class Row:
    """One line of the table: numbers of each library, one a round.

    Attributes:
      kind: "time" in seconds, "memory" in MB, or "rate" in nodes a second (of which more is better).
      problems: why a library has no numbers.
      remarks: what else is to be said.
      peaks: the most memory of each process, in MB.
    """

    name: str
    values: dict[str, list[float]] = field(default_factory=dict)
    kind: str = "time"
    problems: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds, and the seconds of one timing of one library."""

    rounds: int = 5
    seconds: float = 0.15


def each(row: Row, workers: dict[str, Worker], do: Callable[[Worker], Any]) -> dict[str, Any]:
    """The answers of all workers; one that fails is noted in the row, and left out from now on."""
    answers = {}
    for which, worker in list(workers.items()):
        try:
            answers[which] = do(worker)
        except (Failed, Missing) as error:
            if isinstance(error, Failed):
                row.problems[which] = str(error)
            workers.pop(which).close()
    return answers


def started(stack: ExitStack, row: Row, pythons: Pythons, case: str, **sizes: Any) -> dict[str, Worker]:
    """Workers that have made the case and run its first step. They start and compile at the same time."""
    workers = {which: stack.enter_context(Worker(python, which)) for which, python in pythons.items()}
    each(row, workers, lambda worker: worker.greeted())
    each(row, workers, lambda worker: worker.send("make", case=case, sizes=sizes))
    each(row, workers, lambda worker: worker.answer())
    return workers


def timed(case: str, pythons: Pythons, effort: Effort) -> Row:
    """Seconds a step of one of CASES: the libraries take turns."""
    row = Row(f"{case} ({CASES[case].unit})")
    with ExitStack() as stack:
        workers = started(stack, row, pythons, case)
        warm = each(row, workers, lambda worker: worker.ask("warm", seconds=2 * effort.seconds, least=2))
        row.remarks = [
            f"graphrt has no native code for it: {why}" for why in warm.get("graphrt", {}).get("refused", [])
        ]
        steps = {
            which: max(1, min(CASES[case].steps, round(effort.seconds / answer["seconds"])))
            for which, answer in warm.items()
        }
        for _ in range(effort.rounds):
            answers = each(row, workers, lambda worker: rested(worker).ask("time", steps=steps[worker.which]))
            for which, answer in answers.items():
                row.values.setdefault(which, []).append(answer["seconds"])
                row.peaks[which] = answer["memory"]
    return row


def rested(worker: Worker) -> Worker:
    """Waits until the threads of the library that was timed before have stopped looking for more work."""
    time.sleep(0.03)
    return worker


def fresh(name: str, pythons: Pythons, rounds: int, ask: Callable[[Worker], float], kind: str = "time") -> Row:
    """A number that each library gives in a new process; the first round, with cold caches, is left out."""
    row = Row(name, kind=kind)
    for turn in range(rounds + 1):
        for which, python in pythons.items():
            if which in row.problems:
                continue
            try:
                with Worker(python, which).greeted() as worker:
                    value = ask(worker)
            except Failed as error:
                row.problems[which] = str(error)
            except Missing:
                row.problems[which] = ""
            else:
                if turn:
                    row.values.setdefault(which, []).append(value)
    return row


def import_times(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """How long importing takes."""
    yield fresh("import", pythons, max(1, effort.rounds // 2), lambda worker: worker.imported)


def first_runs(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """The first training step of the notes' graph in a new process, compiling included."""
    case = "notes regression, plain"
    rounds = max(1, effort.rounds // 2)
    yield fresh("first run, notes regression", pythons, rounds, lambda w: w.ask("make", case=case, sizes={})["first"])


def native_within(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """From the start of the first step until native code is in use: with an empty cache, and in a second process."""
    first, second = Row("native within, empty cache"), Row("native within, second process")
    for _ in range(max(1, effort.rounds // 2)):
        with tempfile.TemporaryDirectory() as folder:
            for row in (first, second):
                try:
                    with Worker(pythons["graphrt"], "graphrt", GRAPHRT_CACHE_DIR=folder).greeted() as worker:
                        answer = worker.ask("native", case="notes regression, plain", sizes={})
                except Failed as error:
                    row.problems["graphrt"] = str(error)
                else:
                    row.values.setdefault("graphrt", []).append(answer["seconds"])
    yield from (first, second)


def plan_building(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """Nodes a second of the first run of a scalar recurrence that is unrolled into a graph of many nodes."""
    for nodes in NODES:
        row = Row(f"plan building, {nodes // 1000} k nodes", kind="rate")
        for which in ("graphrt", "tensorflow"):
            # TensorFlow takes some minutes for the larger ones.
            if which not in pythons or (which == "tensorflow" and nodes > 10_000):
                continue
            try:
                with Worker(pythons[which], which).greeted() as worker:
                    worker.ask("make", case="unrolled graph", sizes={"nodes": 30})  # loads what the first plan needs
                    answer = worker.ask("make", case="unrolled graph", sizes={"nodes": nodes})
            except Failed as error:
                row.problems[which] = str(error)
            else:
                row.values[which] = [nodes / answer["first"]]
        yield row


def peak_memory(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """The most memory of a process that trains the notes' CNN with batch 64, less what importing took."""

    def used(worker: Worker) -> float:
        worker.ask("make", case="notes CNN, training", sizes={"batch": 64})
        if worker.which == "graphrt":  # the steps before and with native code
            worker.ask("warm", seconds=0.0, least=2)
        return float(worker.ask("time", steps=2)["memory"]) - worker.baseline

    row = Row("peak memory, notes CNN, batch 64", kind="memory")
    for which, python in pythons.items():
        try:
            with Worker(python, which).greeted() as worker:
                row.values[which] = [used(worker)]
        except Failed as error:
            row.problems[which] = str(error)
        except Missing:
            continue
    yield row


def plan_overhead(pythons: Pythons, effort: Effort) -> Iterator[Row]:
    """What a plan of ordinary Python adds to each NumPy call."""
    extra, bare = overhead_per_op()
    yield Row("plan overhead per op", {"graphrt": [extra], "numpy": [bare]})


SPECIAL: dict[str, Callable[[Pythons, Effort], Iterator[Row]]] = {
    "import": import_times,
    "plan overhead": plan_overhead,
    "first run": first_runs,
    "native within": native_within,
    "plan building": plan_building,
    "peak memory": peak_memory,
}
