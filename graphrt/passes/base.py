"""What a pass is, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey


class Pass(Protocol):
    """A step of the pipeline: a frozen dataclass whose fields are its options, called on a valid program, leaving a
    valid program. ``program.notes`` collects what it has to say to ``explain``."""

    def __call__(self, program: Program, key: PlanKey) -> Program: ...


@dataclass(frozen=True)
class Firing:
    """A rule that was applied, and the user's node that it was applied to."""

    rule: str
    why: str
    at: Operation


@dataclass(frozen=True)
class NearMiss:
    """A rule that was almost applied to a user's node, and what was missing."""

    rule: str
    reason: str
    at: Operation


@dataclass
class PassReport:
    """What one pass did: node counts, seconds, notes, the rules that fired, and what failed and was left out."""

    name: str
    nodes_before: int
    nodes_after: int
    seconds: float
    notes: list[str] = field(default_factory=list)
    fired: list[Firing] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
