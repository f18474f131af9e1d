"""A Program: what one kind of ``Session.run`` has to compute, as a graph of its own that passes may rewrite.

The user's Graph is never rewritten. A Program holds the same node types, so that rules and gradient functions call the
public ops on it; each of its nodes remembers the nodes of the user that it stands for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

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
        self.commits: dict[Operation, Tensor] = {}  # of each variable that a run writes: the version that it leaves
        self.passed_through: dict[int, int] = {}  # fetches that are fed, by which feed: its very array is returned
        self.origins: dict[Operation, list[Operation]] = {}
        self._guards: dict[Operation, Guard] = {}
        self._decided: dict[Tensor, dict[Operation, None]] = {}  # by predicate: the nodes that it may decide about
        self._order: list[Operation] | None = None  # what ``operations`` found, until something changes
        self.values: dict[Tensor, list[Tensor]] | None = None  # the user's tensors by the one that has their value now
        self.notes: list[str] = []
        self.fired: list[Any] = []  # the rules that the running pass has applied
        self.failures: list[str] = []  # the rewrites that it had to leave out

    # -- reading it ----------------------------------------------------------------------------------------------------

    def operations(self) -> list[Operation]:
        """The nodes that the fetches and targets need, each after the nodes that it needs. (Do not change the list.)"""
        if self._order is None:
            self._order = self._ordered()
        return self._order

    def _ordered(self) -> list[Operation]:
        guard_of = self._guards
        order: list[Operation] = []
        placed: dict[Operation, bool] = {}  # False: its needs are being placed
        stack = [tensor.op for tensor in reversed(self.commits.values())]
        stack += [*reversed(self.targets), *(tensor.op for tensor in reversed(self.fetches))]
        while stack:
            op = stack[-1]
            known = placed.get(op)
            if known is not None:
                stack.pop()
                if not known:
                    placed[op] = True
                    order.append(op)
                continue
            placed[op] = False
            if op in guard_of:
                stack.extend(p.op for p, _ in reversed(guard_of[op]) if p.op not in placed)
            if op._control_inputs:
                stack.extend(need for need in reversed(op._control_inputs) if need not in placed)
            for tensor in reversed(op._inputs):
                if tensor.op not in placed:
                    stack.append(tensor.op)
        return order

    def changed(self) -> None:
        """To be called by who changes nodes, fetches or targets directly: the order is to be found anew."""
        self._order = None

    def settle(self, order: Iterable[Operation]) -> None:
        """States an order of the nodes, each after those that it needs; what nothing needs any more is dropped from
        it. Much cheaper than finding one anew."""
        self._order = self.live(order)

    def live(self, order: Iterable[Operation]) -> list[Operation]:
        """Those nodes of an order that the fetches and targets need."""
        guard_of = self._guards
        needed = {tensor.op for tensor in (*self.fetches, *self.commits.values())}
        needed.update(self.targets)
        found: list[Operation] = []
        for op in reversed(list(order)):
            if op not in needed:
                continue
            found.append(op)
            for tensor in op._inputs:
                needed.add(tensor.op)
            if op._control_inputs:
                needed.update(op._control_inputs)
            if op in guard_of:
                needed.update(predicate.op for predicate, _ in guard_of[op])
        found.reverse()
        return found

    def forget_dead_consumers(self) -> None:
        """Takes the nodes that nothing needs any more off the lists of who uses a tensor."""
        order = self.operations()
        for op in order:
            for tensor in op._outputs:
                tensor._consumers = []
        for op in order:
            for tensor in op._inputs:
                tensor._consumers.append(op)

    def finish(self) -> None:
        """Forgets the nodes that nothing needs, and what only those who change it ask for: from now on it is read."""
        self.forget_dead_consumers()
        order = self.operations()
        graph = self.graph
        graph._operations = order
        graph._by_name = {}
        graph._names_in_use = {}
        self.origins = {op: self.origins[op] for op in order if op in self.origins}
        self._guards = {op: self._guards[op] for op in order if op in self._guards}
        decided: dict[Tensor, dict[Operation, None]] = {}
        for op, guard in self._guards.items():
            for predicate, _ in guard:
                decided.setdefault(predicate, {})[op] = None
        self._decided = decided

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
        self._order = None
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
            self.adopt(old.op, new, made_since)
        else:
            self.stand_in(new.op, self.origins.get(old.op, ()))
        users = [op for op in old.consumers() if op is not new.op]
        remaining = [op for op in old._consumers if op is new.op]
        self.note_value(old, new)
        self._redirect(users, {old: new})
        old._consumers = remaining

    def adopt(self, old: Operation, new: Tensor, made_since: int) -> None:
        """Lets the nodes made since then, which compute ``new``, stand for what ``old`` stands for."""
        guard = self.guard(old)
        for op in self.graph._operations[made_since:]:
            if op not in self.origins:
                self.origins[op] = list(self.origins.get(old, ()))
                op.source = old.source
                if guard:
                    self.set_guard(op, guard)
        if old._control_inputs and new.op is not old:
            new.op._add_control_inputs(old._control_inputs)
        self._order = None

    def replace_all(self, replacements: Mapping[Tensor, Tensor]) -> None:
        """As ``replace`` for many tensors at once, in linear time. No replacement may itself be replaced, or use what
        it replaces."""
        for old, new in replacements.items():
            self.stand_in(new.op, self.origins.get(old.op, ()))
            if self.values is not None:
                self.note_value(old, new)
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
        self.redirect_results(replacements)

    def redirect_results(self, replacements: Mapping[Tensor, Tensor]) -> None:
        """Lets fetches, conditions and what is left of variables, which are uses without a user, follow the
        replacements."""
        self._order = None
        for variable, version in self.commits.items():
            if version in replacements:
                self.commits[variable] = replacements[version]
        if any(tensor in replacements for tensor in self.fetches):
            self.fetches = [replacements.get(tensor, tensor) for tensor in self.fetches]
        for old in replacements.keys() & self._decided.keys():
            for op in list(self._decided[old]):
                self.set_guard(op, tuple((replacements.get(p, p), taken) for p, taken in self.guard(op)))

    # -- whose value a tensor has --------------------------------------------------------------------------------------

    def follow_values(self, twins: Mapping[Tensor, Tensor]) -> None:
        """From now on ``values`` says of which of the user's tensors each tensor has the value (for comparing)."""
        self.values = {}
        for users, mine in twins.items():
            self.values.setdefault(mine, []).append(users)

    def note_value(self, old: Tensor, new: Tensor) -> None:
        """``new`` has the value of ``old`` and takes its place."""
        if self.values is not None and old in self.values:
            self.values.setdefault(new, []).extend(self.values.pop(old))

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
        self._order = None
        return twin

    def __str__(self) -> str:
        from graphrt.graph.printer import printed

        return printed(self)


def needed(
    fetches: Iterable[Tensor | Operation], fed: Collection[Tensor], done: Collection[Operation] = ()
) -> list[Operation]:
    """The user's nodes that must run to get ``fetches`` when ``fed`` are given, each after the nodes that it needs.
    Nobody waits for those that are ``done``; what they have made is fed."""
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
                if control not in state and control not in done:
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
