"""PlanKey: everything that may change a plan. Passes read nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphrt.graph.operation import Operation, Tensor


@dataclass(frozen=True)
class PlanOptions:
    """Choices that a session makes for its plans."""

    optimize: bool = True  # False: only prune
    disabled_passes: frozenset[str] = frozenset()
    verify: bool = False  # check the program before and after each pass


@dataclass(frozen=True)
class PlanKey:
    """What a plan is for. It holds no feed shapes (a new batch size is no new plan) and no graph version (what a node
    needs never changes)."""

    fetches: tuple[Tensor | Operation, ...]
    feeds: tuple[Tensor, ...]
    backend: str = "numpy"
    options: PlanOptions = field(default_factory=PlanOptions)
