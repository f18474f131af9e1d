"""Records of work that reads or writes where indices say. An index that is out of range is an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gather:
    """Output 0 has the slices of input 0 along ``axis`` whose numbers are in input 1; the first ``batch`` axes of both
    go together."""

    axis: int
    batch: int = 0


@dataclass(frozen=True)
class GatherSlices:
    """Output 0 has the slices of input 0 whose coordinates along its first axes are the rows of input 1."""


@dataclass(frozen=True)
class OneHot:
    """Output 0 has input 2 at the place along ``axis`` that an element of input 0 names, and input 3 elsewhere; an
    element that names none is no error."""

    axis: int
