"""Where the time of a measured run goes, by the user's lines.

>>> import graphrt as tf
>>> with tf.Graph().as_default() as graph, tf.Session() as sess:
...     y = tf.reduce_sum(tf.ones([100, 100]) * tf.random_normal([100, 100]))
...     metadata = tf.RunMetadata()
...     options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
...     _ = sess.run(y, options=options, run_metadata=metadata)
>>> line_profile(metadata.step_stats, graph).split()[:4]
['us', 'share', 'nodes', 'line']
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from graphrt.graph.graph import Graph
from graphrt.view.kernel_table import aligned


def line_profile(step_stats: Any, graph: Graph) -> str:
    """A table of microseconds, shares and numbers of nodes, the line that took longest first.

    Args:
      step_stats: what ``RunOptions(trace_level=FULL_TRACE)`` left in ``run_metadata.step_stats``.
      graph: the graph that ran.
    """
    spent: dict[str, list[float]] = defaultdict(list)
    for device in step_stats.dev_stats:
        for node in device.node_stats:
            spent[_place(graph, node.node_name)].append(node.all_end_rel_nanos / 1000)
    whole = sum(map(sum, spent.values()))
    rows: list[tuple[str, ...]] = [("us", "share", "nodes", "line")]
    for where, times in sorted(spent.items(), key=lambda item: -sum(item[1])):
        share = f"{100 * sum(times) / whole:.1f}%" if whole else ""
        rows.append((f"{sum(times):.1f}", share, str(len(times)), where))
    return "\n".join(aligned(rows))


def _place(graph: Graph, name: str) -> str:
    op = graph._by_name.get(name)
    if op is None or op.source is None:
        return f"({name})"
    return f"{Path(op.source.filename).name}:{op.source.lineno}"
