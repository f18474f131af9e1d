"""Removing the nodes that pass their input on."""

from __future__ import annotations

from dataclasses import dataclass

from graphrt.graph.operation import Tensor
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.wording import counted


@dataclass(frozen=True)
class RemoveIdentities:
    """Lets the consumers of an identity use its input.

        i = Identity(x); y = Mul(i, c)    ->    y = Mul(x, c)

    Leaves alone: reads of variables (what is read depends on when), identities that wait for an effect, and fetched
    ones whose input runs under another condition. (A fetched identity of what is fed is still a new array: the plan
    returns a fed array itself only where that very tensor is fetched.)
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        fetched = set(program.fetches)
        passed: dict[Tensor, Tensor] = {}
        order = program.operations()
        for op in order:
            if op.opdef.role != "identity" or op._control_inputs or op._inputs[0].dtype.is_ref:
                continue
            output = op._outputs[0]
            source = passed.get(op._inputs[0], op._inputs[0])
            if program.guard(op) == program.guard(source.op):
                _tell_shape(source, output)
            elif output in fetched:
                continue
            passed[output] = source
        if passed:
            program.replace_all(passed)
            program.settle(order)
            program.notes.append(f"{counted(len(passed), 'identity', 'identities')} removed")
        return program


def _tell_shape(source: Tensor, output: Tensor) -> None:
    """What the user has said of the identity's shape is true of its input, too."""
    if not source.shape.is_fully_defined() and source.shape.is_compatible_with(output.shape):
        source.set_shape(output.shape)
