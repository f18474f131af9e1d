"""tensorflow.python.client.device_lib: what the machine has, whatever sessions use of it."""

from __future__ import annotations

import os
from typing import Any

from graphrt.backends.select import gpu_count
from graphrt.formats import messages

__all__ = ["list_local_devices"]


def list_local_devices(session_config: Any = None) -> list[Any]:
    """A ``DeviceAttributes`` message for the CPU and for each GPU that CuPy can use.

    Each has ``name`` ("/device:GPU:0"), ``device_type`` ("CPU" or "GPU"), ``memory_limit`` (its bytes of memory) and,
    of a GPU, ``physical_device_desc``. ``session_config`` changes nothing: these are the machine's devices.

    >>> from graphrt_ops.library.platform import device_lib
    >>> device_lib.list_local_devices()[0].name
    '/device:CPU:0'
    """
    del session_config
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    cpu = messages.DeviceAttributes(name="/device:CPU:0", device_type="CPU", memory_limit=memory)
    return [cpu, *(_gpu(index) for index in range(gpu_count()))]


def _gpu(index: int) -> Any:
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(index)
    capability = f"{properties['major']}.{properties['minor']}"
    return messages.DeviceAttributes(
        name=f"/device:GPU:{index}",
        device_type="GPU",
        memory_limit=properties["totalGlobalMem"],
        physical_device_desc=(
            f"device: {index}, name: {properties['name'].decode()}, compute capability: {capability}"
        ),
    )
