"""What lowerings ask of a node: known shapes, types of elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphrt.native.builder import F32, F64, I32, I64, Type

if TYPE_CHECKING:
    from graphrt.graph import Tensor

_FLOATS = {"float32": F32, "float64": F64}
_NUMBERS = {**_FLOATS, "int32": I32, "int64": I64}


def shape_of(tensor: Tensor) -> list[int]:
    """The shape, all of which is known when a node is lowered."""
    shape = []
    for length in tensor.shape.as_list():
        assert length is not None, f"{tensor} is lowered, but its shape is not known"
        shape.append(length)
    return shape


def float_type(tensor: Tensor) -> Type | None:
    """The element type of a tensor of float32 or float64; None for others."""
    return _FLOATS.get(tensor.dtype.base_dtype.name)


def number_type(tensor: Tensor) -> Type | None:
    """The element type of a tensor of float32, float64, int32 or int64; None for others."""
    return _NUMBERS.get(tensor.dtype.base_dtype.name)


def title(kind: str, *shapes: Sequence[int]) -> str:
    """A kernel's name: "transpose 2x3 to 3x2"."""
    return f"{kind} " + " to ".join("x".join(map(str, shape)) or "scalar" for shape in shapes)
