"""The lines of a plan before they are text: what a plan's function and the steps of a long plan are both made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphrt.graph.operation import Operation, Tensor


class Local(str):
    """The name of a value."""

    __slots__ = ()


class Global(str):
    """The name of something that is there for the whole life of the plan: a kernel, a constant, a Slot."""

    __slots__ = ()


@dataclass(frozen=True)
class Several:
    """A tuple of names."""

    names: tuple[Local | Global, ...]


Names = dict[str, Any]
"""What global names stand for."""

Piece = str | Several
Code = list[Piece]
"""Text in which names are marked as such. No text of the user's is ever part of it: names are made of counters and of
the types of ops, which are ours."""

Naming = Callable[[Local | Global], str]


def joined(codes: Iterable[Code], between: str = ", ") -> Code:
    """The codes one after another."""
    result: Code = []
    for code in codes:
        if result:
            result.append(between)
        result += code
    return result


def plainly(name: Local | Global) -> str:
    return name


def text_of(code: Sequence[Piece], naming: Naming = plainly, several: Callable[[Several], str] | None = None) -> str:
    """The code as text, each name as ``naming`` puts it."""
    parts = []
    for piece in code:
        if isinstance(piece, Several):
            parts.append(several(piece) if several is not None else tuple_text(piece, naming))
        elif isinstance(piece, (Local, Global)):
            parts.append(naming(piece))
        else:
            parts.append(piece)
    return "".join(parts)


def tuple_text(several: Several, naming: Naming) -> str:
    names = [naming(name) for name in several.names]
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


@dataclass
class Statement:
    """One line: what it does, the node that it is of, the conditions under which it runs, and the values whose names
    it is the last to use. ``gone`` can be deleted; ``blanked`` may be set in another branch only, or not at all."""

    op: Operation | None
    code: Code
    conditions: tuple[Code, ...] = ()
    deciding: tuple[Operation, ...] = ()  # the node of each condition
    gone: tuple[Local, ...] = ()
    blanked: tuple[Local, ...] = ()
    targets: tuple[Local, ...] = ()  # the names that it gives to the node's outputs
    result: bool = False  # it only hands out what the node has made


@dataclass
class Block:
    """Statements that run one after another; ``locked``: while nobody else writes variables."""

    statements: list[Statement] = field(default_factory=list)
    locked: bool = False


@dataclass
class Body:
    """A plan's function in parts.

    Attributes:
      parameters: the fed values. before: single lines at its beginning. blocks: the nodes, in order. after: single
        lines behind them, the results among them. results: what is returned.
      names: what the global names stand for. values: the name of each tensor's value. variables: those that it uses.
    """

    parameters: list[Local]
    before: list[Statement]
    blocks: list[Block]
    after: list[Statement]
    results: list[Code]
    names: Names
    values: dict[Tensor, Local | Global]
    variables: list[Operation]
    computes: bool = True  # kernels may set NumPy's floating-point flags

    @property
    def writes(self) -> bool:
        """True if the function holds the gate's lock for a while."""
        return any(block.locked for block in self.blocks)
