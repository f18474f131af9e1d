"""Is a program well formed? Checked before and after each pass in the tests, and on request."""

from __future__ import annotations

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program


class MalformedProgramError(AssertionError):
    """A pass left a program that breaks an invariant."""


def verify(program: Program) -> None:
    """Raises MalformedProgramError unless every node's inputs belong to the program, are consumed as they say, and
    the nodes have an order."""
    order = program.operations()
    position = {op: i for i, op in enumerate(order)}
    for op in order:
        if op.graph is not program.graph:
            raise MalformedProgramError(f"{op!r} is not of the program")
        if not program.origins.get(op):
            raise MalformedProgramError(f"{op!r} stands for no node of the user")
        for tensor in op.inputs:
            if op not in tensor._consumers:
                raise MalformedProgramError(f"{op!r} is not among the consumers of its input {tensor!r}")
        for need in _needs(program, op):
            if position.get(need, len(order)) >= position[op]:
                raise MalformedProgramError(f"{op!r} and {need!r} need each other, or are in a wrong order")
    for tensor in program.fetches:
        if tensor.graph is not program.graph:
            raise MalformedProgramError(f"the fetch {tensor!r} is not of the program")
    program.changed()
    if set(program.operations()) != set(order):
        raise MalformedProgramError("the order that a pass has settled is not that of the nodes that are needed")
    program.settle(order)


def _needs(program: Program, op: Operation) -> list[Operation]:
    return [tensor.op for tensor in op.inputs] + op.control_inputs + [p.op for p, _ in program.guard(op)]
