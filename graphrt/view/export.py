"""One call for every kind of picture: the file's suffix says which."""

from __future__ import annotations

import importlib
import os
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from graphrt.view.picture import Picture, default_open, make_picture, open_all
from graphrt.view.records import compare, records_of
from graphrt.view.tools import require_tools

SUFFIXES = (".svg", ".html", ".png", ".pdf", ".dot", ".gv", ".graphml")


def picture_of(graph: Any, *, after: Any = None, title: str = "graph", fold_variables: bool = True) -> Picture:
    """The picture of a Graph, a Program or a list of ops.

    With `after` (what a rewrite made of it) it shows both, and what was removed in grey.
    """
    records = records_of(graph)
    if after is not None:
        records = compare(records, records_of(after))
    return make_picture(records, fold_variables=fold_variables, title=title)


def opened_groups(picture: Picture, expand: str) -> set[int]:
    """Which groups to show open: 'auto' (what fits), 'none', 'scopes' (all but gradients and variables) or 'all'."""
    ways = {
        "auto": lambda: default_open(picture),
        "none": lambda: {0},
        "scopes": lambda: open_all(picture) | {0},
        "all": lambda: {node.number for node in picture.nodes if node.is_group},
    }
    if expand not in ways:
        raise ValueError(f"expand must be one of {', '.join(ways)}, got {expand!r}")
    return ways[expand]()


def svg(graph: Any, *, expand: str = "auto", title: str = "graph") -> str:
    """The graph as a static SVG document by our own layout."""
    picture = picture_of(graph, title=title)
    text: str = importlib.import_module("graphrt.view.svg").to_svg(picture, opened_groups(picture, expand))
    return text


def frame(graph: Any, *, height: int = 560, title: str = "graph") -> str:
    """The interactive page as an HTML element, for notebooks."""
    page = escape(html(graph, title=title), quote=True)
    style = f"width:100%;height:{height}px;border:1px solid #8884;border-radius:8px"
    return f'<iframe srcdoc="{page}" style="{style}"></iframe>'


def html(graph: Any, *, expand: str = "auto", title: str = "graph") -> str:
    """The graph as a self-contained interactive page."""
    picture = picture_of(graph, title=title)
    text: str = importlib.import_module("graphrt.view.html").to_html(picture, opened_groups(picture, expand))
    return text


def write(
    graph: Any,
    path: str | os.PathLike[str],
    *,
    after: Any = None,
    expand: str = "auto",
    title: str | None = None,
    layout: str = "own",
) -> Path:
    """Write the picture of a Graph (or a Program) as .svg, .html, .png, .pdf, .dot, .gv or .graphml.

    .svg, .html and .png come from our own layout (.png needs the extra [png]); .pdf, and .svg and .png with
    layout='dot', need the program `dot` of Graphviz.
    `expand` says which scopes are open: 'auto' (what fits), 'none', 'scopes' (all but gradients and variables), 'all'.
    With `after` the picture shows both graphs, and in grey what is in `graph` only. The file appears complete or not
    at all.

    Raises ValueError for another suffix or option, MissingToolError where what draws it is not installed.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{path.name!r}: the suffix says which picture to write; expected one of {', '.join(SUFFIXES)}"
        )
    if layout not in ("own", "dot") or (layout == "dot" and suffix == ".html"):
        raise ValueError(
            f"layout must be 'own', or 'dot' for another file than .html; got {layout!r} for {path.name!r}"
        )
    require_tools(suffix, layout)
    if suffix == ".graphml":
        content: str | bytes = importlib.import_module("graphrt.view.networkx_export").to_graphml(graph)
    else:
        picture = picture_of(graph, after=after, title=title or path.stem)
        content = _drawn(picture, suffix, opened_groups(picture, expand), layout)
    _replace(path, content.encode() if isinstance(content, str) else content)
    return path


def _drawn(picture: Picture, suffix: str, opened: set[int], layout: str) -> str | bytes:
    if layout == "own" and suffix in (".svg", ".html", ".png"):
        return _drawn_by_us(picture, suffix, opened)
    graphviz_export = importlib.import_module("graphrt.view.graphviz_export")
    digraph = graphviz_export.to_graphviz(picture, opened)
    content: str | bytes = digraph.source if suffix in (".dot", ".gv") else graphviz_export.render(digraph, suffix[1:])
    return content


def _drawn_by_us(picture: Picture, suffix: str, opened: set[int]) -> str | bytes:
    drawn: str | bytes
    if suffix == ".html":
        drawn = importlib.import_module("graphrt.view.html").to_html(picture, opened)
    elif suffix == ".svg":
        drawn = importlib.import_module("graphrt.view.svg").to_svg(picture, opened)
    else:
        to_svg = importlib.import_module("graphrt.view.svg").to_svg
        raster = importlib.import_module("graphrt.view.raster")
        drawn = raster.to_png(to_svg(picture, opened, fonts=raster.FONTS, dark=False))
    return drawn


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and rename: a reader sees the old file or the new one, never half of one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner can read.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
