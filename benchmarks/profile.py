"""Where the time of a case goes, in graphrt.

    python -m benchmarks.profile "notes CNN, training" [--top 20] [--runs 20] [--python]

Prints the kernels of the native code of each plan that a step runs, with their times beside the machine's roofline; for
plans that have no native code, or with ``--python`` for all, the time of each type of op.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import graphrt as tf
from benchmarks.__main__ import NAMES
from benchmarks.cases import CASES, Step
from graphrt.native import dispatch
from graphrt.native.profile import measured
from graphrt.view.kernel_table import confirmed_by, kernel_table


def selected(word: str) -> str:
    """The one case that has this name, or the first whose name contains the word."""
    names = [name for name in NAMES if name in CASES and word.lower() in name.lower()]
    if not names:
        raise SystemExit(f"no case's name contains {word!r}: {'; '.join(CASES)}")
    return word if word in CASES else names[0]


def warmed(step: Step, least: int = 5, seconds: float = 0.5) -> None:
    """Runs steps until native code is there, and in use."""
    end = time.perf_counter() + seconds
    while least > 0 or time.perf_counter() < end:
        step()
        least -= 1
    dispatch.idle(120)
    step()


def native_plans(step: Step) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The native code that one step uses, with the values that it is given."""
    plans = [found for found in gc.get_objects() if isinstance(found, dispatch.Tiered)]
    kinds = [kind for plan in plans for kind in list(plan.kinds.values())]
    natives = [kind.native for kind in kinds if kind.native is not None]
    fed: dict[int, tuple[Any, ...]] = {}
    for i, native in enumerate(natives):
        native.call = _recorder(native.call, fed, i)
    try:
        step()
    finally:
        for native in natives:
            del native.call
    for i, values in fed.items():
        yield natives[i], values


def _recorder(call: Any, fed: dict[int, tuple[Any, ...]], number: int) -> Any:
    def recorded(values: Any) -> Any:
        fed[number] = tuple(np.copy(value) if isinstance(value, np.ndarray) else value for value in values)
        return call(values)

    return recorded


def op_times(step: Step, runs: int) -> Counter[str]:
    """Seconds a step of each type of op in the generated Python, each op by the least of several runs."""
    least: dict[str, tuple[str, float]] = {}
    run = tf.Session.run
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)

    def traced(session: Any, fetches: Any, feed_dict: Any = None) -> Any:
        metadata = tf.RunMetadata()
        result = run(session, fetches, feed_dict, options=options, run_metadata=metadata)
        for device in metadata.step_stats.dev_stats:
            for node in device.node_stats:
                kind = node.timeline_label.split(" = ")[-1].split("(")[0]
                before = least.get(node.node_name, (kind, float("inf")))[1]
                least[node.node_name] = kind, min(before, node.all_end_rel_nanos * 1e-9)
        return result

    tf.Session.run = traced
    try:
        for _ in range(runs):
            step()
    finally:
        tf.Session.run = run
    total: Counter[str] = Counter()
    for kind, seconds in least.values():
        total[kind] += seconds
    return total


def shown(times: Counter[str], top: int) -> list[str]:
    """A table of op types."""
    whole = sum(times.values())
    lines = [f"{1e6 * t:12.1f} us  {t / whole:6.1%}  {kind}" for kind, t in times.most_common(top)]
    return [*lines, f"{1e6 * whole:12.1f} us  in all, in the generated Python"]


def refusals() -> list[str]:
    """Why plans of this process have no native code."""
    plans = [found for found in gc.get_objects() if isinstance(found, dispatch.Tiered)]
    return [kind.refused for plan in plans for kind in plan.kinds.values() if kind.refused]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description="Where the time of a case goes.")
    parser.add_argument("case", help="a name, or a part of one: " + "; ".join(CASES))
    parser.add_argument("--top", type=int, default=25, help="lines of each table")
    parser.add_argument("--runs", type=int, default=20, help="each time is the least of so many runs")
    parser.add_argument("--small", action="store_true", help="the small sizes of the tests")
    parser.add_argument(
        "--python", action="store_true", help="time the generated Python, even where there is native code"
    )
    given = parser.parse_args(arguments)
    name = selected(given.case)
    tf.set_random_seed(0)
    step = CASES[name].make(tf, np, **(CASES[name].small if given.small else {}))
    warmed(step)
    print(f"{name} ({CASES[name].unit})")
    natives = [] if given.python else list(native_plans(step))
    for native, fed in natives:
        times = measured(native, fed, given.runs)
        print(*kernel_table(native, times, confirmed_by(times), given.top), sep="\n")
    for why in refusals():
        print(f"a plan has no native code: {why}")
    if not natives:
        print(*shown(op_times(step, given.runs), given.top), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
