"""The attributes of a node: those that a call gives, checked, and those that follow from its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphrt.dtypes import DType, as_dtype
from graphrt.graph.operation import Tensor
from graphrt.opdef.signature import Slot
from graphrt.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "REQUIRED"})()
"""The default of an attribute that every call must give."""


def checked(opdef: OpDef, attrs: dict[str, Any]) -> dict[str, Any]:
    """All attributes, those not given by their defaults. TypeError for one that the op does not have, or needs."""
    result = dict(opdef.attrs)
    for key, value in attrs.items():
        if key not in result:
            if key not in output_types(opdef) and not key.startswith("_"):
                raise TypeError(f"{opdef.type} has no attribute {key!r}; it has {sorted(result)}")
            result[key] = as_dtype(value) if isinstance(value, (DType, str, type)) else value
            continue
        if isinstance(value, Tensor):
            raise TypeError(
                f"{opdef.type}: Expected a Python value for argument {key!r} not {value!r}: it is fixed when the node "
                "is declared"
            )
        result[key] = _normal(value, result[key])
    for key, value in result.items():
        if value is REQUIRED:
            raise TypeError(f"{opdef.type} needs the attribute {key!r}")
    return result


def without_derived(opdef: OpDef, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Those that a call gives: the others follow from its inputs."""
    return {key: value for key, value in attrs.items() if key in opdef.attrs or key in output_types(opdef)}


def output_types(opdef: OpDef) -> set[str]:
    """The type attributes that only outputs have: the caller decides them."""
    of_inputs = {slot.type_attr for slot in opdef.inputs}
    return {slot.type_attr for slot in opdef.outputs if slot.type_attr and slot.type_attr not in of_inputs}


def types_of(slot: Slot, attrs: Mapping[str, Any]) -> list[DType]:
    """The types of the outputs that a slot stands for."""
    if slot.own_types:
        types = list(attrs[slot.type_attr or ""])
    else:
        dtype = slot.dtype if slot.type_attr is None else attrs[slot.type_attr]
        types = [dtype] * (attrs[slot.length_attr] if slot.length_attr else 1)
    return [dtype._as_ref for dtype in types] if slot.reference else types


def _normal(value: Any, default: Any) -> Any:
    """``value`` in the form in which an attribute with this default is kept."""
    kind = type(default)
    if kind is bool:
        return bool(value)
    if kind is int or kind is float:
        return kind(value)
    if kind is str:
        return value.decode() if isinstance(value, bytes) else value
    if kind is TensorShape:
        return as_shape(value)
    if kind is DType:
        return as_dtype(value)
    return value
