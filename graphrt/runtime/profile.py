"""What one run did and took: fills a RunMetadata message.

The plan is straight-line Python, one node a line, so a line tracer is all that timing each node takes, and runs that
nobody measures pay nothing for it. A traced run is slower (about a microsecond a node).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from graphrt.backends.base import Backend
from graphrt.dtypes import of_array
from graphrt.graph.operation import Operation
from graphrt.plan.plan import Plan
from graphrt.runtime.devices import TASK


@dataclass
class NodeTime:
    """One node's part of a run: nanoseconds of `time.perf_counter_ns`, and the arrays that it made."""

    op: Operation
    started: int
    ended: int
    outputs: list[Any]


def profiled(plan: Plan, backend: Backend, settings: Any, run_metadata: Any) -> Callable[..., Any]:
    """What runs the plan, and also fills `run_metadata` as `settings` (options.RunSettings) ask for."""
    if run_metadata is None:
        return plan.call
    run_metadata.Clear()
    if settings.partition_graphs:
        from graphrt.formats.graphdef import operations_def  # protobuf takes long to import

        run_metadata.partition_graphs.add().CopyFrom(operations_def(plan.program.operations()))
    if not settings.trace:
        return plan.call

    def measured(*fed: Any) -> Any:
        began, tracer = time.time_ns() - time.perf_counter_ns(), _Tracer(plan, backend)
        values = tracer.run(fed)
        _fill(run_metadata.step_stats, tracer.times, plan, began, backend)
        return values

    return measured


class _Tracer:
    """Runs a plan's function once, with the time of each of its lines."""

    def __init__(self, plan: Plan, backend: Backend) -> None:
        self.plan = plan
        self.backend = backend
        self.code = plan.function.__code__
        self.statements = plan.generated.numbered
        self.steps = plan.generated.steps
        self.times: list[NodeTime] = []
        self.line = 0
        self.started = 0

    def run(self, fed: Sequence[Any]) -> Any:
        earlier = sys.gettrace()
        sys.settrace(self._on_call)
        try:
            return self.plan.run(*fed)
        finally:
            sys.settrace(earlier)

    def _on_call(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._on_line if frame.f_code is self.code else None

    def _on_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called before each line and at the end: whatever line ran until now is over."""
        statement = self.statements.get(self.line)
        if statement is not None and statement.op is not None and not statement.result:
            self.backend.synchronize()
            now = time.perf_counter_ns()
            made = [self._value(frame, name) for name in statement.targets]
            arrays = [array for array in made if array is not None]
            self.times.append(NodeTime(statement.op, self.started, now, arrays))
        self.line = self._next_line(frame) if event == "line" else 0
        self.started = time.perf_counter_ns()
        return self._on_line

    def _value(self, frame: FrameType, name: str) -> Any:
        if self.steps is None:
            return frame.f_locals.get(name)
        return frame.f_locals["v"][self.steps.slots[name]]

    def _next_line(self, frame: FrameType) -> int:
        """The line of the plan that is about to run (in a stepwise plan, 0 while its loop fetches the next step)."""
        if self.steps is None:
            return frame.f_lineno
        number: int = frame.f_locals["line_number"] if frame.f_lineno in self.steps.lines else 0
        return number


def _fill(step_stats: Any, times: Sequence[NodeTime], plan: Plan, began: int, backend: Backend) -> None:
    """Writes the times, converted to the wall clock by adding `began`, as TF1's StepStats."""
    device = step_stats.dev_stats.add(device=f"{TASK}/device:{'CPU' if backend.on_host else 'GPU'}:0")
    for measured in times:
        origin = plan.program.origin(measured.op)
        start, took = measured.started + began, measured.ended - measured.started
        node = device.node_stats.add(
            node_name=origin.name,
            all_start_micros=start // 1000,
            op_end_rel_micros=took // 1000,
            all_end_rel_micros=took // 1000,
            scheduled_micros=start // 1000,
            all_start_nanos=start,
            op_end_rel_nanos=took,
            all_end_rel_nanos=took,
            scheduled_nanos=start,
            timeline_label=f"{origin.name} = {origin.type}({', '.join(_input_names(plan, measured.op))})",
        )
        for slot, array in enumerate(measured.outputs):
            _describe(node.output.add(slot=slot).tensor_description, array, backend)


def _input_names(plan: Plan, op: Operation) -> Iterator[str]:
    for tensor in op.inputs:
        yield plan.program.origin(tensor.op).name


def _describe(description: Any, array: Any, backend: Backend) -> None:
    if not hasattr(array, "nbytes"):
        return
    description.dtype = of_array(array).as_datatype_enum
    description.shape.SetInParent()
    for size in array.shape:
        description.shape.dim.add(size=size)
    description.allocation_description.requested_bytes = array.nbytes
    description.allocation_description.allocator_name = "cpu" if backend.on_host else "GPU_0_bfc"
