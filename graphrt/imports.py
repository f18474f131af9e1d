"""``import graphrt.nn`` and ``from graphrt.train import AdamOptimizer``: the modules of graphrt/tf under TF1's paths.

A module that does not exist raises ModuleNotFoundError with what is true of the name (graphrt/names), as attributes do.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

# The engine's own modules, which come before public ones of the same name (errors, dtypes). Written down, since every
# import of graphrt would wait for the folder to be read; tests/names/test_import_paths.py compares.
ENGINE = frozenset(
    """
    autodiff backends budget bytestrings cli dtypes errors export forking formats graph imports locking names
    native opdef passes plan provided public runtime shapes source tf view wiring wording""".split()
)


class PublicModules:
    """Finds ``graphrt.X.Y``, which is the module ``graphrt.tf.X.Y`` itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, below = fullname.partition(".")
        if package != "graphrt" or not below or below.partition(".")[0] in ENGINE or public_module(below) is None:
            return None
        return ModuleSpec(fullname, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        # What stands in sys.modules afterwards is what the import gives.
        sys.modules[name] = importlib.import_module(public_module(name.partition(".")[2]) or "")


class MissingModules:
    """Comes last: says what is true of a module that nobody has found."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, below = fullname.partition(".")
        first, _, rest = below.partition(".")
        if package != self.package or not below or below.rpartition(".")[2].startswith("_"):
            return None
        if package == "graphrt" and first in ENGINE:
            if first != "tf" or not rest:
                return None
            below = rest
        if _only_asked():
            return None
        # Without its `name`: python would replace an error of that name by words of its own.
        raise ModuleNotFoundError(self.explained(fullname, without_version(below)))

    def explained(self, fullname: str, below: str) -> str:
        """What is true of ``tf.<below>``."""
        missing = importlib.import_module("graphrt.names.missing")
        text: str = missing.explained(below)
        return text


def _only_asked() -> bool:
    """True inside of importlib.util.find_spec, whose callers expect None, rather than inside of an import statement."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__") != "importlib.util":
        if frame.f_code.co_name == "_find_and_load":
            return False
        frame = frame.f_back
    return frame is not None


def without_version(below: str) -> str:
    """``compat.v1.nn`` is ``nn``."""
    return below[len("compat.v1") :].lstrip(".") if below == "compat.v1" or below.startswith("compat.v1.") else below


def public_module(below: str) -> str | None:
    """The full name of the public module ``tf.<below>``, if there is one (``""`` is tf itself)."""
    below = without_version(below)
    if not below:
        return "graphrt.tf"
    parent, _, last = below.rpartition(".")
    parent_name = public_module(parent)
    if parent_name is None:
        return None
    modules: tuple[str, ...] = importlib.import_module(parent_name)._MODULES
    return f"graphrt.tf.{below}" if last in modules else None


def install() -> None:
    """Adds the two finders; the first must come before python's own, which would load a second copy of a module."""
    if not any(isinstance(finder, PublicModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, PublicModules())
        sys.meta_path.append(MissingModules("graphrt"))
