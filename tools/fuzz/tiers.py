"""Random graphs on all tiers: every tier must give what the reference says, and what TensorFlow 1.15 gives.

Gradients, random draws and infinities are beyond the reference: there the tiers are compared with one of them.

    python -m tools.fuzz.tiers --seed 0 --count 2000 [--mode exact] [--native-every 1] [--tf115 PYTHON] [--processes 2]

A graph that differs is made smaller and printed as a script. The exit status is 1 if any did.
"""

from __future__ import annotations

import argparse
import copy
import json
import multiprocessing
import random
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import graphrt as tf
from graphrt import passes
from graphrt.native import segments
from graphrt.plan import codegen, inplace
from tools.fuzz.build import Built
from tools.fuzz.generate import MODES, generate
from tools.fuzz.reference import Failed, Reference, every_node
from tools.fuzz.script import script
from tools.fuzz.sessions import BY_NAME, NATIVE, PLAIN, REWRITTEN, Switching
from tools.fuzz.shrink import shrunk

TIERS = ("plain", "rewritten", "partial", "native", "mixed")
"""``mixed``: one session whose runs go through the other tiers in turn, on the same variables."""
SLOW_TIERS = ("stepwise", "small memory", "compared", "shuffled")
"""Plans that run step by step; under a memory limit that makes them compute all twice; with every rewrite compared with
the program as declared; with the passes in another order."""
JUDGES = {"derived": "plain", "hard": "rewritten"}
"""In these modes a tier says what is expected, and not the reference."""
AGREE_WITH_REWRITTEN = ("native", "stepwise", "small memory")
_CYCLE = (NATIVE, PLAIN, NATIVE, REWRITTEN)


@dataclass
class Difference:
    """How a tier's answer differs: where, in which way, and in which words."""

    tier: str
    kind: str
    run: int
    text: str

    @property
    def signature(self) -> tuple[str, str]:
        return self.tier, self.kind


@contextmanager
def small_things_count() -> Iterator[None]:
    """Lets plans write into the memory of arrays of any size, not of large ones only, and be cut for one node."""
    before = inplace._WORTHWHILE, segments._WORTHWHILE
    inplace._WORTHWHILE = segments._WORTHWHILE = 1
    try:
        yield
    finally:
        inplace._WORTHWHILE, segments._WORTHWHILE = before


@contextmanager
def _circumstances(tier: str) -> Iterator[None]:
    """What a tier needs that is no option of a session."""
    longest, pipeline = codegen._MOST_LINES, passes.PIPELINE
    with warnings.catch_warnings():
        if tier == "small memory":
            warnings.filterwarnings("ignore", ".*memory_limit=1", RuntimeWarning)
        if tier == "stepwise":
            codegen._MOST_LINES = 2
        if tier == "shuffled":
            passes.PIPELINE = tuple(random.Random(len(pipeline)).sample(pipeline, len(pipeline)))
        try:
            yield
        finally:
            codegen._MOST_LINES, passes.PIPELINE = longest, pipeline


