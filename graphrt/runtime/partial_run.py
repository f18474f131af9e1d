"""A run in several steps, each of which feeds some more and fetches some more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

import graphrt.errors as errors
from graphrt.backends.base import Backend
from graphrt.graph.accesses import variable_of
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.capture import capture
from graphrt.passes.evaluator import Evaluator
from graphrt.passes.key import PlanKey
from graphrt.plan.failure import Failure, shapes_given
from graphrt.plan.gate import Gate, commit
from graphrt.plan.placement import placed
from graphrt.plan.schedule import scheduled, segments
from graphrt.runtime.feeds import converter, expand
from graphrt.runtime.fetches import Fetches


class PartialRun:
    """The state between the steps: what has been fed, fetched and computed.

    Nodes are run one by one, and not as a generated plan, because what runs in which step is not known beforehand.
    """

    def __init__(
        self,
        graph: Graph,
        key: PlanKey,
        backend: Backend,
        state_of: Callable[[Operation], Any],
        gate: Gate,
    ) -> None:
        self._gate = gate
        self._presence: Any = None  # held from the first step on: values of variables are kept between the steps
        self._graph = graph
        self._backend = backend
        self.key = key
        self._elements = key.fetches
        self._feeds = key.feeds
        self._running: Operation | None = None  # the node whose kernel runs
        self._program = capture(self._elements, self._feeds)
        tensors = iter(self._program.fetches)
        targets = iter(self._program.targets)
        self._twins = {e: next(targets) if isinstance(e, Operation) else next(tensors) for e in self._elements}
        self._feed_twins = dict(zip(self._feeds, self._program.feeds, strict=True))
        self._order = scheduled(self._program)
        self._placement = placed(self._order, backend)
        self._slot_or_state = _of_program(state_of, self._program)
        self._evaluator = Evaluator(self._program, self._slot_or_state, (backend, self._placement))
        self._values = self._evaluator.values
        self._fetched: set[Tensor | Operation] = set()
        self._fed: set[Tensor] = set()
        self._done: set[Operation] = set()

    def run(self, fetches: Any, feed_dict: Any) -> Any:
        """One step."""
        handler = Fetches(self._graph, fetches)
        self._take(expand(self._graph, feed_dict))
        for element in handler.elements:
            if element not in self._twins:
                raise errors.InvalidArgumentError(None, None, f"{element.name} was not specified in partial_run_setup.")
            if element in self._fetched:
                raise errors.InvalidArgumentError(None, None, f"{element.name} has already been fetched.")
        self._fetched.update(handler.elements)
        twins = [self._twins[element] for element in handler.elements]
        self._compute([twin if isinstance(twin, Operation) else twin.op for twin in twins])
        values = [None if isinstance(twin, Operation) else self._result(twin) for twin in twins]
        return handler.rebuild(values)

    def _take(self, feeds: dict[Tensor, Any]) -> None:
        for tensor, value in feeds.items():
            if tensor not in self._feed_twins:
                raise errors.InvalidArgumentError(None, None, f"{tensor.name} was not specified in partial_run_setup.")
            if tensor in self._fed:
                raise errors.InvalidArgumentError(None, None, f"{tensor.name} has already been fed.")
            self._fed.add(tensor)
            twin = self._feed_twins[tensor]
            # A copy: the user may change the array before a later step uses it.
            array = converter(tensor, on_device=not self._backend.on_host)(value).copy()
            self._values[twin] = self._evaluator.brought(twin, array)
            self._done.add(twin.op)

    def _compute(self, wanted: Sequence[Operation]) -> None:
        needed: set[Operation] = set()
        stack = [op for op in wanted if op not in self._done]
        while stack:
            op = stack.pop()
            if op in needed:
                continue
            if op.opdef.role == "feed":
                name = self._program.origin(op).name
                raise errors.InvalidArgumentError(
                    None, self._program.origin(op), f"Must feed a value for {name} before what depends on it is fetched"
                )
            needed.add(op)
            needs = [tensor.op for tensor in op.inputs] + op.control_inputs + [p.op for p, _ in self._program.guard(op)]
            stack.extend(need for need in needs if need not in self._done)
        variables = [op for op in needed if op.opdef.role == "variable"]
        with self._gate.lock: self._enter(variables)  # fmt: skip  # noqa: E701
        for locked, nodes in segments(op for op in self._order if op in needed):
            if locked:
                with self._gate.lock: self._write(nodes)  # fmt: skip  # noqa: E701
            else:
                self._visit(nodes)
        self._running = None

    def _enter(self, variables: Sequence[Operation]) -> None:
        """Reads variables, all at once; from now on nobody changes their arrays."""
        self._presence = self._gate.presence
        self._visit(variables)

    def _write(self, nodes: Sequence[Operation]) -> None:
        """From the first value that a write goes out from until the new ones are there, nobody else writes."""
        self._visit(nodes)
        self._commit()

    def _visit(self, nodes: Sequence[Operation]) -> None:
        evaluator = self._evaluator
        with np.errstate(all="ignore"):
            for op in nodes:
                self._running = op
                if evaluator.runs(op):
                    self._take_up(op)
                    evaluator.visit(op)
                self._done.add(op)

    def _take_up(self, op: Operation) -> None:
        """Lets a write go out from what its variables hold now: other runs may have written them between the steps."""
        for index in op.opdef.written(op) if op.opdef.writes else ():
            version = op._inputs[index]
            variable = variable_of(version)
            if variable is not None and variable not in self._evaluator.written:
                self._values[version] = self._slot_or_state(variable).value

    def _commit(self) -> None:
        """Lets the variables have what this step has written of them."""
        values, written = self._values, self._evaluator.written
        slots = [self._slot_or_state(variable) for variable in written]
        # What other runs have written since the step before is written over: a partial run holds no lock in between.
        commit(slots, [slot.value for slot in slots], [values[version] for version, _ in written.values()])
        written.clear()

    # -- where values are ----------------------------------------------------------------------------------------------

    # -- what the reports of errors ask --------------------------------------------------------------------------------

    def failure(self, traceback: TracebackType | None) -> Failure | None:
        """The node that was running when an exception was raised."""
        op, self._running = self._running, None
        return None if op is None else Failure(self._program.origin(op), op, shapes_given(op, self._values.get))

    def unfed_placeholders(self) -> list[Operation]:
        """The user's placeholders that the run needs and that are not declared as feeds."""
        return [self._program.origin(op) for op in self._order if op.opdef.role == "placeholder"]

    def user_variables(self) -> list[Operation]:
        """The user's variables that the run touches."""
        return [self._program.origin(op) for op in self._order if op.opdef.role == "variable"]

    def fed_values(self) -> list[Any]:
        """What has been fed so far, in the order of the key's feeds (None for what has not)."""
        return [self._values.get(twin) for twin in self._feed_twins.values()]

    def _result(self, tensor: Tensor) -> Any:
        value = self._evaluator.read(tensor)
        if self._placement.on_device(tensor):
            return self._backend.to_host(value)[()]
        return value.copy()[()] if tensor.op.opdef.role != "feed" else value


def _of_program(state_of: Callable[[Operation], Any], program: Program) -> Callable[[Operation], Any]:
    """What the session keeps for nodes of a program. (A function that holds no run: one that is given up is gone.)"""
    return lambda op: state_of(program.origin(op))
