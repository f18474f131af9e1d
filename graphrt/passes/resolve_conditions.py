"""Conditions that are known: what can never run goes, and what always runs needs no condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.wording import counted


@dataclass(frozen=True)
class ResolveConditions:
    """Takes conditions on constants out of the program.

        y = Choose(true, a, b)  with a = f(x) if not true, b = g(x) if true    ->    y = b, b = g(x)

    Leaves alone: what is fetched, or taken by a node that runs, of a branch that is not taken: its error is for the run
    to raise.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        order = program.operations()
        fetched = {tensor.op for tensor in program.fetches}
        known = {p: bool(p.op.attrs["value"]) for p in program.predicates() if p.op.opdef.role == "constant"}
        dead: set[Operation] = set()
        for op in order:
            guard = program.guard(op)
            if any(known.get(predicate, taken) != taken for predicate, taken in guard):
                if op in fetched:
                    return program
                dead.add(op)
        choices = [op for op in order if op.opdef.role == "choose" and op._inputs[0].op.opdef.role == "constant"]
        if not known and not choices:
            return program
        if any(tensor.op in dead for op in order if op not in dead for tensor in _taken(op)):
            return program
        for op in order:
            if op not in dead and any(predicate in known for predicate, _ in program.guard(op)):
                program.set_guard(op, tuple([(p, taken) for p, taken in program.guard(op) if p not in known]))
            if any(control in dead for control in op._control_inputs):
                op._control_inputs = [control for control in op._control_inputs if control not in dead]
        program.targets = [op for op in program.targets if op not in dead]
        program.changed()
        for op in choices:
            program.replace(op._outputs[0], op._inputs[2 if op._inputs[0].op.attrs["value"] else 1])
        for op in order:
            if op.opdef.role == "join":
                self._resolve(program, op, dead)
        for op in dead:
            program.set_guard(op, ())
        # What has an effect, or a random stream, runs, even if only a branch that is not taken wanted its value.
        kept = set(program.operations())
        left = [op for op in order if op not in dead and op not in kept]
        program.targets += [op for op in left if op.opdef.has_effect or op.opdef.advances]
        program.changed()
        program.notes.append(
            f"{counted(len(dead), 'node')} can never run, {counted(len(choices), 'choice')} known in advance"
        )
        return program

    @staticmethod
    def _resolve(program: Program, join: Operation, dead: set[Operation]) -> None:
        """A write that never runs leaves the version before it; one that always runs leaves its own."""
        before, written = join._inputs
        if written.op in dead:
            program.replace(join._outputs[0], before)
        elif not program.guard(written.op):
            program.replace(join._outputs[0], written)


def _taken(op: Operation) -> Sequence[Tensor]:
    """The inputs that a node which runs needs."""
    if op.opdef.role == "join":
        return []
    if op.opdef.role == "choose" and op._inputs[0].op.opdef.role == "constant":
        return [op._inputs[2 if op._inputs[0].op.attrs["value"] else 1]]
    return op._inputs