class Player:
    """Plays the runs of a description on one tier."""

    def __init__(self, built: Built, tier: str) -> None:
        self.built = built
        self.tier = tier
        self.switching = Switching()
        with self.switching.by(PLAIN) as session:
            session.run(built.start)

    def run(self, number: int, run: dict[str, Any]) -> list[Any]:
        fetches, feeds = self.built.fetches(run), self.built.feeds(run)
        options = BY_NAME.get(self.tier, _CYCLE[number % 4])
        with _circumstances(self.tier), self.switching.by(PLAIN if self.tier == "partial" else options) as session:
            if self.tier == "partial":
                return self._in_steps(session, fetches, feeds)
            values: list[Any] = session.run(fetches, feeds)
        return values

    @staticmethod
    def _in_steps(session: tf.Session, fetches: list[Any], feeds: dict[Any, Any]) -> list[Any]:
        """By a partial run: some feeds first, and then the others with all fetches."""
        once = list(dict.fromkeys(fetches))
        handle = session.partial_run_setup(once, list(feeds))
        first = dict(list(feeds.items())[: len(feeds) // 2])
        rest = {key: value for key, value in feeds.items() if key not in first}
        session.partial_run(handle, [], first)
        values = session.partial_run(handle, once, rest)
        return [values[once.index(fetch)] for fetch in fetches]

    def state(self) -> list[Any]:
        with self.switching.by(PLAIN) as session:
            values: list[Any] = session.run(self.built.everything)
        return values


def differences(
    description: dict[str, Any], tiers: Sequence[str], counts: Counter[str] | None = None
) -> list[Difference]:
    """One for each tier that differs from the reference, the first that is found."""
    found = []
    judge = JUDGES.get(description["mode"])
    with tf.Graph().as_default():
        built = _built(description)
        expected = _expected(description) if judge is None else _played_by(Player(built, judge), description)
        for tier in tiers:
            player = Player(built, tier)
            with player.switching.session:
                difference = _played(player, description, expected)
                if counts is not None:
                    counts[f"native plans by {tier}"] += player.switching.native_plans()
                    counts[f"plans cut by {tier}"] += player.switching.cut_plans()
            if difference is not None:
                found.append(difference)
    return found


def _built(description: dict[str, Any]) -> Built:
    built = Built(tf, description)
    built.start = tf.global_variables_initializer()
    built.everything = tf.global_variables()
    return built


def _expected(description: dict[str, Any]) -> list[tuple[list[Any] | None, list[Any]]]:
    """For each run its values (None: it must fail) and the variables afterwards."""
    reference = Reference(description)
    result: list[tuple[list[Any] | None, list[Any]]] = []
    for run in description["runs"]:
        try:
            values = reference.run(run)
        except Failed:
            values = None
        result.append((values, list(reference.state)))
    return result


def _played_by(player: Player, description: dict[str, Any]) -> list[tuple[list[Any] | None, list[Any]]]:
    """The same, as a tier has it."""
    result: list[tuple[list[Any] | None, list[Any]]] = []
    with player.switching.session:
        for number, run in enumerate(description["runs"]):
            values: list[Any] | None
            try:
                values = player.run(number, run)
            except tf.errors.OpError:
                values = None
            result.append((copy.deepcopy(values), copy.deepcopy(player.state())))
    return result


def _played(player: Player, description: dict[str, Any], expected: Sequence[Any]) -> Difference | None:
    loose = description["mode"] in ("real", "derived")
    given_out: list[tuple[int, Any, Any]] = []  # arrays that were returned and fed, and what they held then
    for number, (run, (values, state)) in enumerate(zip(description["runs"], expected, strict=True)):
        try:
            mine = player.run(number, run)
        except Exception as error:
            if values is not None or not isinstance(error, tf.errors.OpError):
                text = "".join(traceback.format_exception_only(error)).strip()
                return Difference(player.tier, f"raised {type(error).__name__}", number, text[-1500:])
        else:
            if values is None:
                return Difference(player.tier, "did not fail", number, "")
            given_out += [(number, value, np.copy(value)) for value in mine if value is not None]
            for (what, which), value, other in zip(run["fetches"], mine, values, strict=True):
                if not _same(value, other, loose):
                    text = f"{what} {which} is\n{value!r}, expected\n{other!r}"
                    return Difference(player.tier, "value", number, text)
        for i, (value, other) in enumerate(zip(player.state(), state, strict=False)):
            if not _same(value, other, loose):
                kind = "variable" if values is not None else "variable after failure"
                return Difference(player.tier, kind, number, f"v{i} is\n{value!r}, expected\n{other!r}")
    for number, value, then in given_out:
        if not np.array_equal(value, then, equal_nan=value.dtype.kind == "f"):
            return Difference(player.tier, "returned array changed later", number, f"{then!r} became\n{value!r}")
    return None


def _same(value: Any, other: Any, loose: bool) -> bool:
    if value is None or other is None:
        return value is other
    value, other = np.asarray(value), np.asarray(other)
    if value.shape != other.shape or value.dtype != other.dtype:
        return False
    if not loose or not value.size or value.dtype.kind != "f":
        return bool(np.array_equal(value, other, equal_nan=True))
    scale = max(1.0, float(np.max(np.abs(np.nan_to_num(other)))))
    return bool(np.allclose(value, other, rtol=1e-3, atol=1e-3 * scale, equal_nan=True))


# -- TensorFlow 1.15 ---------------------------------------------------------------------------------------------------


class Oracle:
    """A process of TensorFlow 1.15 that answers descriptions."""

    def __init__(self, python: str) -> None:
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [python, "-m", "tools.fuzz.oracle"],
            cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def differs(self, description: dict[str, Any]) -> Difference | None:
        """How TensorFlow's answers differ from the reference's."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(description) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            return Difference("TensorFlow", f"raised {answer['error'].split(':')[0]}", 0, answer["error"])
        for number, ((values, state), theirs) in enumerate(zip(_expected(description), answer["runs"], strict=True)):
            for what, mine, other in (("value", values, theirs[0]), ("variable", state, theirs[1])):
                assert mine is not None
                for i, (value, given) in enumerate(zip(mine, other, strict=True)):
                    array = None if given is None else np.array(given[2], given[0]).reshape(given[1])
                    if not _same(value, array, False):
                        text = f"{what} {i}: TensorFlow has\n{array!r}, expected\n{value!r}"
                        return Difference("TensorFlow", what, number, text)
        return None


# -- the command -------------------------------------------------------------------------------------------------------


@dataclass
class Attack:
    """What the graphs of one call are, and how they are tried."""

    mode: str
    native_every: int = 1
    slow_every: int = 8
    python: str | None = None  # TensorFlow 1.15's, for the ordered mode
    most_shrunk: int = 5  # of one kind of difference, in one process
    without: tuple[str, ...] = ()  # graphs with nodes of these kinds are left out


Found = tuple[int, Difference, dict[str, Any]]
_oracles: dict[str, Oracle] = {}  # one a process
_shrunk: Counter[tuple[str, str]] = Counter()


def attack(seeds: Sequence[int], how: Attack) -> tuple[Counter[str], list[Found]]:
    """Tries the graphs of these seeds; returns counts, and for each difference the seed and the smallest graph."""
    counts: Counter[str] = Counter()
    found: list[Found] = []
    oracle = None
    if how.python and how.mode == "ordered":
        oracle = _oracles.get(how.python) or _oracles.setdefault(how.python, Oracle(how.python))
    with small_things_count():
        for seed in seeds:
            description = generate(seed, how.mode)
            if any(node["op"] in how.without for node in every_node(description["nodes"])):
                continue
            tiers = _tiers(seed, how)
            counts["graphs"] += 1
            counts["runs"] += len(tiers) * len(description["runs"])
            given = differences(description, tiers, counts)
            if oracle is not None:
                counts["graphs against TensorFlow"] += 1
                other = oracle.differs(description)
                given += [other] if other is not None else []
            counts["graphs that differ"] += bool(given)
            for difference in given:
                _shrunk[difference.signature] += 1
                if _shrunk[difference.signature] <= how.most_shrunk:
                    found.append((seed, *_smallest(description, difference, oracle)))
                else:
                    found.append((seed, difference, description))
    return counts, found


def _tiers(seed: int, how: Attack) -> tuple[str, ...]:
    """Those that play a graph."""
    native = how.native_every and seed % how.native_every == 0
    tiers = TIERS if native else TIERS[:3]
    if how.slow_every and seed % how.slow_every == 0:
        tiers += SLOW_TIERS
    judge = JUDGES.get(how.mode)
    if judge == "rewritten":
        tiers = tuple(tier for tier in tiers if tier in AGREE_WITH_REWRITTEN)
    return tuple(tier for tier in tiers if tier != judge)


def _smallest(
    description: dict[str, Any], difference: Difference, oracle: Oracle | None
) -> tuple[Difference, dict[str, Any]]:
    latest = [difference]

    def fails(smaller: dict[str, Any]) -> bool:
        try:
            if difference.tier == "TensorFlow":
                assert oracle is not None
                other = oracle.differs(smaller)
                given = [other] if other is not None else []
            else:
                given = differences(smaller, [difference.tier])
        except Exception:
            return False  # it is no graph any more
        if [d.signature for d in given] != [difference.signature]:
            return False
        latest[0] = given[0]
        return True

    smallest = shrunk(description, fails, ordered=difference.tier == "TensorFlow")
    return latest[0], smallest


def _share(task: tuple[list[int], Attack]) -> tuple[str, Counter[str], list[Found]]:
    return task[1].mode, *attack(*task)


def _results(tasks: Sequence[tuple[list[int], Attack]], processes: int) -> Iterator[Any]:
    if processes == 1:
        yield from map(_share, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_share, tasks)


def _tasks(options: argparse.Namespace) -> list[tuple[list[int], Attack]]:
    modes = MODES if options.mode == "all" else (options.mode,)
    everything = range(options.seed, options.seed + options.count)
    tasks = []
    for i, mode in enumerate(modes):
        seeds = everything[i :: len(modes)]
        how = Attack(
            mode, options.native_every, options.slow_every, options.tf115, options.shrink, tuple(options.without)
        )
        tasks += [(list(seeds[first : first + 20]), how) for first in range(0, len(seeds), 20)]
    return tasks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--mode", choices=[*MODES, "all"], default="all")
    parser.add_argument("--native-every", type=int, default=1, help="0: no native code")
    parser.add_argument("--slow-every", type=int, default=8, help="0: none of the slow tiers")
    parser.add_argument("--tf115", help="the Python that has TensorFlow 1.15")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--shrink", type=int, default=5, help="how many of a kind to make smaller, in each process")
    parser.add_argument("--without", action="append", default=[], metavar="KIND", help="such as python_in_place")
    parser.add_argument("--json", help="a file for the descriptions of graphs that differ")
    options = parser.parse_args()
    started = time.perf_counter()
    counts: Counter[str] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    for mode, part, found in _results(_tasks(options), options.processes):
        counts += part
        for seed, difference, smallest in found:
            groups[difference.signature] += 1
            print(f"== {mode} {seed}: {difference.tier}, {difference.kind} in run {difference.run}\n{difference.text}")
            if groups[difference.signature] <= options.shrink * options.processes:
                print(script(smallest), "\n", flush=True)
            if options.json:
                with Path(options.json).open("a") as file:
                    file.write(json.dumps([seed, mode, difference.tier, difference.kind, smallest]) + "\n")
    for (tier, kind), number in groups.most_common():
        print(f"{number:6} {tier}: {kind}")
    print(f"{dict(counts)} in {time.perf_counter() - started:.1f} s")
    return 1 if groups else 0


if __name__ == "__main__":
    sys.exit(main())
