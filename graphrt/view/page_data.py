"""What a page's script reads: a picture in few bytes (page/data.js unpacks it, and says what its objects hold).

A training graph has ten times as many edges as nodes, and most of what they and the nodes say is said many times: each
text, list of attributes, source line and set of control inputs stands once in a table, and is meant by its position
there. Rows are lists in the order that the functions below give. A page of 10,000 ops takes some 3 MB.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import groupby
from typing import Any

from graphrt.view.arrange import ENTRY, NODE, Container, Loose, make_containers
from graphrt.view.look import colour_class, face_of
from graphrt.view.picture import Edge, Node, Picture, default_open, open_all
from graphrt.view.records import UNKNOWN_RANK, OpRecord

# How an edge is drawn, one character each: as a line, as a dot at one of its ends, as a free curve.
_LINE, _LOOSE = "-", {"target": "t", "source": "s", "": "c"}


def page_data(picture: Picture, opened: set[int] | None = None) -> dict[str, Any]:
    """Nodes, edges, the layered drawing of each group, and what is open at first."""
    containers, loose = make_containers(picture)
    packer = _Packer()
    return {
        "title": picture.title,
        "nodes": [packer.node(node, picture.nodes[node.parent]) for node in picture.nodes],
        "edges": packer.edges(picture.edges),
        "loose": _loose(len(picture.edges), loose),
        "containers": [packer.container(container) for container in containers.values()],
        "notes": _notes(picture.edges, loose),
        "opened": sorted(default_open(picture) if opened is None else opened),
        "plain": sorted(open_all(picture)),
        "table": list(packer.table),
    }


class _Packer:
    """Makes rows, and the table of what they share."""

    def __init__(self) -> None:
        self.table: dict[Hashable, int] = {}

    def shared(self, value: Hashable) -> int:
        """The position in the table of a text or of a tuple."""
        return self.table.setdefault(value, len(self.table))

    def node(self, node: Node, parent: Node) -> list[Any]:
        """parent, 1 if its name begins with the parent's, the rest, label (0: the rest), detail, kind, style, width,
        height, ops in it, its op (-1: none)."""
        face = face_of(node)
        goes_on = node is not parent and node.name.startswith(parent.name)
        rest = node.name.removeprefix(parent.name) if goes_on else node.name
        return [
            node.parent,
            int(goes_on),
            rest,
            0 if face.label == rest.lstrip("/") else face.label,
            self.shared(face.detail),
            self.shared(node.kind),
            self.shared(colour_class(node)),
            face.width,
            face.height,
            node.count,
            -1 if node.op is None else self.op(node.op),
        ]

    def op(self, op: OpRecord) -> int:
        """type, value, device, outputs (dtype, shape, text of an edge), attributes, source (-1: none)."""
        outputs = tuple((t.dtype + "_ref" * t.is_reference, t.shape, t.text) for t in op.outputs)
        source = op.source
        line = -1
        if source is not None:
            line = self.shared((self.shared(source.filename), source.lineno, source.function, source.text))
        texts = (self.shared(text) for text in (op.type, op.value, op.device))
        return self.shared((*texts, self.shared(outputs), self.shared(op.attrs), line))

    def edges(self, edges: list[Edge]) -> list[list[Any]]:
        """For each leaf: itself, its inputs as (leaf, which output) one after the other, its control inputs."""
        rows = []
        for target, group in groupby(edges, key=lambda edge: edge.target):
            inputs: list[int] = []
            control: list[int] = []
            for edge in group:
                if edge.control:
                    control.append(edge.source)
                else:
                    inputs += (edge.source, edge.output)
            rows.append([target, inputs, self.shared(tuple(control))])
        return rows

    def container(self, container: Container) -> list[Any]:
        """group, ports (n: entry, -n - 1: exit), links (source, target, text, count, control + 2 light, one after the
        other), blocks, how many of them have ports, the paths of links that cross layers (0 for others)."""
        ports = [
            member.number if member.role == ENTRY else -member.number - 1
            for member in container.members
            if member.role != NODE
        ]
        links: list[int] = []
        for link in container.links:
            links += (link.source, link.target, self.shared(link.text), link.count, link.control + 2 * link.light)
        chains = [0 if len(chain) == 2 else chain for chain in container.layers.chains]
        return [container.group, ports, links, container.layers.blocks, container.layers.ported, chains]


def _notes(edges: list[Edge], loose: list[Loose]) -> list[str]:
    """What the legend says beside the kinds of node: how to read the edges."""
    texts = " ".join({edge.text for edge in edges})
    notes = {
        "?: a length that is known in a run only": "?" in texts,
        f"{UNKNOWN_RANK}: not even the number of dimensions is known": UNKNOWN_RANK in texts,
        "dashed: order only (control inputs)": any(edge.control for edge in edges),
        "dots: edges to what nearly everything is joined to; point at a node to see them": any(
            item.hub for item in loose
        ),
    }
    return [note for note, holds in notes.items() if holds]


def _loose(count: int, loose: list[Loose]) -> str:
    result = [_LINE] * count
    for item in loose:
        result[item.edge] = _LOOSE[item.hub]
    return "".join(result)
