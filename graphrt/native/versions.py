"""Where the versions of variables are: the one place in the native tier that decides what may be written over, and that
inserts copies.

Lowering gives each version memory of its own, as if nothing were ever changed. A version may lie in the variable's own
array, over the version before it, if by then

- nobody will read the version before it any more: not directly, not through a view, not as a fetch;
- nothing is left that can fail, or that Python does: a run writes all of its variables, or none.

What cannot has memory in the arena, and at the end of the run the version that is left is copied into the variable.

A write under a condition leaves its own version, or the one before: both are where the variable is, or they are joined
by copies. Either way two versions, that of the write and that of the join, stand for one state of the variable.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.graph.operation import Operation
from graphrt.native.records import contiguous_strides
from graphrt.native.work import Array, Called, Changed, Hosted, Lowered, Memory, Node, Pointwise, copying


def placed(lowered: Lowered) -> Lowered:
    """``lowered`` with each version in its place, and its nodes in an order in which that is right."""
    if lowered.commits:
        _Placing(lowered).run()
    return lowered


@dataclass
class _Link:
    """One write to a variable: the node, the version that it makes, and that of the join behind it."""

    node: Node
    version: Memory
    joined: Memory | None

    @property
    def state(self) -> list[Memory]:
        """The versions that stand for what the variable holds after it."""
        return [self.version] if self.joined is None else [self.version, self.joined]


class _Placing:
    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.after = {node: {lowered.nodes[p] for p in node.after} for node in lowered.nodes}
        self.nodes = self._writes_last(lowered.nodes)
        self.makers: dict[Memory, set[Node]] = defaultdict(set)
        self.readers: dict[Memory, list[Node]] = defaultdict(list)
        self.states: dict[Memory, list[Memory]] = {}  # of a version in place: those that stand for the same state
        for node in self.nodes:
            for value in node.outputs:
                if isinstance(value, Array):
                    self.makers[value.memory].add(node)
            for array in node.reads:
                self.readers[array.memory].append(node)

    def run(self) -> None:
        at = {node: i for i, node in enumerate(self.nodes)}
        last_risk = max((at[node] for node in self.nodes if may_fail(node)), default=-1)
        elsewhere: list[tuple[Operation, Array]] = []
        for variable, version in self.lowered.commits.items():
            home = self.lowered.homes[variable].memory
            chain = self._chain(home, version.memory)
            if self._can_be_in_place(home, chain, at, last_risk):
                self._place(home, chain)
            else:
                self._copy_what_is_written(chain)
                elsewhere.append((variable, version))
        for variable, version in elsewhere:
            self._copy_back(self.lowered.homes[variable], version)
        self.lowered.exclusive = bool(elsewhere)
        self._order_writes()
        self._number()

    def _writes_last(self, nodes: Sequence[Node]) -> list[Node]:
        """What needs no write comes before all writes: it reads what was there. Writes that nothing waits for which may
        fail come last of all."""
        later: set[Node] = set()
        for node in nodes:
            if node.replaces or not later.isdisjoint(self.after[node]):
                later.add(node)
        awaited: set[Node] = set()
        for node in reversed(nodes):
            if node in later and (node in awaited or may_fail(node)):
                awaited |= {node, *self.after[node]}
        parts: tuple[list[Node], list[Node], list[Node]] = ([], [], [])
        for node in nodes:
            parts[(node in later) * (1 if node in awaited else 2)].append(node)
        return [*parts[0], *parts[1], *parts[2]]

    def _chain(self, home: Memory, last: Memory) -> list[_Link]:
        """The writes to a variable, one after another."""
        chain = []
        memory = last
        while memory is not home:
            join = self.lowered.joins.get(memory)
            version = memory if join is None else join.written
            node = next(node for node in self.makers[version] if node.replaces)
            chain.append(_Link(node, version, None if join is None else memory))
            memory = replaced(node, version) if join is None else join.before
        return chain[::-1]

    def _can_be_in_place(self, home: Memory, chain: Sequence[_Link], at: dict[Node, int], last_risk: int) -> bool:
        if len({link.node for link in chain}) != len(chain):
            return False  # a node that writes the same variable twice
        joining = self._copies(chain)
        before = [home]
        for link in chain:
            node = link.node
            if not isinstance(node, (Changed, Called)) or at[node] <= last_risk or link.version.kind != "arena":
                return False
            readers = (reader for memory in before for reader in self.readers[memory])
            if any(reader is not node and reader not in joining and at[reader] > at[node] for reader in readers):
                return False
            before = link.state
        return True

    def _copies(self, chain: Sequence[_Link]) -> set[Node]:
        """The copies of the joins."""
        return {copy for link in chain if link.joined is not None for copy in self.lowered.joins[link.joined].copies}

    def _place(self, home: Memory, chain: Sequence[_Link]) -> None:
        """Lets all versions be where the variable is: then there is nothing to be joined."""
        for copy in self._copies(chain):
            self._drop(copy)
        self.states[home] = [home]
        for link in chain:
            for memory in link.state:
                memory.kind, memory.number, memory.host = "variable", home.number, home
                self.states[memory] = link.state
            if link.joined is not None:
                self.makers[link.joined] = {link.node}
        for link in chain:
            self._copy_operands(link.node, home)

    def _drop(self, node: Node) -> None:
        """Takes out a node; who came after it comes after what that came after."""
        self.nodes.remove(node)
        before = self.after.pop(node)
        for others in self.after.values():
            if node in others:
                others.discard(node)
                others |= before
        for readers in self.readers.values():
            if node in readers:
                readers.remove(node)

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

    def _copy_what_is_written(self, chain: Sequence[_Link]) -> None:
        """Kernels that write to a part of a version only get a copy of the version before it."""
        for link in chain:
            node = link.node
            if isinstance(node, Called):
                k = node.replaces[_number_of(node, link.version)]
                before = node.inputs[k]
                assert isinstance(before, Array)
                node.inputs[k] = self._copied(node, before, link.version)

    def _copied(self, node: Node, value: Array, memory: Memory) -> Array:
        """A copy that is made just before a node."""
        copy = Array(memory, value.shape, contiguous_strides(value.shape), value.dtype)
        made = copying(node.op, value, copy, node.guard)
        self.after[made] = self._made_by(value.memory).union(*[self._made_by(array.memory) for array, _ in node.guard])
        self.nodes.insert(self.nodes.index(node), made)
        for array in made.reads:
            self.readers[array.memory].append(made)
        self.readers[memory].append(node)
        self.after[node].add(made)
        return copy

    def _copy_back(self, home: Array, version: Array) -> None:
        """Gives a variable the version that it is left with, when nobody reads the one before any more."""
        memory = home.memory
        target = Array(
            Memory("variable", memory.size, memory.number, host=memory), home.shape, home.strides, home.dtype
        )
        makers = self._made_by(version.memory)
        node = copying(next(iter(makers)).op, version, target)
        self.after[node] = makers
        self.readers[version.memory].append(node)
        self.nodes.append(node)

    def _made_by(self, memory: Memory) -> set[Node]:
        return set(self.makers.get(memory, ()))

    # -- order ---------------------------------------------------------------------------------------------------------

    def _order_writes(self) -> None:
        """A write in place comes after all who read what was there, and after everything that may fail."""
        risky = {node for node in self.nodes if may_fail(node)}
        before_risks = self._before(risky)
        for node in self.nodes:
            for output in node.outputs:
                if isinstance(output, Array) and output.memory.host is not None:
                    before = replaced(node, output.memory) if node.replaces else output.memory.host
                    self.after[node] |= risky
                    for memory in self.states.get(before, [before]):
                        self.after[node].update(reader for reader in self.readers[memory] if reader is not node)
                    for maker in self._only_for(node):
                        if maker not in before_risks:
                            self.after[maker] |= risky

    def _before(self, nodes: set[Node]) -> set[Node]:
        """What must be done before these, directly or not."""
        found: set[Node] = set()
        pending = list(nodes)
        while pending:
            more = self.after[pending.pop()] - found
            found |= more
            pending.extend(more)
        return found

    def _only_for(self, write: Node) -> list[Pointwise]:
        """The elementwise nodes that compute nothing but what a write stores: they wait with it, to share its loop."""
        found: list[Pointwise] = []
        if not isinstance(write, Changed) or math.prod(write.domain) == 1:  # (Numbers are computed together.)
            return found
        users: list[Node] = [write]
        while users:
            user = users.pop()
            for memory in [value.memory for value in user.inputs if isinstance(value, Array)]:
                makers = self.makers.get(memory, set())
                maker = next(iter(makers), None)
                if not isinstance(maker, Pointwise) or maker.domain != write.domain or maker in found:
                    continue
                if memory.kind == "arena" and makers == {maker} and set(self.readers[memory]) == {user}:
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
