"""Timeline: the step stats of a measured run in the format of Chrome's trace viewer (chrome://tracing, Perfetto).

>>> x = tf.placeholder(tf.float32, [2], name="x")
>>> y = tf.add(x, 1.0, name="y")
>>> metadata = tf.RunMetadata()
>>> with tf.Session() as sess:
...     options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
...     _ = sess.run(y, {x: [1.0, 2.0]}, options=options, run_metadata=metadata)
>>> print(Timeline(metadata.step_stats).generate_chrome_trace_format())  # doctest: +ELLIPSIS
{
    "traceEvents": [
...
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_LABEL = re.compile(r"(?P<name>[^=]*) = (?P<op>[^(]*)\((?P<inputs>.*)\)$")


class Timeline:
    """What one run did when, from a StepStats message (`run_metadata.step_stats`)."""

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        if graph is not None:
            raise ValueError("Timeline: graph is not supported; the step stats say all that is drawn")
        self._step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        """The trace as JSON text: one row a device, one bar a node, times in microseconds.

        Args:
          show_dataflow: draw arrows where a node uses what another device made.
          show_memory: not supported: it is not recorded when buffers are released.
        """
        if show_memory:
            raise ValueError("Timeline: show_memory is not supported: it is not recorded when buffers are released")
        events = list(self._devices()) + list(self._nodes())
        if show_dataflow:
            events += self._arrows()
        return json.dumps({"traceEvents": events}, indent=4)

    def _devices(self) -> Iterator[dict[str, Any]]:
        for pid, device in enumerate(self._step_stats.dev_stats):
            yield {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": f"{device.device} Compute"}}

    def _nodes(self) -> Iterator[dict[str, Any]]:
        for pid, device in enumerate(self._step_stats.dev_stats):
            for node in device.node_stats:
                kind, inputs = _parsed(node.timeline_label)
                yield {
                    "ph": "X",
                    "cat": "Op",
                    "name": kind,
                    "pid": pid,
                    "tid": 0,
                    "ts": node.all_start_nanos / 1000,
                    "dur": node.all_end_rel_nanos / 1000,
                    "args": {"name": node.node_name, "op": kind} | {f"input{i}": name for i, name in enumerate(inputs)},
                }

    def _arrows(self) -> list[dict[str, Any]]:
        """A start and an end for each value that one device makes and another uses."""
        bars = list(self._nodes())
        makers = {bar["args"]["name"]: bar for bar in bars}
        arrows: list[dict[str, Any]] = []
        for bar in bars:
            for key, name in bar["args"].items():
                maker = makers.get(name)
                if key.startswith("input") and maker is not None and maker["pid"] != bar["pid"]:
                    common = {"cat": "DataFlow", "name": name, "id": len(arrows) // 2, "tid": 0}
                    arrows.append(common | {"ph": "s", "pid": maker["pid"], "ts": maker["ts"] + maker["dur"]})
                    arrows.append(common | {"ph": "t", "pid": bar["pid"], "ts": bar["ts"]})
        return arrows


def _parsed(label: str) -> tuple[str, list[str]]:
    """'z = Add(x, y)' -> ('Add', ['x', 'y'])."""
    match = _LABEL.match(label)
    if match is None:
        return "unknown", []
    return match["op"], match["inputs"].split(", ") if match["inputs"] else []
