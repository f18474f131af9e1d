"""A run in several steps, each of which feeds some more and fetches some more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

import graphrt.errors as errors
from graphrt.backends.base import Backend
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey
from graphrt.plan.failure import Failure, decided, shapes_given
from graphrt.plan.placement import placed
from graphrt.plan.schedule import scheduled
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
    ) -> None:
        self._graph = graph
        self._backend = backend
        self._state_of = state_of
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
        self._fetched: set[Tensor | Operation] = set()
        self._fed: set[Tensor] = set()
        self._values: dict[Tensor, Any] = {}
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
            self._values[twin] = self._brought(twin, converter(tensor, on_device=not self._backend.on_host)(value))
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
        with np.errstate(all="ignore"):
            for op in self._order:
                if op in needed:
                    self._running = op
                    self._step(op)
                    self._done.add(op)
        self._running = None

    def _step(self, op: Operation) -> None:
        # (The predicate of an inner condition has no value where the outer one does not hold.)
        if any(
            (predicate in self._values and decided(self._values[predicate])) != taken
            for predicate, taken in self._program.guard(op)
        ):
            return
        role = op.opdef.role
        if role == "variable":
            self._values[op.outputs[0]] = self._state_of(self._program.origin(op))
        elif role == "constant":
            self._values[op.outputs[0]] = self._brought(op.outputs[0], op.attrs["value"])
        elif role == "identity":
            self._values[op.outputs[0]] = self._argument(op, 0)
        elif role == "choose":
            self._values[op.outputs[0]] = self._argument(op, 2 if decided(self._values[op.inputs[0]]) else 1)
        elif op.outputs or op.opdef.kernel_function is not None:
            self._call(op)

    def _call(self, op: Operation) -> None:
        arguments = op.opdef.grouped([self._argument(op, i) for i in range(len(op.inputs))], op.attrs)
        state = self._state_of(self._program.origin(op)) if op.opdef.state_factory is not None else None
        on_device = self._placement.runs_on_device(op)
        result = op.opdef.bind(op, self._backend.xp if on_device else np, state)(*arguments)
        if not op.outputs:
            return
        if op.outputs[0].dtype.is_ref:
            self._values[op.outputs[0]] = self._values[op.inputs[0]]
        elif len(op.outputs) == 1 and not op.opdef.outputs[0].is_list:
            self._values[op.outputs[0]] = self._settled(op, op.outputs[0], result)
        else:
            for tensor, value in zip(op.outputs, result, strict=True):
                self._values[tensor] = self._settled(op, tensor, value)

    # -- where values are ----------------------------------------------------------------------------------------------

    def _argument(self, op: Operation, index: int) -> Any:
        """An input as the node's kernel takes it: a reference as its Slot, all else where the kernel computes."""
        tensor = op.inputs[index]
        if op.opdef.slot_of(op, index).reference:
            return self._values[tensor]
        move = self._placement.move(op, index)
        value = self._read(tensor)
        return value if move is None else getattr(self._backend, move)(value)

    def _brought(self, tensor: Tensor, value: Any) -> Any:
        """What comes from the host, where the placement wants it."""
        return self._backend.to_device(value) if self._placement.on_device(tensor) else value

    def _settled(self, op: Operation, tensor: Tensor, value: Any) -> Any:
        """What a kernel made, where the placement wants it: a device's kernel may make what lives on the host."""
        leaves = self._placement.runs_on_device(op) and not self._placement.on_device(tensor)
        return self._backend.to_host(value) if leaves else value

    # -- what the reports of errors ask --------------------------------------------------------------------------------

    def failure(self, traceback: TracebackType | None) -> Failure | None:
        """The node that was running when an exception was raised."""
        op, self._running = self._running, None
        if op is None:
            return None

        def value_of(tensor: Tensor) -> Any:
            value = self._values.get(tensor)
            return getattr(value, "value", value)  # of a variable, what its Slot holds

        return Failure(self._program.origin(op), op, shapes_given(op, value_of))

    def unfed_placeholders(self) -> list[Operation]:
        """The user's placeholders that the run needs and that are not declared as feeds."""
        return [self._program.origin(op) for op in self._order if op.opdef.role == "placeholder"]

    def user_variables(self) -> list[Operation]:
        """The user's variables that the run touches."""
        return [self._program.origin(op) for op in self._order if op.opdef.role == "variable"]

    def fed_values(self) -> list[Any]:
        """What has been fed so far, in the order of the key's feeds (None for what has not)."""
        return [self._values.get(twin) for twin in self._feed_twins.values()]

    def _read(self, tensor: Tensor) -> Any:
        value = self._values[tensor]
        return value.read() if tensor.dtype.is_ref else value

    def _result(self, tensor: Tensor) -> Any:
        value = self._read(tensor)
        if self._placement.on_device(tensor):
            return self._backend.to_host(value)[()]
        return value.copy()[()] if tensor.op.opdef.role != "feed" else value
