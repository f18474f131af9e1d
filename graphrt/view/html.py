"""One HTML page that holds a graph and everything needed to look at it: no network, no `dot`, no installation.

The layers of every scope are computed here; the page itself (page/*.js) repeats only the placing when a scope opens.
"""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files
from typing import Any

from graphrt.view.arrange import Container, make_containers
from graphrt.view.look import colour_class, face_of
from graphrt.view.picture import Node, Picture, default_open, open_all
from graphrt.view.records import OpRecord
from graphrt.view.svg import scheme_rules, stylesheet

_SCRIPTS = ("layout.js", "draw.js", "move.js", "page.js")


def to_html(picture: Picture, opened: set[int] | None = None) -> str:
    """The page, with the groups `opened` (None: `default_open`) showing their inside at first."""
    page = files("graphrt.view") / "page"
    data = json.dumps(page_data(picture, opened), separators=(",", ":"), ensure_ascii=False)
    parts = {
        "TITLE": escape(picture.title),
        "STYLE": _style() + (page / "page.css").read_text(encoding="utf-8"),
        # "</script>" in a user's source line must not end the script.
        "DATA": data.replace("<", "\\u003c"),
        "SCRIPT": "\n".join((page / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    }
    return re.sub("@([A-Z]+)@", lambda mark: parts[mark[1]], (page / "page.html").read_text(encoding="utf-8"))


def page_data(picture: Picture, opened: set[int] | None = None) -> dict[str, Any]:
    """What the page's script reads: nodes, edges, the layered drawing of each group, and what is open at first."""
    containers, loose = make_containers(picture)
    return {
        "title": picture.title,
        "nodes": [_node(node) for node in picture.nodes],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "text": edge.text,
                "tensor": edge.tensor,
                "control": edge.control,
            }
            for edge in picture.edges
        ],
        "containers": {str(group): _container(container) for group, container in containers.items()},
        "loose": [[item.edge, item.hub] for item in loose],
        "opened": sorted(default_open(picture) if opened is None else opened),
        "plain": sorted(open_all(picture)),
    }


def _style() -> str:
    """The SVG's look with the page's two ways to be dark: as the system says, or by the button."""
    automatic = scheme_rules(1, ".graphrt:not([data-theme=light])")
    chosen = scheme_rules(1, ".graphrt[data-theme=dark]")
    return stylesheet(f"@media (prefers-color-scheme: dark){{{automatic}}}{chosen}")


def _node(node: Node) -> dict[str, Any]:
    face = face_of(node)
    result: dict[str, Any] = {
        "name": node.name,
        "label": face.label,
        "detail": face.detail,
        "kind": node.kind,
        "style": colour_class(node),
        "parent": node.parent,
        "width": face.width,
        "height": face.height,
        "count": node.count,
    }
    if node.children:
        result["children"] = node.children
    if node.op is not None:
        result["op"] = _op(node.op)
    return result


def _op(op: OpRecord) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": op.type,
        "outputs": [[tensor.dtype + "_ref" * tensor.is_reference, tensor.shape] for tensor in op.outputs],
        "attrs": [list(pair) for pair in op.attrs],
    }
    if op.device:
        result["device"] = op.device
    if op.value:
        result["value"] = op.value
    if op.source is not None:
        source = op.source
        result |= {"file": source.filename, "line": source.lineno, "function": source.function, "text": source.text}
    return result


def _container(container: Container) -> dict[str, Any]:
    return {
        "group": container.group,
        "members": [[member.role, member.number] for member in container.members],
        "links": [
            {
                "source": link.source,
                "target": link.target,
                "text": link.text,
                "count": link.count,
                "control": link.control,
                "light": link.light,
            }
            for link in container.links
        ],
        "blocks": container.layers.blocks,
        "ported": container.layers.ported,
        "chains": container.layers.chains,
    }
