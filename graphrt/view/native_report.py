"""What `sess.explain` says of native code: for which shapes there is any, what it does, and what stays in Python.

Everything that stays in Python is in one table at the end: the node, the user's line, and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphrt.graph.operation import Operation
from graphrt.native.assemble import Native
from graphrt.native.dispatch import Tiered
from graphrt.native.kinds import Kind
from graphrt.native.profile import KernelTimes
from graphrt.native.roofline import Roofline
from graphrt.native.segments import Segments
from graphrt.plan.plan import Plan
from graphrt.view.kernel_table import estimate_table, kernel_table, line_of, line_table
from graphrt.wording import counted

_MOST_ROWS = 40
_NO_RUN = "no run has shown its shapes yet; run it a few times, and ask again"


@dataclass(frozen=True)
class Section:
    """A plan, or a part of one, for values of certain shapes. ``kind`` is None while no shapes are known; ``deciding``
    are the user's nodes at which it is cut."""

    title: str
    what: str  # "the plan", or which part of it
    kind: Kind | None
    deciding: tuple[Operation, ...] = ()


class Row(NamedTuple):
    """Something that stays in Python."""

    node: str
    line: str
    why: str


def sections(tiered: Tiered, fed: Sequence[Any] | None, what: str = "the plan") -> list[Section]:
    """The native code that there is, and why there is none; that for the fed values, which is made now, comes first."""
    wanted = tiered.specialization(fed) if fed is not None else None
    kinds = [(signature, kind) for signature, kind in tiered.kinds.items() if kind.native or kind.refused]
    kinds.sort(key=lambda item: item[1] is not wanted)
    of = "" if what == "the plan" else f"{what}, "
    found = [Section(f"native code for {of}{shapes(tiered.plan, s)}", what, kind) for s, kind in kinds]
    for segments in list(tiered.segments.values()):
        found += _parts(segments, fed, what)
    if not found and what != "the plan":
        found = [Section(f"native code for {what}", what, None)]
    return found


def _parts(segments: Segments, fed: Sequence[Any] | None, what: str) -> list[Section]:
    names = ", ".join(f"'{op.name}'" for op in segments.openers)
    given = None if fed is None else [fed[i] for i in segments.first_feeds]
    return [
        Section(f"{what} is cut where shapes become known, at {names}", what, None, tuple(segments.openers)),
        *sections(segments.first, given, f"the part up to {names}"),
        *sections(segments.rest, None, f"the part after {names}"),
    ]


def native_lines(found: Sequence[Section], machine: Roofline | None, times: KernelTimes | None) -> list[str]:
    """The native code for each kind of shapes; then the table of what stays in Python."""
    lines: list[str] = []
    for number, section in enumerate(found):
        lines.append(f"{section.title}:")
        native = section.kind.native if section.kind is not None else None
        if native is not None and section.kind is not None:
            measured = times if number == 0 else None
            lines += ["  " + line for line in _native_table(native, section.kind.seconds, machine, measured)]
        elif section.kind is not None:
            lines.append(f"  none: {section.kind.refused}")
    return lines + python_table(found)


def _native_table(native: Native, seconds: float, machine: Roofline | None, times: KernelTimes | None) -> list[str]:
    """What a native plan does: its regions and kernels."""
    regions = native.module.calls
    code = native.machine_code
    how = "found in the cache" if code is not None and code.cached else "compiled"
    kernels = counted(sum(map(len, regions)), "kernel")
    lines = [f"{kernels} in {counted(len(regions), 'region')}; {how}, made in {seconds:.2f} s"]
    if times is None or machine is None:
        return lines + estimate_table(native, machine)
    return [*lines, *kernel_table(native, times, machine), "by the user's lines:", *line_table(native, times)]


def python_table(found: Sequence[Section]) -> list[str]:
    """The nodes that stay in Python, each once, with the user's line and the reason."""
    rows = list(dict.fromkeys(row for section in found for row in _rows(section)))
    if not rows:
        return ["nothing stays in Python"]
    shown = [Row("node", "line", "why"), *rows[:_MOST_ROWS]]
    widths = [max(len(row[column]) for row in shown) for column in range(2)]
    lines = [f"  {row.node:<{widths[0]}}  {row.line:<{widths[1]}}  {row.why}".rstrip() for row in shown]
    more = [f"  and {len(rows) - _MOST_ROWS} more"] if len(rows) > _MOST_ROWS else []
    return [f"what stays in Python ({len(rows)}):", *lines, *more]


def _rows(section: Section) -> Iterator[Row]:
    for op in section.deciding:
        yield _row(op, op, "only a run tells the shape of what it makes: the plan is cut here")
    kind = section.kind
    if kind is None:
        if not section.deciding:
            yield Row(section.what, "", _NO_RUN)
    elif kind.native is not None:
        program = kind.native.lowered.program
        for step in kind.native.steps:
            if step.hosted is not None:
                yield _row(step.hosted.op, program.origin(step.hosted.op), step.hosted.why)
    elif kind.refused_at is not None:
        yield _row(kind.refused_at, kind.refused_at, f"{kind.refused}; so {section.what} stays in Python")
    else:
        yield Row(section.what, "", kind.refused)


def _row(op: Operation, user: Operation, why: str) -> Row:
    return Row(f"{op.type} '{user.name}'", line_of(user), why)


def shapes(plan: Plan, signature: Sequence[Any]) -> str:
    """The fed values that native code is for, in words."""
    feeds = plan.key.feeds
    found = [f"{t.name} {t.dtype.name}{list(shape)}" for t, shape in zip(feeds, signature, strict=False)]
    values = [str(value) for value in signature[len(feeds) :]]
    return ", ".join([*found, *values]) or "no feeds"
