"""Functions of other libraries that native code calls: their names in IR, and where they are in this process."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import numpy as np

_BLAS = ("sgemm", "dgemm", "sgemv", "dgemv")


@functools.cache
def addresses() -> dict[str, int]:
    """Name -> address of every function that is there; the CBLAS ones take 64-bit sizes."""
    found: dict[str, int] = {}
    library = _openblas()
    if library is not None:
        for name in _BLAS:
            function = getattr(library, f"scipy_cblas_{name}64_", None)
            if function is not None:
                found[f"cblas_{name}"] = _address(function)
        threads = getattr(library, "scipy_openblas_set_num_threads64_", None)
        if threads is not None:
            found["openblas_set_num_threads"] = _address(threads)
    return found


def has(name: str) -> bool:
    """True if native code may call this function."""
    return name in addresses()


def _openblas() -> ctypes.CDLL | None:
    """The OpenBLAS that NumPy's wheel brings and has already loaded."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas64*")):
        try:
            return ctypes.CDLL(str(path), mode=getattr(ctypes, "RTLD_NOLOAD", 4))
        except OSError:
            continue
    return None


def _address(function: object) -> int:
    value = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert value is not None
    return value
