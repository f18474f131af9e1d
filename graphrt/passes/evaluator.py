"""Running a program node by node, with every value there to be looked at.

For what cannot know beforehand which nodes run when (partial runs), or needs the values in between (comparing), or runs
a few nodes only once (invariants). Plans do the same in one generated function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.backends.base import Backend
from graphrt.graph.accesses import may_be_absent, root, variable_of
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.graph.roles import ByRole, decided

if TYPE_CHECKING:
    from graphrt.plan.placement import Placement

StateOf = Callable[[Operation], Any]


def listed(op: Operation, result: Any) -> Sequence[Any]:
    """What a kernel has returned, with one entry for each output."""
    several = len(op._outputs) != 1 or (bool(op.opdef.outputs) and op.opdef.outputs[0].is_list)
    values: Sequence[Any] = result if several else (result,)
    return values


class Evaluator(ByRole):
    """The values of a program's tensors, as far as nodes have been visited.

    ``state_of(node of the program)`` is what is kept for it between runs; of a variable, its Slot. Nothing is written
    to Slots: whoever evaluates commits, or does not. ``home`` moves between host and device, where there are two.
    """

    def __init__(self, program: Program, state_of: StateOf, home: tuple[Backend, Placement] | None = None) -> None:
        self.program = program
        self.state_of = state_of
        self.values: dict[Tensor, Any] = {}
        self.written: dict[Operation, tuple[Tensor, Tensor]] = {}  # of a variable: the last version, and the one before
        self.home = home

    def runs(self, op: Operation) -> bool:
        """True if the conditions of a node hold. (That of an inner condition has no value where the outer one does not
        hold.)"""
        return all(
            predicate in self.values and decided(self.read(predicate)) == taken
            for predicate, taken in self.program.guard(op)
        )

    def read(self, tensor: Tensor) -> Any:
        """The value of a tensor; of a reference, that of its version."""
        value = self.values[tensor]
        if value is None and tensor.dtype.is_ref:
            self.state_of(variable_of(tensor)).read()  # type: ignore[arg-type]  # raises: it has no value
        return value

    # -- roles ---------------------------------------------------------------------------------------------------------

    def constant(self, op: Operation) -> None:
        self.values[op._outputs[0]] = self.brought(op._outputs[0], op.attrs["value"])

    def variable(self, op: Operation) -> None:
        self.values[op._outputs[0]] = self.state_of(op).value

    def identity(self, op: Operation) -> None:
        self.values[op._outputs[0]] = self._argument(op, 0)

    def choose(self, op: Operation) -> None:
        self.values[op._outputs[0]] = self._argument(op, 2 if decided(self.read(op._inputs[0])) else 1)

    def join(self, op: Operation) -> None:
        before, written = op._inputs
        value = self.values.get(written)
        self._made(op._outputs[0], self.values[before] if value is None else value)

    def compute(self, op: Operation) -> None:
        opdef = op.opdef
        arguments = opdef.grouped([self._argument(op, i) for i in range(len(op._inputs))], op.attrs)
        state = self.state_of(op) if opdef.state_factory is not None else None
        xp = self.home[0].xp if self.home is not None and self.home[1].runs_on_device(op) else np
        result = opdef.bind(op, xp, state)(*arguments)
        for tensor, value in zip(op._outputs, listed(op, result) if op._outputs else (), strict=True):
            self._made(tensor, self._settled(op, tensor, value))

    # -- values --------------------------------------------------------------------------------------------------------

    def _made(self, tensor: Tensor, value: Any) -> None:
        if tensor.dtype.is_ref:
            variable = variable_of(tensor)
            assert variable is not None
            first = self.written.get(variable, (variable._outputs[0],))[-1]
            self.written[variable] = (tensor, first)
            if root(tensor) is not tensor:
                value = value.copy()  # it may be a fed array, or belong to another variable
        self.values[tensor] = value

    def _argument(self, op: Operation, index: int) -> Any:
        """An input as the node's kernel takes it."""
        tensor = op._inputs[index]
        if op.opdef.takes_absent and may_be_absent(tensor):
            value = self.values[tensor]
        else:
            value = self.read(tensor)
        move = None if self.home is None else self.home[1].move(op, index)
        return value if move is None else getattr(self.home[0], move)(value)  # type: ignore[index]

    def brought(self, tensor: Tensor, value: Any) -> Any:
        """What comes from the host, where the placement wants it."""
        return self.home[0].to_device(value) if self.home and self.home[1].on_device(tensor) else value

    def _settled(self, op: Operation, tensor: Tensor, value: Any) -> Any:
        """What a kernel made, where the placement wants it: a device's kernel may make what lives on the host."""
        if self.home is None or tensor.dtype.is_ref:
            return value
        leaves = self.home[1].runs_on_device(op) and not self.home[1].on_device(tensor)
        return self.home[0].to_host(value) if leaves else value
