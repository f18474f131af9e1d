"""The nodes that the engine itself makes, by what they are for: which ops serve, the op library says.

Gradients add up, rewriting hands values on; that TF1 does it with AddN and Identity is nothing the engine knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graphrt.graph.operation import Tensor
from graphrt.provided import provided


class Builders(Protocol):
    """What ``graphrt_ops/builders.py`` has to offer: each makes nodes in the default graph, as TF1 does."""

    def handed_on(self, tensor: Tensor, name: str | None = None) -> Tensor:
        """A node whose value is the tensor's."""

    def ones_of(self, tensor: Tensor, name: str) -> Tensor:
        """Ones of the tensor's shape and type; ``name`` is that of the number one."""

    def zeros_of(self, tensor: Tensor, *, static: bool = True) -> Tensor:
        """Zeros of the tensor's shape and type; a constant where the shape is known, unless ``static`` is False."""

    def sum_of(self, terms: Sequence[object]) -> Tensor:
        """The sum of tensors of one shape, and of IndexedSlices made dense."""

    def sum_as_they_come(self, terms: Sequence[Tensor]) -> Tensor:
        """The same sum, with memory for one term only."""

    def joined(self, parts: Sequence[Tensor]) -> Tensor:
        """The parts one after the other along the first axis."""

    def as_int64(self, tensor: Tensor) -> Tensor:
        """The numbers as int64."""

    def together(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """The same tensors, none of which is there before all of them are."""


def builders() -> Builders:
    """The op library's."""
    found: Builders = provided("builders")
    return found
