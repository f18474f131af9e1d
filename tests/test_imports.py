"""What import-linter cannot see: imports by name, what lower layers ask of upper ones, and op types in the engine.

The lists of layers are those of pyproject.toml.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphrt.opdef.registry import all_opdefs
from graphrt.wiring import PLACES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
ENGINE = [
    path for path in sorted((ROOT / "graphrt").rglob("*.py")) if "tf" not in path.parts and "proto" not in path.parts
]
LIBRARY = sorted((ROOT / "graphrt_ops").rglob("*.py"))
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]

IMPORTING = ("import_module", "__import__")

# Modules whose names are put together while running, and what they can be.
COMPUTED = {
    "graphrt.provided": "whatever graphrt.wiring names, which stands above all layers",
    "graphrt.public": "modules of the public surface, and those that the generated table names",
    "graphrt.opdef.registry": "modules of the op library, as the op library itself lists them",
    "graphrt.cli.aliases": "modules that a script imports",
    "graphrt.imports": "modules of the public surface, by TF1's paths",
    "graphrt.view.tools": "packages that draw",
    "graphrt.formats.messages": "its own messages",
    "graphrt_ops": "its own modules: F.<name>",
}

# Texts in the engine that happen to be op types.
MEANT_OTHERWISE = {
    "graphrt.view.picture": {"Assign": "the last part of a node's name: TF1 calls the initializer of v 'v/Assign'"},
}


@dataclass(frozen=True)
class Hidden:
    """An import by name: the module that is imported, or None where that is put together while running."""

    importer: str
    line: int
    imported: str | None


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def hidden_imports(importer: str, text: str) -> Iterator[Hidden]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in IMPORTING and node.args:
            yield Hidden(importer, node.lineno, _known_part(node.args[0]))


def _known_part(argument: ast.expr) -> str | None:
    """The name of the module, or of the package that a computed name is in."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        first = argument.values[0]
        return str(first.value).rpartition(".")[0] or None if isinstance(first, ast.Constant) else None
    return str(argument.value) if isinstance(argument, ast.Constant) else None


def _below(module: str, package: str) -> str | None:
    """The child of the package that the module is, or is in."""
    return module[len(package) + 1 :].partition(".")[0] if module.startswith(package + ".") else None


