"""Running a user's file as python would: its own __main__, sys.argv and sys.path."""

from __future__ import annotations

import builtins
import io
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType


def run_file(path: Path, args: list[str]) -> None:
    """Execute a script or notebook as __main__; whatever it raises comes out of here.

    The module stays in `sys.modules` (pickled classes and threads of the script go on needing it).
    """
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=builtins, __spec__=None, __cached__=None)
    sys.modules["__main__"] = module
    sys.argv = [str(path), *args]
    sys.path[0:1] = [str(path.resolve().parent)]
    if path.suffix == ".ipynb":
        from graphrt.cli.notebook import run_cells

        run_cells(path, module.__dict__)
        return
    module.__dict__["__loader__"] = SourceFileLoader("__main__", str(path))
    with io.open_code(str(path.resolve())) as file:
        source = file.read()
    exec(compile(source, str(path), "exec"), module.__dict__)
