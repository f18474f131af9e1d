"""Running a user's file as python would: its own __main__, sys.argv and sys.path."""

from __future__ import annotations

import builtins
import io
import os
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

# What `import tensorflow` finds in processes that the script starts with multiprocessing: they get our sys.path.
FOR_CHILDREN = str(Path(__file__).parent / "children")


class ScriptError(Exception):
    """A script that cannot even be begun; `status` is what python would end with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Script:
    """What python takes for a script: a file of any kind, a folder or zip file with a __main__.py, or '-'."""

    name: str
    folder: str
    variables: dict[str, Any]
    execute: Callable[[dict[str, Any]], None]

    def run(self, args: list[str]) -> None:
        """Execute it as __main__; whatever it raises comes out of here.

        The module stays in `sys.modules` (pickled classes and threads of the script go on needing it).
        """
        module = ModuleType("__main__")
        module.__dict__.update({"__builtins__": builtins, "__cached__": None, **self.variables})
        if sys.version_info < (3, 14):
            module.__annotations__ = {}
        sys.modules["__main__"] = module
        sys.argv = [self.name, *args]
        if getattr(sys.flags, "safe_path", False):  # (python -P puts no folder there)
            sys.path.insert(0, FOR_CHILDREN)
        else:
            sys.path[0:1] = [self.folder, FOR_CHILDREN]  # before a real TensorFlow, wherever that is installed
        self.execute(module.__dict__)


def open_script(name: str) -> Script:
    """The script of that name, read but not run.

    Raises:
      ScriptError: if there is none, or it cannot be read.
    """
    if name == "-":
        variables = {"__file__": "<stdin>", "__loader__": BuiltinImporter}
        source = sys.stdin.buffer.read()
        return Script(name, "", variables, lambda namespace: _execute(_compiled(source, "<stdin>"), namespace))
    path = os.path.join(os.getcwd(), name)  # noqa: PTH109, PTH118 (as python: nothing is resolved or normalized)
    importer = pkgutil.get_importer(path)
    if importer is not None:
        return _package(name, path, importer)
    loader = SourcelessFileLoader if path.endswith(".pyc") else SourceFileLoader
    variables = {"__file__": path, "__loader__": loader("__main__", path)}
    return Script(name, str(Path(path).resolve().parent), variables, _reader(name, path))


def _reader(name: str, path: str) -> Callable[[dict[str, Any]], None]:
    """Reads a file now (a pipe can be read once), and returns what executes it."""
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        raise ScriptError(f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}", 2) from error
    if name.endswith(".ipynb"):
        from graphrt.cli.notebook import run_cells

        return lambda namespace: run_cells(Path(name).name, source, namespace)
    if name.endswith(".pyc"):
        return lambda namespace: _execute(SourcelessFileLoader("__main__", path).get_code("__main__"), namespace)
    return lambda namespace: _execute(_compiled(source, path), namespace)


def _package(name: str, path: str, importer: Any) -> Script:
    """A folder or zip file, whose __main__ module is run."""
    spec = importer.find_spec("__main__")
    if spec is None or spec.loader is None:
        raise ScriptError(f"can't find '__main__' module in {path!r}", 1)
    loader = spec.loader
    variables = {"__file__": spec.origin, "__loader__": loader, "__package__": spec.parent, "__spec__": spec}
    return Script(name, path, variables, lambda namespace: _execute(loader.get_code("__main__"), namespace))


def _compiled(source: bytes, filename: str) -> CodeType:
    # (Without dont_inherit the script would get the `from __future__` of this file.)
    code: CodeType = compile(source, filename, "exec", dont_inherit=True)
    return code


def _execute(code: CodeType | None, namespace: dict[str, Any]) -> None:
    assert code is not None  # (loaders of packages without code give None)
    exec(code, namespace)
