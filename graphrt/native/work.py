"""What is to be done for a program, and the memory that its values are in.

A node of the program becomes one of

    Pointwise   an expression for each element of its output (ops with a scalar expression)
    Reduction   the end of a loop over its input
    Changed     new values of a variable and its slots, element by element, in their place
    Called      kernels of its own (what the target has for the record that ``@opdef.lower`` returned)
    Hosted      a call of its ordinary kernel, from Python, between two regions of native code

Any of them may be under a condition: its *guard*.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.native.kernel import Lowering
from graphrt.native.records import Draw, Reduce, contiguous_strides


@dataclass(eq=False)
class Memory:
    """A piece of memory. ``kind`` says whose:

    arena     the plan's; ``offset`` is decided when all lives are known
    output    a new array for the caller, made in each run
    feed, variable, constant, seeds: ``number`` counts the feeds, variables, constants and random ops of the plan

    Each version of a variable is a memory of its own: the first one is the variable's array, and versions.py decides
    which of the others have that array as their ``host``.
    """

    kind: str
    size: int  # bytes
    number: int = -1
    offset: int = -1
    host: Memory | None = None  # this memory is that one: an output, or a version, that overwrites an input

    def owner(self) -> Memory:
        memory = self
        while memory.host is not None:
            memory = memory.host
        return memory


@dataclass(frozen=True)
class Array:
    """A tensor's elements in memory; strides and offset count elements."""

    memory: Memory
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int = 0

    @property
    def contiguous(self) -> bool:
        return self.strides == contiguous_strides(self.shape) or math.prod(self.shape) <= 1

    @property
    def whole(self) -> bool:
        """True if it is all there is in its memory."""
        return self.contiguous and self.offset == 0 and self.nbytes == self.memory.size

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def byte_offset(self) -> int:
        return self.offset * self.dtype.itemsize


Guard = tuple[tuple[Array, bool], ...]
"""Under which conditions something is done: all of these numbers, bools, have these values."""


@dataclass(eq=False)
class Node:
    """Something to do. ``inputs`` and ``outputs`` are arrays, or tensors that only Python can hold."""

    op: Operation
    inputs: list[Array | Tensor] = field(default_factory=list)
    outputs: list[Array | Tensor] = field(default_factory=list)
    after: set[int] = field(default_factory=set)  # positions of the nodes that must come before
    position: int = 0
    replaces: dict[int, int] = field(default_factory=dict)  # of a write: which input's variable an output is of
    guard: Guard = ()

    @property
    def reads(self) -> list[Array]:
        """The arrays that are read when it is done, or when it is decided that it is not."""
        return [a for a in self.inputs if isinstance(a, Array)] + [array for array, _ in self.guard]


@dataclass(eq=False)
class Pointwise(Node):
    """``expression(tracer, *inputs)`` for each element of the domain."""

    expression: Callable[..., Any] = max
    domain: tuple[int, ...] = ()


@dataclass(eq=False)
class Reduction(Node):
    how: Reduce = field(default_factory=lambda: Reduce("add", ()))
    domain: tuple[int, ...] = ()


@dataclass(eq=False)
class Changed(Node):
    """As Pointwise, with one expression for each of the outputs, which are versions of variables."""

    expression: Callable[..., Any] = max
    domain: tuple[int, ...] = ()


@dataclass(eq=False)
class Called(Node):
    """A version of a variable among its outputs holds the version before it when the kernels begin. ``looks_at``: of a
    check, which of the op's inputs it is given."""

    lowering: Lowering = field(default_factory=lambda: Lowering(()))
    looks_at: tuple[int, ...] | None = None


@dataclass(eq=False)
class Hosted(Node):
    """Run by Python; ``why`` there is no native code for it. ``function`` is called, if it is not the op's kernel."""

    why: str = ""
    function: Callable[..., Any] | None = None


@dataclass(eq=False)
class Seeded(Hosted):
    """The seeds of a draw under a condition: its random stream moves on only if the condition holds."""

    draw: int = -1


@dataclass(eq=False)
class Join:
    """A version of a variable after a write under a condition: ``written`` if it was written, else ``before``. The
    ``copies`` make it, if it cannot be where both are."""

    before: Memory
    written: Memory
    copies: tuple[Node, ...]


@dataclass
class Lowered:
    """What a program became."""

    program: Program
    nodes: list[Node]
    feeds: list[Tensor]
    variables: list[Operation]
    constants: list[np.ndarray[Any, Any]]
    fetches: list[Array | Tensor | int]  # an int: the feed of that number, as it is
    draws: list[tuple[Operation, Draw]]  # whose seeds are filled in before each run, or where a Seeded node is
    homes: dict[Operation, Array]  # the arrays of the variables
    commits: dict[Operation, Array]  # of each variable that is written: the version that the run leaves
    joins: dict[Memory, Join] = field(default_factory=dict)  # by the memory of the version that they make
    exclusive: bool = False  # versions are made apart from their variables: nobody else may write those meanwhile


def copying(op: Operation, source: Array, target: Array, guard: Guard = ()) -> Pointwise:
    """The node that copies an array, in the name of ``op``."""
    return Pointwise(op, [source], [target], guard=guard, expression=_copy, domain=source.shape)


def without(lowered: Lowered, gone: Mapping[int, Iterable[int]]) -> Lowered:
    """``lowered`` without some of its nodes. For each of these, by position: what those who came after it now come
    after."""

    def standing(positions: Iterable[int]) -> set[int]:
        return {p for position in positions for p in (standing(gone[position]) if position in gone else (position,))}

    left = [node for node in lowered.nodes if node.position not in gone]
    number = {node.position: i for i, node in enumerate(left)}
    for node in left:
        node.after = {number[p] for p in standing(node.after)} - {number[node.position]}
        node.position = number[node.position]
    lowered.nodes = left
    return lowered


def _copy(tracer: Any, x: Any) -> Any:
    return x
