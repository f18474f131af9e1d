"""What ``Session.run`` does for some fetches: the report behind ``sess.explain``."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrt.errors import UnimplementedError
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import needed
from graphrt.passes import PIPELINE, run_pipeline
from graphrt.passes.base import NearMiss, PassReport
from graphrt.passes.capture import capture
from graphrt.passes.rules import near_misses
from graphrt.view import export
from graphrt.view.kernel_table import confirmed_by, estimate_table, hosted_table, kernel_table, line_table
from graphrt.view.printable import printable_lines
from graphrt.view.svg import to_svg
from graphrt.wording import counted

if TYPE_CHECKING:
    from graphrt.native.assemble import Native
    from graphrt.native.dispatch import Tiered
    from graphrt.native.kinds import Kind
    from graphrt.native.profile import KernelTimes
    from graphrt.native.roofline import Roofline
    from graphrt.plan.plan import Plan
    from graphrt.view.memory import MemoryTimeline

_MOST_PLACES = 5  # of each rule that are listed


class Explanation:
    """A plan in words, as source and as a picture.

    `print` shows the passes with what each one did, the rules that fired and the ones that almost did, the plan's
    source, and the native code for each kind of shapes; in a notebook there is a picture, too, with what the passes
    took out in grey. `passes` are the reports, `near_misses` the rules that almost fired, `source` is the generated
    Python, `native_source` what calls the native code, `llvm_ir` and `assembly` are that code; `memory` has a timeline
    for tier 1, one for native code, and one for each fetch by itself, if they were asked for.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     report = sess.explain(tf.constant(2.0) + 3.0)
    >>> [report.ops_in_graph, report.ops_needed, report.ops_left]
    [3, 3, 1]
    """

    def __init__(self, plan: Plan, fed: Sequence[Any] = ()) -> None:
        self._plan = plan
        self._fed_values: Sequence[Any] | None = fed if all(value is not None for value in fed) else None
        self._tiered: Tiered | None = plan.call if hasattr(plan.call, "specialization") else None  # type: ignore[assignment]
        self._machine: Roofline | None = None
        self._times: KernelTimes | None = None
        self.memory: list[MemoryTimeline] = []
        key = plan.key
        self._needed = needed(key.fetches, set(key.feeds))
        self._fed = [op for op in dict.fromkeys(feed.op for feed in key.feeds) if op not in set(self._needed)]
        self.passes: list[PassReport] = plan.reports
        self.source: str = plan.source
        if self._tiered is not None and self._fed_values is not None:
            self._tiered.specialization(self._fed_values)

    # -- more, on request ----------------------------------------------------------------------------------------------

    def add_memory(self, parts: Sequence[Plan]) -> None:
        """Predicts the memory of the plan, and of other plans: those of its fetches, one by one."""
        from graphrt.plan.dry_run import DryRuns
        from graphrt.view import memory

        known = DryRuns()
        shapes = [None] * len(self._plan.key.feeds) if self._fed_values is None else [v.shape for v in self._fed_values]
        self.memory.append(memory.of_plan(self._plan, shapes, "the plan in Python", known))
        native = self._native_or_none()
        if native is not None:
            self.memory.append(memory.of_native(native, "the native plan"))
        for part in parts:
            self.memory.append(memory.of_plan(part, shapes, f"{_names(part.key.fetches)} alone, in Python", known))

    def add_roofline(self) -> None:
        """Measures the machine's speeds, which estimates then use."""
        from graphrt.native.roofline import roofline

        self._machine = roofline()

    def add_profile(self) -> None:
        """Measures the kernels of the native code."""
        from graphrt.native.profile import measured

        if self._fed_values is None:
            raise ValueError("explain(profile=True) runs the plan: feed_dict must have a value for each of its tensors")
        native = self._native()
        assert self._tiered is not None
        gate, fed = self._tiered.gate, self._fed_values
        with gate.lock: self._times = None if gate.others(0) else measured(native, fed, runs=20)  # fmt: skip  # noqa: E701
        if self._times is None:
            raise ValueError("explain(profile=True): another thread is running this session")
        self._machine = confirmed_by(self._times)

    # -- the native code -----------------------------------------------------------------------------------------------

    @property
    def native_source(self) -> str:
        """The Python text that calls the native regions."""
        return self._native().source

    @property
    def llvm_ir(self) -> str:
        """The regions and kernels as LLVM's textual IR."""
        return self._native().module.text()

    @property
    def assembly(self) -> str:
        """The same for the processor at hand. Needs llvmlite."""
        from graphrt.native.compiler import assembly

        return assembly(self.llvm_ir)

    def _kinds(self) -> list[tuple[Any, Kind]]:
        """The native code that there is; that for the fed values comes first."""
        if self._tiered is None:
            return []
        kinds = [(signature, kind) for signature, kind in self._tiered.kinds.items() if kind.native or kind.refused]
        if self._fed_values is not None:
            wanted = self._tiered.specialization(self._fed_values)
            kinds.sort(key=lambda item: item[1] is not wanted)
        return kinds

    def _native_or_none(self) -> Native | None:
        kinds = self._kinds()
        return kinds[0][1].native if kinds else None

    def _native(self) -> Native:
        native = self._native_or_none()
        if native is None:
            refused = next((kind.refused for _, kind in self._kinds()), "")
            why = refused or "give values for all of feed_dict, so that it is made for their shapes"
            raise UnimplementedError(None, None, f"there is no native code for this plan: {self._untiered() or why}")
        return native

    def _untiered(self) -> str:
        return "" if self._tiered is not None else "it is turned off, or the plan is too short to gain by it"

    # -- numbers -------------------------------------------------------------------------------------------------------

    @property
    def ops_in_graph(self) -> int:
        """How many ops the user's graph has."""
        elements = [*self._plan.key.fetches, *self._plan.key.feeds]
        return len(elements[0].graph.get_operations()) if elements else 0

    @property
    def ops_needed(self) -> int:
        """How many of them the fetches need, given the feeds."""
        return len(self._needed)

    @property
    def ops_left(self) -> int:
        """How many are left in the program after all passes, feeds not counted."""
        return sum(op.opdef.role != "feed" for op in self._plan.program.operations())

    def write(self, path: str | os.PathLike[str], *, expand: str = "auto") -> Path:
        """The picture of before and after in one file (.svg, .html, .png, .pdf, .dot): removed ops are grey."""
        return export.write(self._before(), path, after=self._plan.program, expand=expand)

    def __str__(self) -> str:
        sections = [heading(self), pass_table(self), rule_lines(self), near_miss_lines(self), plan_lines(self)]
        sections += [native_lines(self), *[str(timeline).splitlines() for timeline in self.memory]]
        return printable_lines("\n\n".join("\n".join(section) for section in sections if section))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        picture = export.picture_of(self._before(), after=self._plan.program, title="before and after")
        # A notebook's page may be dark or light whatever the system says: the picture keeps to light.
        drawing = to_svg(picture, dark=False)
        return (
            f"<pre>{escape(str(self))}</pre><details><summary>Before and after (removed ops are grey)</summary>"
            f'<div style="overflow:auto;max-height:700px">{drawing}</div></details>'
        )

    def _before(self) -> list[Operation]:
        """The user's ops that the program was made of, the fed ones first."""
        return [*self._fed, *self._needed]

    @cached_property
    def near_misses(self) -> list[NearMiss]:
        """The rules that were almost applied, found by trying them again on a fresh program."""
        key = self._plan.key
        if not key.options.optimize or "Rules" in key.options.disabled_passes:
            return []
        names = [type(step).__name__ for step in PIPELINE]
        steps = PIPELINE[: names.index("Rules") + 1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what fails has been said when the plan was made
            program, _ = run_pipeline(capture(key.fetches, key.feeds), key, steps)
        return near_misses(program, key)


# -- the sections of the text, each a list of lines --------------------------------------------------------------------


def heading(report: Explanation) -> list[str]:
    """What is run, on what, and what is fed."""
    key = report._plan.key
    lines = [f"run({_names(key.fetches)}) on {key.backend}"]
    if key.feeds:
        lines.append(f"  fed: {_names(key.feeds)}")
        saved = len(needed(key.fetches, set())) - report.ops_needed - len(report._fed)
        if saved > 0:
            lines.append(f"  {saved} ops need not run because of what is fed")
    return lines


def pass_table(report: Explanation) -> list[str]:
    """Each pass with the nodes before and after it, its milliseconds, and what it did."""
    rows = [("pass", "ops", "ms", "what it did")]
    kept = report.ops_needed + len(report._fed)
    dropped = report.ops_in_graph - kept
    found = f"{counted(dropped, 'op')} of the graph not needed" if dropped else "every op of the graph is needed"
    rows.append(("Prune", f"{report.ops_in_graph} -> {kept}", "", found))
    for step in report.passes:
        counts = f"{step.nodes_before} -> {step.nodes_after}"
        failures = [f"left out: {failure}" for failure in step.failures]
        notes = [*step.notes, *failures] or ["nothing to do"]
        rows.append((step.name, counts, f"{1000 * step.seconds:.1f}", notes[0]))
        rows += [("", "", "", note) for note in notes[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        f"{name:<{widths[0]}}  {counts:>{widths[1]}}  {time:>{widths[2]}}  {what}".rstrip()
        for name, counts, time, what in rows
    ]


def rule_lines(report: Explanation) -> list[str]:
    """The rules that fired, why they are worth it, and the user's lines that they were applied to."""
    places: dict[str, Counter[str]] = {}
    reasons: dict[str, str] = {}
    for step in report.passes:
        for firing in step.fired:
            places.setdefault(firing.rule, Counter())[_place(firing.at)] += 1
            reasons[firing.rule] = firing.why
    lines = [f"rules that fired ({len(places)}):"] if places else []
    for rule, found in places.items():
        lines.append(f"  {rule}" + (f"  ({reasons[rule]})" if reasons[rule] else ""))
        lines += _counted(found)
    return lines


def near_miss_lines(report: Explanation) -> list[str]:
    """The rules that almost fired, and what was missing."""
    places: dict[tuple[str, str], Counter[str]] = {}
    for miss in report.near_misses:
        places.setdefault((miss.rule, miss.reason), Counter())[_place(miss.at)] += 1
    lines = [f"rules that almost fired ({len(places)}):"] if places else []
    for (rule, reason), found in places.items():
        lines.append(f"  {rule}: not so, because {reason}")
        lines += _counted(found)
    return lines


def plan_lines(report: Explanation) -> list[str]:
    """The source of the plan."""
    count = len(report._plan.lines)
    return [f"plan ({count} steps; the comments name op and user's line):", report.source.rstrip("\n")]


def _place(op: Operation) -> str:
    return f"{op.name!r}" + (f"  {op.source}" if op.source is not None else "")


def _counted(places: Counter[str]) -> list[str]:
    """The first few places; how many more there are."""
    lines = [f"    {place}" + (f" ({count} times)" if count > 1 else "") for place, count in places.items()]
    return lines if len(lines) <= _MOST_PLACES else [*lines[:_MOST_PLACES], f"    and {len(lines) - _MOST_PLACES} more"]


def native_lines(report: Explanation) -> list[str]:
    """The native code for each kind of shapes, or why there is none."""
    kinds = report._kinds()
    if not kinds:
        return [f"native code: none{' yet' if report._tiered is not None else ': ' + report._untiered()}"]
    lines: list[str] = []
    for number, (signature, kind) in enumerate(kinds):
        lines += [f"native code for {_shapes(report._plan, signature)}:"]
        if kind.native is None:
            lines += [f"  none: {kind.refused}"]
            continue
        times = report._times if number == 0 else None
        lines += ["  " + line for line in _native_table(kind.native, kind.seconds, report._machine, times)]
    return lines


def _native_table(native: Native, seconds: float, machine: Roofline | None, times: KernelTimes | None) -> list[str]:
    """What a native plan does: its regions and kernels, and what stays in Python."""
    regions = native.module.calls
    code = native.machine_code
    how = "found in the cache" if code is not None and code.cached else "compiled"
    kernels = counted(sum(map(len, regions)), "kernel")
    lines = [f"{kernels} in {counted(len(regions), 'region')}; {how}, made in {seconds:.2f} s"]
    if times is None or machine is None:
        lines += estimate_table(native, machine)
    else:
        lines += kernel_table(native, times, machine)
        lines += ["by the user's lines:", *line_table(native, times)]
    return lines + hosted_table(native)


def _shapes(plan: Plan, signature: Sequence[Any]) -> str:
    feeds = plan.key.feeds
    shapes = [f"{t.name} {t.dtype.name}{list(shape)}" for t, shape in zip(feeds, signature, strict=False)]
    values = [str(value) for value in signature[len(feeds) :]]
    return ", ".join([*shapes, *values]) or "no feeds"


def _names(elements: tuple[Tensor | Operation, ...] | tuple[Tensor, ...]) -> str:
    return ", ".join(element.name for element in elements)
