"""What lowerings that return kernels, and no records yet, ask of a node (``scatters.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphrt.native.builder import Type
from graphrt.native.kernels import operands

if TYPE_CHECKING:
    from graphrt.dtypes import DType
    from graphrt.graph import Tensor


class TensorOperand(NamedTuple):
    """A tensor, all of whose shape is known when a node is lowered, as kernels see it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def operand_of(tensor: Tensor) -> TensorOperand:
    """The shape and type of a tensor."""
    return TensorOperand(tuple(shape_of(tensor)), tensor.dtype.base_dtype.numpy)


def shape_of(tensor: Tensor) -> list[int]:
    """The shape, all of which is known when a node is lowered."""
    shape = []
    for length in tensor.shape.as_list():
        assert length is not None, f"{tensor} is lowered, but its shape is not known"
        shape.append(length)
    return shape


def number_type(tensor: Tensor) -> Type | None:
    """The element type of a tensor of float32, float64, int32 or int64; None for others."""
    return operands.number_type(operand_of(tensor))


def index_type_of(tensor: Tensor) -> Type:
    """The integers of a tensor of indices."""
    return operands.index_type(operand_of(tensor))


def bits_of(dtype: DType) -> Type | None:
    """The integer type that holds an element; None for what is no bits, or has too many."""
    return operands.bits_of(dtype.base_dtype.numpy)
