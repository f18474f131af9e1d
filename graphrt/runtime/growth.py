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
        self._grown = 0
        self._lines: Counter[SourceLine] = Counter()
        self._told = False

    def planning(self, graph: Graph, fetches: Iterable[Tensor | Operation]) -> int:
        """Takes note of a kind of run that there has not been before: how many of these were of new nodes so far."""
        last, self._last_id = self._last_id, graph._last_id
        if graph._last_id == last:
            return 0
        self._grown += 1
        made_by = {op.source for op in map(_operation, fetches) if op._id > last and op.source is not None}
        self._lines.update(made_by)
        line = max(made_by, key=self._lines.__getitem__, default=None)
        if line is not None and self._lines[line] >= RUNS and not self._told:
            self._told = True
            warn(
                f"{line} has made new nodes for each of {RUNS} runs: the graph grows with every run, and each run has "
                "to be planned anew. Make the nodes once, before the loop, and run the same ones again (what changes "
                "is fed to a tf.placeholder, or kept in a tf.Variable); tf.get_default_graph().finalize() before the "
                "loop shows every line that makes nodes in it.",
                line=line,
            )
        return self._grown


def _operation(fetch: Tensor | Operation) -> Operation:
    return fetch if isinstance(fetch, Operation) else fetch.op
