"""Functions of other libraries that native code calls: their names in IR, and where they are in this process.

- ``cblas_sgemm``, ``cblas_dgemm``, ``cblas_sgemv``...: of the OpenBLAS that NumPy has loaded, with 64-bit sizes and
  32-bit enumerations; ``openblas_set_num_threads(i32)`` and ``openblas_get_num_threads()`` of the same library.
- ``graphrt_parallel``: splits work over the cores (``threads.py``).
- whatever the C library has: ``sinf``, ``pow``, ``memcpy``, which LLVM also calls of its own accord.

What is not there (another BLAS, say) has no address, and ``has(name)`` tells a lowering so.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from pathlib import Path

import numpy as np

PARALLEL = "graphrt_parallel"
_THREADS = ("openblas_set_num_threads", "openblas_get_num_threads")


def has(name: str) -> bool:
    """True if native code may call this function."""
    return address(name) is not None


@functools.cache
def address(name: str) -> int | None:
    """Where the function is; None if this process has no function of this name."""
    if name == PARALLEL:
        from graphrt.native import threads

        return threads.parallel_address()
    if name.startswith("cblas_") or name in _THREADS:
        library = openblas()
        # SciPy's builds of OpenBLAS, which NumPy's wheels bring, put their name before all functions.
        return None if library is None else _symbol(library, f"scipy_{name}64_")
    return _symbol(_c_library(), name)


def _symbol(library: ctypes.CDLL, name: str) -> int | None:
    function = getattr(library, name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


@functools.cache
def openblas() -> ctypes.CDLL | None:
    """The OpenBLAS that NumPy's wheel brings and has already loaded; None if NumPy uses another BLAS."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas64*")):
        try:
            return ctypes.CDLL(str(path), mode=getattr(ctypes, "RTLD_NOLOAD", 4))
        except OSError:
            continue
    return None


@functools.cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
