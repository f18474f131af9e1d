"""Which backend a session uses: the GPU where there is one and nothing speaks against it."""

from __future__ import annotations

import functools
import os
from typing import Any

from graphrt.backends.base import Backend
from graphrt.backends.numpy_backend import NUMPY
from graphrt.errors import InvalidArgumentError


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


def backend_for(options: Any) -> Backend:
    """The backend of a session with these SessionOptions (graphrt/runtime/options.py).

    ``GRAPHRT_BACKEND`` ("numpy", "cupy" or "device_double") decides if it is set; ``ConfigProto(device_count={"GPU":
    0})`` keeps a session on the CPU.
    """
    wanted = os.environ.get("GRAPHRT_BACKEND", "")
    if wanted == "device_double":
        from graphrt.backends.device_double import DEVICE_DOUBLE

        double: Backend = DEVICE_DOUBLE
        return double
    if wanted not in ("", "numpy", "cupy"):
        raise ValueError(f"GRAPHRT_BACKEND={wanted!r}: expected 'numpy', 'cupy' or 'device_double'")
    if wanted == "numpy" or (wanted == "" and options.gpu_count == 0):
        return NUMPY
    if options.visible_gpus is not None:
        _show_only(options.visible_gpus)
    if wanted == "cupy" and gpu_count() == 0:
        raise InvalidArgumentError(
            None,
            None,
            "GRAPHRT_BACKEND=cupy, but CuPy finds no GPU: install CuPy for the CUDA version at hand (pip install "
            "graphrt[cuda12] or graphrt[cuda13]), look at CUDA_VISIBLE_DEVICES, or unset GRAPHRT_BACKEND",
        )
    if gpu_count() > 0:
        from graphrt.backends.cupy_backend import CupyBackend

        if options.gpu_memory_fraction:
            import cupy

            cupy.get_default_memory_pool().set_limit(fraction=options.gpu_memory_fraction)
        gpu: Backend = CupyBackend()
        return gpu
    return NUMPY


def _show_only(gpus: tuple[int, ...]) -> None:
    """Hides the other GPUs from this process, which CUDA allows until its first use.

    Raises:
      InvalidArgumentError: if CUDA is in use already, and shows other GPUs.
    """
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    shown = before.split(",") if before else None
    chosen = ",".join(str(gpu) if shown is None else shown[gpu] for gpu in gpus if shown is None or gpu < len(shown))
    if before == chosen:
        return
    if gpu_count.cache_info().currsize:
        message = (
            f"tf.ConfigProto: gpu_options.visible_device_list={','.join(map(str, gpus))!r} comes too late: an earlier "
            "session uses other GPUs. Set it in the first session, or set CUDA_VISIBLE_DEVICES before the program"
        )
        raise InvalidArgumentError(None, None, message)
    os.environ["CUDA_VISIBLE_DEVICES"] = chosen
