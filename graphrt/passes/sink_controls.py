"""Letting only those nodes wait for effects for which it makes a difference."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.wording import counted

Effects = int
"""A set of nodes that must run: bit i stands for the i-th of them, so that long chains stay cheap."""


@dataclass(frozen=True)
class SinkControls:
    """Moves control inputs from pure nodes down to the nodes with effects that follow.

        u = AssignSub(mean, d); g = Mul(x, y, ^u); ApplyAdam(w, g)    ->    g = Mul(x, y); ApplyAdam(w, g, ^u)

    The value of a pure node is the same whenever it runs, so it need not wait; nor need a read, which names the
    version that it sees, or a random number, which is drawn from a stream of the node's own. What a pure node was
    fetched for must still run, and becomes a target of the program: nodes with effects, and those that move a state
    of their own on (``OpDef.advances``). Otherwise a train op inside ``control_dependencies(UPDATE_OPS)`` would
    hold back each of its gradients from all other passes.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        walk = _Walk()
        order = program.operations()
        if not any(op._control_inputs for op in order):
            return program
        for op in order:
            walk.visit(op)
        wanted = 0
        for op in [*(tensor.op for tensor in program.fetches), *program.targets]:
            wanted |= walk.floating[op]
        held = set(program.targets)
        program.targets.extend(op for op in walk.members(wanted) if op not in held)
        program.settle(order)
        if walk.freed:
            program.notes.append(f"{counted(walk.freed, 'node')} freed from waiting")
        return program


@dataclass
class _Walk:
    """For each node: the effects that are over when it is done, and those that its users have still to wait for."""

    effects: list[Operation] = field(default_factory=list)
    over: dict[Operation, Effects] = field(default_factory=dict)
    floating: dict[Operation, Effects] = field(default_factory=dict)
    freed: int = 0

    def visit(self, op: Operation) -> None:
        sources = [tensor.op for tensor in op._inputs]
        waits = 0
        for control in op._control_inputs:
            waits |= self.over[control]
        for source in sources:
            waits |= self.floating[source]
        if op.opdef.has_effect:
            op._control_inputs = self.members(waits)
            self.over[op] = self._added(op)
            self.floating[op] = 0
            return
        if op._control_inputs:
            op._control_inputs = []
            self.freed += 1
        self.floating[op] = waits
        for source in sources:
            waits |= self.over[source]
        self.over[op] = waits | self._added(op) if op.opdef.advances else waits

    def _added(self, op: Operation) -> Effects:
        """The set of this node alone, which must run."""
        self.effects.append(op)
        return 1 << (len(self.effects) - 1)

    def members(self, effects: Effects) -> list[Operation]:
        """The nodes of a set, in the order in which they can run."""
        found = []
        while effects:
            lowest = effects & -effects
            found.append(self.effects[lowest.bit_length() - 1])
            effects ^= lowest
        return found
