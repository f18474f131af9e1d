"""How long each kernel of native code takes, in its place among the others.

The same kernels are put together once more, with the clock read between them:

    region0:    clock -> stamps[0], clock -> stamps[1], kernel, clock -> stamps[2], kernel, clock -> stamps[3]...

so that each finds the caches, the memory and the threads as it does in an ordinary run. What reading the clock takes
(about 25 ns) is known from the first two stamps, and taken off. Nothing of this is in the code that a session runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graphrt.backends.blas import BLAS_THREADS
from graphrt.graph.operation import Operation
from graphrt.native import externals
from graphrt.native.assemble import Instance, Native
from graphrt.native.builder import I32, I64, PTR, Value, constant
from graphrt.native.region import Call, Module, Pointer
from graphrt.native.work import Memory

_STAMP = 16  # bytes: a timespec of two numbers
_CLOCK = getattr(time, "CLOCK_MONOTONIC", None)


@dataclass
class KernelTimes:
    """Seconds of one run of native code: the least of several runs, for each part by itself.

    Attributes:
      kernels: each kernel, in order, with its time.
      python: for each stretch of Python before, between and after the regions: the nodes that it runs, and its time.
      step: the whole run, without the clocks.
    """

    kernels: list[tuple[Call, float]]
    python: list[tuple[list[Operation], float]]
    step: float


def kernel_times(native: Native, fed: Sequence[Any], runs: int = 50) -> list[tuple[Call, float]]:
    """The kernels of ``native`` in order, each with the least time in seconds that it took in so many runs.

    Real runs are made with the values ``fed``. Variables have their old values again afterwards; random generators,
    and whatever Python nodes do outside, go on. Nobody else may run the session meanwhile.

    Raises:
      NotImplementedError: if this system has no ``clock_gettime``.
      ImportError: if llvmlite is not installed.
    """
    return measured(native, fed, runs).kernels


def measured(native: Native, fed: Sequence[Any], runs: int = 50) -> KernelTimes:
    """As ``kernel_times``, with the time between the regions and of the whole."""
    if _CLOCK is None or externals.address("clock_gettime") is None:
        raise NotImplementedError("kernels are timed by clock_gettime, which this system has not")
    module = _Timed.of(native.module)
    timed = replace(native, module=module, names=dict(native.names), instances=[], machine_code=None, code=None)
    timed.compile()
    instance = Instance(timed)
    stamps = np.zeros((max(1, module.stamps), 2), np.int64)
    instance.table[module.stamps_at] = stamps.ctypes.data
    timed.instances.append(instance)
    rows, steps = [], []
    with _kept(native), _one_blas_thread(native):
        for _ in range(runs + 1):  # the first one touches new memory
            began = time.clock_gettime_ns(_CLOCK)
            timed.call(fed)
            ended = time.clock_gettime_ns(_CLOCK)
            rows.append(np.concatenate([[began], stamps @ [1_000_000_000, 1], [ended]]))
            began = time.perf_counter_ns()
            native.call(fed)
            steps.append(time.perf_counter_ns() - began)
    return _summed(native, np.array(rows[1:]), 1e-9 * min(steps[1:]))


@contextmanager
def _kept(native: Native) -> Iterator[None]:
    """A block after which the variables have the values, and the very arrays, that they had before."""
    before = [(slot, slot.value, np.copy(slot.value)) for slot in native.slots if slot.value is not None]
    try:
        yield
    finally:
        for slot, array, values in before:
            if isinstance(array, np.ndarray):
                array[...] = values
            if slot.value is not array:
                slot.value = array


@contextmanager
def _one_blas_thread(native: Native) -> Iterator[None]:
    """As runs have it: products are cut by the region, not by BLAS."""
    if native.products:
        BLAS_THREADS.for_product(0)
    try:
        yield
    finally:
        BLAS_THREADS.restore()


def _summed(native: Native, rows: np.ndarray[Any, Any], step: float) -> KernelTimes:
    """Differences of stamps, the least of all runs. A row is: call, regions' stamps one after another, return."""
    gaps = np.diff(rows, axis=1)
    kernels: list[tuple[Call, float]] = []
    between: list[float] = []
    at = 0
    for calls in native.module.calls:
        between.append(float(gaps[:, at].min()))
        clock = float(gaps[:, at + 1].min())
        for i, call in enumerate(calls):
            kernels.append((call, 1e-9 * max(0.0, float(gaps[:, at + 2 + i].min()) - clock)))
        at += len(calls) + 2
    between.append(float(gaps[:, -1].min()))
    return KernelTimes(kernels, [(ops, 1e-9 * t) for ops, t in zip(_hosted(native), between, strict=True)], step)


def _hosted(native: Native) -> list[list[Operation]]:
    """The nodes that Python runs before the first region, between two, and after the last one."""
    region_of = {id(call.step): i for i, calls in enumerate(native.module.calls) for call in calls}
    found: list[list[Operation]] = [[] for _ in range(len(native.module.calls) + 1)]
    place = 0
    for step in native.steps:
        if step.hosted is not None:
            found[place].append(step.hosted.op)
        else:
            place = region_of.get(id(step), place - 1) + 1
    return found


@dataclass
class _Timed(Module):
    """The regions of a module with clocks between the kernels."""

    stamps: int = 0
    stamps_at: int = field(default=0)  # where in the table

    @classmethod
    def of(cls, module: Module) -> _Timed:
        made = cls(module.lanes, dict(module.functions), declarations=dict(module.declarations), calls=module.calls)
        made.stamps_at = len(module.table)
        for calls, given in zip(module.calls, module.given, strict=True):
            made.table.extend(module.table[len(made.table) : calls[-1].at + calls[-1].pointers])
            made.regions.append(made._region(calls, given))
            made.given.append(given)
        made.table.append(Pointer(Memory("stamps", 0), 0))
        return made

    def _together(self, calls: Sequence[Call]) -> Iterable[Sequence[Call]]:
        return [[call] for call in calls]

    def _guarded(self, b: Any, table: Value, calls: Sequence[Call]) -> None:
        if calls[0] is self.calls[len(self.regions)][0]:
            self._stamp(b, table)
            self._stamp(b, table)
        super()._guarded(b, table, calls)
        self._stamp(b, table)

    def _stamp(self, b: Any, table: Value) -> None:
        stamps = b.load(PTR, b.element(table, PTR, self.stamps_at))
        place = b.element(stamps, I64, self.stamps * (_STAMP // 8))
        b.call("clock_gettime", constant(I32, int(_CLOCK or 0)), place, returns=I32)
        self.stamps += 1
