"""What the machine has that a test may ask for."""

from __future__ import annotations

from graphrt.backends.select import gpu_count
from graphrt.export import export_lazily
from graphrt.opdef import export

export_lazily("graphrt_ops.library.testing.test_case", {"test.TestCase": "TestCase", "test.main": "main"})


@export("test.is_gpu_available")
def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None) -> bool:
    """True if a session would use a GPU.

    Raises:
      NotImplementedError: for ``min_cuda_compute_capability``, which CuPy can tell: ask
        ``cupy.cuda.Device().compute_capability``.
    """
    if min_cuda_compute_capability is not None:
        raise NotImplementedError(
            "is_gpu_available(min_cuda_compute_capability=...): ask cupy.cuda.Device().compute_capability"
        )
    return bool(gpu_device_name())


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """The name of the first GPU, such as "/device:GPU:0"; empty if there is none."""
    return "/device:GPU:0" if gpu_count() else ""


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """True: graphrt computes on GPUs where CuPy and a driver are found."""
    return True
