"""convert_variables_to_constants: a graph with its trained values inside."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import as_dtype
from graphrt.export import export
from graphrt.formats import messages
from graphrt.formats.tensor_proto import array_to_proto
from graphrt_ops.library.graph_util.extract import checked_graph_def, extract_sub_graph


@export("graph_util.convert_variables_to_constants")
def convert_variables_to_constants(
    sess, input_graph_def, output_node_names, variable_names_whitelist=None, variable_names_blacklist=None
):
    """What `output_node_names` need of a GraphDef, with the session's variables replaced by their values.

    Args:
      sess: the Session that holds the values.
      input_graph_def: the GraphDef of its graph.
      output_node_names: names of the nodes to keep with all that they need.
      variable_names_whitelist: only these variables become constants (by the names of their nodes).
      variable_names_blacklist: these stay variables.

    Raises:
      AssertionError: if there is no node of a name.
      NotImplementedError: for a resource variable.

    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> y = tf.negative(w, name="y")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     frozen = tf.graph_util.convert_variables_to_constants(sess, sess.graph_def, ["y"])
    >>> [(node.name, node.op) for node in frozen.node]
    [('w', 'Const'), ('w/read', 'Identity'), ('y', 'Neg')]
    """
    part = extract_sub_graph(checked_graph_def(input_graph_def), list(output_node_names))
    names = [node.name for node in part.node if _is_variable(node)]
    if variable_names_whitelist is not None:
        names = [name for name in names if name in variable_names_whitelist]
    names = [name for name in names if name not in (variable_names_blacklist or ())]
    values = dict(zip(names, sess.run([f"{name}:0" for name in names]), strict=True)) if names else {}
    frozen = messages.GraphDef(
        node=[_constant(node, values[node.name]) if node.name in values else node for node in part.node]
    )
    frozen.library.CopyFrom(part.library)
    frozen.versions.CopyFrom(part.versions)
    return frozen


def _is_variable(node):
    if node.op == "VarHandleOp":
        raise NotImplementedError(f"convert_variables_to_constants: {node.name!r} is a resource variable")
    return node.op in ("Variable", "VariableV2")


def _constant(variable, value):
    node = messages.NodeDef(name=variable.name, op="Const", device=variable.device)
    node.attr["dtype"].CopyFrom(variable.attr["dtype"])
    node.attr["value"].tensor.CopyFrom(array_to_proto(np.asarray(value), as_dtype(variable.attr["dtype"].type)))
    return node
