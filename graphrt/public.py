"""What the modules of ``graphrt/tf`` do with a name: import what it stands for, or say that it does not exist."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Sequence
from typing import Any


def _table() -> dict[str, tuple[str, str]]:
    """Where every public name comes from."""
    names: dict[str, tuple[str, str]] = importlib.import_module("graphrt.tf._names").NAMES
    return names


def _full_name(module: str, name: str) -> str:
    path = module.removeprefix("graphrt.tf").removeprefix(".")
    return f"{path}.{name}" if path else name


def resolve(public_name: str) -> Any:
    """What ``tf.<public_name>`` is; KeyError if there is no such name."""
    module, attribute = _table()[public_name]
    # The op library first: its operators and conversions must be there before any node is made.
    importlib.import_module("graphrt_ops")
    return getattr(importlib.import_module(module), attribute)


def lookup(module: str, namespace: dict[str, Any], modules: Sequence[str], name: str) -> Any:
    """The attribute ``name`` of a public module, kept in its namespace; AttributeError with the nearest name."""
    full = _full_name(module, name)
    if full in _table():
        value = namespace[name] = resolve(full)
        return value
    if name in modules:
        return importlib.import_module(f"{module}.{name}")
    if name == "__all__":
        return directory(module, modules)
    if name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    close = _nearest(full)
    nearest = f"; the nearest name is tf.{close}" if close else ""
    # Without an object, Python looks for no name of its own to suggest after ours.
    raise AttributeError(f"tf.{full} does not exist in graphrt{nearest}", name=name, obj=None)


def _nearest(full: str) -> str | None:
    """The same name in another module, or one that looks like a slip of the pen; None rather than a far-fetched one."""
    last = full.rpartition(".")[2]
    same = [name for name in _table() if name.rpartition(".")[2].lower() == last.lower()]
    if same:
        return min(same, key=lambda name: (name.count("."), len(name)))
    close = difflib.get_close_matches(full, _table(), n=5, cutoff=0.75)
    alike = (name for name in close if difflib.SequenceMatcher(None, last, name.rpartition(".")[2]).ratio() >= 0.6)
    return next(alike, None)


def directory(module: str, modules: Sequence[str]) -> list[str]:
    """The public names of a public module."""
    prefix = _full_name(module, "")
    names = [name[len(prefix) :] for name in _table() if name.startswith(prefix)]
    return sorted([*modules, *(name for name in names if "." not in name)])
