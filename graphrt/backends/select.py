"""Which backend a session uses: the GPU where there is one and nothing speaks against it."""

from __future__ import annotations

import functools
import os
from typing import Any

from graphrt.backends.base import Backend
from graphrt.backends.numpy_backend import NUMPY


@functools.cache
def gpu_count() -> int:
    """How many CUDA devices CuPy can use (0 without CuPy)."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return 0
    try:
        import cupy
    except ImportError:
        return 0
    try:
        return int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError:
        return 0


def backend_for(config: Any) -> Backend:
    """The backend of a session with this ConfigProto (or None).

    ``GRAPHRT_BACKEND`` ("numpy", "cupy" or "device_double") decides if it is set; ``ConfigProto(device_count={"GPU":
    0})`` keeps a session on the CPU.
    """
    wanted = os.environ.get("GRAPHRT_BACKEND", "")
    if wanted == "device_double":
        from graphrt.backends.device_double import DEVICE_DOUBLE

        return DEVICE_DOUBLE
    if wanted not in ("", "numpy", "cupy"):
        raise ValueError(f"GRAPHRT_BACKEND={wanted!r}: expected 'numpy', 'cupy' or 'device_double'")
    without_gpu = config is not None and config.device_count.get("GPU", 1) == 0
    if wanted == "cupy" or (wanted == "" and not without_gpu and gpu_count() > 0):
        from graphrt.backends.cupy_backend import CupyBackend

        return CupyBackend()
    return NUMPY
