"""What the work of a node is, whatever does it: the records that lowerings return.

``@opdef.lower`` decorates a function of one node, all of whose shapes are known. It returns a record (for Views, one an
output), or None where there is nothing to say: a value that the work depends on is not known, or the op's ordinary
kernel has to look at its inputs, since they may be wrong. A record says what is computed from the node's inputs, by
their numbers, and knows no processor: shapes and types are those of the inputs and outputs, and which of them there is
code for is the target's affair. A target is a table from records to kernels (``graphrt/native/kernels/table.py`` is the
CPU's); a node whose record it has none for stays a line of Python.

This module has the records that no table need know: views are memory that is there already, and expressions are fused
into loops. The others lie beside it, a family a file, which is imported when a node of that family is lowered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class Operand(Protocol):
    """What a target is told of an input or output of a node."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...


@dataclass(frozen=True)
class View:
    """An output of a node as a part of the memory of one of its inputs: no code at all. A node with several outputs has
    a tuple of Views. The op must say so (``aliases``), lest a variable is written to while its view is in use.

    Attributes:
      strides: one for each axis of the output, counted in elements of the (C-contiguous) input; 0 repeats.
      offset: the element of the input that the output begins with.
      input: which input.
    """

    strides: tuple[int, ...]
    offset: int = 0
    input: int = 0


@dataclass(frozen=True)
class Reduce:
    """Output 0 is input 0 reduced over ``axes``, by ``how``: add, mul, minimum, maximum, and_, or_; then divided by
    ``divisor``. It is fused with what computes the input."""

    how: str
    axes: tuple[int, ...]
    divisor: int = 1


@dataclass(frozen=True)
class Map:
    """Each element of output 0 by ``expression(m, *inputs)``, the inputs broadcast: for ops that are elementwise only
    with some of their options, and have no scalar expression for that reason."""

    expression: Callable[..., Any]


@dataclass(frozen=True)
class Update:
    """The new values of the variables that the node's first inputs refer to, element by element:
    ``rule(m, *inputs)`` returns a tuple of expressions. Inputs of one element are broadcast."""

    rule: Callable[..., tuple[Any, ...]]


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides, in elements, of an array whose elements lie one after another."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def title(kind: str, *shapes: Sequence[int]) -> str:
    """What a piece of work is called: "transpose 2x3 to 3x2"."""
    return f"{kind} " + " to ".join("x".join(map(str, shape)) or "scalar" for shape in shapes)
