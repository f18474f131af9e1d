"""Checks that shape functions of neural-net ops share, in TF1's words."""

from __future__ import annotations

from graphrt.shapes import TensorShape


def of_rank(shape: TensorShape, rank: int) -> TensorShape:
    """``shape``, of which it is now known that its rank is ``rank``.

    Raises:
      ValueError: if it is another.
    """
    if shape.rank not in (None, rank):
        raise ValueError(f"Shape must be rank {rank} but is rank {shape.rank}")
    return shape.with_rank(rank)


def of_rank_at_least(shape: TensorShape, rank: int) -> TensorShape:
    """``shape``, after checking that its rank is ``rank`` or more (or unknown)."""
    if shape.rank is not None and shape.rank < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {shape.rank}")
    return shape


def same_dimension(a: int | None, b: int | None) -> int | None:
    """What two dimensions that must be equal are."""
    if a is not None and b is not None and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
    return b if a is None else a
