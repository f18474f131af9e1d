"""What the inputs of an optimizer's update are, and that they fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef


def gradient_index(opdef: OpDef) -> int:
    """Which input of an update is the gradient."""
    if opdef.gradient_input is None:
        raise ValueError(f"{opdef.type} has an update rule: say OpDef(gradient_input=...), which input is the gradient")
    return opdef.gradient_input


def check_update(opdef: OpDef, inputs: Sequence[Any]) -> None:
    """Raises ValueError unless all variables and the gradient have one shape, and all else are scalars."""
    gradient, wanted = gradient_index(opdef), inputs[0].shape
    for i, (slot, value) in enumerate(zip(opdef.inputs, inputs, strict=True)):
        if slot.reference or i == gradient:
            if value.shape != wanted:
                raise ValueError(unequal(opdef.inputs[0].name, wanted, slot.name, value.shape))
        elif value.shape:
            raise ValueError(f"{slot.name} is not a scalar: {list(value.shape)}")


def unequal(first: str, shape: Sequence[int], second: str, other: Sequence[int]) -> str:
    """TF1's words."""
    return f"{first} and {second} do not have the same shape{list(shape)} {list(other)}"
