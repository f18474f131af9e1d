"""What the modules of ``graphrt/tf`` do with a name: import what it stands for, or say that it does not exist."""

from __future__ import annotations

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
    """The attribute ``name`` of a public module, kept in its namespace; else AttributeError with what is true of it."""
    full = _full_name(module, name)
    if full in _table():
        value = namespace[name] = resolve(full)
        return value
    if name in modules:
        return importlib.import_module(f"{module}.{name}")
    if full == "compat.v1":
        return importlib.import_module("graphrt.tf")
    if name == "__all__":
        return directory(module, modules)
    if (module, name) == ("graphrt.tf", "__version__"):
        return importlib.import_module("graphrt").__version__
    if name.startswith("_"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    # Without an object, Python looks for no name of its own to suggest after ours.
    raise AttributeError(importlib.import_module("graphrt.names.missing").explained(full), name=name, obj=None)


def directory(module: str, modules: Sequence[str]) -> list[str]:
    """The public names of a public module."""
    prefix = _full_name(module, "")
    names = [name[len(prefix) :] for name in _table() if name.startswith(prefix)]
    return sorted([*modules, *(name for name in names if "." not in name)])
