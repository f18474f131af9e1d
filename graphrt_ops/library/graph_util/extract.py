"""Parts of a GraphDef: what some nodes need, without what only training needs."""

from __future__ import annotations

from graphrt.export import export
from graphrt.formats import messages
from graphrt.graph import Tensor


def checked_graph_def(graph_def):
    """`graph_def`, or a TypeError if it is no GraphDef."""
    if getattr(getattr(graph_def, "DESCRIPTOR", None), "name", None) != "GraphDef":
        raise TypeError(f"graph_def must be a graph_pb2.GraphDef proto, got {type(graph_def).__name__}.")
    return graph_def


def node_of(text):
    """The node that an input names: 'x:1' -> 'x', '^x' -> 'x'."""
    return text.removeprefix("^").split(":")[0]


@export("graph_util.extract_sub_graph")
def extract_sub_graph(graph_def, dest_nodes):
    """The nodes of a GraphDef that `dest_nodes` need, in their order, as a GraphDef.

    Args:
      graph_def: a GraphDef message.
      dest_nodes: a list of names of nodes.

    Raises:
      TypeError: if `graph_def` is no GraphDef, or `dest_nodes` a str.
      AssertionError: if there is no node of a name.

    >>> x = tf.constant(1.0, name="x")
    >>> y, z = tf.negative(x, name="y"), tf.abs(x, name="z")
    >>> part = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["y"])
    >>> [node.name for node in part.node]
    ['x', 'y']
    """
    nodes = {node.name: node for node in checked_graph_def(graph_def).node}
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    for name in dest_nodes:
        if name not in nodes:
            raise AssertionError(f"{name} is not in graph")
    needed, waiting = set(), list(dest_nodes)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(node_of(text) for text in nodes[name].input)
    part = messages.GraphDef(node=[node for node in graph_def.node if node.name in needed])
    part.library.CopyFrom(graph_def.library)
    part.versions.CopyFrom(graph_def.versions)
    return part


@export("graph_util.remove_training_nodes")
def remove_training_nodes(input_graph, protected_nodes=None):
    """A GraphDef without its Identity and CheckNumerics nodes: what used them uses their inputs.

    An Identity that takes part in a control dependency stays, and so do the nodes of `protected_nodes`. (TensorFlow
    1.15 cuts the inputs that came through a CheckNumerics off; here they are kept.)
    """
    checked_graph_def(input_graph)
    controls = {text[1:] for node in input_graph.node for text in node.input if text.startswith("^")}
    controlled = {node.name for node in input_graph.node if any(text.startswith("^") for text in node.input)}
    kept = set(protected_nodes or ()) | controls | controlled
    passed = {
        node.name: node.input[0]
        for node in input_graph.node
        if node.op in ("Identity", "CheckNumerics") and node.name not in kept
    }
    result = messages.GraphDef()
    for node in input_graph.node:
        if node.name not in passed:
            copy = result.node.add()
            copy.CopyFrom(node)
            copy.input[:] = [_source(text, passed) for text in node.input]
    return result


def _source(text, passed):
    while text in passed:
        text = passed[text]
    return text


@export("graph_util.tensor_shape_from_node_def_name")
def tensor_shape_from_node_def_name(graph, input_name):
    """The static shape of the tensor that a node's input names ("x" or "x:1")."""
    tensor: Tensor = graph.get_tensor_by_name(input_name if ":" in input_name else f"{input_name}:0")
    return tensor.get_shape()
