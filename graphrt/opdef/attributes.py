"""The attributes of a node: those that a call gives, checked, and those that follow from its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.dtypes import DType, as_dtype
from graphrt.graph.names import check_resource_name
from graphrt.graph.operation import Tensor
from graphrt.opdef.signature import Slot
from graphrt.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef


class Required:
    """In the place of a default: an attribute of type ``kind`` that every call must give."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"required({self.kind.__name__})"


def required(kind: type) -> Any:
    """The default of an attribute of type ``kind`` that every call must give."""
    return Required(kind)


REQUIRED: Any = required(object)
"""The default of an attribute that every call must give, and that no file can hold."""

_KINDS = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    DType: "type",
    TensorShape: "shape",
    list: "list(int)",
}
_KINDS[np.ndarray] = "tensor"


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
        if type(value) is Required:
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


def check_kinds(opdef: OpDef, attrs: Mapping[str, Any]) -> None:
    """Checks the types of attributes that come from a file, of which nothing can be assumed.

    Raises:
      ValueError: one has not the type that the op's definition says ("AttrValue had value with type ...").
    """
    slots = (*opdef.inputs, *opdef.outputs)
    lists = {slot.type_attr for slot in slots if slot.own_types}
    types = {slot.type_attr for slot in slots} - lists
    lengths = {slot.length_attr for slot in slots}
    for key, value in attrs.items():
        if key in lists:
            right, expected = type(value) is list and all(_is_type(item) for item in value), "list(type)"
        elif key in types:
            right, expected = _is_type(value), "type"
        elif key in lengths:
            right, expected = type(value) is int and value >= 0, "int of at least 0"
        elif key in opdef.attrs:
            default = opdef.attrs[key]
            kind = default.kind if type(default) is Required else type(default)
            right = type(value) is kind and (not isinstance(value, list) or _are_numbers(value, whole=default != []))
            expected = _KINDS.get(kind, kind.__name__)
        else:
            continue
        if not right:
            raise ValueError(
                f"AttrValue had value with type {_told(value)} when {expected!r} expected for attr {key!r}"
            )
        check_resource_name(key, value)


def _are_numbers(items: list[Any], whole: bool) -> bool:
    """Lists are of ints, but for those that are empty by default: a sampler's weights are floats."""
    return all(type(item) is int or (type(item) is float and not whole) for item in items)


def _is_type(value: Any) -> bool:
    """True for a type that a tensor can have: variables' reference types are not written to files."""
    return isinstance(value, DType) and not value.is_ref


def _told(value: Any) -> str:
    text = repr(value)
    return f"{_KINDS.get(type(value), type(value).__name__)!r} ({text if len(text) < 80 else text[:77] + '...'})"


def check_input_count(opdef: OpDef, given: int, attrs: Mapping[str, Any]) -> None:
    """Checks that a flat list of ``given`` inputs is as long as the op and its attributes say.

    Raises:
      ValueError: it is not.
      KeyError: an attribute that says how long a list of inputs is is missing.
    """
    wanted = 0
    for slot in opdef.inputs:
        if slot.own_types:
            wanted += len(attrs[slot.type_attr or ""])
        else:
            wanted += attrs[slot.length_attr] if slot.length_attr else 1
    if given != wanted:
        raise ValueError(f"{opdef.type} takes {wanted} inputs with these attributes, but got {given}")


def _normal(value: Any, default: Any) -> Any:
    """``value`` in the form in which an attribute with this default is kept."""
    kind = default.kind if type(default) is Required else type(default)
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
