"""Conditions: what they become while nodes are lowered, and where branches meet.

A node that runs only under conditions has them as its guard. A choice is a copy of each side, where its condition
holds:

    if p:      a = MatMul(x, w); c = a            if p:      c = MatMul(x, w)
    if not p:  b = MatMul(x, v); c = b     ->     if not p:  c = MatMul(x, v)

Since the two never both run, what they compute is made where the result lies, if that may be.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.graph.roles import ByRole, decided
from graphrt.native.expressions import ELEMENTS, CannotLower, Tracer
from graphrt.native.work import Array, Guard, Hosted, Join, Lowered, Memory, Node, Pointwise, copying, without


@dataclass
class Choice:
    """A copy of one side, all of which is made under the very condition of the copy."""

    copy: Node
    side: Array
    output: Array


class Branches(ByRole):
    """The part of lowering that knows conditions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[Tensor, Array | Tensor] = {}
        self.versions: set[Memory] = set()
        self.makers: dict[Memory | Tensor, set[int]] = {}  # the positions of the nodes that make a value
        self.guard: Guard = ()  # of the nodes that are being made
        self.conditions: dict[Memory, Guard] = {}  # under which what is in a memory is there
        self.decided: dict[Tensor, Array] = {}
        self.choices: list[Choice] = []
        self.joins: dict[Memory, Join] = {}

    @abstractmethod
    def _input(self, tensor: Tensor) -> Array | Tensor:
        """Where the value of a tensor is; itself, or the tensor that it is the same as, if only Python can hold it."""

    @abstractmethod
    def _version(self, tensor: Tensor) -> Array:
        """The memory of a version of a variable."""

    @abstractmethod
    def _fresh(self, tensor: Tensor) -> Array | Tensor:
        """New memory for a tensor; itself, if only Python can hold it."""

    @abstractmethod
    def _add(self, node: Node) -> None:
        """Appends a node under the guard."""

    def choose(self, op: Operation) -> None:
        predicate = self._decided(op._inputs[0])
        sides = [self._input(tensor) for tensor in op._inputs[1:]]
        for side, taken in zip(sides, (False, True), strict=True):
            self._check_there(op, side, (*self.guard, (predicate, taken)))
        output = self._fresh(op._outputs[0])
        self.values[op._outputs[0]] = output
        arrays = [side for side in sides if isinstance(side, Array)]
        if not isinstance(output, Array) or any(not _fits(side, output) for side in sides):
            why = "its branches have different shapes, or no numbers that native code knows"
            self._add(Hosted(op, [predicate, *sides], [output], why=why, function=_taken))
        elif all(set(self._conditions_of(side)) <= set(self.guard) for side in sides):
            self._add(Pointwise(op, [predicate, *arrays], [output], expression=_selected, domain=output.shape))
        else:
            self._chosen(op, predicate, arrays, output)

    def _chosen(self, op: Operation, predicate: Array, sides: Sequence[Array], output: Array) -> None:
        """Each side is copied where its condition holds; or made in the right place at once."""
        outer = self.guard
        for side, taken in zip(sides, (False, True), strict=True):
            self.guard = (*outer, (predicate, taken))
            copy = copying(op, side, output)
            self._add(copy)
            if self._conditions_of(side) == self.guard:
                self.choices.append(Choice(copy, side, output))
        self.guard = outer
        self.conditions[output.memory] = outer

    def join(self, op: Operation) -> None:
        before, written = [self._version(tensor) for tensor in op._inputs]
        memory = Memory("arena", before.memory.size)
        joined = replace(before, memory=memory)
        kept, changed = copying(op, before, joined), copying(op, written, joined)
        self._add(kept)
        self.guard = self._guard_of(op._inputs[1].op)
        self._add(changed)
        changed.after.add(kept.position)
        self.guard = ()
        self.conditions[memory] = ()
        self.makers[memory] = {kept.position, changed.position}
        self.joins[memory] = Join(before.memory, written.memory, (kept, changed))
        self.versions.add(memory)
        self.values[op._outputs[0]] = joined

    # -- conditions ----------------------------------------------------------------------------------------------------

    def _guard_of(self, op: Operation) -> Guard:
        return tuple([(self._decided(predicate), taken) for predicate, taken in self.program.guard(op)])

    def _decided(self, predicate: Tensor) -> Array:
        """The bool that decides: the same one for the whole run, in memory that nobody else writes to."""
        value = self._input(predicate)
        if isinstance(value, Array):
            if value.shape:
                raise CannotLower(f"a condition has the shape {value.shape}, and must be a scalar")
            if value.memory.kind != "variable" and value.memory not in self.versions:
                return value
        if predicate not in self.decided:
            array = self.decided[predicate] = Array(Memory("arena", 1), (), (), np.dtype(bool))
            before, self.guard = self.guard, self._conditions_of(value)
            if isinstance(value, Array):
                self._add(copying(predicate.op, value, array))
            else:
                self._add(Hosted(value.op, [value], [array], why="only a run tells its shape", function=decided))
            self.guard = before
        return self.decided[predicate]

    def _conditions_of(self, value: Array | Tensor) -> Guard:
        """Under which the value is there."""
        return self._guard_of(value.op) if isinstance(value, Tensor) else self.conditions.get(value.memory, ())

    def _check_there(self, op: Operation, value: Array | Tensor, guard: Guard) -> None:
        if not set(self._conditions_of(value)) <= set(guard):
            raise CannotLower(f"{op.type} takes what is there only under another condition than its own")


def chosen_in_place(lowered: Lowered, choices: Sequence[Choice]) -> Lowered:
    """``lowered`` without the copies that are not needed."""
    versions = {memory for join in lowered.joins.values() for memory in (join.before, join.written)}
    versions |= {array.memory for array in lowered.commits.values()}
    versions |= {o.memory for node in lowered.nodes if node.replaces for o in node.outputs if isinstance(o, Array)}
    moved: dict[Memory, Memory] = {}
    gone: list[Node] = []
    for choice in choices:
        side, output = choice.side, choice.output
        if side.memory.kind == "arena" and side.whole and side.memory not in versions and side.memory not in moved:
            moved[side.memory] = output.memory
            gone.append(choice.copy)
    if not moved:
        return lowered

    def place(value: Array | Tensor) -> Array | Tensor:
        return placed(value) if isinstance(value, Array) else value

    def placed(array: Array) -> Array:
        memory = array.memory
        while memory in moved:
            memory = moved[memory]
        return array if memory is array.memory else replace(array, memory=memory)

    for node in lowered.nodes:
        node.inputs = [place(value) for value in node.inputs]
        node.outputs = [place(value) for value in node.outputs]
        node.guard = tuple([(placed(array), wanted) for array, wanted in node.guard])
    return without(lowered, {node.position: node.after for node in gone})


def _taken(predicate: Any, if_false: Any, if_true: Any) -> Any:
    return (if_true if predicate else if_false).copy()


def _selected(tracer: Tracer, predicate: Any, if_false: Any, if_true: Any) -> Any:
    return tracer.where(predicate, if_true, if_false)


def _fits(side: Array | Tensor, output: Array) -> bool:
    """True if native code can copy it to ``output``."""
    return isinstance(side, Array) and side.shape == output.shape and side.dtype.char in ELEMENTS
