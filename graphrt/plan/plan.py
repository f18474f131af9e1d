"""Plan: a program made ready to run, with everything needed to explain it and its errors."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any

from graphrt.backends.base import Backend
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes import run_pipeline
from graphrt.passes.base import PassReport
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey
from graphrt.plan.codegen import generate
from graphrt.plan.failure import Failure, shapes_given
from graphrt.plan.gate import Gate
from graphrt.plan.generated import Generated
from graphrt.plan.recompute import Recompute


@dataclass
class Plan:
    """What ``Session.run`` calls: ``run(*feeds)`` returns the values of the key's tensors, in order; ``function`` is
    what was generated."""

    key: PlanKey
    program: Program
    function: Callable[..., tuple[Any, ...]]
    run: Callable[..., tuple[Any, ...]]
    generated: Generated
    lines: dict[int, Operation]
    variables: list[Operation]
    reports: list[PassReport]

    @property
    def source(self) -> str:
        """The text of the plan, with comments that name op and user's line."""
        return self.generated.source

    def __post_init__(self) -> None:
        self.call: Callable[..., tuple[Any, ...]] = self.run  # what a session calls; a faster tier may take over
        # By the identity of code, which the entry keeps alive: equal code may have been made of other nodes.
        self.sources: dict[int, tuple[CodeType, Program, dict[int, Operation]]] = {}
        self.add_lines(self.function.__code__, self.program, self.lines)

    def add_lines(
        self, code: CodeType, program: Program, lines: dict[int, Operation], as_long_as: object = None
    ) -> None:
        """Says which node each line of a function is: for good, or as long as an object lives that all who may still
        ask keep alive."""
        self.sources[id(code)] = (code, program, lines)
        if as_long_as is not None:
            weakref.finalize(as_long_as, self.sources.pop, id(code), None).atexit = False

    def failure(self, traceback: TracebackType | None) -> Failure | None:
        """The node in whose line an exception was raised."""
        found = None
        while traceback is not None:
            frame = traceback.tb_frame
            _, program, lines = self.sources.get(id(frame.f_code), (None, self.program, {}))
            # (A stepwise plan has the number of the line that runs in a variable.)
            node = lines.get(frame.f_locals.get("line_number", traceback.tb_lineno))
            if node is not None:
                values = self.generated.value_in(frame) if frame.f_code is self.function.__code__ else _no_value
                found = Failure(program.origin(node), node, shapes_given(node, values))
            traceback = traceback.tb_next
        return found

    def unfed_placeholders(self) -> list[Operation]:
        """The user's placeholders that the plan needs and that are not fed."""
        return [self.program.origin(op) for op in self.program.operations() if op.opdef.role == "placeholder"]

    def user_variables(self) -> list[Operation]:
        """The user's variables that the plan touches."""
        return [self.program.origin(op) for op in self.variables]


def _no_value(tensor: Tensor) -> None:
    """Native code keeps its values to itself; but all their shapes are declared."""


@contextmanager
def collection_paused() -> Iterator[None]:
    """A block in which Python does not look for cycles of garbage: making a plan makes a million objects that live on,
    and going through them again and again takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _rewritten(
    fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor], key: PlanKey
) -> tuple[Program, list[PassReport]]:
    program = capture(fetches, feeds, key.shapes)
    return run_pipeline(program, key, again=lambda: capture(fetches, feeds, key.shapes))


def make_plan(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    backend: Backend,
    key: PlanKey,
    state_of: Callable[[Operation], Any],
    gate: Gate,
) -> Plan:
    """Captures the program of ``key``, rewrites it and generates its function."""
    with collection_paused():
        program, reports = _rewritten(fetches, feeds, key)
        limit = key.options.memory_limit
        if limit is not None and key.shapes is not None:
            program, more = run_pipeline(program, key, [Recompute(limit)], lambda: _rewritten(fetches, feeds, key)[0])
            reports += more
        generated = generate(program, backend, state_of, gate, key.options.reuse_memory)
    function = generated.function
    assert function is not None
    run = gate.closing(function) if generated.body.writes else function
    return Plan(key, program, function, run, generated, generated.lines, generated.body.variables, reports)
