"""What ``Session.run`` does for some fetches: the report behind ``sess.explain``."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import needed
from graphrt.passes.base import PassReport
from graphrt.view import export
from graphrt.view.svg import to_svg

if TYPE_CHECKING:
    from graphrt.plan.plan import Plan


class Explanation:
    """A plan in words, as source and as a picture.

    `print` shows the passes with what each one did, and the plan's source; in a notebook there is a picture, too, with
    what the passes took out in grey. `passes` are the reports, `source` is the generated code.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     report = sess.explain(tf.constant(2.0) + 3.0)
    >>> [report.ops_in_graph, report.ops_needed, report.ops_left]
    [3, 3, 1]
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        key = plan.key
        self._needed = needed(key.fetches, set(key.feeds))
        self._fed = [op for op in dict.fromkeys(feed.op for feed in key.feeds) if op not in set(self._needed)]
        self.passes: list[PassReport] = plan.reports
        self.source: str = plan.source

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
        return "\n".join([*self._heading(), "", *self._pass_table(), "", *self._plan_lines()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        picture = export.picture_of(self._before(), after=self._plan.program, title="before and after")
        # A notebook's page may be dark or light whatever the system says: the picture keeps to light.
        drawing = re.sub(r"@media \(prefers-color-scheme: dark\)\{.*?\}\}", "", to_svg(picture))
        return (
            f"<pre>{escape(str(self))}</pre><details><summary>Before and after (removed ops are grey)</summary>"
            f'<div style="overflow:auto;max-height:700px">{drawing}</div></details>'
        )

    def _before(self) -> list[Operation]:
        """The user's ops that the program was made of, the fed ones first."""
        return [*self._fed, *self._needed]

    def _heading(self) -> list[str]:
        key = self._plan.key
        lines = [f"run({_names(key.fetches)}) on {key.backend}"]
        if key.feeds:
            lines.append(f"  fed: {_names(key.feeds)}")
            saved = len(needed(key.fetches, set())) - self.ops_needed - len(self._fed)
            if saved > 0:
                lines.append(f"  {saved} ops need not run because of what is fed")
        return lines

    def _pass_table(self) -> list[str]:
        rows = [("pass", "ops", "ms", "what it did")]
        kept = self.ops_needed + len(self._fed)
        dropped = self.ops_in_graph - kept
        found = f"{dropped} ops of the graph are not needed" if dropped else "every op of the graph is needed"
        rows.append(("Prune", f"{self.ops_in_graph} -> {kept}", "", found))
        for report in self.passes:
            counts = f"{report.nodes_before} -> {report.nodes_after}"
            notes = report.notes or ["nothing to do"]
            rows.append((report.name, counts, f"{1000 * report.seconds:.1f}", notes[0]))
            rows += [("", "", "", note) for note in notes[1:]]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return [
            f"{name:<{widths[0]}}  {counts:>{widths[1]}}  {time:>{widths[2]}}  {what}".rstrip()
            for name, counts, time, what in rows
        ]

    def _plan_lines(self) -> list[str]:
        return [
            f"plan ({len(self._plan.lines)} steps; the comments name op and user's line):",
            self.source.rstrip("\n"),
        ]


def _names(elements: tuple[Tensor | Operation, ...] | tuple[Tensor, ...]) -> str:
    return ", ".join(element.name for element in elements)
