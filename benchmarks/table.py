"""The table: as plain text while it is measured, and as Markdown for RESULTS.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.measure import Row


def shown(seconds: float) -> str:
    """A time with a fitting unit."""
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def value(row: Row, which: str) -> str:
    """One library's cell: the median of its rounds."""
    if which not in row.values:
        return "fails" if row.problems.get(which) else "-"
    middle = statistics.median(row.values[which])
    return {"time": shown, "memory": "{:.0f} MB".format, "rate": "{:,.0f}/s".format}[row.kind](middle)


def ratios(row: Row, which: str) -> list[float]:
    """How many times better graphrt is than another library, round by round, in order."""
    mine, theirs = row.values.get("graphrt", []), row.values.get(which, [])
    pairs = zip(mine, theirs, strict=False)
    return sorted(a / b if row.kind == "rate" else b / a for a, b in pairs)


def ratio(row: Row, which: str) -> str:
    """One library's cell of the ratios: the median, with the least and the greatest."""
    values = ratios(row, which)
    if not values:
        return "-"
    middle = f"{statistics.median(values):.2f}x"
    return middle if len(values) == 1 else f"{middle} ({values[0]:.2f}-{values[-1]:.2f})"


def floor_share(row: Row) -> str:
    """How much of the speed that the machine has graphrt reaches."""
    values = ratios(row, "floor")
    return f"{statistics.median(values):.0%}" if values else "-"


def header(libraries: Sequence[str]) -> list[str]:
    others = [which for which in libraries if which != "graphrt"]
    return ["", "graphrt", *others, *(f"x {which}" for which in others), "floor", "share"]


def cells(row: Row, libraries: Sequence[str]) -> list[str]:
    """One line of the table; the columns of ``header``."""
    others = [which for which in libraries if which != "graphrt"]
    numbers = [value(row, which) for which in ("graphrt", *others)]
    return [row.name, *numbers, *(ratio(row, which) for which in others), value(row, "floor"), floor_share(row)]


def plain(line: Sequence[str]) -> str:
    """A line of text for a terminal: names 42 wide, numbers 11, ratios 22."""
    widths = [42] + [22 if "x" in cell and "(" in cell else 12 for cell in line[1:]]
    return line[0].ljust(widths[0]) + " ".join(
        cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)
    )


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first line is its head."""
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    rows.insert(1, "|---" * len(lines[0]) + "|")
    return "\n".join(rows)
