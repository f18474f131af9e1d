"""Which function of an upper layer serves what a lower one asks for (see ``provided.py``).

This is the one place of the engine that names modules of all layers, and of the op library; it imports none of them.
"""

from graphrt.provided import provide

PLACES = {
    # The op library.
    "builders": "graphrt_ops.builders",  # module: see opdef/builders.py
    "modules_of_op_types": "graphrt_ops:OP_TYPES",  # the module that defines each op type
    "load_rules": "graphrt_ops.rules:load",  # () -> None: registers the rules of algebra with passes/rule.py
    # What a Graph, an Operation and a TensorShape can be turned into.
    "op_type": "graphrt.opdef.registry:opdef_named",  # (type) -> OpDef
    "graph_def": "graphrt.formats.graphdef:graph_def",  # (graph, from_version, add_shapes) -> GraphDef
    "node_def": "graphrt.formats.graphdef:node_def",  # (operation) -> NodeDef
    "public_attribute": "graphrt.formats.attr_value:as_tf1_gives_it",  # (value) -> as Operation.get_attr gives it
    "shape_proto": "graphrt.formats.attr_value:shape_to_proto",  # (TensorShape) -> TensorShapeProto
    "networkx_graph": "graphrt.view.networkx_export:to_networkx",  # (graph) -> networkx.MultiDiGraph
    "notebook_picture": "graphrt.view.export:frame",  # (graph) -> HTML
    "explanation": "graphrt.view.explain:Explanation",  # (plan, fed values) -> what Session.explain returns
    # ``tf.dtypes`` and the engine's module of types share one attribute of the package; so do the two called errors.
    "public_lookup": "graphrt.public:lookup",  # (module, namespace, submodules, name) -> the attribute
}

provide(PLACES)
