"""Plan: a program made ready to run, with everything needed to explain it and its errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from graphrt.backends.base import Backend
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes import run_pipeline
from graphrt.passes.base import PassReport
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey
from graphrt.plan.codegen import generate


@dataclass
class Plan:
    """What ``Session.run`` calls: ``function(*feeds)`` returns the values of the key's tensors, in order."""

    key: PlanKey
    program: Program
    function: Callable[..., tuple[Any, ...]]
    source: str
    lines: dict[int, Operation]
    variables: list[Operation]
    reports: list[PassReport]

    def failed_at(self, traceback: TracebackType | None) -> Operation | None:
        """The user's node in whose line an exception was raised."""
        code = self.function.__code__
        found = None
        while traceback is not None:
            if traceback.tb_frame.f_code is code:
                found = self.lines.get(traceback.tb_lineno)
            traceback = traceback.tb_next
        return None if found is None else self.program.origin(found)

    def unfed_placeholders(self) -> list[Operation]:
        """The user's placeholders that the plan needs and that are not fed."""
        return [self.program.origin(op) for op in self.program.operations() if op.opdef.role == "placeholder"]

    def user_variables(self) -> list[Operation]:
        """The user's variables that the plan touches."""
        return [self.program.origin(op) for op in self.variables]


def make_plan(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    backend: Backend,
    key: PlanKey,
    state_of: Callable[[Operation], Any],
) -> Plan:
    """Captures the program of ``key``, rewrites it and generates its function."""
    program = capture(fetches, feeds)
    program, reports = run_pipeline(program, key, again=lambda: capture(fetches, feeds))
    generated = generate(program, backend, state_of)
    assert generated.function is not None
    return Plan(key, program, generated.function, generated.source, generated.lines, generated.variables, reports)
