"""Where the versions of variables are: the one place in the native tier that decides what may be written over, and that
inserts copies.

Lowering gives each version memory of its own, as if nothing were ever changed. A version may lie in the variable's own
array, over the version before it, if by then

- nobody will read the version before it any more: not directly, not through a view, not as a fetch;
- nothing is left that can fail, or that Python does: a run writes all of its variables, or none.

What cannot has memory in the arena, and at the end of the run the version that is left is copied into the variable.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from graphrt.graph.operation import Operation
from graphrt.native.kernel import contiguous_strides
from graphrt.native.work import Array, Called, Changed, Hosted, Lowered, Memory, Node, Pointwise, copying


def placed(lowered: Lowered) -> Lowered:
    """``lowered`` with each version in its place, and its nodes in an order in which that is right."""
    if lowered.commits:
        _Placing(lowered).run()
    return lowered


class _Placing:
    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.after = {node: {lowered.nodes[p] for p in node.after} for node in lowered.nodes}
        self.nodes = self._writes_last(lowered.nodes)
        self.makers = {o.memory: node for node in self.nodes for o in node.outputs if isinstance(o, Array)}
        self.readers: dict[Memory, list[Node]] = defaultdict(list)
        self.followers: dict[Node, set[Node]] = defaultdict(set)  # who waits for a node
        for node in self.nodes:
            for value in node.inputs:
                if isinstance(value, Array):
                    self.readers[value.memory].append(node)

    def run(self) -> None:
        at = {node: i for i, node in enumerate(self.nodes)}
        last_risk = max((at[node] for node in self.nodes if may_fail(node)), default=-1)
        elsewhere: list[tuple[Operation, Array]] = []
        for variable, version in self.lowered.commits.items():
            home = self.lowered.homes[variable].memory
            chain = self._chain(home, version.memory)
            if self._can_be_in_place(home, chain, at, last_risk):
                for node, memory in chain:
                    memory.kind, memory.number, memory.host = "variable", home.number, home
                    self._copy_operands(node, home)
            else:
                self._copy_what_is_written(chain)
                elsewhere.append((variable, version))
        for variable, version in elsewhere:
            self._copy_back(self.lowered.homes[variable], version)
        self.lowered.exclusive = bool(elsewhere)
        self._order_writes()
        self._number()

    def _writes_last(self, nodes: Sequence[Node]) -> list[Node]:
        """What needs no write comes before all writes: it reads what was there."""
        later: set[Node] = set()
        for node in nodes:
            if node.replaces or not later.isdisjoint(self.after[node]):
                later.add(node)
        return [node for node in nodes if node not in later] + [node for node in nodes if node in later]

    def _chain(self, home: Memory, last: Memory) -> list[tuple[Node, Memory]]:
        """The nodes that write a variable, one after another, each with the memory of the version that it makes."""
        chain = []
        memory = last
        while memory is not home:
            node = self.makers[memory]
            chain.append((node, memory))
            memory = replaced(node, memory)
        return chain[::-1]

    def _can_be_in_place(
        self, home: Memory, chain: Sequence[tuple[Node, Memory]], at: dict[Node, int], last_risk: int
    ) -> bool:
        if len({node for node, _ in chain}) != len(chain):
            return False  # a node that writes the same variable twice
        before = home
        for node, memory in chain:
            if not isinstance(node, (Changed, Called)) or at[node] <= last_risk or memory.kind != "arena":
                return False
            if any(reader is not node and at[reader] > at[node] for reader in self.readers[before]):
                return False
            before = memory
        return True

    # -- copies --------------------------------------------------------------------------------------------------------

    def _copy_operands(self, node: Node, home: Memory) -> None:
        """A node that writes a variable in its place must not read anything else of it, unless it reads each element
        just when it writes it."""
        for k, value in enumerate(node.inputs):
            if not isinstance(value, Array) or value.memory.owner() is not home:
                continue
            if isinstance(node, Changed):
                aligned = value.whole and value.shape == node.domain
            else:
                aligned = k in node.replaces.values()
            if not aligned:
                node.inputs[k] = self._copied(node, value, Memory("arena", value.nbytes))

    def _copy_what_is_written(self, chain: Sequence[tuple[Node, Memory]]) -> None:
        """Kernels that write to a part of a version only get a copy of the version before it."""
        for node, memory in chain:
            if isinstance(node, Called):
                k = node.replaces[_number_of(node, memory)]
                before = node.inputs[k]
                assert isinstance(before, Array)
                node.inputs[k] = self._copied(node, before, memory)

    def _copied(self, node: Node, value: Array, memory: Memory) -> Array:
        """A copy that is made just before a node."""
        copy = Array(memory, value.shape, contiguous_strides(value.shape), value.dtype)
        made = copying(node.op, value, copy)
        self.after[made] = {self.makers[value.memory]} if value.memory in self.makers else set()
        self.nodes.insert(self.nodes.index(node), made)
        self.readers[value.memory].append(made)
        self.readers[memory].append(node)
        self.after[node].add(made)
        return copy

    def _copy_back(self, home: Array, version: Array) -> None:
        """Gives a variable the version that it is left with, when nobody reads the one before any more."""
        memory = home.memory
        target = Array(
            Memory("variable", memory.size, memory.number, host=memory), home.shape, home.strides, home.dtype
        )
        node = copying(self.makers[version.memory].op, version, target)
        self.after[node] = {self.makers[version.memory]}
        self.readers[version.memory].append(node)
        self.nodes.append(node)

    # -- order ---------------------------------------------------------------------------------------------------------

    def _order_writes(self) -> None:
        """A write in place comes after all who read what was there, and after everything that may fail."""
        risky = {node for node in self.nodes if may_fail(node)}
        for node in self.nodes:
            for earlier in self.after[node]:
                self.followers[earlier].add(node)
        for node in self.nodes:
            for output in node.outputs:
                if isinstance(output, Array) and output.memory.host is not None:
                    before = replaced(node, output.memory) if node.replaces else output.memory.host
                    self.after[node] |= risky
                    self.after[node].update(reader for reader in self.readers[before] if reader is not node)
                    for maker in self._only_for(node):
                        self.after[maker] |= risky

    def _only_for(self, write: Node) -> list[Pointwise]:
        """The elementwise nodes that compute nothing but what a write stores: they wait with it, to share its loop."""
        found: list[Pointwise] = []
        if not isinstance(write, Changed) or math.prod(write.domain) == 1:  # (Numbers are computed together.)
            return found
        users: list[Node] = [write]
        while users:
            user = users.pop()
            for memory in [value.memory for value in user.inputs if isinstance(value, Array)]:
                maker = self.makers.get(memory)
                if not isinstance(maker, Pointwise) or maker.domain != write.domain or maker in found:
                    continue
                if memory.kind == "arena" and self.followers[maker] <= {user, write}:
                    found.append(maker)
                    users.append(maker)
        return found

    def _number(self) -> None:
        for position, node in enumerate(self.nodes):
            node.position = position
        for node in self.nodes:
            node.after = {other.position for other in self.after[node]}
        self.lowered.nodes = self.nodes


def may_fail(node: Node) -> bool:
    """True if a run may end at this node: Python does it, or it checks its inputs."""
    return isinstance(node, Hosted) or (isinstance(node, Called) and any(k.checks for k in node.lowering.kernels))


def replaced(node: Node, version: Memory) -> Memory:
    """The version that a node makes ``version`` of."""
    before = node.inputs[node.replaces[_number_of(node, version)]]
    assert isinstance(before, Array)
    return before.memory


def _number_of(node: Node, memory: Memory) -> int:
    """Which output of a node has this memory."""
    return next(k for k, o in enumerate(node.outputs) if isinstance(o, Array) and o.memory is memory)
