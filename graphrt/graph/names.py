"""Which names nodes, scopes and containers may have: TensorFlow 1's characters, and the whole name is checked.

A name ends up in files, in pictures and beside generated code. `fullmatch` is meant: `$` would let a last newline
through, as it does in TensorFlow 1.15.
"""

from __future__ import annotations

import re

_NODE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\-/]*")
_INNER_SCOPE = re.compile(r"[A-Za-z0-9_.\-/]*")


def is_node_name(name: str) -> bool:
    """True for the full name of a node, and of a container."""
    return _NODE.fullmatch(name) is not None


def is_scope_name(name: str, outermost: bool) -> bool:
    """True for the name of a scope as it is given; inside another scope it may begin with any of the characters."""
    return (_NODE if outermost else _INNER_SCOPE).fullmatch(name) is not None


def check_resource_name(attr: str, name: str) -> None:
    """Checks the value of a node's attribute ``container`` or ``shared_name``.

    Raises:
      ValueError: a container has other characters than a node's name, or a shared name begins with ``_``.
    """
    if attr == "container" and name and not is_node_name(name):
        raise ValueError(f"container contains invalid characters: {name!r}. It has to be like the name of a node.")
    if attr == "shared_name" and name.startswith("_"):
        raise ValueError(f"shared_name cannot start with '_': {name!r}")
