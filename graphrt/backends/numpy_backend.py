"""NumPy: the CPU backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrt.backends.base import Backend


class NumpyBackend(Backend):
    """Arrays in host memory; moving them to and fro does nothing."""

    name = "numpy"
    xp = np
    on_host = True
    target = "cpu"

    def to_device(self, array: Any) -> Any:
        return array

    def to_host(self, array: Any) -> Any:
        return array


NUMPY = NumpyBackend()
