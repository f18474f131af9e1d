"""The record of a node that only refuses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assertion:
    """The node does nothing where input ``condition``, a single bool, is true; where it is false, that is an error."""

    condition: int = 0
