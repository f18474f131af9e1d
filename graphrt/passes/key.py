"""PlanKey: everything that may change a plan. Passes read nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphrt.graph.operation import Operation, Tensor


@dataclass(frozen=True)
class PlanOptions:
    """Choices that a session makes for its plans.

    Attributes:
      optimize: False leaves the program as it was captured: only what is not needed is left out.
      disabled_passes: passes to leave out, by the names of their classes.
      disabled_rules: rules to leave out, by family ("arithmetic", "shapes"...) or by text.
      verify: True checks that the program is well formed before and after each pass; "compare" runs it also
        without the passes, and compares every tensor that both have (see passes/compare.py).
      strict: a rewrite that fails ends the run; otherwise it is left out, with a warning.
      fold_limit: constants of more bytes are not computed ahead of time; None: as the pass says.
      round_freely: rules may also change how results are rounded where that does not improve them.
      reuse_memory: kernels may write their output over an input that nobody needs any more.
      least_nodes: programs of fewer nodes are not worth rewriting.
      memory_limit: bytes that the values of a run should fit into; what does not fit is computed twice.
      native: native code for groups of ops: "auto" where it pays, "on" wherever it can be, "off" nowhere.
    """

    optimize: bool = True
    disabled_passes: frozenset[str] = frozenset()
    disabled_rules: frozenset[str] = frozenset()
    verify: bool | str = False
    strict: bool = False
    fold_limit: int | None = None
    round_freely: bool = False
    reuse_memory: bool = True
    least_nodes: int = 0
    native: str = "auto"
    memory_limit: int | None = None


@dataclass(frozen=True)
class PlanKey:
    """What a plan is for. It holds no feed shapes (a new batch size is no new plan) and no graph version (what a node
    needs never changes). ``shapes`` are those of what is fed, for plans that must know them: with a memory limit.
    ``done`` are nodes that have run already, for a plan that goes on where another one has ended (plan/cut.py)."""

    fetches: tuple[Tensor | Operation, ...]
    feeds: tuple[Tensor, ...]
    backend: str = "numpy"
    options: PlanOptions = field(default_factory=PlanOptions)
    shapes: tuple[tuple[int, ...], ...] | None = None
    done: frozenset[Operation] = frozenset()
