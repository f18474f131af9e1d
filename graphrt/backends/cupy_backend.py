"""CuPy: the GPU backend."""

from __future__ import annotations

from typing import Any

import cupy

from graphrt.backends.base import Backend


class CupyBackend(Backend):
    """Arrays on the current CUDA device."""

    name = "cupy"
    xp = cupy
    on_host = False

    def to_device(self, array: Any) -> Any:
        return cupy.asarray(array)

    def to_host(self, array: Any) -> Any:
        return cupy.asnumpy(array)

    def synchronize(self) -> None:
        cupy.cuda.get_current_stream().synchronize()
