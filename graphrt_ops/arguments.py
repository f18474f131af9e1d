"""Arguments of public functions that have an old name, too."""

from __future__ import annotations

from typing import Any


def deprecated(name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """The argument ``name``, which may have been given by its old name instead; ``ValueError`` if it is given twice."""
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{name}' and '{old_name}'")
    return old_value
