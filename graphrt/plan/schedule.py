"""The order in which a program's nodes run, on every tier.

Which read sees which write is settled in the program itself (passes/versions.py). What is left to choose:

1. what no write precedes runs first, so that a run changes nothing for as long as it can;
2. a version is read before it is written over, as far as possible, so that it can be written over in its place;
3. otherwise nodes run in the order in which they were declared.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphrt.graph.accesses import needs_of
from graphrt.graph.operation import Operation
from graphrt.graph.ordering import in_declared_order
from graphrt.graph.program import Program
from graphrt.graph.roles import foreign


def scheduled(program: Program) -> list[Operation]:
    """The nodes of the program in the order in which they are to run."""
    order = program.operations()
    if not any(op.opdef.writes for op in order):
        return order
    return in_declared_order(program, order, _readers_first(order), after_writes(program, order))


def after_writes(program: Program, order: list[Operation]) -> set[Operation]:
    """The writes, and what must come after one."""
    found: set[Operation] = set()
    for op in order:
        if op.opdef.writes or any(need in found for need in needs_of(program, op)):
            found.add(op)
    return found


def _readers_first(order: list[Operation]) -> dict[Operation, list[Operation]]:
    """For each write, the nodes that read what it writes over."""
    there = set(order)
    wishes: dict[Operation, list[Operation]] = {}
    for op in order:
        for index in op.opdef.written(op) if op.opdef.writes else ():
            readers = [reader for reader in op._inputs[index]._consumers if reader is not op and reader in there]
            users = [user for r in readers if r.opdef.role == "identity" for user in r._outputs[0]._consumers]
            wishes.setdefault(op, []).extend([r for r in (*readers, *users) if r is not op and r in there])
    return wishes


def segments(order: Iterable[Operation]) -> list[tuple[bool, list[Operation]]]:
    """The nodes cut into runs of nodes: those from a write on, until others must see what was written, are locked."""
    segments: list[tuple[bool, list[Operation]]] = [(False, [])]
    for op in order:
        if op.opdef.role == "variable":
            continue
        locked = segments[-1][0]
        if op.opdef.writes and not locked:
            segments.append((True, []))
        elif locked and foreign(op):
            segments.append((False, []))
        segments[-1][1].append(op)
    return [segment for segment in segments if segment[1]]