def _levels(contract: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """For each child: how deep its layer is, and whether the modules of that layer may import each other."""
    found = {}
    for depth, layer in enumerate(contract["layers"]):
        for name in re.split(r"[:|]", layer):
            found[name.strip(" ()")] = (depth, ":" in layer)
    return found


def objections(importer: str, imported: str) -> Iterator[str]:
    """Why pyproject.toml forbids this import, if it does."""
    for contract in CONTRACTS:
        if contract["type"] == "layers":
            (container,) = contract["containers"]
            source, target = _below(importer, container), _below(imported, container)
            if source is None or target is None or source == target:
                continue
            levels = _levels(contract)
            (depth, _), (other, together) = levels[source], levels[target]
            if other < depth or (other == depth and not together):
                yield f"{target} does not stand below {source}"
        elif contract["type"] == "forbidden":
            (forbidden,) = contract["forbidden_modules"]
            allowed = [row.partition(" -> ")[0].removesuffix(".**") for row in contract["ignore_imports"]]
            inside = importer.partition(".")[0] in contract["source_modules"]
            if (
                inside
                and imported.partition(".")[0] == forbidden
                and not any(
                    importer == module or (module != "graphrt" and importer.startswith(module + "."))
                    for module in allowed
                )
            ):
                yield f"graphrt must not import {forbidden}"


ALL_HIDDEN = [found for path in ENGINE + LIBRARY for found in hidden_imports(module_of(path), path.read_text("utf-8"))]


def test_imports_by_name_point_down_the_lists_of_layers() -> None:
    wrong = [
        f"{found.importer}:{found.line}: {found.imported}: {why}"
        for found in ALL_HIDDEN
        if found.imported is not None
        for why in objections(found.importer, found.imported)
    ]
    assert not wrong, f"ask provided() instead, or move the function: {wrong}"


def test_names_put_together_while_running_are_known() -> None:
    found = {hidden.importer for hidden in ALL_HIDDEN if hidden.imported is None}
    assert found == set(COMPUTED)


@pytest.mark.parametrize(
    ("importer", "text", "why"),
    [
        ("graphrt.graph.graph", 'importlib.import_module("graphrt.formats.graphdef")', "formats does not stand below"),
        ("graphrt.shapes", 'import_module("graphrt.dtypes")', "dtypes does not stand below"),
        ("graphrt.opdef.x", '__import__("graphrt_ops")', "graphrt must not import"),
        ("graphrt.plan.x", 'import_module(f"graphrt.view.{kind}")', "view does not stand below"),
        ("graphrt_ops.math.x", 'import_module("graphrt_ops.library.layers.core")', "library does not stand below"),
        (
            "graphrt_ops.library.layers.x",
            'import_module("graphrt_ops.library.contrib")',
            "contrib does not stand below",
        ),
        ("graphrt.runtime.x", 'import_module("graphrt.native.dispatch")', None),
        ("graphrt.view.x", 'import_module(f"graphrt.view.{kind}")', None),
        ("graphrt.cli.x", 'import_module("graphrt_ops")', None),
        ("graphrt_ops.math.x", 'import_module("cupyx")', None),
        ("graphrt_ops.math.x", 'import_module("graphrt_ops.array.concat")', None),
    ],
)
def test_the_rule_finds_what_it_is_for(importer: str, text: str, why: str | None) -> None:
    (found,) = hidden_imports(importer, text)
    assert found.imported is not None
    given = list(objections(found.importer, found.imported))
    assert [why] == [None] if not given else why is not None and given[0].startswith(why)


# -- what lower layers ask of upper ones -------------------------------------------------------------------------------


def _asked() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in ENGINE]
    return {match for text in texts for match in re.findall(r'(?<!`)\bprovided\(\s*"([^"]+)"\)', text)}


def test_all_that_is_asked_for_is_provided_and_nothing_else() -> None:
    assert _asked() == set(PLACES)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_what_is_provided_is_there(place: str) -> None:
    module, _, attribute = place.partition(":")
    found = importlib.import_module(module)
    assert not attribute or hasattr(found, attribute)


def test_the_op_library_builds_all_that_the_engine_asks_for() -> None:
    asked = importlib.import_module("graphrt.opdef.builders").Builders
    names = {name for name in vars(asked) if not name.startswith("_")}
    built = importlib.import_module("graphrt_ops.builders")
    assert names == {name for name, value in vars(built).items() if getattr(value, "__module__", "") == built.__name__}


# -- the engine knows no op by name ------------------------------------------------------------------------------------


def texts_in_code(text: str) -> Iterator[tuple[int, str]]:
    """The constant texts of a module, and their lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", ENGINE, ids=[module_of(path) for path in ENGINE])
def test_the_engine_names_no_op_type(path: Path) -> None:
    """It asks traits and roles; which op is meant, the op library says."""
    types = {name for name in all_opdefs() if not name.startswith("_")}
    known = MEANT_OTHERWISE.get(module_of(path), {})
    found = [
        (line, text) for line, text in texts_in_code(path.read_text(encoding="utf-8")) if text in types - set(known)
    ]
    assert not found, f"{path.name} names op types: {found}"


def test_the_engine_reaches_no_op_by_its_public_name() -> None:
    """``import graphrt`` is for users, and ``F`` is the op library's."""
    users = {
        module_of(path)
        for path in ENGINE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name in ("graphrt", "graphrt_ops") for name in node.names)
    }
    assert all(user.startswith("graphrt.cli.") for user in users), users
