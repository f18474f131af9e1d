"""graphrt: TensorFlow 1 sessions on NumPy and CuPy.

``import graphrt as tf`` gives TF1's names. They are looked up when first used, so that the engine's own modules can be
imported without the op library.
"""

from typing import TYPE_CHECKING, Any

__version__ = "1.15.0"  # what scripts that ask for TensorFlow's version must see

if TYPE_CHECKING:
    from graphrt.tf import *  # noqa: F403


def __getattr__(name: str) -> Any:
    import importlib
    import sys

    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'graphrt' has no attribute {name!r}")
    loaded = "graphrt.tf" in sys.modules
    surface = importlib.import_module("graphrt.tf")
    if not loaded:
        # From now on public names are plain attributes, also those that engine modules have too (tf.dtypes).
        globals().update({key: value for key, value in vars(surface).items() if not key.startswith("_")})
    if name == "__all__":
        return [key for key in vars(surface) if not key.startswith("_")]
    return getattr(surface, name)


def __dir__() -> list[str]:
    import importlib

    return sorted(key for key in vars(importlib.import_module("graphrt.tf")) if not key.startswith("__"))
