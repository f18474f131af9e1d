"""Graphs as GraphDef messages: what TensorFlow 1.15 would write for the same calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from graphrt.formats import messages
from graphrt.formats.attr_value import shape_to_proto, to_proto

if TYPE_CHECKING:
    from graphrt.graph.graph import Graph
    from graphrt.graph.operation import Operation

PRODUCER = 134
"""The GraphDef version of TensorFlow 1.15: which meaning of the op types the graphs have."""


def node_def(op: Operation) -> Any:
    """The NodeDef of an Operation.

    Raises:
      TypeError: an attribute has no form in a GraphDef (the message names it).
    """
    node = messages.NodeDef(name=op.name, op=op.type, device=op.device)
    node.input.extend(tensor._as_node_def_input() for tensor in op.inputs)
    node.input.extend(sorted(f"^{control.name}" for control in op.control_inputs))
    for name, value in op.attrs.items():
        try:
            node.attr[name].CopyFrom(to_proto(value))
        except TypeError as error:
            raise TypeError(f"Operation {op.name!r} ({op.type}) cannot be exported: {name}: {error}") from error
    return node


def operations_def(operations: Iterable[Operation], add_shapes: bool = False) -> Any:
    """A GraphDef of these nodes, in this order; with `add_shapes` each has its outputs' shapes in `_output_shapes`."""
    result = messages.GraphDef()
    result.versions.producer = PRODUCER
    for op in operations:
        node = node_def(op)
        if add_shapes and op.outputs:
            shapes = node.attr["_output_shapes"].list.shape
            shapes.extend(shape_to_proto(tensor.shape) for tensor in op.outputs)
        result.node.append(node)
    return result


def graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """The GraphDef of a graph, nodes in the order in which they were made.

    Args:
      graph: the Graph.
      from_version: only nodes made since `graph.version` had this value.
      add_shapes: store the static shapes of every node's outputs in its attribute `_output_shapes`.
    """
    since = 0 if from_version is None else from_version
    return operations_def((op for op in graph.get_operations() if op._id > since), add_shapes)
