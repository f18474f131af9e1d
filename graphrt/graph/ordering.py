"""The order in which nodes were declared, as far as what they need allows it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphrt.graph.accesses import needs_of
from graphrt.graph.operation import Operation
from graphrt.graph.program import Program

Rank = tuple[int, int, int]

_THERE = ("feed", "constant", "variable")
"""What is there before anything runs. (A constant that stands for several equal ones may have been declared last.)"""


def in_declared_order(
    program: Program,
    order: Sequence[Operation],
    wishes: Mapping[Operation, Sequence[Operation]],
    later: frozenset[Operation] | set[Operation] = frozenset(),
) -> list[Operation]:
    """The nodes in a topological order of what they need, and of ``wishes`` (nodes that should come before) as far as
    these do not contradict each other; those of ``later`` after all others, which must not need them; then the node
    that was declared first goes first."""
    ranks = {op: _rank(program, op, op in later) for op in order}
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = defaultdict(list)
    needs = {op: needs_of(program, op) for op in order}
    for op in order:
        before = dict.fromkeys([*needs[op], *wishes.get(op, ())])
        waiting[op] = len(before)
        for other in before:
            followers[other].append(op)
    ready = [(ranks[op], op) for op in order if not waiting[op]]
    heapq.heapify(ready)
    result: list[Operation] = []
    done: set[Operation] = set()
    while len(result) < len(order):
        if not ready:
            # Wishes go round in a circle: let the first declared of those go that could.
            stuck = (op for op in order if op not in done and all(need in done for need in needs[op]))
            op = min(stuck, key=ranks.__getitem__)
        else:
            op = heapq.heappop(ready)[1]
        done.add(op)
        result.append(op)
        for follower in followers[op]:
            waiting[follower] -= 1
            if not waiting[follower] and follower not in done:
                heapq.heappush(ready, (ranks[follower], follower))
    return result


def _rank(program: Program, op: Operation, later: bool) -> Rank:
    role = op.opdef.role
    if role in _THERE:
        return (0, -1, op._id)
    if role == "join":  # at once after the write whose version it takes
        return (0, -1, op._id)
    return (later, program.origin(op)._id, op._id)
