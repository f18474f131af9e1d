"""The public surface: which object is reachable under which TF1 name.

``@export`` at the definition is the only statement of a public name; ``tools/gen_api.py`` writes ``graphrt/tf/`` from
this register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Exported:
    """Where a public name comes from; a ``lazy`` one is imported when it is first used."""

    module: str
    attribute: str
    lazy: bool = False


EXPORTS: dict[str, Exported] = {}


def _register(public_name: str, exported: Exported) -> None:
    earlier = EXPORTS.get(public_name)
    if earlier is not None and earlier != exported:
        raise ValueError(f"the public name tf.{public_name} is exported twice: {earlier} and {exported}")
    EXPORTS[public_name] = exported


def export(*public_names: str) -> Callable[[T], T]:
    """Declares that the decorated function or class is ``tf.<public_name>`` for each name given."""

    def register(definition: T) -> T:
        for public_name in public_names:
            _register(public_name, Exported(definition.__module__, definition.__qualname__))  # type: ignore[attr-defined]
        return definition

    return register


def export_values(module: str, names: Mapping[str, str]) -> None:
    """Declares public names of values: ``export_values(__name__, {"bool": "bool_", "float32": "float32"})``."""
    for public_name, attribute in names.items():
        _register(public_name, Exported(module, attribute))


def export_lazily(module: str, names: Mapping[str, str]) -> None:
    """Declares public names of a module that is costly to import (protobuf messages, say)."""
    for public_name, attribute in names.items():
        _register(public_name, Exported(module, attribute, lazy=True))
