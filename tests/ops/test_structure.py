"""Rules of the op library that no linter knows: where ``F`` may be used, how long files and functions are."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphrt.opdef.registry import all_opdefs

LIBRARY = Path(__file__).resolve().parents[2] / "graphrt_ops"
FILES = sorted(path for path in LIBRARY.rglob("*.py") if path != LIBRARY / "__init__.py")
NAMES = [path.relative_to(LIBRARY).as_posix() for path in FILES]
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def uses_outside_functions(node: ast.AST) -> Iterator[int]:
    """The lines at which ``F.name`` is looked up while the module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTION):
            # The body runs later; decorators and default values run now.
            now = child.args.defaults + [d for d in child.args.kw_defaults if d] + getattr(child, "decorator_list", [])
            for expression in now:
                yield from uses_outside_functions(ast.Expr(expression))
        elif isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == "F":
            yield child.lineno
        else:
            yield from uses_outside_functions(child)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_ops_are_looked_up_inside_functions_only(path: Path) -> None:
    """So that ops can name each other without import cycles."""
    lines = list(uses_outside_functions(ast.parse(path.read_text(encoding="utf-8"))))
    assert not lines, f"{path.name}: F is used at import time in lines {lines}"


def test_ops_are_looked_up_by_names_that_exist() -> None:
    """F has the functions of the ops only, so that no op reaches the library through it."""
    functions = importlib.import_module("graphrt_ops").FUNCTIONS
    assert not [name for name, module in functions.items() if module.startswith("graphrt_ops.library.")]
    unknown = [
        f"{path.relative_to(LIBRARY)}:{node.lineno}: F.{node.attr}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "F"
        if node.attr not in functions
    ]
    assert not unknown, f"these are no functions of graphrt_ops: {unknown}"


def test_the_rule_finds_what_it_is_for() -> None:
    assert list(uses_outside_functions(ast.parse("x = F.add(1, 2)"))) == [1]
    assert list(uses_outside_functions(ast.parse("def f(x=F.add):\n    return F.sub"))) == [1]
    assert not list(uses_outside_functions(ast.parse("f = lambda: F.add\ndef g():\n    return F.sub")))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 500, f"{path.name} is longer than one idea"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = node.body[0] if ast.get_docstring(node, clean=False) is not None else None
            length = node.end_lineno - node.lineno + 1  # type: ignore[operator]
            if docstring is not None:
                length -= docstring.end_lineno - docstring.lineno + 1  # type: ignore[operator]
            assert length < 60, f"{path.name}: {node.name} has {length} lines without its docstring"


def test_traits_agree_with_kernels() -> None:
    """What an op may overwrite it must be able to write to; and an op without a kernel is NumPy's own function."""
    for name, opdef in all_opdefs().items():
        if opdef.overwrites and opdef.kernel_function is not None:
            names = opdef.kernel_function.__code__.co_varnames[: opdef.kernel_function.__code__.co_argcount]
            assert "out" in names, f"{name}: overwrites={opdef.overwrites}, but its kernel takes no out="
        assert opdef.ufunc is None or opdef.kernel_function is None, f"{name} has a ufunc and a kernel"
        assert max(opdef.overwrites, default=0) <= len(opdef.inputs), f"{name}: overwrites={opdef.overwrites}"


# What a lowering may import of the native tier: records of work, which know no target.
RECORDS = "graphrt.native.records"
IMPORTS_A_TARGET = {
    "random/philox_native.py": "the generator of tier 1, which is LLVM's text of its own and runs without a plan",
}


def imports_of_native(tree: ast.AST) -> Iterator[str]:
    """The modules of the native tier that a file imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("graphrt.native"):
            yield from (
                [node.module or ""]
                if node.module != "graphrt.native"
                else [f"graphrt.native.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names if alias.name.startswith("graphrt.native")]


def test_ops_say_what_their_work_is_and_not_how_a_target_does_it() -> None:
    found = {}
    for path, name in zip(FILES, NAMES, strict=True):
        modules = imports_of_native(ast.parse(path.read_text(encoding="utf-8")))
        found[name] = set(modules) - {RECORDS}
    assert {name for name, modules in found.items() if modules} == set(IMPORTS_A_TARGET)


def test_the_rule_about_targets_finds_what_it_is_for() -> None:
    assert list(imports_of_native(ast.parse("def f():\n    from graphrt.native import builder"))) == [
        "graphrt.native.builder"
    ]
    assert list(imports_of_native(ast.parse("import graphrt.native.kernels.copies as c"))) == [
        "graphrt.native.kernels.copies"
    ]
    assert list(imports_of_native(ast.parse("from graphrt.native.records import Softmax"))) == [RECORDS]
