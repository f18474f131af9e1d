"""Records of work that moves elements, and never looks at what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.native.records import contiguous_strides


@dataclass(frozen=True)
class Axis:
    """One loop of a copy: how often, and how far apart the elements are in the source and in the target."""

    length: int
    source: int
    target: int


@dataclass(frozen=True)
class Part:
    """Elements of an input that are copied into the output: from element ``offset`` on to element ``place`` on."""

    axes: tuple[Axis, ...]
    input: int = 0
    offset: int = 0
    place: int = 0


@dataclass(frozen=True)
class Copies:
    """Output 0 is made of ``parts`` of the inputs, written one after another; where none of them is, it is 0 if
    ``zeros``, and else the parts cover all of it. ``name`` is what it is called."""

    name: str
    parts: tuple[Part, ...]
    zeros: bool = False


@dataclass(frozen=True)
class Pad:
    """Output 0 is input 0 with so many elements before and after it along each axis: the scalar that is input number
    ``value``, or zeros."""

    margins: tuple[tuple[int, int], ...]
    value: int | None = None


@dataclass(frozen=True)
class Band:
    """Output 0 has the elements of the matrices in the last two axes of input 0 that are at most ``below`` under their
    diagonal and at most ``above`` over it, and 0 elsewhere; None: all of them on that side."""

    below: int | None
    above: int | None


def axes_of(shape: Sequence[int], source: Sequence[int], target: Sequence[int]) -> tuple[Axis, ...]:
    """The axes of a copy of an array of ``shape``."""
    return tuple([Axis(*axis) for axis in zip(shape, source, target, strict=True)])


def shown(shape: Sequence[int], strides: Sequence[int], input: int = 0) -> Part:
    """All of the output, of ``shape``, as what a View of these strides shows."""
    return Part(axes_of(shape, strides, contiguous_strides(shape)), input)
