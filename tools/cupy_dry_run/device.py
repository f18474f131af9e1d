"""Puts the stand-ins into CuPy, which must not have been imported yet; ``CUPY_DRY_RUN`` names their folder."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from pathlib import Path
from typing import Any

from stubs import capsule_name, replaceable

_KEPT_ALIVE: list[bytes] = []


def _replace_capsules(library: ctypes.CDLL) -> None:
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    for module, function, _ in replaceable():
        capsules = importlib.import_module(f"cupy_backends.cuda.api.{module}").__pyx_capi__
        name = capsule_name(capsules[function])
        _KEPT_ALIVE.append(name)  # a capsule points to its name
        address = ctypes.cast(getattr(library, f"stub_{module}_{function}"), ctypes.c_void_p).value
        capsules[function] = new(address, name, None)


def _replace_python_functions() -> None:
    """What CuPy's Python code calls by name."""
    runtime = importlib.import_module("cupy_backends.cuda.api.runtime")
    numbers = {"getDevice": 0, "getDeviceCount": 1, "deviceGetAttribute": 1024, "streamIsCapturing": 0}
    versions = dict.fromkeys(("runtimeGetVersion", "driverGetVersion", "_getLocalRuntimeVersion"), 13000)
    for name, value in {**numbers, **versions}.items():
        setattr(runtime, name, lambda *_, value=value: value)
    for name in ("setDevice", "deviceSynchronize", "streamSynchronize", "memcpy", "memcpyAsync"):
        setattr(runtime, name, lambda *_: None)


class _Nothing:
    """A module (thrust: sorting) whose functions do nothing."""

    available = True
    __file__ = None

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def _replace_compiler() -> None:
    from cupy.cuda import compiler, function

    def compiled(source: str, options: Any = (), name_expressions: Any = None, **_: Any) -> Any:
        module = function.Module()
        module.load(b"nothing")
        module._set_mapping({name: name for name in name_expressions or ()})
        return module

    compiler._compile_module_with_cache = compiled


def install() -> None:
    os.environ["CUPY_ACCELERATORS"] = ""  # CUB's kernels are compiled code that asks the driver by itself
    _replace_capsules(ctypes.CDLL(str(Path(os.environ["CUPY_DRY_RUN"]) / "runtime.so")))
    _replace_python_functions()
    import cupy

    _replace_compiler()
    nothing: Any = _Nothing()
    sys.modules["cupy.cuda.thrust"] = cupy.cuda.thrust = nothing
    importlib.import_module("cupy._core._routines_sorting").thrust = nothing
    pool = cupy.get_default_memory_pool()

    def zeros(size: int) -> Any:
        memory = pool.malloc(size)
        if size:
            memory.memset(0, size)
        return memory

    cupy.cuda.set_allocator(zeros)
