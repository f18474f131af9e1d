"""What the generated modules of ``graphrt/tf`` do for names that are not imported yet, or do not exist."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

from graphrt.export import EXPORTS


def lookup(module: str, namespace: dict[str, Any], lazy: dict[str, tuple[str, str]], name: str) -> Any:
    """The lazily imported ``name`` of a public module, or an AttributeError with the nearest name that exists."""
    found = lazy.get(name)
    if found is not None:
        value = namespace[name] = getattr(importlib.import_module(found[0]), found[1])
        return value
    path = module.removeprefix("graphrt.tf").removeprefix(".")
    full = f"{path}.{name}" if path else name
    if name.startswith("__"):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    close = difflib.get_close_matches(full, EXPORTS, n=1, cutoff=0.5)
    nearest = f"; the nearest name is tf.{close[0]}" if close else ""
    raise AttributeError(f"tf.{full} does not exist in graphrt{nearest}")
