"""From a flat list of ops to the tree that a picture shows.

Name scopes become groups. Three more kinds of group keep pictures small, each of them closed until somebody opens it:

    variable   the variable op with its read, its Assign, its slots and whatever computes only its initial value
    folded op  an op together with the constants that TF1 makes in a scope of the op's own name (Mean, Mean/axis)
    gradient   everything that tf.gradients made in one call
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from graphrt.view.forward import forward_ops
from graphrt.view.kinds import CONSTANT, GRADIENT, GRADIENTS, PLACEHOLDER, SCOPE, UPDATE, VARIABLE, is_variable, kind_of
from graphrt.view.printable import printable
from graphrt.view.records import KEPT, REMOVED, OpRecord, by_name

ROOT = 0


@dataclass
class Node:
    """A leaf (one op) or a group (children); the group of a variable or a folded op has that op too.

    `count` and `removed` say how many ops are in it and how many of them a rewrite took out; `order` is when the first
    of them was made.
    """

    number: int
    name: str
    label: str
    parent: int
    kind: str = SCOPE
    op: OpRecord | None = None
    children: list[int] = field(default_factory=list)
    depth: int = 0
    count: int = 0
    order: int = 0
    removed: int = 0
    state: str = KEPT

    @property
    def is_group(self) -> bool:
        """Whether it can be opened."""
        return bool(self.children)


@dataclass(frozen=True)
class Edge:
    """A tensor (or a control input) from one leaf to another, by node numbers.

    `output` says which of the source's it is, `forward` whether it belongs to the forward pass (forward.py).
    """

    source: int
    target: int
    text: str
    tensor: str
    control: bool
    output: int = 0
    forward: bool = False


@dataclass
class Picture:
    """The tree of nodes (`nodes[0]` is the root) and the edges between its leaves."""

    nodes: list[Node]
    edges: list[Edge]
    title: str = "graph"

    def ancestors(self, number: int) -> list[int]:
        """From the root down to the node itself."""
        path = [number]
        while path[-1] != ROOT:
            path.append(self.nodes[path[-1]].parent)
        return path[::-1]

    def visible(self, number: int, opened: set[int]) -> int:
        """What stands for a leaf when only the groups `opened` show their inside: its topmost closed ancestor."""
        return next((node for node in self.ancestors(number) if node not in opened), number)


def make_picture(records: Sequence[OpRecord], *, fold_variables: bool = True, title: str = "graph") -> Picture:
    """The tree of `records`. Without `fold_variables` a variable's helpers are drawn as the ops that they are."""
    builder = _TreeBuilder(records, fold_variables)
    return Picture(builder.nodes, builder.edges(), printable(title))


def default_open(picture: Picture, budget: int = 70) -> set[int]:
    """The groups to show open at first: the root, and plain scopes, smallest first, while at most `budget` nodes show.

    Scopes of equal size (the layers of a network) are opened together or not at all.
    """
    opened = {ROOT}
    shown = len(picture.nodes[ROOT].children)
    while True:
        sizes: dict[int, list[int]] = defaultdict(list)
        for node in picture.nodes:
            if node.kind == SCOPE and node.number not in opened and node.parent in opened:
                sizes[len(node.children)].append(node.number)
        fitting = [size for size, scopes in sizes.items() if shown + (size - 1) * len(scopes) <= budget]
        if not fitting:
            return opened
        size = min(fitting)
        opened.update(sizes[size])
        shown += (size - 1) * len(sizes[size])


def open_all(picture: Picture, *, gradients: bool = False, variables: bool = False) -> set[int]:
    """Every plain scope and update scope; with the flags also what is folded by default."""
    kinds = {SCOPE, UPDATE} | ({GRADIENT} if gradients else set()) | ({VARIABLE} if variables else set())
    return {node.number for node in picture.nodes if node.is_group and node.kind in kinds}


