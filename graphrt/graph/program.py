"""A Program: what one kind of ``Session.run`` has to compute, as a graph of its own that passes may rewrite.

The user's Graph is never rewritten. A Program holds the same node types, so that rules and gradient functions call the
public ops on it; each of its nodes remembers the nodes of the user that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        self.origins: dict[Operation, tuple[Operation, ...]] = {}
        self.guards: dict[Operation, Guard] = {}
        self.notes: list[str] = []

    # -- reading it ----------------------------------------------------------------------------------------------------

    def operations(self) -> list[Operation]:
        """The nodes that the fetches and targets need, each after the nodes that it needs."""
        roots = [tensor.op for tensor in self.fetches] + self.targets
        guard_of = self.guards
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
        return self.guards.get(op, ())

    # -- changing it ---------------------------------------------------------------------------------------------------

    def as_default(self) -> AbstractContextManager[Graph]:
        """A block in which public ops make their nodes in this program."""
        return self.graph.as_default()

    def replace(self, old: Tensor, new: Tensor, made_since: int | None = None) -> None:
        """Lets every consumer of ``old`` use ``new``; ``new`` then stands for the user's nodes of ``old``, too.

        ``made_since`` is the graph's node counter before the nodes of the replacement were made: all of those get the
        origin, the guard and the control inputs' meaning of the node that they replace.
        """
        origins = self.origins.get(old.op, ())
        guard = self.guards.get(old.op, ())
        if made_since is not None:
            for op in self.graph._operations[made_since:]:
                if op not in self.origins:
                    self.origins[op] = origins
                    if guard:
                        self.guards[op] = guard
        elif origins:
            mine = self.origins.get(new.op, ())
            self.origins[new.op] = tuple(dict.fromkeys((*mine, *origins)))
        for consumer in old.consumers():
            if consumer is new.op:
                continue
            for index, tensor in enumerate(consumer._inputs):
                if tensor is old:
                    consumer._update_input(index, new)
        self.fetches = [new if tensor is old else tensor for tensor in self.fetches]
        for op, conditions in list(self.guards.items()):
            if any(predicate is old for predicate, _ in conditions):
                self.guards[op] = tuple(
                    (new if predicate is old else predicate, taken) for predicate, taken in conditions
                )
        if old.op._control_inputs and new.op is not old.op and made_since is not None:
            new.op._add_control_inputs(old.op._control_inputs)

    def replace_control(self, old: Operation, new: Operation | None) -> None:
        """Lets every node that waits for ``old`` wait for ``new`` (or not at all)."""
        for op in self.graph._operations:
            if old in op._control_inputs:
                kept = [c for c in op._control_inputs if c is not old]
                if new is not None and new not in kept and new is not op:
                    kept.append(new)
                op._control_inputs = kept

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
        self.origins[twin] = (op,)
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
