"""tf.import_graph_def: nodes of a GraphDef added to the default graph."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from graphrt.export import export
from graphrt.formats.allowance import Allowance
from graphrt.formats.graphdef import PRODUCER
from graphrt.formats.node_reader import Defaults, NamedNodeError, NodeParts, check_name, parts_of, refusal
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.graph.stacks import get_default_graph
from graphrt.opdef.convert import convert_to_tensor


@export("import_graph_def", "graph_util.import_graph_def")
def import_graph_def(
    graph_def: Any,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Iterable[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Adds the nodes of `graph_def` to the default graph.

    Args:
      graph_def: a GraphDef message.
      input_map: names of tensors of `graph_def` ("x:0", or "x" for output 0), each with the value to use instead.
      return_elements: names of operations ("y") and tensors ("y:0") of `graph_def` to return.
      name: the prefix of the new nodes; "import" if None, none if "".
      op_dict: not supported: TensorFlow 1.15 ignores it.
      producer_op_list: the OpList of the program that wrote `graph_def`: attributes that graphrt does not know are
        left out where they have the default value that is given there.

    Returns:
      The Operations and Tensors that `return_elements` names, in its order; None without it.

    Raises:
      TypeError: an argument is not what is described above.
      ValueError: the graph is not well formed (the message names the node), asks for much more memory than the file has
        bytes (see `GRAPHRT_IMPORT_LIMIT`), or a name in `input_map` or `return_elements` is not in it.
      tf.errors.NotFoundError: it holds a type of op that graphrt does not have.

    >>> x = tf.placeholder(tf.float32, [2], name="x")
    >>> y = tf.negative(x, name="y")
    >>> graph_def = tf.get_default_graph().as_graph_def()
    >>> tf.import_graph_def(graph_def, {"x:0": tf.constant([1.0, 2.0])}, ["y:0"])
    [<tf.Tensor 'import/y:0' shape=(2,) dtype=float32>]
    """
    if op_dict is not None:
        raise ValueError("import_graph_def: op_dict is not supported; leave it out, the ops are known by their names")
    if getattr(getattr(graph_def, "DESCRIPTOR", None), "name", None) != "GraphDef":
        raise TypeError("graph_def must be a GraphDef proto.")
    _check_version(graph_def)
    values = _checked_input_map(input_map)
    wanted = _checked_return_elements(return_elements)
    graph = get_default_graph()
    with name_scope(name, "import", list(values.values())) as scope:
        if values:
            with graph.name_scope("_inputs"):
                values = {key: convert_to_tensor(value) for key, value in values.items()}
        importer = _Importer(graph, graph_def.node, scope, values, _defaults(producer_op_list))
    # The scope only served to find a prefix that is free: the nodes have full names.
    with graph.name_scope(None), graph.all_or_nothing():
        importer.add_all()
        importer.check_input_map()
    return None if wanted is None else [importer.element(key) for key in wanted]


