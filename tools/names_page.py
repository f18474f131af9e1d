"""The text of docs/names.md: what became of every public name of TensorFlow 1.15. tools/gen_api.py writes it."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

INTRODUCTION = """\
# TensorFlow 1's names

Written by `python tools/gen_api.py` from `graphrt/names/`, which the messages for missing names are made of, too:
do not edit. Of the {total:,} public names of TensorFlow 1.15 outside of contrib and Keras, graphrt has {have:,};
of contrib and Keras, {have_late} of {total_late:,}. `tf.raw_ops` is not counted.
"""
# A row with more names than this names the modules only.
MOST_NAMES = 90


def page(names: Mapping[str, object]) -> str:
    """The page for the public names of graphrt (any mapping whose keys they are)."""
    planned, missing = (importlib.import_module(f"graphrt.names.{module}") for module in ("planned", "missing"))
    renamed = importlib.import_module("graphrt.names.renamed")
    tensorflows = [name for name, is_module in missing.tensorflow_names().items() if not is_module]
    late = [name for name in tensorflows if _is_late(name)]
    core = [name for name in tensorflows if not _is_late(name)]
    lines = [
        INTRODUCTION.format(
            total=len(core),
            have=len(set(core) & set(names)),
            total_late=len(late),
            have_late=len(set(late) & set(names)),
        )
    ]
    absent: dict[Any, list[str]] = defaultdict(list)
    for name in tensorflows:
        if name not in names:
            absent[planned.row_of(name)].append(name)
    for part, title in planned.PARTS.items():
        lines += _part(f"Planned: {title}", [row for row in planned.TABLE if row.part == part], absent, names)
    lines += _part("Not planned", [row for row in planned.TABLE if row.part == planned.NOT_PLANNED], absent, names)
    lines += _old(renamed, names)
    lines += ["## There\n", *(_by_module(sorted(names)))]
    return "\n".join(lines).rstrip() + "\n"


def _is_late(name: str) -> bool:
    return name.partition(".")[0] in ("contrib", "keras")


def _is_there(name: str, names: Iterable[str]) -> bool:
    return any(ours == name or ours.startswith(f"{name}.") for ours in names)


def _part(title: str, rows: Iterable[Any], absent: Mapping[Any, list[str]], names: Iterable[str]) -> list[str]:
    lines = [f"## {title}\n", "| names | what they are | until then |", "|---|---|---|"]
    for row in rows:
        # Of packages without public names of their own, the packages.
        found = absent.get(row) or [name for name in row.names.split() if not _is_there(name, names)]
        if found:
            lines.append(f"| {_listed(found)} | {row.what} | {row.instead} |")
    return [*lines, ""]


def _listed(names: list[str]) -> str:
    """The names of a row by module; of a long row the modules only."""
    modules: dict[str, list[str]] = defaultdict(list)
    for name in names:
        module, _, last = name.rpartition(".")
        modules[module].append(last)
    if len(names) > MOST_NAMES:
        parts = [
            f"`tf.{module}` ({len(found)})" if module else f"`tf` ({len(found)})" for module, found in modules.items()
        ]
    else:
        parts = [
            (f"`tf.{module}`: " if module else "") + " ".join(f"`{last}`" for last in found)
            for module, found in modules.items()
        ]
    return "; ".join(parts)


def _old(renamed: ModuleType, names: Mapping[str, object]) -> list[str]:
    lines = ["## Names of before TensorFlow 1.0\n", "| name | write | there |", "|---|---|---|"]
    for old, (new, note) in sorted(renamed.OLD.items()):
        there = "yes" if new in names else "not yet"
        lines.append(f"| `tf.{old}` | `tf.{new}`{f' ({note})' if note else ''} | {there} |")
    return [*lines, ""]


def _by_module(names: Iterable[str]) -> list[str]:
    modules: dict[str, list[str]] = defaultdict(list)
    for name in names:
        module, _, last = name.rpartition(".")
        modules[module].append(last)
    return [f"- `tf{'.' if module else ''}{module}`: {' '.join(modules[module])}" for module in sorted(modules)]
