"""A static SVG of a picture through our own layout: needs no `dot`, adapts to light and dark, hover shows details."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from graphrt.view.arrange import Arrangement, Box, Line, arrange, loose_ends, make_containers
from graphrt.view.kinds import CONSTANT
from graphrt.view.look import COLOURS, DETAIL_SIZE, LABEL_SIZE, SMALL_SIZE, colour_class, face_of, tooltip
from graphrt.view.picture import Node, Picture, default_open

_MARGIN = 24
_ARROW = (
    '<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="8" '
    'markerHeight="8" orient="auto"><path class="head" d="M0,0.8 L8,4 L0,7.2 z"/></marker>'
)


# Whatever a system's own programs are written in.
SYSTEM_FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif"


def to_svg(picture: Picture, opened: set[int] | None = None, *, fonts: str = SYSTEM_FONTS, dark: bool = True) -> str:
    """The whole picture as one SVG document, with the groups `opened` (None: `default_open`) showing their inside.

    `fonts` is the list of CSS; with `dark` the colours follow the reader's choice of light or dark.
    """
    containers, loose = make_containers(picture)
    opened = default_open(picture) if opened is None else opened
    arrangement = arrange(picture, containers, opened)
    dots, curves = loose_ends(picture, loose, opened)
    dark_rules = f"@media (prefers-color-scheme: dark){{{scheme_rules(1)}}}" if dark else ""
    width, height = arrangement.width + 2 * _MARGIN, arrangement.height + 2 * _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{-_MARGIN} {-_MARGIN} {width:.1f} {height:.1f}" class="graphrt" role="img">',
            f"<title>{escape(picture.title)}</title>",
            f"<style>{stylesheet(dark_rules, fonts)}</style>",
            f"<defs>{_ARROW}</defs>",
            f'<rect class="page" x="{-_MARGIN}" y="{-_MARGIN}" width="100%" height="100%"/>',
            *_body(picture, arrangement),
            *_curves(arrangement, curves),
            *_dots(picture, arrangement, dots),
            "</svg>",
            "",
        ]
    )


_LIGHT = {"page": "#ffffff", "ink": "#28323f", "line": "#8b97a8", "faint": "#6a7585"}
_DARK = {"page": "#12161c", "ink": "#dbe2ec", "line": "#66738a", "faint": "#97a3b4"}


def stylesheet(dark: str, fonts: str = SYSTEM_FONTS) -> str:
    """The look of nodes and lines; `dark` are the rules for dark pages (see `scheme_rules`)."""
    return (
        f".graphrt{{font-family:{fonts}}}"
        ".graphrt .line{fill:none;stroke-width:1.2}.graphrt .control{stroke-dasharray:4 4}"
        f".graphrt .label{{font-size:{LABEL_SIZE}px;font-weight:600}}"
        f".graphrt .detail{{font-size:{DETAIL_SIZE}px;opacity:.8}}.graphrt .value{{font-size:{SMALL_SIZE}px}}"
        ".graphrt .shape{font-size:9.5px}"
        ".graphrt .shape,.graphrt .title{stroke-width:3px;paint-order:stroke;stroke-linejoin:round}"
        ".graphrt .box{stroke-width:1.3}.graphrt .open>.box{fill-opacity:.35}"
        f".graphrt .removed .box{{stroke-dasharray:3 3}}{scheme_rules(0)}{dark}"
    )


def scheme_rules(scheme: int, root: str = ".graphrt") -> str:
    """The colours of light (0) or dark (1) pages for what is inside `root`."""
    page = (_LIGHT, _DARK)[scheme]
    rules = [
        f"{root} .page{{fill:{page['page']}}}{root} text{{fill:{page['ink']}}}",
        f"{root} .line{{stroke:{page['line']}}}{root} .head{{fill:{page['line']}}}",
        f"{root} .shape{{fill:{page['faint']};stroke:{page['page']}}}{root} .title{{stroke:{page['page']}}}",
    ]
    for kind, schemes in COLOURS.items():
        fill, border, text = schemes[scheme]
        rules.append(
            f"{root} .{kind}>.box{{fill:{fill};stroke:{border}}}{root} .{kind}>text{{fill:{text}}}"
            f"{root} .{kind}>.mark{{stroke:{border}}}{root} .dot.{kind}{{fill:{border}}}"
            f"{root} .chip.{kind}{{background:{fill};border-color:{border};color:{text}}}"
        )
    return "".join(rules)


def _body(picture: Picture, arrangement: Arrangement) -> list[str]:
    """Open groups first (outermost first), then lines, then the nodes and the titles of open groups on top."""
    opened = [box for box in arrangement.boxes if box.opened]
    closed = [box for box in arrangement.boxes if not box.opened]
    return (
        [_open_group(picture.nodes[box.number], box) for box in opened]
        + [_line(line) for line in arrangement.lines]
        + [_edge_text(line) for line in arrangement.lines if line.text]
        + [_node(picture.nodes[box.number], box) for box in closed]
        + [_title(picture.nodes[box.number], box) for box in opened]
    )


def path_of(line: Line) -> str:
    """The `d` of a line: upright through layers, one smooth curve in each gap between two layers."""
    x, start, bottom = line.stops[0]
    parts = [f"M{x:.1f},{start:.1f}", _upright(start, bottom)]
    for next_x, top, next_bottom in line.stops[1:]:
        middle = (bottom + top) / 2
        parts.append(f"C{x:.1f},{middle:.1f} {next_x:.1f},{middle:.1f} {next_x:.1f},{top:.1f}")
        parts.append(_upright(top, next_bottom))
        x, bottom = next_x, next_bottom
    return "".join(parts)


def _upright(top: float, bottom: float) -> str:
    """An upright piece; none without length, since the arrow head takes its direction from the last piece."""
    return f"V{bottom:.1f}" if bottom - top > 0.05 else ""


def _line(line: Line) -> str:
    style = "line control" if line.control else "line"
    width = f' style="stroke-width:{min(3.5, 1.2 + 0.35 * (line.count - 1)):.2f}px"' if line.count > 1 else ""
    marker = ' marker-end="url(#arrow)"' if line.arrow else ""
    return f'<path class="{style}"{width} d="{path_of(line)}"{marker}/>'


def _edge_text(line: Line) -> str:
    x, _, bottom = line.stops[0]
    return f'<text class="shape" x="{x + 5:.1f}" y="{bottom + 12:.1f}">{escape(line.text)}</text>'


def _node(node: Node, box: Box) -> str:
    face = face_of(node)
    middle = box.x + box.width / 2
    radius = 10 if node.kind == CONSTANT else 7
    parts = [
        f'<g class="{colour_class(node)}"><title>{escape(tooltip(node))}</title>'
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{radius}"/>'
    ]
    if node.kind == CONSTANT:
        parts.append(_text("value", middle, box.y + 13.5, face.label))
    else:
        parts.append(_text("label", middle, box.y + (18 if face.detail else 19.5), face.label))
        if face.detail:
            parts.append(_text("detail", middle, box.y + 33, face.detail))
    return "".join(parts) + "</g>"


def _open_group(node: Node, box: Box) -> str:
    return (
        f'<g class="open {colour_class(node)}"><rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}" rx="10"/></g>'
    )


def _title(node: Node, box: Box) -> str:
    label = escape(face_of(node).label)
    return f'<text class="label title" x="{box.x + 12:.1f}" y="{box.y + 20:.1f}">{label}</text>'


def _curves(arrangement: Arrangement, curves: list[tuple[int, int]]) -> list[str]:
    """Edges that close a cycle: from the right side of one box around to the right side of the other."""
    boxes = {box.number: box for box in arrangement.boxes}
    result = []
    for source, target in curves:
        start, end = boxes[source], boxes[target]
        x, y = start.x + start.width, start.y + start.height / 2
        end_x, end_y = end.x + end.width, end.y + end.height / 2
        bend = max(x, end_x) + 40
        path = f"M{x:.1f},{y:.1f}C{bend:.1f},{y:.1f} {bend:.1f},{end_y:.1f} {end_x:.1f},{end_y:.1f}"
        result.append(f'<path class="line control" d="{path}" marker-end="url(#arrow)"/>')
    return result


def _dots(picture: Picture, arrangement: Arrangement, dots: dict[int, dict[tuple[int, str], int]]) -> list[str]:
    """A dot for each kind of hub that a node is joined to: outputs at the lower right, inputs at the upper left."""
    result = []
    for box in arrangement.boxes:
        words: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (hub, direction), count in dots.get(box.number, {}).items():
            node = picture.nodes[hub]
            words[direction, colour_class(node)].append(f"{count} {direction} {node.name}")
        placed = {"to": 0, "from": 0}
        for (direction, style), texts in words.items():
            step = 9 * placed[direction]
            placed[direction] += 1
            x, y = box.x + 9 + step, box.y
            if direction == "to":
                x, y = box.x + box.width - 9 - step, box.y + box.height
            result.append(
                f'<circle class="dot {style}" cx="{x:.1f}" cy="{y:.1f}" r="3.2">'
                f"<title>{escape(', '.join(texts))}</title></circle>"
            )
    return result


def _text(style: str, x: float, y: float, text: str) -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(text)}</text>'
