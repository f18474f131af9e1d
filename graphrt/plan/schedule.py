"""The order in which a program's nodes run.

TF1 lets reads and writes of a variable race; here the order is defined (DESIGN section 8):

1. an expression reads a variable before any write of the same run that it does not depend on;
2. writes to one variable keep the order in which they were declared;
3. otherwise nodes run in the order in which they were declared.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphrt.graph.accesses import Edges, accesses, bits_of, needs_of, writers_before
from graphrt.graph.operation import Operation
from graphrt.graph.program import Program

_THERE = ("feed", "constant", "variable")
"""What is there before anything runs. (A constant that stands for several equal ones may have been declared last.)"""


def scheduled(program: Program) -> list[Operation]:
    """The nodes of the program in the order in which they are to run."""
    order = program.operations()
    readers, writers = accesses(order)
    if not writers:
        return order
    needs: Edges = {op: needs_of(program, op) for op in order}
    rank = {op: (-1 if op.opdef.role in _THERE else program.origin(op)._id, op._id) for op in order}
    bits = bits_of(writers)
    preceding = writers_before(program, order, bits)
    wishes: Edges = defaultdict(list)
    for variable, group in writers.items():
        group.sort(key=rank.__getitem__)
        for first, second in itertools.pairwise(group):
            if not preceding.get(first, 0) & bits[second]:
                wishes[second].append(first)
        for writer in group:
            wishes[writer] += [
                r for r in readers[variable] if r is not writer and not preceding.get(r, 0) & bits[writer]
            ]
    return _ordered(order, needs, wishes, rank)


def _ordered(
    order: Sequence[Operation], needs: Edges, wishes: Edges, rank: Mapping[Operation, tuple[int, int]]
) -> list[Operation]:
    """A topological order by ``needs``, and by ``wishes`` as far as these do not contradict each other; the node that
    was declared first goes first."""
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = defaultdict(list)
    for op in order:
        before = dict.fromkeys([*needs[op], *wishes.get(op, ())])
        waiting[op] = len(before)
        for other in before:
            followers[other].append(op)
    ready = [(rank[op], op) for op in order if not waiting[op]]
    heapq.heapify(ready)
    result: list[Operation] = []
    done: set[Operation] = set()
    while len(result) < len(order):
        if not ready:
            # Two variables, each read by what must precede the other's write: let the first declared writer go.
            stuck = (op for op in order if op not in done and all(need in done for need in needs[op]))
            op = min(stuck, key=rank.__getitem__)
        else:
            op = heapq.heappop(ready)[1]
        if op in done:
            continue
        done.add(op)
        result.append(op)
        for follower in followers[op]:
            waiting[follower] -= 1
            if not waiting[follower] and follower not in done:
                heapq.heappush(ready, (rank[follower], follower))
    return result
