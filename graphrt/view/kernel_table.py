"""The kernels of native code as a table: what each does for the user's lines, its work, and its time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.native.assemble import Native
from graphrt.native.profile import KernelTimes
from graphrt.native.region import Call, split
from graphrt.native.roofline import Roofline

_MOST_PLACES = 3  # of the user's lines that are named for one kernel


def kernel_table(native: Native, times: KernelTimes, machine: Roofline, top: int = 0) -> list[str]:
    """The kernels with measured times, in order, or the ``top`` slowest; then Python between them, and the sums."""
    inside = sum(seconds for _, seconds in times.kernels)
    outside = sum(seconds for _, seconds in times.python)
    rows: list[tuple[str, ...]] = [("us", "share", "GFLOP/s", "GB/s", "roofline", "ranges", "kernel")]
    shown = sorted(times.kernels, key=lambda item: -item[1])[:top] if top else times.kernels
    for call, seconds in shown:
        rows.append(_row(native.lowered.program, call, seconds, inside + outside, machine))
    for ops, seconds in times.python:
        names = ", ".join(dict.fromkeys(op.type for op in ops)) or "calls and arrays"
        rows.append((f"{1e6 * seconds:.2f}", _share(seconds, inside + outside), "", "", "", "", f"Python: {names}"))
    flops = sum(call.kernel.flops for call, _ in times.kernels)
    moved = sum(call.kernel.bytes for call, _ in times.kernels)
    least = sum(machine.seconds(call.kernel.flops, call.kernel.bytes) for call, _ in times.kernels)
    return [
        *aligned(rows),
        f"{len(times.kernels)} kernels {1e6 * inside:.1f} us, Python {1e6 * outside:.1f} us; a step takes "
        f"{1e6 * times.step:.1f} us; {flops / 1e6:.4g} MFLOP, {moved / 1e6:.4g} MB, "
        f"at the roofline {1e6 * least:.1f} us",
        f"roofline: {machine}",
    ]


def _row(program: Program, call: Call, seconds: float, whole: float, machine: Roofline) -> tuple[str, ...]:
    kernel = call.kernel
    ranges = split(kernel)
    if not seconds:
        speeds = ("", "", "")
    else:
        least = machine.seconds(kernel.flops, kernel.bytes)
        speeds = (f"{kernel.flops / seconds / 1e9:.1f}", f"{kernel.bytes / seconds / 1e9:.1f}", _share(least, seconds))
    cut = str(ranges) if ranges > 1 else ""
    named = f"{kernel.name}  {places(program, [node.op for node in call.step.nodes])}".rstrip()
    return (f"{1e6 * seconds:.2f}", _share(seconds, whole), *speeds, cut, named)


def places(program: Program, ops: Sequence[Operation]) -> str:
    """The user's lines of some nodes: "model.py:3, model.py:7"."""
    sources = [source for op in ops if (source := program.origin(op).source) is not None]
    found = dict.fromkeys(f"{Path(source.filename).name}:{source.lineno}" for source in sources)
    more = f" and {len(found) - _MOST_PLACES} more" if len(found) > _MOST_PLACES else ""
    return ", ".join(list(found)[:_MOST_PLACES]) + more


def aligned(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Rows as lines: all columns but the last one to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join([*[f"{cell:>{width}}" for cell, width in zip(row, widths, strict=False)], row[-1]]).rstrip()
        for row in rows
    ]


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""
