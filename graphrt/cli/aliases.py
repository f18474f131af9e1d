"""`import tensorflow` gives graphrt: an import hook that makes tensorflow.X.Y out of graphrt.tf.X.Y.

Scripts also reach into TensorFlow's private modules (tensorflow.python.framework.ops and the like); those that scripts
are known to use are made of the public module that has the same names (graphrt/cli/private_modules.py).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from graphrt.cli.private_modules import PACKAGES, is_whole_module, public_name_of
from graphrt.formats import messages
from graphrt.imports import MissingModules, public_module, without_version

# What stands for a private module of TensorFlow's may be a module of our own.
_OURS = ("graphrt.", "graphrt_ops.")


def install() -> None:
    """From now on `import tensorflow` (and everything below it) in this process means graphrt."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        sys.meta_path.append(_Missing("tensorflow"))


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the alias modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow" and not fullname.startswith("tensorflow."):
            return None
        below = fullname.partition(".")[2]
        if below not in PACKAGES and _surface_name(below) is None:
            return None  # another finder may have it; at last comes _Missing
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name, f"graphrt under the name {spec.name}.")

    def exec_module(self, module: ModuleType) -> None:
        below = module.__name__.partition(".")[2]
        surface_name = None if below in PACKAGES else _surface_name(below)
        surface = None if surface_name is None else importlib.import_module(surface_name)

        def look_up(name: str) -> Any:
            if name == "__all__" and surface is not None:
                return [public for public in dir(surface) if not public.startswith("_")]
            # Kept, so that a name is looked up once only: scripts say tf.this and tf.that in loops.
            value = module.__dict__[name] = _attribute(module, surface, name)
            return value

        module.__dict__["__getattr__"] = look_up
        module.__dict__["__dir__"] = lambda: sorted({*module.__dict__, *(dir(surface) if surface else ())})


class _Missing(MissingModules):
    """Knows the public names of private modules, too."""

    def explained(self, fullname: str, below: str) -> str:
        if below.startswith("core."):
            return f"graphrt has no module {fullname} of protocol messages"
        public = public_name_of(below)
        if public is None or public.startswith(_OURS):
            return (
                f"{fullname} is private to TensorFlow, and not among the private names that graphrt has: import "
                "the public names of tensorflow instead"
            )
        return super().explained(fullname, public)


def _attribute(module: ModuleType, surface: ModuleType | None, name: str) -> Any:
    """A name of an alias module: a module below it, or whatever the public module has."""
    below = f"{module.__name__}.{name}".partition(".")[2]
    if not name.startswith("__") and (below in PACKAGES or _surface_name(below) is not None):
        return importlib.import_module(f"tensorflow.{below}")
    if surface is None:
        raise AttributeError(f"{module.__name__}.{name} does not exist in graphrt")
    return getattr(surface, name)


def _surface_name(below: str) -> str | None:
    """The module of graphrt.tf for what stands below 'tensorflow' ('compat.v1.nn' -> 'graphrt.tf.nn'), if it exists."""
    if below.startswith("core.") and below.endswith("_pb2"):
        return messages.module_like(below.rpartition(".")[2])
    public = public_name_of(without_version(below))
    if public is not None and public.startswith(_OURS):
        return public if is_whole_module(below) else None
    return None if public is None else public_module(public)
