"""Removing the nodes that pass their input on."""

from __future__ import annotations

from dataclasses import dataclass

from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey


@dataclass(frozen=True)
class RemoveIdentities:
    """Lets the consumers of an identity use its input.

        i = Identity(x); y = Mul(i, c)    ->    y = Mul(x, c)

    Leaves alone: reads of variables (what is read depends on when), identities that wait for an effect, fetched ones
    whose input runs under another condition, and fetched ones of what is fed (the fed array itself is the caller's).
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        removed = 0
        for op in program.operations():
            if op.opdef.role != "identity" or op._control_inputs or op._inputs[0].dtype.is_ref:
                continue
            source = op._inputs[0]
            fetched = op._outputs[0] in program.fetches
            if fetched and (program.guard(op) != program.guard(source.op) or source in program.feeds):
                continue
            if source.shape.rank is None or not source.shape.is_fully_defined():
                source.set_shape(op._outputs[0].shape)
            program.replace(op._outputs[0], source)
            removed += 1
        if removed:
            program.notes.append(f"{removed} identities")
        return program
