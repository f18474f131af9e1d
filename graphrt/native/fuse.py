"""Which nodes share a loop, and in which order everything is done.

Elementwise nodes over one domain that feed each other become one loop, with the reductions of what they compute at its
end: values that only the loop itself uses are never stored. A node's *depth* is how many loops must have been finished
before it can run; what is connected, over one domain and of one depth can always be done at once, since whatever lies
between two of them would have made the second one deeper.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from graphrt.graph.operation import Tensor
from graphrt.native.expressions import Tracer
from graphrt.native.loops import Loop, Operand, Sink
from graphrt.native.lower import as_expression
from graphrt.native.work import Array, Called, Changed, Guard, Hosted, Lowered, Memory, Node, Pointwise, Reduction

_LONGEST = 48  # nodes in a chain within one loop: more would not find registers
_WORTH_FREEING = 1 << 16  # bytes for which a step goes before others
_MOST_ARRAYS = 24  # arrays that one loop reads and writes


@dataclass(eq=False)
class Step:
    """What is done at once: one loop, one node's kernels, or one call of Python. ``arrays`` are in the order of the
    kernels' pointers."""

    nodes: list[Node]
    arrays: list[Array] = field(default_factory=list)
    loop: Loop | None = None
    reads: list[Memory] = field(default_factory=list)
    writes: list[Memory] = field(default_factory=list)

    @property
    def guard(self) -> Guard:
        return self.nodes[0].guard

    @property
    def hosted(self) -> Hosted | None:
        node = self.nodes[0]
        return node if isinstance(node, Hosted) else None

    @property
    def called(self) -> Called | None:
        node = self.nodes[0]
        return node if isinstance(node, Called) else None


def fused(lowered: Lowered) -> list[Step]:
    """The steps, in the order in which they are to be done."""
    nodes = lowered.nodes
    groups = _groups(nodes)
    users: dict[Memory, set[int]] = defaultdict(set)
    for node in nodes:
        for array in node.reads:
            users[array.memory].add(node.position)
        for value in node.outputs:
            if isinstance(value, Array) and value.memory.kind == "variable":
                users[value.memory].add(-1)
    for fetched in lowered.fetches:
        if isinstance(fetched, Array):
            users[fetched.memory].add(-1)
    steps = [_step(group, users) for group in _ordered(groups, nodes)]
    for step in steps:
        step.reads = [a.memory for n in step.nodes for a in n.inputs if isinstance(a, Array)]
        step.writes = [a.memory for n in step.nodes for a in n.outputs if isinstance(a, Array)]
        if step.loop is not None:
            used = {id(a.memory) for a in step.arrays}
            step.reads = [m for m in step.reads if id(m) in used]
            step.writes = [m for m in step.writes if id(m) in used]
        step.reads += [array.memory for array, _ in step.guard]
    return steps


def _loops(node: Node) -> tuple[int, ...] | None:
    """The domain of a node that is done in a loop."""
    return node.domain if isinstance(node, (Pointwise, Reduction, Changed)) else None


def _joins(first: Node, second: Node) -> bool:
    """True if ``second`` may use what ``first`` computes in the same pass of a loop."""
    if not isinstance(first, Pointwise) or _loops(second) != first.domain or first.guard != second.guard:
        return False
    made = first.outputs[0]
    assert isinstance(made, Array)
    # What is written by nobody else, and read element by element where it is made.
    users = [a for a in second.inputs if isinstance(a, Array) and a.memory is made.memory]
    if not all(a.shape == first.domain and a.strides == made.strides and a.offset == 0 for a in users):
        return False
    return bool(users)


