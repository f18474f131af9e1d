"""What a pass is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey


class Pass(Protocol):
    """A step of the pipeline: a frozen dataclass whose fields are its options, called on a valid program, leaving a
    valid program. ``program.notes`` collects what it has to say to ``explain``."""

    def __call__(self, program: Program, key: PlanKey) -> Program: ...


@dataclass
class PassReport:
    """What one pass did."""

    name: str
    nodes_before: int
    nodes_after: int
    seconds: float
    notes: list[str] = field(default_factory=list)
