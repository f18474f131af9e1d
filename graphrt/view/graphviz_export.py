"""A picture as Graphviz source: scopes as clusters, closed groups as one node, one edge between two visible nodes.

`to_graphviz` needs only the Python package `graphviz`; turning its source into PNG, PDF or SVG needs the program `dot`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from graphrt.view.arrange import make_containers
from graphrt.view.kinds import CONSTANT
from graphrt.view.look import COLOURS, colour_class, face_of, tooltip
from graphrt.view.picture import ROOT, Edge, Node, Picture, default_open

if TYPE_CHECKING:
    import graphviz


def to_graphviz(picture: Picture, opened: set[int] | None = None, *, all_edges: bool = False) -> graphviz.Digraph:
    """The picture as a `graphviz.Digraph` (its `source` is the text), with the groups `opened` drawn as clusters.

    Edges carry shape and dtype of their tensor, control edges are dashed, nodes that a rewrite removed are grey.
    Edges into nodes that nearly everything is joined to (the gradients, the train op, the initializer) would hide all
    others: without `all_edges` such a node says how many edges of it are not drawn.
    """
    import graphviz

    opened = default_open(picture) if opened is None else opened
    digraph = graphviz.Digraph(_text(picture.title))
    digraph.attr("graph", fontname="Helvetica", rankdir="TB", nodesep="0.25", ranksep="0.35", compound="true")
    digraph.attr("node", fontname="Helvetica", fontsize="11", style="rounded,filled", shape="box", height="0.3")
    digraph.attr("edge", fontname="Helvetica", fontsize="8", color="#8b97a8", fontcolor="#6a7585", arrowsize="0.6")
    loose = [] if all_edges else make_containers(picture)[1]
    edges = _visible_edges(picture, opened, {item.edge for item in loose if item.hub})
    hidden: Counter[int] = Counter()
    for item in loose:
        edge = picture.edges[item.edge]
        ends = picture.visible(edge.source, opened), picture.visible(edge.target, opened)
        if item.hub and ends[0] != ends[1]:
            hidden[ends[0] if item.hub == "source" else ends[1]] += 1
    _add_children(digraph, picture, picture.nodes[ROOT], opened, hidden)
    for (source, target), between in edges.items():
        _add_edge(digraph, picture, source, target, between)
    return digraph


def render(digraph: graphviz.Digraph, kind: str) -> bytes:
    """The drawing as 'png', 'pdf' or 'svg' bytes, by the program `dot` (see tools.py)."""
    content: bytes = digraph.pipe(format=kind)
    return content


def _add_children(
    digraph: graphviz.Digraph, picture: Picture, group: Node, opened: set[int], hidden: Mapping[int, int]
) -> None:
    for number in group.children:
        node = picture.nodes[number]
        if number in opened and node.is_group:
            with digraph.subgraph(name=f"cluster_{number}") as cluster:
                fill, border, text = COLOURS[colour_class(node)][0]
                style = {"style": "rounded,filled", "fillcolor": f"{fill}55", "color": border, "fontcolor": text}
                cluster.attr(label=_text(node.label), labeljust="l", fontsize="11", **style)
                _add_children(cluster, picture, node, opened, hidden)
        else:
            digraph.node(_name(number), **_attributes(node, hidden.get(number, 0)))


def _attributes(node: Node, hidden: int) -> dict[str, str]:
    fill, border, text = COLOURS[colour_class(node)][0]
    face = face_of(node)
    label = f"{face.label}\n{face.detail}" if face.detail else face.label
    if hidden:
        label += f"\n({hidden} edges not drawn)"
    attributes = {
        "label": _text(label),
        "fillcolor": fill,
        "color": border,
        "fontcolor": text,
        "tooltip": _text(tooltip(node)),
    }
    if node.kind == CONSTANT:
        attributes |= {"shape": "ellipse", "fontsize": "8", "height": "0.2", "width": "0.2", "margin": "0.02"}
    if node.is_group and node.op is None:
        attributes["peripheries"] = "2"
    if node.state == "removed":
        attributes["style"] = "rounded,filled,dashed"
    return attributes


def _text(text: str) -> str:
    """Text as Graphviz is to show it: backslashes doubled, line ends as the two characters that it reads as one, and
    no HTML where it begins with < and ends with >. Every text of the user's goes through here."""
    import graphviz

    shown: str = graphviz.nohtml(text.replace("\\", "\\\\").replace("\n", "\\n"))
    return shown


def _visible_edges(picture: Picture, opened: set[int], without: set[int]) -> dict[tuple[int, int], list[Edge]]:
    """The edges (but for those at the positions `without`) between what is visible, as they first appear."""
    visible: dict[int, int] = {}
    result: dict[tuple[int, int], list[Edge]] = {}
    for position, edge in enumerate(picture.edges):
        if position in without:
            continue
        for number in (edge.source, edge.target):
            if number not in visible:
                visible[number] = picture.visible(number, opened)
        pair = visible[edge.source], visible[edge.target]
        if pair[0] != pair[1]:
            result.setdefault(pair, []).append(edge)
    return result


def _add_edge(digraph: graphviz.Digraph, picture: Picture, source: int, target: int, edges: list[Edge]) -> None:
    tensors = {edge.tensor: edge.text for edge in edges if not edge.control}
    texts = set(tensors.values())
    attributes = {}
    if tensors:
        attributes["label"] = _text(texts.pop() if len(texts) == 1 else f"{len(tensors)} tensors")
        attributes["tooltip"] = _text(", ".join(list(tensors)[:8]))
    else:
        attributes["style"] = "dashed"
    if len(tensors) > 1:
        attributes["penwidth"] = f"{min(4.0, 1 + 0.3 * len(tensors)):.1f}"
    if "removed" in (picture.nodes[source].state, picture.nodes[target].state):
        attributes |= {"color": "#c9c9c9", "fontcolor": "#9a9a9a"}
    digraph.edge(_name(source), _name(target), **attributes)


def _name(number: int) -> str:
    return f"n{number}"