def _groups(nodes: Sequence[Node]) -> list[list[int]]:
    """The positions of the nodes, those together that share a loop."""
    depth = [0] * len(nodes)
    length = [1] * len(nodes)
    parent = list(range(len(nodes)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    joined: dict[int, list[int]] = {}
    askew: list[set[Memory]] = [set() for _ in nodes]  # what the loop up to a node reads in another order than it runs
    for node in nodes:
        i = node.position
        with_ = [p for p in node.after if _joins(nodes[p], node) and length[p] < _LONGEST]
        written = {a.memory.owner() for a in node.outputs if isinstance(a, Array) and a.memory.kind == "variable"}
        if written:
            # An element must not be changed before another one is computed from it.
            with_ = [p for p in with_ if not written & askew[p]]
        askew[i] = set().union(*[askew[p] for p in with_])
        domain = _loops(node)
        askew[i] |= {
            a.memory.owner()
            for a in node.inputs
            if isinstance(a, Array) and a.memory.kind == "variable" and not (a.contiguous and a.shape == domain)
        }
        depth[i] = max((depth[p] + (p not in with_) for p in node.after), default=0)
        joined[i] = [p for p in with_ if depth[p] == depth[i]]
        length[i] = 1 + max((length[p] for p in joined[i]), default=0)
    for i, others in joined.items():
        for p in others:
            parent[find(p)] = find(i)
    sharing: dict[Any, int] = {}
    size: dict[int, int] = defaultdict(int)
    for node in nodes:
        size[find(node.position)] += len(node.inputs) + 1
    for node in nodes:
        domain = _loops(node)
        if domain is None or isinstance(node, Changed):
            continue
        keys: list[Any] = [
            (depth[node.position], node.guard, domain, a.memory, a.offset)
            for a in node.inputs
            if isinstance(a, Array) and a.shape == domain
        ]
        if math.prod(domain) == 1:
            keys.append((depth[node.position], node.guard, "scalars"))
        for key in keys:
            other = sharing.setdefault(key, node.position)
            a, b = find(other), find(node.position)
            if a != b and _loops(nodes[a]) == domain and size[a] + size[b] <= _MOST_ARRAYS:
                parent[b] = a
                size[a] += size[b]
    groups: dict[int, list[int]] = {}
    for i in range(len(nodes)):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())


def _ordered(groups: list[list[int]], nodes: Sequence[Node]) -> list[list[Node]]:
    """A topological order of the groups: native ones for as long as there are any, then one of Python's.

    What gives much memory back goes first: an update of a variable, say, as soon as its gradient is there.
    """
    of = {i: g for g, group in enumerate(groups) for i in group}
    waiting = [0] * len(groups)
    followers: list[set[int]] = [set() for _ in groups]
    for g, group in enumerate(groups):
        before = {of[p] for i in group for p in nodes[i].after} - {g}
        waiting[g] = len(before)
        for other in before:
            followers[other].add(g)
    hosted = [isinstance(nodes[group[0]], Hosted) for group in groups]
    # A loop comes when its last node would have come, so that values do not wait long for their users.
    rank = [max(group) for group in groups]
    use = _MemoryUse(groups, nodes)
    ready: dict[bool, list[tuple[bool, int, int]]] = {False: [], True: []}
    done = [False] * len(groups)

    def offer(g: int) -> None:
        if not waiting[g] and not done[g]:
            heapq.heappush(ready[hosted[g]], (use.gain(g) < _WORTH_FREEING, rank[g], g))

    for g in range(len(groups)):
        offer(g)
    result: list[list[Node]] = []
    while ready[False] or ready[True]:
        _, _, g = heapq.heappop(ready[not ready[False]])
        if done[g]:
            continue
        done[g] = True
        result.append([nodes[i] for i in groups[g]])
        for follower in sorted(followers[g]):
            waiting[follower] -= 1
            offer(follower)
        for last in use.done(g):
            offer(last)  # it now frees more than when it was offered
    assert len(result) == len(groups), "loops wait for each other"
    return result


class _MemoryUse:
    """Which groups still need a value of the arena, as groups are done one after another."""

    def __init__(self, groups: list[list[int]], nodes: Sequence[Node]) -> None:
        self.reads: list[set[Memory]] = []
        self.readers: dict[Memory, set[int]] = defaultdict(set)
        made: list[set[Memory]] = []
        for g, group in enumerate(groups):
            made.append({a.memory for i in group for a in nodes[i].outputs if _in_arena(a)})
            read = {a.memory for i in group for a in nodes[i].reads if _in_arena(a)} - made[-1]
            self.reads.append(read)
            for memory in read:
                self.readers[memory].add(g)
        self.made = [sum(m.size for m in of_group if self.readers[m] - {g}) for g, of_group in enumerate(made)]

    def gain(self, g: int) -> int:
        """Bytes that are free after a group and were not before."""
        return sum(m.size for m in self.reads[g] if len(self.readers[m]) == 1) - self.made[g]

    def done(self, g: int) -> list[int]:
        """Notes that a group is done; returns the groups that have become the only ones to need something."""
        found: list[int] = []
        for memory in self.reads[g]:
            left = self.readers[memory]
            left.discard(g)
            if len(left) == 1:
                found.extend(left)
        return sorted(set(found))


def _in_arena(value: Array | Tensor) -> TypeGuard[Array]:
    return isinstance(value, Array) and value.memory.kind == "arena"


def _step(group: list[Node], users: Mapping[Memory, set[int]]) -> Step:
    first = group[0]
    if isinstance(first, (Hosted, Called)):
        return Step(group, [a for a in (*first.inputs, *first.outputs) if isinstance(a, Array)])
    return _LoopMaker(group, users).run()


class _LoopMaker:
    """Writes down the loop of a group of nodes."""

    def __init__(self, group: list[Node], users: Mapping[Memory, set[int]]) -> None:
        self.group = group
        self.tracer = Tracer()
        domain = _loops(group[0])
        assert domain is not None
        self.domain = domain
        if math.prod(domain) == 1:
            # Scalars of any rank are done together.
            self.domain = max((d for n in group if (d := _loops(n)) is not None), key=len)
        self.users = users
        self.inside = {node.position for node in group}
        self.arrays: list[Array] = []
        self.operands: list[Operand] = []
        self.known: dict[Any, Any] = {}
        self.made: dict[Memory, Any] = {}

    def run(self) -> Step:
        loop = Loop(self.domain, self.operands)
        written: list[Array] = []
        reduced: list[Array] = []
        for node in self.group:
            values = [self._value(a) for a in node.inputs]
            if isinstance(node, Reduction):
                output = node.outputs[0]
                assert isinstance(output, Array)
                loop.sinks.append(Sink(node.how.how, values[0], self._reduced(output, node), node.how.divisor))
                reduced.append(output)
                continue
            assert isinstance(node, (Pointwise, Changed))
            first = node.outputs[0]
            assert isinstance(first, Array)
            self.tracer.result = first.dtype
            made = node.expression(self.tracer, *values)
            for output, value in zip(node.outputs, made if isinstance(made, tuple) else (made,), strict=True):
                assert isinstance(output, Array)
                expression = as_expression(self.tracer, value, output.dtype)
                if isinstance(node, Pointwise):
                    self.made[output.memory] = expression
                if isinstance(node, Changed) or self.users[output.memory] - self.inside:
                    loop.outputs.append((expression, self._operand(output)))
                    written.append(output)
        return Step(self.group, [*self.arrays, *written, *reduced], loop)

    def _value(self, array: Array | Tensor) -> Any:
        assert isinstance(array, Array)
        if array.memory in self.made:
            return self.made[array.memory]
        operand = self._operand(array)
        key = (id(array.memory), array.offset, operand)
        if key not in self.known:
            self.known[key] = self.tracer.input(len(self.operands), array.dtype)
            self.operands.append(operand)
            self.arrays.append(array)
        return self.known[key]

    def _operand(self, array: Array) -> Operand:
        """How the array lies in the domain; axes of one element are broadcast."""
        rank = len(self.domain)
        shape, strides = array.shape, array.strides
        if len(shape) > rank:  # of one element
            shape, strides = (), ()
        padded = (1,) * (rank - len(shape)) + shape
        steps = (0,) * (rank - len(shape)) + strides
        return Operand(tuple([0 if n == 1 else s for n, s in zip(padded, steps, strict=True)]), array.dtype.char)

    def _reduced(self, output: Array, node: Reduction) -> Operand:
        """How the result lies in the domain: its axes are those that are kept."""
        steps = [0] * len(self.domain)
        step = 1
        for axis in reversed(range(len(self.domain))):
            if axis not in node.how.axes:
                steps[axis] = step
                step *= self.domain[axis]
        return Operand(tuple(steps), output.dtype.char)


def operand_covers(array: Array, domain: Sequence[int]) -> bool:
    """True if the loop over ``domain`` meets each element of the array once, in order."""
    return array.contiguous and array.shape == tuple(domain)
