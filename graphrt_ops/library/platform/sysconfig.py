"""tf.sysconfig: where the headers and the library for C++ ops are. There are none."""

from __future__ import annotations

from graphrt.opdef import export

_NONE = "graphrt has no C++ headers and no library to link with; tf.py_func calls Python from a graph"


@export("sysconfig.get_include")
def get_include() -> str:
    """Raises NotImplementedError: there are no headers."""
    raise NotImplementedError(f"tf.sysconfig.get_include(): {_NONE}")


@export("sysconfig.get_lib")
def get_lib() -> str:
    """Raises NotImplementedError: there is no library."""
    raise NotImplementedError(f"tf.sysconfig.get_lib(): {_NONE}")


@export("sysconfig.get_compile_flags")
def get_compile_flags() -> list[str]:
    """Raises NotImplementedError: there are no headers."""
    raise NotImplementedError(f"tf.sysconfig.get_compile_flags(): {_NONE}")


@export("sysconfig.get_link_flags")
def get_link_flags() -> list[str]:
    """Raises NotImplementedError: there is no library."""
    raise NotImplementedError(f"tf.sysconfig.get_link_flags(): {_NONE}")
