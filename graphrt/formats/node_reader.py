"""What a NodeDef says, checked: nothing that comes from a file is taken on trust."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from graphrt.errors import NotFoundError
from graphrt.formats import attr_value
from graphrt.formats.allowance import Allowance
from graphrt.graph.names import is_node_name
from graphrt.opdef import attributes
from graphrt.opdef.opdef import OpDef
from graphrt.opdef.registry import opdef_named

Defaults = dict[str, dict[str, Any]]
"""The defaults of the attributes of each op of the program that wrote a file, as AttrValues."""

_OF_AN_OUTPUT = 1 << 13
"""Bytes that an output tensor of a node takes in memory, with what is made of it: a file says how many there are in one
number."""


@dataclass(frozen=True)
class NodeParts:
    """A NodeDef as its op takes it.

    Attributes:
      attrs: those of the op.
      private: those of no op, whose names begin with `_`; strings are bytes.
    """

    opdef: OpDef
    attrs: dict[str, Any]
    private: dict[str, Any]


def refusal(node: Any, error: Exception) -> Exception:
    """The one error for whatever went wrong with a node: `error`, or a ValueError that names the node."""
    if isinstance(error, (NotFoundError, NamedNodeError)):
        return error
    return NamedNodeError(f"Node {node.name!r} ({node.op[:100]}) does not fit its op: {_words(error)}")


class NamedNodeError(ValueError):
    """A node of a file is refused; the message names it."""


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, (TypeError, ValueError)) else f"{type(error).__name__}: {error}"


def check_name(node: Any) -> None:
    """NamedNodeError unless the node has a name that a node can have."""
    if not is_node_name(node.name):
        raise NamedNodeError(f"Node {node.name!r}: Node name contains invalid characters")


def parts_of(node: Any, defaults: Defaults, allowance: Allowance) -> NodeParts:
    """The attributes of a node, each of the type that its op says, and all those that it needs.

    Raises:
      NotFoundError: there is no such op.
      ValueError, TypeError: an attribute is missing, unknown, or of another type; or it asks for more memory than the
        `allowance` has.
    """
    opdef = _known_opdef(node)
    attrs, private = {}, {}
    for key, value in node.attr.items():
        if not key.startswith("_"):
            attrs[key] = attr_value.from_proto(value, allowance)
        elif key != "_output_shapes":  # shapes are inferred again
            private[key] = _bytes(attr_value.from_proto(value, allowance))
    _check_known(opdef, node, attrs, defaults.get(node.op, {}))
    attributes.check_kinds(opdef, attrs)
    _check_private(private)
    missing = sorted(
        key
        for key in known_attributes(opdef)
        if key not in attrs and (key not in opdef.attrs or isinstance(opdef.attrs[key], attributes.Required))
    )
    if missing:
        raise ValueError(f"NodeDef missing attr '{missing[0]}' from Op {opdef.type}")
    _count_outputs(opdef, attrs, allowance)
    return NodeParts(opdef, attrs, private)


@cache
def known_attributes(opdef: OpDef) -> frozenset[str]:
    """Names of an op's attributes: its own, and those that follow from the inputs and outputs (types and lengths)."""
    slots = (*opdef.inputs, *opdef.outputs)
    derived = {slot.type_attr for slot in slots} | {slot.length_attr for slot in slots}
    return frozenset(opdef.attrs) | {name for name in derived if name is not None}


def _known_opdef(node: Any) -> OpDef:
    try:
        return opdef_named(node.op)
    except ValueError as error:
        raise NotFoundError(
            None, None, f"Op type not registered {node.op[:100]!r} (node {node.name!r}): {error}"
        ) from None


def _check_known(opdef: OpDef, node: Any, attrs: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Every attribute must be one of the op's; those the producer's defaults explain are dropped."""
    known = known_attributes(opdef)
    for key in [key for key in attrs if key not in known]:
        default = defaults.get(key)
        if default is None or default != node.attr[key]:
            raise NamedNodeError(
                f"NodeDef mentions attr '{key}' not in Op {opdef.type}; NodeDef: {node.name}. The op has "
                f"{sorted(known)}."
            )
        del attrs[key]


def _check_private(private: dict[str, Any]) -> None:
    """Those of the attributes that belong to no op, but that graphrt reads, must have their types."""
    groups = private.get("_class", [])
    if not isinstance(groups, list) or not all(isinstance(group, bytes) for group in groups):
        raise ValueError("AttrValue had value with another type when 'list(string)' expected for attr '_class'")
    if not isinstance(private.get("_gradient_op_type", b""), bytes):
        raise ValueError("AttrValue had value with another type when 'string' expected for attr '_gradient_op_type'")


def _count_outputs(opdef: OpDef, attrs: dict[str, Any], allowance: Allowance) -> None:
    """Takes the memory of the outputs from the allowance, where one number says how many there are."""
    for slot in opdef.outputs:
        if slot.length_attr is not None:
            count = attrs[slot.length_attr]
            allowance.take(count * _OF_AN_OUTPUT, f"a node with {count} outputs")


def _bytes(value: Any) -> Any:
    """Strings of the attributes that belong to no op ("_class") are kept as bytes."""
    if isinstance(value, list):
        return [_bytes(item) for item in value]
    return value.encode() if isinstance(value, str) else value