class _TreeBuilder:
    """Builds `nodes`; one use."""

    def __init__(self, records: Sequence[OpRecord], fold_variables: bool) -> None:
        self.records = records
        self.ops = by_name(records)
        self.scopes = {prefix for op in records for prefix in _prefixes(op.name)}
        self.variables = {op.name for op in records if is_variable(op)} if fold_variables else set()
        self.nodes = [Node(ROOT, "", "", ROOT, SCOPE)]
        self.groups: dict[tuple[str, ...], int] = {(): ROOT}
        self.leaves: dict[str, int] = {}
        owners = self._initial_values()
        for order, op in enumerate(records):
            self._add_leaf(op, order, owners.get(op.name))
        for node in self.nodes[1:]:
            node.depth = self.nodes[node.parent].depth + 1
        for node in reversed(self.nodes):
            self._finish(node)
        self._join_single_children()

    def _initial_values(self) -> dict[str, str]:
        """Op name -> the variable whose initial value is the only thing that the op is used for."""
        users: dict[str, list[str]] = defaultdict(list)
        for op in self.records:
            for producer in _producers(op):
                users[producer].append(op.name)
        owners: dict[str, str] = {}
        for op in reversed(self.records):  # users come after what they use
            if op.name in self.variables or kind_of(op) == PLACEHOLDER or not users[op.name]:
                continue
            found = {self._owner_of_user(user, owners) for user in users[op.name]}
            owner = found.pop()
            if not found and owner is not None and not op.name.startswith(owner + "/"):
                owners[op.name] = owner
        return owners

    def _owner_of_user(self, user: str, owners: dict[str, str]) -> str | None:
        """The variable that `user` helps to initialize, if that is what it is for."""
        if user in owners:
            return owners[user]
        scope, _, last = user.rpartition("/")
        return scope if last == "Assign" and scope in self.variables else None

    def _add_leaf(self, op: OpRecord, order: int, owner: str | None) -> None:
        scope = op.name if op.name in self.scopes or op.name in self.variables else op.name.rpartition("/")[0]
        path = tuple(scope.split("/")) if scope else ()
        if owner is not None:
            path = (*owner.split("/"), *path)
        parent = self._group(path)
        label = op.name.rpartition("/")[2]
        removed = int(op.state == REMOVED)
        leaf = Node(len(self.nodes), op.name, label, parent, kind_of(op), op, [], 0, 1, order, removed, op.state)
        self.nodes.append(leaf)
        self.nodes[parent].children.append(leaf.number)
        self.leaves[op.name] = leaf.number

    def _group(self, path: tuple[str, ...]) -> int:
        if path not in self.groups:
            parent = self._group(path[:-1])
            node = Node(len(self.nodes), "/".join(path), path[-1], parent)
            self.nodes.append(node)
            self.nodes[parent].children.append(node.number)
            self.groups[path] = node.number
        return self.groups[path]

    def _finish(self, node: Node) -> None:
        """Counts and kind of a group, once its children have theirs (children have larger numbers)."""
        if not node.children:
            return
        children = [self.nodes[child] for child in node.children]
        node.count = sum(child.count for child in children)
        node.removed = sum(child.removed for child in children)
        node.order = min(child.order for child in children)
        states = {child.state for child in children}
        node.state = states.pop() if len(states) == 1 else KEPT
        if node.number == ROOT:
            return
        if node.name in self.variables:
            node.kind, node.op = VARIABLE, self.ops[node.name]
        elif GRADIENTS.search(node.name):
            node.kind = GRADIENT
        if node.kind != VARIABLE and node.name in self.ops and self._only_constants_beside(node, children):
            node.op = self.ops[node.name]
            node.kind = kind_of(node.op)
        elif node.kind == SCOPE and not self._holds_variable(node) and any(_makes_update(node, c) for c in children):
            node.kind = UPDATE

    def _holds_variable(self, node: Node) -> bool:
        """Whether this is the scope of a variable that is not folded: its Assign is no update."""
        return node.name in self.ops and is_variable(self.ops[node.name])

    def _only_constants_beside(self, node: Node, children: Iterable[Node]) -> bool:
        """Whether all but the op that the group is named after are constants that came and went with it."""
        state = self.ops[node.name].state
        return all(child.name == node.name or (child.kind == CONSTANT and child.state == state) for child in children)

    def _join_single_children(self) -> None:
        """A plain group with one child says nothing: the child takes its place, under both names."""
        for node in reversed(self.nodes[1:]):
            if len(node.children) == 1 and node.op is None:
                child = self.nodes[node.children[0]]
                siblings = self.nodes[node.parent].children
                siblings[siblings.index(node.number)] = child.number
                child.parent = node.parent
                if child.name != node.name:
                    # A leaf shows its type anyway: 'update_w', not 'update_w/ApplyAdam'.
                    plain = not child.children and child.label == child.name.rpartition("/")[2]
                    child.label = node.label if plain else f"{node.label}/{child.label}"
                node.children = []
        self._renumber()

    def _renumber(self) -> None:
        """Drop nodes that left the tree; numbers become positions again, parents before children."""
        kept: list[Node] = []

        def visit(node: Node, parent: int, depth: int) -> None:
            node.parent, node.depth = parent, depth
            kept.append(node)
            number = len(kept) - 1
            node.number = number
            children = sorted((self.nodes[child] for child in node.children), key=lambda child: child.order)
            node.children = []
            for child in children:
                node.children.append(visit_child(child, number, depth + 1))

        def visit_child(child: Node, parent: int, depth: int) -> int:
            number = len(kept)
            visit(child, parent, depth)
            return number

        visit(self.nodes[ROOT], ROOT, 0)
        self.nodes = kept
        self.leaves = {node.name: node.number for node in kept if not node.children}

    def edges(self) -> list[Edge]:
        """The edges between leaves, in the order of their consumers."""
        result = []
        forward = forward_ops(self.records)
        for op in self.records:
            target = self.leaves[op.name]
            for producer, index in op.inputs:
                source, tensor = self.leaves[producer], self.ops[producer].outputs[index]
                # (Strings are what summaries and file names are made of.)
                both = tensor.dtype != "string" and producer in forward and op.name in forward
                result.append(Edge(source, target, tensor.text, f"{producer}:{index}", False, index, both))
            result.extend(Edge(self.leaves[name], target, "", f"^{name}", True) for name in op.control)
        return result


def _prefixes(name: str) -> list[str]:
    """'a/b/c' -> ['a', 'a/b']."""
    parts = name.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _producers(op: OpRecord) -> list[str]:
    return [producer for producer, _ in op.inputs] + list(op.control)


def _makes_update(group: Node, child: Node) -> bool:
    """Whether a group with this child is an update itself: 'update_w' and 'Adam', but not every scope around them."""
    names = group.label.startswith("update_") or child.label.startswith("update_")
    return child.kind == UPDATE and (not child.is_group or names)