class _Importer:
    """One call of import_graph_def: the nodes by their names in the file, and what has been made of them."""

    def __init__(
        self,
        graph: Graph,
        nodes: Sequence[Any],
        prefix: str,
        values: dict[str, Any],
        defaults: Defaults,
    ) -> None:
        self.graph = graph
        self.nodes = nodes
        self.values = values
        self.defaults = defaults
        self.allowance = Allowance()
        self.made: dict[str, Operation] = {}
        for node in nodes:
            check_name(node)
        self.index = {node.name: i for i, node in enumerate(nodes)}
        if len(self.index) < len(nodes):
            twice = next(node.name for i, node in enumerate(nodes) if self.index[node.name] != i)
            raise ValueError(f"Node '{twice}' is not unique")
        self.new_names = self._free_names([node.name for node in nodes], prefix)

    def _free_names(self, names: list[str], prefix: str) -> dict[str, str]:
        """The new name of each node: with the prefix, and numbered where the graph has a node of that name."""
        taken = self.graph._by_name
        full = {name: prefix + name for name in names}
        reserved = set(full.values())
        for name, candidate in full.items():
            count = 0
            while full[name] in taken or (count and full[name] in reserved):
                count += 1
                full[name] = f"{candidate}_{count}"
        return full

    def add_all(self) -> None:
        """Makes all nodes, each after those it needs, and otherwise in the order of the file."""
        needs = [self._needs(node) for node in self.nodes]
        waiting = [len(names) for names in needs]
        users: dict[str, list[int]] = {}
        for i, names in enumerate(needs):
            for name in names:
                users.setdefault(name, []).append(i)
        ready = [i for i, count in enumerate(waiting) if count == 0]
        while ready:
            node = self.nodes[heapq.heappop(ready)]
            self.made[node.name] = self._add(node)
            for i in users.get(node.name, ()):
                waiting[i] -= 1
                if waiting[i] == 0:
                    heapq.heappush(ready, i)
        if len(self.made) < len(self.nodes):
            stuck = [node.name for node in self.nodes if node.name not in self.made]
            raise ValueError(f"{len(stuck)} nodes in a cycle: {', '.join(stuck[:5])} (loops cannot be imported)")

    def _needs(self, node: Any) -> set[str]:
        """Names of the nodes that must be made before `node`."""
        names = set()
        controls = False
        for text in node.input:
            name, index = _parsed(text)
            if index is not None and f"{name}:{index}" in self.values:
                continue
            if name not in self.index:
                raise NamedNodeError(f"Node '{node.name}': Unknown input node {text!r}")
            if controls and index is not None:
                raise NamedNodeError(f"Node '{node.name}': Control dependencies must come after regular dependencies")
            controls = index is None
            names.add(name)
        return names

    def _add(self, node: Any) -> Operation:
        try:
            return self._created(node, parts_of(node, self.defaults, self.allowance))
        except Exception as error:  # what a shape function makes of a hostile node can be any exception
            refused = refusal(node, error)
            if refused is error:
                raise
            raise refused from error

    def _created(self, node: Any, parts: NodeParts) -> Operation:
        """The node, made under its new name; its types must come out as the file says."""
        opdef, attrs, name = parts.opdef, parts.attrs, self.new_names[node.name]
        tensors = [self._tensor(node, text) for text in node.input if not text.startswith("^")]
        groups = [self._renamed_location(node, group) for group in parts.private.get("_class", ())]
        with self.graph.device(node.device) if node.device else nullcontext():
            op = opdef.create(self.graph, tensors, attrs, name + "/")
        for key, value in attrs.items():
            if key not in opdef.attrs and op.attrs[key] != value:
                raise NamedNodeError(
                    f"Node '{node.name}' ({node.op}): its inputs make {key} {op.attrs[key]}, incompatible with "
                    f"expected {value}"
                )
        for tensor in op.outputs:
            if any(size is not None and size < 0 for size in tensor.shape.values or ()):
                raise NamedNodeError(f"Node '{node.name}' ({node.op}): its output would have the shape {tensor.shape}")
        self.graph._names_in_use.setdefault(name.lower(), 1)
        op.attrs.update(parts.private)
        if groups:
            op.attrs["_class"] = groups
        op._add_control_inputs(self.made[text[1:]] for text in node.input if text.startswith("^"))
        return op

    def _tensor(self, node: Any, text: str) -> Tensor:
        name, index = _parsed(text)
        key = f"{name}:{index}"
        if key in self.values:
            found: Tensor = self.values[key]
            return found
        outputs = self.made[name].outputs
        if index is None or index >= len(outputs):
            raise NamedNodeError(
                f"Node '{node.name}': Connecting to invalid output {index} of source node {name} which has "
                f"{len(outputs)} outputs."
            )
        return outputs[index]

    def _renamed_location(self, node: Any, location: bytes) -> bytes:
        """b'loc:@w' becomes b'loc:@import/w'."""
        if not location.startswith(b"loc:@"):
            return location
        name = location[5:].decode()
        if name not in self.new_names:
            raise NamedNodeError(f"Node '{node.name}' expects to be colocated with unknown node {name!r}")
        return b"loc:@" + self.new_names[name].encode()

    def check_input_map(self) -> None:
        missing = [key for key in self.values if not self._exists(key)]
        if missing:
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: [{', '.join(missing)}]")

    def _exists(self, key: str) -> bool:
        name, index = _parsed(key)
        return name in self.made and index is not None and index < len(self.made[name].outputs)

    def element(self, key: str) -> Operation | Tensor:
        """The Operation or Tensor that a name in `return_elements` stands for."""
        name, index = _parsed(key)
        if ":" in key and key in self.values:
            mapped: Tensor = self.values[key]
            return mapped
        if name not in self.made:
            what = "tensor" if ":" in key else "node"
            raise ValueError(f"Requested return {what} '{key}' not found in graph def")
        op = self.made[name]
        if ":" not in key or index is None:
            return op
        if index >= len(op.outputs):
            raise ValueError(f"Invalid return output {index} of node '{name}', which has {len(op.outputs)} output(s)")
        return op.outputs[index]


def _parsed(text: str) -> tuple[str, int | None]:
    """'x' -> ('x', 0); 'x:1' -> ('x', 1); '^x' -> ('x', None). What is none of these is the name of no node."""
    if text.startswith("^"):
        return text[1:], None
    name, _, index = text.rpartition(":")
    if name and index.isascii() and index.isdigit() and len(index) < 10:
        return name, int(index)
    return text, 0


def _check_version(graph_def: Any) -> None:
    needed = graph_def.versions.min_consumer
    if needed > PRODUCER:
        raise ValueError(f"GraphDef min consumer version {needed} above current version {PRODUCER} (TensorFlow 1.15)")


def _checked_input_map(input_map: Mapping[str, Any] | None) -> dict[str, Any]:
    """The map with its keys in full ('x' is 'x:0')."""
    if input_map is None:
        return {}
    if not isinstance(input_map, Mapping) or not all(isinstance(key, (str, bytes)) for key in input_map):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    texts = {_text(key): value for key, value in input_map.items()}
    return {key if ":" in key or key.startswith("^") else f"{key}:0": value for key, value in texts.items()}


def _checked_return_elements(return_elements: Iterable[str] | None) -> tuple[str, ...] | None:
    if return_elements is None:
        return None
    wanted = tuple(return_elements)
    if not all(isinstance(key, (str, bytes)) for key in wanted):
        raise TypeError("return_elements must be a list of strings.")
    return tuple(_text(key) for key in wanted)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _defaults(producer_op_list: Any) -> Defaults:
    """The defaults of the attributes of each op of the producer, as AttrValues."""
    if producer_op_list is None:
        return {}
    return {
        op.name: {attr.name: attr.default_value for attr in op.attr if attr.HasField("default_value")}
        for op in producer_op_list.op
    }
