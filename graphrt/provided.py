"""What a lower layer asks of an upper one, by what it is for.

A Graph can be exported and drawn, though ``graphrt.graph`` stands below the formats and the pictures and knows neither.
It asks ``provided("graph_def")`` for a function, and ``graphrt/wiring.py``, which stands above all layers, says in one
table what that is. It is imported when it is first asked for: a script that exports nothing need not wait for protobuf.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

_PLACES: dict[str, str] = {}
_FOUND: dict[str, Any] = {}


def provide(places: Mapping[str, str]) -> None:
    """Says where things are: ``{"graph_def": "graphrt.formats.graphdef:graph_def"}``; without a colon, a module."""
    _PLACES.update(places)
    for purpose in places:
        _FOUND.pop(purpose, None)


def provided(purpose: str) -> Any:
    """What serves the purpose; KeyError if nobody provides it."""
    try:
        return _FOUND[purpose]
    except KeyError:
        module, _, attribute = _PLACES[purpose].partition(":")
        found = importlib.import_module(module)
        value = _FOUND[purpose] = getattr(found, attribute) if attribute else found
        return value
