"""A Program: what one kind of ``Session.run`` has to compute, as a graph of its own that passes may rewrite.

The user's Graph is never rewritten. A Program holds the same node types, so that rules and gradient functions call the
public ops on it; each of its nodes remembers the nodes of the user that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor

Guard = tuple[tuple[Tensor, bool], ...]
"""Under which conditions a node runs: all of these scalar bool tensors have these values."""


class Program:
    """Nodes to run, tensors to return, tensors that are fed."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.graph._records_source = False
        self.feeds: list[Tensor] = []
        self.fetches: list[Tensor] = []
        self.targets: list[Operation] = []
        self.passed_through: frozenset[int] = frozenset()  # the fetches that are fed: their very arrays are returned
        self.origins: dict[Operation, list[Operation]] = {}
        self._guards: dict[Operation, Guard] = {}
        self._decided: dict[Tensor, dict[Operation, None]] = {}  # by predicate: the nodes that it may decide about
        self.notes: list[str] = []

    # -- reading it ----------------------------------------------------------------------------------------------------

    def operations(self) -> list[Operation]:
        """The nodes that the fetches and targets need, each after the nodes that it needs."""
        roots = [tensor.op for tensor in self.fetches] + self.targets
        guard_of = self._guards
        order: list[Operation] = []
        state: dict[Operation, bool] = {}  # False: its needs are being placed; True: placed
        stack = list(reversed(roots))
        while stack:
            op = stack[-1]
            placed = state.get(op)
            if placed is None:
                state[op] = False
                needs = [tensor.op for tensor in op._inputs]
                needs += op._control_inputs
                needs += [predicate.op for predicate, _ in guard_of.get(op, ())]
                stack.extend(need for need in reversed(needs) if need not in state)
                continue
            stack.pop()
            if not placed:
                state[op] = True
                order.append(op)
        return order

    def origin(self, op: Operation) -> Operation:
        """The user's node that ``op`` stands for (the first of several that were merged)."""
        found = self.origins.get(op)
        return found[0] if found else op

    def guard(self, op: Operation) -> Guard:
        return self._guards.get(op, ())

    def predicates(self) -> list[Tensor]:
        """The tensors that decide whether nodes run."""
        return [predicate for predicate, decided in self._decided.items() if decided]

    def decides(self, tensor: Tensor) -> bool:
        """True if nodes run only if ``tensor`` is true (or false)."""
        return bool(self._decided.get(tensor))

    # -- changing it ---------------------------------------------------------------------------------------------------

    def as_default(self) -> AbstractContextManager[Graph]:
        """A block in which public ops make their nodes in this program."""
        return self.graph.as_default()

    def set_guard(self, op: Operation, guard: Guard) -> None:
        """Lets ``op`` run under these conditions only. Constants and variables are there before anything runs: they
        have none."""
        for predicate, _ in self._guards.pop(op, ()):
            self._decided[predicate].pop(op, None)
        if guard and op.opdef.role not in ("constant", "variable"):
            self._guards[op] = guard
            for predicate, _ in guard:
                self._decided.setdefault(predicate, {})[op] = None

    def stand_in(self, op: Operation, origins: Iterable[Operation]) -> None:
        """Notes that ``op`` stands for these nodes of the user, too."""
        self.origins.setdefault(op, []).extend(origins)

    def replace(self, old: Tensor, new: Tensor, made_since: int | None = None) -> None:
        """Lets every consumer of ``old`` use ``new``; ``new`` then stands for the user's nodes of ``old``, too.

        ``made_since`` is the graph's node counter before the nodes of the replacement were made: all of those get the
        origin, the guard and the control inputs' meaning of the node that they replace.
        """
        if made_since is not None:
            guard = self.guard(old.op)
            for op in self.graph._operations[made_since:]:
                if op not in self.origins:
                    self.origins[op] = list(self.origins.get(old.op, ()))
                    self.set_guard(op, guard)
            if old.op._control_inputs and new.op is not old.op:
                new.op._add_control_inputs(old.op._control_inputs)
        else:
            self.stand_in(new.op, self.origins.get(old.op, ()))
        users = [op for op in old.consumers() if op is not new.op]
        remaining = [op for op in old._consumers if op is new.op]
        self._redirect(users, {old: new})
        old._consumers = remaining

    def replace_all(self, replacements: Mapping[Tensor, Tensor]) -> None:
        """As ``replace`` for many tensors at once, in linear time. No replacement may itself be replaced, or use what
        it replaces."""
        for old, new in replacements.items():
            self.stand_in(new.op, self.origins.get(old.op, ()))
        users = dict.fromkeys(op for old in replacements for op in old._consumers)
        self._redirect(users, replacements)
        for old in replacements:
            old._consumers = []

    def _redirect(self, users: Iterable[Operation], replacements: Mapping[Tensor, Tensor]) -> None:
        for op in users:
            for tensor in op._inputs:
                if tensor in replacements:
                    replacements[tensor]._consumers.append(op)
            op._inputs = tuple([replacements.get(tensor, tensor) for tensor in op._inputs])
        if any(tensor in replacements for tensor in self.fetches):
            self.fetches = [replacements.get(tensor, tensor) for tensor in self.fetches]
        for old in replacements.keys() & self._decided.keys():
            for op in list(self._decided[old]):
                self.set_guard(op, tuple((replacements.get(p, p), taken) for p, taken in self.guard(op)))

    def node_count(self) -> int:
        """The graph's node counter, for ``replace(made_since=...)``."""
        return len(self.graph._operations)

    # -- making it -----------------------------------------------------------------------------------------------------

    def copy(self, op: Operation, inputs: Sequence[Tensor], control_inputs: Iterable[Operation]) -> Operation:
        """A copy of the user's node ``op`` with these inputs, under the same name."""
        graph = self.graph
        graph._last_id += 1
        twin = Operation(graph, op.opdef, op.name, inputs, op.attrs, graph._last_id)
        twin._outputs = [Tensor(twin, i, tensor.dtype, tensor._shape) for i, tensor in enumerate(op._outputs)]
        twin._control_inputs = list(control_inputs)
        twin._device = op._device
        twin.source = op.source
        graph._operations.append(twin)
        graph._by_name[op.name] = twin
        graph._names_in_use[op.name.lower()] = 1
        self.origins[twin] = [op]
        return twin

    def __str__(self) -> str:
        from graphrt.graph.printer import printed

        return printed(self)


def needed(fetches: Iterable[Tensor | Operation], fed: set[Tensor]) -> list[Operation]:
    """The user's nodes that must run to get ``fetches`` when ``fed`` are given, each after the nodes that it needs."""
    order: list[Operation] = []
    state: dict[Operation, bool] = {}
    stack: list[Operation] = []
    for fetch in fetches:
        if isinstance(fetch, Operation):
            stack.append(fetch)
        elif fetch not in fed:
            stack.append(fetch.op)
    stack.reverse()
    while stack:
        op = stack[-1]
        placed = state.get(op)
        if placed is None:
            state[op] = False
            for control in reversed(op._control_inputs):
                if control not in state:
                    stack.append(control)
            for tensor in reversed(op._inputs):
                if tensor not in fed and tensor.op not in state:
                    stack.append(tensor.op)
            continue
        stack.pop()
        if not placed:
            state[op] = True
            order.append(op)
    return order
