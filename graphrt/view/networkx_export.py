"""A graph as a networkx.MultiDiGraph: for analysis (paths, ancestors, components) and for GraphML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphrt.view.records import OpRecord, records_of

if TYPE_CHECKING:
    import networkx


def to_networkx(graph: Any) -> networkx.MultiDiGraph:
    """The ops of `graph` as nodes (in creation order), its tensors and control inputs as edges.

    Nodes are op names (control characters escaped, so that every format can hold them) with `type`, `scope`, `device`,
    `source` ('file.py:12', '' where there is none), `line` (the text of that line), `shapes` and `dtypes` (one text per
    output). Edges have `tensor` ('a/b:0', '^a/b' for a control edge), `shape`, `dtype`, `control` (bool) and `input`
    (which input of the consumer it is, -1 for a control edge).
    Two edges join the same two ops where one op takes another's output twice.
    """
    import networkx

    result = networkx.MultiDiGraph()
    records = records_of(graph)
    for op in records:
        result.add_node(op.name, **_node_attributes(op))
    outputs = {op.name: op.outputs for op in records}
    for op in records:
        for position, (producer, index) in enumerate(op.inputs):
            tensor = outputs[producer][index]
            result.add_edge(
                producer,
                op.name,
                tensor=f"{producer}:{index}",
                shape=tensor.shape,
                dtype=tensor.dtype,
                control=False,
                input=position,
            )
        for producer in op.control:
            result.add_edge(producer, op.name, tensor=f"^{producer}", shape="", dtype="", control=True, input=-1)
    return result


def to_graphml(graph: Any) -> str:
    """`to_networkx` as GraphML text; lists become comma-separated texts, since GraphML has no lists."""
    import networkx

    result = to_networkx(graph)
    for _, attributes in result.nodes(data=True):
        attributes["shapes"] = "; ".join(attributes["shapes"])
        attributes["dtypes"] = "; ".join(attributes["dtypes"])
    return "\n".join(networkx.generate_graphml(result)) + "\n"


def _node_attributes(op: OpRecord) -> dict[str, Any]:
    return {
        "type": op.type,
        "scope": op.name.rpartition("/")[0],
        "device": op.device,
        "source": f"{op.source.filename}:{op.source.lineno}" if op.source else "",
        "line": op.source.text if op.source else "",
        "shapes": [tensor.shape for tensor in op.outputs],
        "dtypes": [tensor.dtype for tensor in op.outputs],
    }
