"""What is known of a run that failed, and the check of what decides which nodes run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphrt.errors import InvalidArgumentError
from graphrt.graph.operation import Operation, Tensor
from graphrt.shapes import as_shape, brackets

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Failure:
    """Where a run failed.

    Attributes:
      op: the user's node. node: the one that ran for it, after rewriting.
      shapes: those of what ``node`` was given; None for what is not there any more.
    """

    op: Operation
    node: Operation
    shapes: Sequence[Shape | None]


def shapes_given(node: Operation, value_of: Callable[[Tensor], Any]) -> list[Shape | None]:
    """The shapes of a node's inputs: of their values (``value_of`` gives None where there is none) or as declared."""
    shapes: list[Shape | None] = []
    for tensor in node._inputs:
        value = value_of(tensor)
        declared = tensor.shape.as_list() if tensor.shape.is_fully_defined() else None
        shape = getattr(value, "shape", declared)
        shapes.append(None if shape is None else tuple(shape))
    return shapes


def decided(predicate: Any) -> bool:
    """The truth of what decides which nodes run.

    Raises:
      InvalidArgumentError: if it is no scalar: an array of one element is none either.
    """
    if predicate.ndim:
        shape = brackets(as_shape(predicate.shape))
        raise InvalidArgumentError(
            None, None, f"the condition must be a scalar: it decides which branch runs, but it has the shape {shape}"
        )
    return bool(predicate)
