"""A timeline of memory as bars of text, and as SVG: bytes in use above the steps of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from graphrt.view.printable import printable
from graphrt.view.records import shorten

_COLUMNS, _ROWS = 64, 8
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT = 760, 200  # of the plot with its axis of bytes; of the plot
_LEFT, _RIGHT, _TOP, _BOTTOM, _LINE = 76, 20, 40, 48, 18
_COLOURS = "#4477aa #ee6677 #228833 #ccbb44 #66ccee #aa3377 #bbbbbb #994455 #997700 #004488".split()
_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def shown(size: float) -> str:
    """Bytes for people: "12.3 MB"."""
    unit, name = _unit(size)
    return f"{size:.0f} B" if name == "B" else f"{size / unit:.1f} {name}"


def _unit(size: float) -> tuple[float, str]:
    # (What would be rounded to 1000.0 has the next unit.)
    return next((item for item in _UNITS if size >= 0.99995 * item[0]), _UNITS[-1])


def bars(live: Sequence[int]) -> list[str]:
    """A chart of text with its axes: each column is the most of the steps that it stands for."""
    if not any(live):
        return []
    columns = min(_COLUMNS, len(live))
    heights = [max(live[i * len(live) // columns : (i + 1) * len(live) // columns]) for i in range(columns)]
    units = [round(height * _ROWS * 8 / max(live)) for height in heights]
    rows = ["".join(_EIGHTHS[min(8, max(0, unit - 8 * row))] for unit in units) for row in reversed(range(_ROWS))]
    sizes = {0: shown(max(live)), _ROWS // 2: shown(max(live) / 2)}
    chart = [f"{sizes.get(row, ''):>9}|{text.rstrip()}" for row, text in enumerate(rows)]
    last = str(len(live) - 1)
    return [
        *chart,
        f"{'0 B':>9}+" + "-" * columns,
        f"{'':10}0{last:>{columns - 1}} step" if columns > 1 else f"{'':10}0 step",
    ]


def svg(title: str, names: Sequence[str], live: Sequence[int], largest: Sequence[Any]) -> str:
    """The same as a picture; ``largest`` (with ``bytes``, ``first``, ``last``, ``name``) are in colours, with a key."""
    coloured = list(zip(largest, _COLOURS, strict=False))
    height = _TOP + _HEIGHT + _BOTTOM + _LINE * (len(coloured) + bool(coloured))
    peak = shown(max(live, default=0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12" shape-rendering="crispEdges">'
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        _text(_LEFT, 20, f"{title}: peak {peak}", size=13),
        *_axis_of_bytes(max(live, default=0)),
        *_bars(names, live, coloured),
        *_axis_of_steps(len(live)),
        *_key(coloured),
        "</svg>",
    ]
    return "".join(parts)


def _bars(names: Sequence[str], live: Sequence[int], coloured: Sequence[tuple[Any, str]]) -> list[str]:
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, len(live))
    scale = _HEIGHT / max(1, *live) if live else 0.0
    shapes = []

    def bar(i: int, base: float, size: int, colour: str, words: str) -> float:
        x, y, high = _LEFT + i * wide, _TOP + _HEIGHT - base - size * scale, size * scale
        shapes.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}" fill="{colour}">'
            f"<title>{escape(printable(words))}</title></rect>"
        )
        return high

    for i, (name, size) in enumerate(zip(names, live, strict=True)):
        bar(i, 0, size, "#dddddd", f"{i} {name}: {shown(size)}")
        base = 0.0
        for block, colour in coloured:
            if block.first <= i <= block.last:
                base += bar(i, base, block.bytes, colour, f"{block.name}: {shown(block.bytes)}")
    return shapes


def _axis_of_bytes(most: int) -> list[str]:
    """Round numbers of one unit up to the peak, with lines across; what is measured."""
    unit, name = _unit(most)
    parts = []
    for value in _round_steps(most / unit):
        y = _TOP + _HEIGHT * (1 - value * unit / max(1, most))
        parts.append(f'<path d="M{_LEFT - 4},{y:.2f}H{_WIDTH - _RIGHT}" stroke="#bbbbbb" stroke-width="0.5"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{value:g} {name}", anchor="end"))
    parts.append(_text(_LEFT, _TOP - 8, "memory in use", colour="#666666", size=11))
    return parts


def _axis_of_steps(count: int) -> list[str]:
    """The numbers of some steps below the middle of their bars."""
    bottom = _TOP + _HEIGHT
    wide = (_WIDTH - _LEFT - _RIGHT) / max(1, count)
    parts = [f'<path d="M{_LEFT},{_TOP}V{bottom}H{_WIDTH - _RIGHT}" fill="none" stroke="#333333"/>']
    for value in _round_steps(max(0, count - 1), whole=True):
        x = _LEFT + (value + 0.5) * wide
        parts.append(f'<path d="M{x:.2f},{bottom}v4" stroke="#333333"/>')
        parts.append(_text(x, bottom + 17, f"{value:g}", anchor="middle"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, bottom + 34, "step of the run", anchor="middle", colour="#666666", size=11))
    return parts


def _key(coloured: Sequence[tuple[Any, str]]) -> list[str]:
    """What the colours are: the largest values at the peak."""
    top = _TOP + _HEIGHT + _BOTTOM
    parts = [
        _text(_LEFT, top + 11, "the largest at the peak, in colours; grey: the rest", colour="#666666", size=11)
    ] * bool(coloured)
    for row, (block, colour) in enumerate(coloured, 1):
        y = top + row * _LINE
        parts.append(f'<path d="M{_LEFT},{y + 2}h10v10h-10z" fill="{colour}"/>')
        parts.append(_text(_LEFT + 76, y + 11, shown(block.bytes), anchor="end"))
        parts.append(_text(_LEFT + 86, y + 11, shorten(block.name, 80)))
    return parts


def _round_steps(most: float, whole: bool = False) -> list[float]:
    """0 and the multiples of 1, 2 or 5 (times a power of ten) up to `most`, five of them or so."""
    if most <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= most)
    step = max(1.0, step) if whole else step
    return [index * step for index in range(int(most / step * (1 + 1e-9)) + 1)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#222222", size: int = 12) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
        f"{escape(printable(text))}</text>"
    )
