"""How many threads NumPy's BLAS uses for a matrix product.

OpenBLAS hands any product of more than 2^18 multiplications to all its threads. For products of a few microseconds
handing over costs as much as it saves, and where the cores have other work to do it costs hundreds of times as much:
the threads spin while they wait for each other. (Measured on two cores: the digits MLP's step takes 0.29 ms on one
thread; on two it takes 0.27 ms alone, and 2 to 19 ms beside another process.) So small products are done on one thread
here.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graphrt import forking
from graphrt.locking import locked

# Multiplications from which on a product goes to all threads: 0.2 to 0.4 ms on one.
LARGE_PRODUCT = 1 << 24


def _loaded() -> tuple[Callable[[int], None], int] | None:
    """The function that sets OpenBLAS's threads, and how many there are; None for another BLAS."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas*")):
        try:
            library = ctypes.CDLL(str(path), mode=getattr(ctypes, "RTLD_NOLOAD", 4))
            threads = int(library.scipy_openblas_get_num_threads64_())
            setter = library.scipy_openblas_set_num_threads64_
        except (OSError, AttributeError):
            continue
        setter.argtypes = (ctypes.c_int,)
        setter.restype = None
        return setter, threads
    return None


class BlasThreads:
    """Switches between one thread and all; does nothing where BLAS is not OpenBLAS or has one thread anyway."""

    def __init__(self) -> None:
        found = _loaded()
        self._set: Callable[[int], None] | None = None if found is None or found[1] < 2 else found[0]
        self._all = 1 if found is None else found[1]
        self.limited = False
        self._fixed = 0  # calls under way that must not depend on the number of threads
        self._reset_lock()
        forking.reset_after_fork(self)

    def _reset_lock(self) -> None:
        self._lock = threading.RLock()

    def for_product(self, multiplications: int) -> None:
        """To be called before a product of so many multiplications."""
        if multiplications >= LARGE_PRODUCT:
            if self.limited and not self._fixed:
                self.restore()
        elif not self.limited and self._set is not None:
            self.limited = True
            self._set(1)

    def restore(self) -> None:
        """Gives the threads back: to be called when a run is over, since the user's own NumPy code shares them."""
        if self._fixed:  # the last of those calls gives them back
            return
        self.limited = False
        if self._set is not None:
            self._set(self._all)

    def on_one(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with all products on one thread while it runs: how sums are split changes their last bits."""

        def fixed(*arguments: Any) -> Any:
            self._fix(1)
            try:
                self.for_product(0)
                return function(*arguments)
            finally:
                self._fix(-1)
                if not self._fixed:
                    self.restore()

        return fixed

    @locked
    def _fix(self, more: int) -> None:
        self._fixed += more

    def _reset_after_fork(self) -> None:
        self._reset_lock()
        self._fixed = 0
        if self.limited:  # by a run of a thread that is gone
            self.restore()


BLAS_THREADS = BlasThreads()
