"""Which TensorFlow this claims to be: scripts compare these."""

from __future__ import annotations

from graphrt.export import export_values

VERSION = "1.15.0"
GIT_VERSION = "graphrt"
COMPILER_VERSION = "none: no part of graphrt is compiled ahead of time"
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
CXX11_ABI_FLAG = 0
MONOLITHIC_BUILD = 0

_NAMES = (
    "VERSION GIT_VERSION COMPILER_VERSION GRAPH_DEF_VERSION GRAPH_DEF_VERSION_MIN_CONSUMER "
    "GRAPH_DEF_VERSION_MIN_PRODUCER"
)
_FLAGS = "CXX11_ABI_FLAG MONOLITHIC_BUILD"

export_values(__name__, {name: name for name in f"{_NAMES} {_FLAGS}".split()})
export_values(__name__, {f"version.{name}": name for name in _NAMES.split()})
export_values(__name__, {f"sysconfig.{name}": name for name in _FLAGS.split()})
