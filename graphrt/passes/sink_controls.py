"""Letting only those nodes wait for effects for which it makes a difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey

Effects = frozenset[Operation]
_NONE: Effects = frozenset()


@dataclass(frozen=True)
class SinkControls:
    """Moves control inputs from pure nodes down to the nodes with effects, and the variable reads, that follow.

        u = AssignSub(mean, d); g = Mul(x, y, ^u); ApplyAdam(w, g)    ->    g = Mul(x, y); ApplyAdam(w, g, ^u)

    The value of a pure node is the same whenever it runs, so it need not wait; what it was fetched for must still run,
    and becomes a target of the program. Otherwise a train op inside ``control_dependencies(UPDATE_OPS)`` would hold
    back each of its gradients from all other passes.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        walk = _Walk()
        order = program.operations()
        for op in order:
            walk.visit(op)
        wanted = _NONE.union(*[walk.floating[tensor.op] for tensor in program.fetches])
        wanted = wanted.union(*[walk.floating[op] for op in program.targets])
        program.targets.extend(op for op in order if op in wanted and op not in program.targets)
        if walk.freed:
            program.notes.append(f"{walk.freed} nodes need not wait")
        return program


@dataclass
class _Walk:
    """For each node: the effects that are over when it is done, and those that its users have still to wait for."""

    over: dict[Operation, Effects] = field(default_factory=dict)
    floating: dict[Operation, Effects] = field(default_factory=dict)
    freed: int = 0

    def visit(self, op: Operation) -> None:
        sources = [tensor.op for tensor in op._inputs]
        waits = _union([self.over[c] for c in op._control_inputs] + [self.floating[s] for s in sources])
        reads = any(tensor.dtype.is_ref for tensor in op._inputs)
        if op.opdef.has_effect or (reads and waits):
            op._control_inputs = sorted(waits, key=lambda effect: effect._id)
            self.over[op] = frozenset((op,))
            self.floating[op] = _NONE
            return
        if op._control_inputs:
            op._control_inputs = []
            self.freed += 1
        self.over[op] = _union([waits] + [self.over[s] for s in sources])
        self.floating[op] = waits


def _union(sets: Iterable[Effects]) -> Effects:
    """The union; the same object where one of the sets holds the others, so that long chains stay cheap."""
    result = _NONE
    for other in sets:
        if not other or other is result:
            continue
        if not result or result < other:
            result = other
        elif not other <= result:
            result |= other
    return result
