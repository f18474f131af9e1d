"""The kernels of native code as a table: what each does for the user's lines, its work, and its time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.native import threads
from graphrt.native.assemble import Native
from graphrt.native.profile import KernelTimes
from graphrt.native.region import Call, split
from graphrt.native.roofline import BRIEF, Roofline, confirmed
from graphrt.wording import counted

_FLOPS, _BYTES = 80e9, 10e9  # a second, of one core: a guess at machines that nobody has measured
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
        f"{counted(len(times.kernels), 'kernel')} {1e6 * inside:.1f} us, Python {1e6 * outside:.1f} us; a step takes "
        f"{1e6 * times.step:.1f} us; {flops / 1e6:.4g} MFLOP, {moved / 1e6:.4g} MB"
        + ("" if machine.exceeded else f", at the roofline {1e6 * least:.1f} us"),
        f"roofline: {machine}",
    ]


def confirmed_by(times: KernelTimes) -> Roofline:
    """The machine's roofline, measured again where these kernels exceed it."""
    return confirmed((call.kernel.flops, call.kernel.bytes, seconds) for call, seconds in times.kernels)


def estimate_table(native: Native, machine: Roofline | None) -> list[str]:
    """The kernels, region by region, with their work; without a measured roofline, times are guessed."""
    guess = machine or Roofline(_FLOPS * threads.count(), _BYTES * threads.count())
    rows: list[tuple[str, ...]] = [("est. us", "MFLOP", "MB", "ranges", "kernel")]
    whole = 0.0
    for number, calls in enumerate(native.module.calls):
        rows.append(("", "", "", "", f"region {number}:"))
        for call in calls:
            kernel = call.kernel
            least = guess.seconds(kernel.flops, kernel.bytes)
            whole += least
            work = (f"{1e6 * least:.2f}", f"{kernel.flops / 1e6:.3f}", f"{kernel.bytes / 1e6:.3f}", _cut(call))
            rows.append((*work, _named(native.lowered.program, call)))
    by = f"this machine's roofline, {machine}" if machine else f"a guess, {guess}; explain(roofline=True) measures it"
    return [*aligned(rows), f"at least {1e6 * whole:.1f} us by {by}"]


def line_table(native: Native, times: KernelTimes) -> list[str]:
    """Measured time by the user's lines; a kernel that serves several lines counts for each of them in equal parts."""
    program, spent = native.lowered.program, defaultdict[str, float](float)
    parts = [([node.op for node in call.step.nodes], seconds) for call, seconds in times.kernels]
    parts += [(ops, seconds) for ops, seconds in times.python]
    for ops, seconds in parts:
        for op in ops:
            spent[place(program, op)] += seconds / len(ops)
        if not ops:
            spent["(calls, fed values and results)"] += seconds
    whole = sum(spent.values())
    rows: list[tuple[str, ...]] = [("us", "share", "line")]
    for where, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        rows.append((f"{1e6 * seconds:.2f}", _share(seconds, whole), where))
    return aligned(rows)


def hosted_table(native: Native) -> list[str]:
    """What stays in Python, and why."""
    program = native.lowered.program
    hosted = [step.hosted for step in native.steps if step.hosted is not None]
    if not hosted:
        return ["nothing stays in Python"]
    lines = [f"in Python, {counted(len(hosted), 'node')}:"]
    for node in hosted:
        lines.append(f"  {node.op.type} '{program.origin(node.op).name}'  {place(program, node.op)}: {node.why}")
    return lines


def _cut(call: Call) -> str:
    """Into how many ranges it is cut for the threads; nothing if it is done at once."""
    ranges = split(call.kernel)
    return str(ranges) if ranges > 1 else ""


def _named(program: Program, call: Call) -> str:
    condition = "  under a condition" if call.step.guard else ""
    return f"{call.kernel.name}  {places(program, [node.op for node in call.step.nodes])}".rstrip() + condition


def _row(program: Program, call: Call, seconds: float, whole: float, machine: Roofline) -> tuple[str, ...]:
    kernel = call.kernel
    if not seconds:
        speeds = ("", "", "")
    else:
        part = machine.share(kernel.flops, kernel.bytes, seconds)
        near = f"{100 * part:.1f}%" if part is not None else "" if seconds < BRIEF else "?"
        speeds = (f"{kernel.flops / seconds / 1e9:.1f}", f"{kernel.bytes / seconds / 1e9:.1f}", near)
    return (f"{1e6 * seconds:.2f}", _share(seconds, whole), *speeds, _cut(call), _named(program, call))


def places(program: Program, ops: Sequence[Operation]) -> str:
    """The user's lines of some nodes: "model.py:3, model.py:7"."""
    found = dict.fromkeys(where for op in ops if (where := place(program, op)))
    more = f" and {len(found) - _MOST_PLACES} more" if len(found) > _MOST_PLACES else ""
    return ", ".join(list(found)[:_MOST_PLACES]) + more


def place(program: Program, op: Operation) -> str:
    source = program.origin(op).source
    return "" if source is None else f"{Path(source.filename).name}:{source.lineno}"


def aligned(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Rows as lines: all columns but the last one to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join([*[f"{cell:>{width}}" for cell, width in zip(row, widths, strict=False)], row[-1]]).rstrip()
        for row in rows
    ]


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""
