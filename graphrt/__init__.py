"""graphrt: TensorFlow 1 sessions on NumPy and CuPy.

``import graphrt as tf`` gives TF1's names. They are looked up when first used, so that importing costs little, and
that the engine's own modules can be imported without the op library.
"""

from typing import TYPE_CHECKING

from graphrt import imports
from graphrt import wiring as wiring

__version__ = "1.15.0"  # what scripts that ask for TensorFlow's version must see

imports.install()

if TYPE_CHECKING:
    from graphrt.tf import *  # noqa: F403
else:  # a type checker that saw __getattr__ would take every name for one that exists

    def __getattr__(name):
        import importlib

        if name in ("dtypes", "errors"):
            return importlib.import_module(f"graphrt.{name}")
        if name in imports.ENGINE or (name.startswith("__") and name != "__all__"):
            raise AttributeError(f"module 'graphrt' has no attribute {name!r}")
        value = getattr(importlib.import_module("graphrt.tf"), name)
        if name != "__all__":
            globals()[name] = value
        return value

    def __dir__():
        import importlib

        return dir(importlib.import_module("graphrt.tf"))
