"""Who reads and who writes the variables of a program, and which writes come before a node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program

Edges = dict[Operation, list[Operation]]


def variable_of(tensor: Tensor) -> Operation | None:
    """The variable that a reference tensor refers to (ops that write pass the reference on)."""
    while tensor.dtype.is_ref:
        op = tensor.op
        if op.opdef.role == "variable":
            return op
        tensor = op.inputs[0]
    return None


def needs_of(program: Program, op: Operation) -> list[Operation]:
    """The nodes that must have run before ``op``."""
    return [t.op for t in op._inputs] + op._control_inputs + [predicate.op for predicate, _ in program.guard(op)]


def accesses(order: Sequence[Operation]) -> tuple[Edges, Edges]:
    """Who reads and who writes each variable."""
    readers: Edges = defaultdict(list)
    writers: Edges = {}
    for op in order:
        written = op.opdef.written(op) if op.opdef.writes else ()
        for index, tensor in enumerate(op._inputs):
            variable = variable_of(tensor) if tensor.dtype.is_ref else None
            if variable is None:
                continue
            if index in written:
                writers.setdefault(variable, []).append(op)
            else:
                readers[variable].append(op)
    return readers, writers


def writers_before(program: Program, order: Sequence[Operation], bits: Mapping[Operation, int]) -> dict[Operation, int]:
    """For each node that depends on writers, which these are (itself, if it is one), as a set of bits."""
    result: dict[Operation, int] = {}
    for op in order:
        mask = bits.get(op, 0)
        for tensor in op._inputs:
            if tensor.op in result:
                mask |= result[tensor.op]
        for need in op._control_inputs:
            mask |= result.get(need, 0)
        for predicate, _ in program.guard(op):
            mask |= result.get(predicate.op, 0)
        if mask:
            result[op] = mask
    return result


def bits_of(writers: Edges) -> dict[Operation, int]:
    """A bit for each writer, so that a set of writers is an int."""
    return {writer: 1 << i for i, writer in enumerate(dict.fromkeys(w for group in writers.values() for w in group))}
