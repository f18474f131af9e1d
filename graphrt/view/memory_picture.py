"""A timeline of memory as bars of text, and as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from graphrt.view.printable import printable

_COLUMNS, _ROWS = 64, 8
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _MARGIN = 720, 240, 24
_COLOURS = "#4477aa #ee6677 #228833 #ccbb44 #66ccee #aa3377 #bbbbbb #994455 #997700 #004488".split()


def bars(live: Sequence[int]) -> list[str]:
    """A chart of text, the peak at its top: each column is the most of the steps that it stands for."""
    if not any(live):
        return []
    columns = min(_COLUMNS, len(live))
    heights = [max(live[i * len(live) // columns : (i + 1) * len(live) // columns]) for i in range(columns)]
    units = [round(height * _ROWS * 8 / max(live)) for height in heights]
    rows = ["".join(_EIGHTHS[min(8, max(0, unit - 8 * row))] for unit in units) for row in reversed(range(_ROWS))]
    return [f"|{row.rstrip()}" for row in rows] + ["+" + "-" * columns + f" {len(live)} steps"]


def svg(title: str, names: Sequence[str], live: Sequence[int], largest: Sequence[Any]) -> str:
    """The same as a picture; ``largest`` (with ``bytes``, ``first``, ``last``, ``name``) are in colours below."""
    wide = (_WIDTH - 2 * _MARGIN) / max(1, len(live))
    scale = (_HEIGHT - 2 * _MARGIN) / max(1, *live) if live else 0.0
    bottom = _HEIGHT - _MARGIN

    def bar(i: int, base: float, height: float, colour: str, words: str) -> str:
        return (
            f'<rect x="{_MARGIN + i * wide:.2f}" y="{bottom - base - height:.2f}" width="{wide:.2f}" '
            f'height="{height:.2f}" fill="{colour}"><title>{escape(printable(words))}</title></rect>'
        )

    shapes = []
    for i, (name, size) in enumerate(zip(names, live, strict=True)):
        shapes.append(bar(i, 0, size * scale, "#dddddd", f"{i} {name}: {size / 1e6:.3f} MB"))
        base = 0.0
        for block, colour in zip(largest, _COLOURS, strict=False):
            if block.first <= i <= block.last:
                words = f"{block.name}: {block.bytes / 1e6:.3f} MB"
                shapes.append(bar(i, base, block.bytes * scale, colour, words))
                base += block.bytes * scale
    peak = f"{max(live, default=0) / 1e6:.3f} MB"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>{"".join(shapes)}'
        f'<text x="{_MARGIN}" y="16">{escape(printable(title))}: peak {peak}</text></svg>'
    )
