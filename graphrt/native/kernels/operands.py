"""What kernels ask of the inputs and outputs of a node: types of elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphrt.native.builder import F32, F64, I8, I16, I32, I64, Type
from graphrt.native.records import Operand

Operands = Sequence[Operand]

# By NumPy's characters: names of types are slow to find out.
_FLOATS = {np.dtype(np.float32).char: F32, np.dtype(np.float64).char: F64}
_NUMBERS = {**_FLOATS, **{np.dtype(n).char: t for n, t in (("i4", I32), ("i8", I64), ("longlong", I64))}}
_BITS = {1: I8, 2: I16, 4: I32, 8: I64}


def float_type(operand: Operand) -> Type | None:
    """The element type of an array of float32 or float64; None for others."""
    return _FLOATS.get(operand.dtype.char)


def number_type(operand: Operand) -> Type | None:
    """The element type of an array of float32, float64, int32 or int64; None for others."""
    return _NUMBERS.get(operand.dtype.char)


def index_type(operand: Operand) -> Type:
    """The integers of an array of indices."""
    return Type(f"i{8 * operand.dtype.itemsize}")


def bits_of(dtype: np.dtype[Any]) -> Type | None:
    """The integer type that holds an element; None for what is no bits, or has too many."""
    return None if dtype.kind == "O" else _BITS.get(dtype.itemsize)
