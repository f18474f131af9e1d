"""Is a program well formed? Checked before and after each pass in the tests, and on request."""

from __future__ import annotations

from graphrt.graph.accesses import needs_of, variable_of, versions_made
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program


class MalformedProgramError(AssertionError):
    """A pass left a program that breaks an invariant."""


def verify(program: Program) -> None:
    """Raises MalformedProgramError unless every node's inputs belong to the program, are consumed as they say, and
    the nodes have an order; and unless the versions of each variable follow one another."""
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
        for need in needs_of(program, op):
            if position.get(need, len(order)) >= position[op]:
                raise MalformedProgramError(f"{op!r} and {need!r} need each other, or are in a wrong order")
    for tensor in program.fetches:
        if tensor.graph is not program.graph:
            raise MalformedProgramError(f"the fetch {tensor!r} is not of the program")
    wrong = check_versions(program)
    if wrong:
        raise MalformedProgramError("; ".join(wrong))
    program.changed()
    if set(program.operations()) != set(order):
        raise MalformedProgramError("the order that a pass has settled is not that of the nodes that are needed")
    program.settle(order)


def check_versions(program: Program) -> list[str]:
    """What is wrong with the versions of a program: nothing, if each version is written over by one write at most, and
    what a run leaves of each variable follows from all of its writes."""
    wrong = []
    written: dict[Tensor, Operation] = {}
    order = program.operations()
    variables = {}
    for op in order:
        indices = op.opdef.written(op) if op.opdef.writes else ()
        for index in indices:
            version = op._inputs[index]
            other = written.setdefault(version, op)
            if other is not op:
                wrong.append(f"{other!r} and {op!r} both write over {version!r}")
            variables[op, index] = variable_of(version)
        if indices and len(versions_made(op)) != len(indices):
            wrong.append(f"{op!r} writes {len(indices)} references and makes {len(versions_made(op))} versions")
    for variable, last in program.commits.items():
        behind = _writes_behind(last)
        missing = [op for (op, _), of in variables.items() if of is variable and op not in behind]
        if missing:
            wrong.append(f"{missing[0]!r} writes {variable!r}, but is not among what the run leaves of it")
    lost = {of for of in variables.values() if of is not None} - set(program.commits)
    wrong += [f"{variable!r} is written, but the run leaves nothing of it" for variable in lost]
    return wrong


def _writes_behind(version: Tensor) -> set[Operation]:
    """The writes that a version comes after."""
    found: set[Operation] = set()
    stack = [version]
    while stack:
        op = stack.pop().op
        if op.opdef.role == "variable" or op in found:
            continue
        found.add(op)
        stack += [tensor for tensor in op._inputs if tensor.dtype.is_ref]
    return found
