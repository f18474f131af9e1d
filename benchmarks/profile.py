"""Where the time of a case's step goes, kernel by kernel.

    python -m benchmarks.profile "notes regression, plain" [--runs 50] [--top 30]

The time of each kernel is the least of so many runs; its share is of the sum of all; the roofline is what the work
would take if it were bound by nothing but the machine's products and copies (which kernels whose arrays stay in the
caches exceed).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any
from unittest import mock

import numpy as np

import graphrt as tf
from benchmarks.cases import ALL
from graphrt.native import dispatch
from graphrt.native.assemble import Native
from graphrt.native.profile import measured
from graphrt.native.roofline import roofline
from graphrt.view.kernel_table import kernel_table


def used(case: str) -> list[tuple[Native, Sequence[Any], dispatch.Specialization]]:
    """The native code that a step of the case uses, with the values that it is called with."""
    tf.reset_default_graph()
    tf.set_random_seed(0)
    step = ALL[case].make(tf, np)
    for _ in range(3):
        step()
    dispatch.idle(600)
    found: dict[int, tuple[Native, Sequence[Any], dispatch.Specialization]] = {}
    run = dispatch.Tiered._natively

    def watched(self: dispatch.Tiered, native: Native, fed: Sequence[Any]) -> tuple[Any, ...] | None:
        kind = next(kind for kind in self.kinds.values() if kind.native is native)
        found[id(native)] = (native, fed, kind)
        return run(self, native, fed)

    with mock.patch.object(dispatch.Tiered, "_natively", watched):
        step()
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("case", help="a part of its name: " + "; ".join(ALL))
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--top", type=int, default=0, help="only so many kernels, the slowest first")
    given = parser.parse_args()
    cases = [name for name in ALL if given.case.lower() in name.lower()]
    if not cases:
        raise SystemExit(f"none of the cases contains {given.case!r}: {'; '.join(ALL)}")
    for case in cases:
        started = time.perf_counter()
        plans = used(case)
        print(f"== {case} ({time.perf_counter() - started:.1f} s) ==")
        if not plans:
            print("no native code")
        for native, fed, kind in plans:
            fetched = ", ".join(t.name for t in native.lowered.program.fetches) or "operations"
            print(f"run({fetched}): compiled in {kind.seconds:.2f} s")
            print("\n".join(kernel_table(native, measured(native, fed, given.runs), roofline(), given.top)))


if __name__ == "__main__":
    main()
