"""`import tensorflow` gives graphrt: an import hook that makes tensorflow.X.Y out of graphrt.tf.X.Y.

Scripts also reach into TensorFlow's private modules (tensorflow.python.framework.ops and the like); those that scripts
are known to use are made of the public module that has the same names.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from graphrt.formats import messages

VERSION = "1.15.0"

# TF1's private modules -> the public module that has their names ('' is tf itself), or one of graphrt's own.
_PRIVATE = {
    "client.session": "",
    "client.timeline": "graphrt.view.timeline",
    "framework.constant_op": "",
    "framework.dtypes": "dtypes",
    "framework.errors": "errors",
    "framework.errors_impl": "errors",
    "framework.function": "",
    "framework.graph_util": "graph_util",
    "framework.op_def_registry": "",
    "framework.ops": "",
    "framework.random_seed": "",
    "framework.tensor_shape": "",
    "ops.array_ops": "",
    "ops.check_ops": "",
    "ops.clip_ops": "",
    "ops.control_flow_ops": "",
    "ops.gradients": "",
    "ops.gradients_impl": "",
    "ops.init_ops": "",
    "ops.math_ops": "",
    "ops.nn": "nn",
    "ops.nn_ops": "nn",
    "ops.random_ops": "",
    "ops.rnn": "nn",
    "ops.rnn_cell": "nn.rnn_cell",
    "ops.rnn_cell_impl": "nn.rnn_cell",
    "ops.state_ops": "",
    "ops.variable_scope": "",
    "ops.variables": "",
    "platform.app": "app",
    "platform.flags": "flags",
    "platform.gfile": "gfile",
    "platform.tf_logging": "logging",
    "training.moving_averages": "train",
    "training.optimizer": "train",
    "training.training_util": "train",
}
_PACKAGES = {"compat", "python", *(f"python.{name.partition('.')[0]}" for name in _PRIVATE)}
_PACKAGES |= {"core", "core.example", "core.framework", "core.protobuf", "core.util"}


def install() -> None:
    """From now on `import tensorflow` (and everything below it) in this process means graphrt."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the alias modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow" and not fullname.startswith("tensorflow."):
            return None
        below = fullname.partition(".")[2]
        if below not in _PACKAGES and _surface_name(below) is None:
            # Without its `name`: python would replace an error of that name by words of its own.
            raise ModuleNotFoundError(_missing(fullname, below))
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name, f"graphrt under the name {spec.name}.")

    def exec_module(self, module: ModuleType) -> None:
        below = module.__name__.partition(".")[2]
        surface_name = None if below in _PACKAGES else _surface_name(below)
        surface = None if surface_name is None else importlib.import_module(surface_name)
        if surface_name == "graphrt.tf":
            module.__dict__["__version__"] = module.__dict__["VERSION"] = VERSION

        def look_up(name: str) -> Any:
            if name == "__all__" and surface is not None:
                return [public for public in dir(surface) if not public.startswith("_")]
            # Kept, so that a name is looked up once only: scripts say tf.this and tf.that in loops.
            value = module.__dict__[name] = _attribute(module, surface, name)
            return value

        module.__dict__["__getattr__"] = look_up
        module.__dict__["__dir__"] = lambda: sorted({*module.__dict__, *(dir(surface) if surface else ())})


def _attribute(module: ModuleType, surface: ModuleType | None, name: str) -> Any:
    """A name of an alias module: a module below it, or whatever the public module has."""
    below = f"{module.__name__}.{name}".partition(".")[2]
    if not name.startswith("__") and (below in _PACKAGES or _surface_name(below) is not None):
        return importlib.import_module(f"tensorflow.{below}")
    if surface is None:
        raise AttributeError(f"{module.__name__}.{name} does not exist in graphrt")
    return getattr(surface, name)


def _surface_name(below: str) -> str | None:
    """The module of graphrt.tf for what stands below 'tensorflow' ('compat.v1.nn' -> 'graphrt.tf.nn'), if it exists."""
    if below.startswith("python."):
        private = below.removeprefix("python.")
        below = _PRIVATE.get(private, private)
        if below.startswith("graphrt."):
            return below
    if below.startswith("core.") and below.endswith("_pb2"):
        return messages.module_like(below.rpartition(".")[2])
    if below == "compat.v1" or below.startswith("compat.v1."):
        below = below[len("compat.v1.") :]
    name = f"graphrt.tf.{below}" if below else "graphrt.tf"
    try:
        return name if importlib.util.find_spec(name) is not None else None
    except ModuleNotFoundError:  # a package above it does not exist
        return None


def _missing(fullname: str, below: str) -> str:
    """One sentence for `import tensorflow.X` and `from tensorflow import X` where there is no X."""
    surface = importlib.import_module("graphrt.tf")
    found = pkgutil.walk_packages(surface.__path__, "graphrt.tf.")
    close = difflib.get_close_matches(
        below, [info.name.removeprefix("graphrt.tf.") for info in found], n=1, cutoff=0.75
    )
    if close:
        return f"graphrt has no module {fullname}; the nearest module is tensorflow.{close[0]}"
    parent, _, name = below.rpartition(".")
    parent_name = None if parent in _PACKAGES else _surface_name(parent)
    if parent_name is not None:
        try:
            getattr(importlib.import_module(parent_name), name)
        except AttributeError as error:
            return str(error)
    return f"graphrt has no module {fullname}"
