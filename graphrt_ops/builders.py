"""What the engine asks of the op library when it makes nodes itself (``graphrt/opdef/builders.py`` says for what)."""

from __future__ import annotations

from collections.abc import Sequence

import graphrt_ops as F
from graphrt.graph import Tensor


def handed_on(tensor: Tensor, name: str | None = None) -> Tensor:
    return F.identity(tensor, name=name)


def ones_of(tensor: Tensor, name: str) -> Tensor:
    return F.fill(F.shape(tensor), F.constant(1, dtype=tensor.dtype, name=name))


def zeros_of(tensor: Tensor, *, static: bool = True) -> Tensor:
    return F.zeros_like(tensor, optimize=static)


def sum_of(terms: Sequence[object]) -> Tensor:
    return F.add_n(list(terms))


def sum_as_they_come(terms: Sequence[Tensor]) -> Tensor:
    return F.accumulate_n(terms)


def joined(parts: Sequence[Tensor]) -> Tensor:
    return F.concat(parts, 0)


def as_int64(tensor: Tensor) -> Tensor:
    return F.cast(tensor, "int64")


def together(tensors: Sequence[Tensor]) -> list[Tensor]:
    return F.tuple_(tensors)
