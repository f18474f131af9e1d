"""Noticing that the user's program makes new nodes for every run: the graph grows, and nothing can be used again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.source import SourceLine, warn

RUNS = 100
"""So many runs, each of a new node made by the same line since the run before, are no coincidence."""


class Growth:
    """What one session has seen of the growth of its graph; it says so once."""

    def __init__(self) -> None:
        self._last_id = 0  # the newest node when the last plan was made
        self._lines: Counter[SourceLine] = Counter()
        self._told = False

    def planning(self, graph: Graph, fetches: Iterable[Tensor | Operation]) -> None:
        """Takes note of a kind of run that there has not been before."""
        last, self._last_id = self._last_id, graph._last_id
        if self._told or graph._last_id == last:
            return
        made_by = {op.source for op in map(_operation, fetches) if op._id > last and op.source is not None}
        self._lines.update(made_by)
        for line in made_by:
            if self._lines[line] >= RUNS:
                self._told = True
                self._lines.clear()
                warn(
                    f"{line} has made new nodes for each of {RUNS} runs: the graph grows with every run, and each run "
                    "has to be planned anew. Make the nodes once, before the loop, and run the same ones again (what "
                    "changes is fed to a tf.placeholder, or kept in a tf.Variable); tf.get_default_graph().finalize() "
                    "before the loop shows every line that makes nodes in it.",
                    line=line,
                )
                return


def _operation(fetch: Tensor | Operation) -> Operation:
    return fetch if isinstance(fetch, Operation) else fetch.op
