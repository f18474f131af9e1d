"""How nodes look: their texts, their sizes, and the colours of each kind, in light and in dark."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphrt.view.kinds import CONSTANT, GRADIENT, PLACEHOLDER, SCOPE, UPDATE, VARIABLE
from graphrt.view.picture import Node
from graphrt.view.records import REMOVED, shorten

# kind: (fill, border, text) on white, then the same on a dark page.
COLOURS: dict[str, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "placeholder": (("#d9f2e6", "#2f9e6e", "#0f4a31"), ("#143c2d", "#3fbf88", "#c9f2df")),
    "variable": (("#fdebc8", "#d9922b", "#5c3a06"), ("#46330f", "#e0a446", "#fbe6bf")),
    "constant": (("#eef0f3", "#b4bac4", "#4b5260"), ("#2b3038", "#5b6473", "#b9c0cc")),
    "op": (("#dfeafb", "#5487d6", "#163a70"), ("#1a2f4f", "#6b9be6", "#d5e4fb")),
    "gradient": (("#ebe1fa", "#8f63cf", "#412372"), ("#33234f", "#a985e0", "#e8dcfa")),
    "update": (("#fbdfe2", "#d65a6b", "#701a28"), ("#4b1c26", "#e5798a", "#fbdadf")),
    "control": (("#f3eee8", "#a3917b", "#4f4334"), ("#38322a", "#a3917b", "#e8dfd3")),
    "scope": (("#f6f8fb", "#9aa7ba", "#28323f"), ("#1d232c", "#64728a", "#dbe2ec")),
    "removed": (("#f4f4f4", "#c9c9c9", "#9a9a9a"), ("#262626", "#4c4c4c", "#7d7d7d")),
}

TITLE_HEIGHT = 30.0
PADDING = 18.0
LABEL_SIZE, DETAIL_SIZE, SMALL_SIZE = 12.5, 10.5, 10.0

# Average advance widths in thousandths of the font size, generous enough for the usual sans-serif fonts.
_NARROW, _WIDE = frozenset("fijlrtI.,:;'|!()[]/ "), frozenset("mwMWGOQ@%—…×")


@dataclass(frozen=True)
class Face:
    """The texts of a node that is closed (or a leaf), and its size."""

    label: str
    detail: str
    width: float
    height: float


def text_width(text: str, size: float) -> float:
    """About how wide `text` is at this font size."""
    total = 0
    for character in text:
        if character in _NARROW:
            total += 340
        elif character in _WIDE:
            total += 860
        elif character.isupper():
            total += 690
        else:
            total += 570
    return round(total * size / 1000, 1)


def face_of(node: Node) -> Face:
    """What a node shows: constants only their value, scopes how much is in them, the rest type or shape."""
    if node.kind == CONSTANT:
        text = shorten(node.op.value if node.op and node.op.value else node.label, 18)
        return Face(text, "", round(max(22.0, text_width(text, SMALL_SIZE) + 14), 1), 20.0)
    label = shorten(node.label, 30)
    detail = shorten(_detail(node), 34)
    # Labels are bold.
    width = max(1.08 * text_width(label, LABEL_SIZE), text_width(detail, DETAIL_SIZE)) + 28
    width = round(max(56.0, width + (12 if node.is_group else 0)), 1)
    return Face(label, detail, width, 42.0 if detail else 30.0)


def _detail(node: Node) -> str:
    if node.op is None:
        partly = node.removed and node.state != REMOVED
        return f"{node.count} ops, {node.removed} removed" if partly else f"{node.count} ops"
    if node.kind in (VARIABLE, PLACEHOLDER) and node.op.outputs:
        return node.op.outputs[0].text
    plain = re.sub(r"_\d+$", "", node.label.rpartition("/")[2])
    return "" if plain.lower() == node.op.type.lower() else node.op.type


def colour_class(node: Node) -> str:
    """The CSS class and the key in COLOURS."""
    return REMOVED if node.state == REMOVED else node.kind


def tooltip(node: Node) -> str:
    """Everything worth knowing of a node in a few lines, for hover texts."""
    if node.op is None:
        return f"{node.name}\n{_GROUP_WORDS.get(node.kind, 'scope')} of {node.count} ops"
    lines = [node.name, f"type: {node.op.type}"]
    lines += [f"output {index}: {tensor.dtype} {tensor.shape}" for index, tensor in enumerate(node.op.outputs)]
    if node.op.device:
        lines.append(f"device: {node.op.device}")
    if node.op.source:
        lines.append(f"{node.op.source.filename}:{node.op.source.lineno} in {node.op.source.function}")
        lines.append(f"    {node.op.source.text}")
    return "\n".join(lines)


_GROUP_WORDS = {GRADIENT: "gradients:", UPDATE: "updates:", SCOPE: "scope"}
