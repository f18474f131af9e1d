"""What the machine has that a test may ask for."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path

from graphrt.backends.select import gpu_count
from graphrt.export import export_lazily
from graphrt.opdef import export
from graphrt_ops.library.platform.resource_loader import get_data_files_path

export_lazily("graphrt_ops.library.testing.test_case", {"test.TestCase": "TestCase", "test.main": "main"})


@export("test.is_gpu_available")
def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None) -> bool:
    """True if a session would use a GPU.

    ``min_cuda_compute_capability`` asks for a GPU of at least that capability, such as ``(7, 0)``.
    """
    if not gpu_device_name():
        return False
    if min_cuda_compute_capability is None:
        return True
    import cupy

    capability = cupy.cuda.Device(0).compute_capability  # "75", say
    return (int(capability[:-1]), int(capability[-1])) >= tuple(min_cuda_compute_capability)


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """The name of the first GPU, such as "/device:GPU:0"; empty if there is none."""
    return "/device:GPU:0" if gpu_count() else ""


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """True if CuPy is installed, which graphrt needs for GPUs (``is_gpu_available`` asks whether there is one)."""
    return importlib.util.find_spec("cupy") is not None


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """True if CuPy is installed, which graphrt needs for GPUs."""
    return is_built_with_cuda()


@export("test.is_built_with_rocm")
def is_built_with_rocm() -> bool:
    """False: GPUs are CUDA's."""
    return False


@export("test.get_temp_dir")
def get_temp_dir() -> str:
    """A new folder for the files of a test."""
    return tempfile.mkdtemp(prefix="graphrt-test-")


@export("test.test_src_dir_path")
def test_src_dir_path(relative_path) -> str:
    """A path below the folder of the file that makes the call."""
    return str(Path(get_data_files_path()) / relative_path)
