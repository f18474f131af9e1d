"""The CPU at hand, as LLVM knows it."""

from __future__ import annotations

import functools
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """What code is compiled for: LLVM's names of the CPU and its features, and how wide its vectors are."""

    cpu: str
    features: str
    lanes: int  # float32 numbers in a vector register


@functools.cache
def host() -> Target:
    """The CPU at hand (needs llvmlite)."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    bits = 512 if features.get("avx512f") else 256 if features.get("avx2") and features.get("fma") else 128
    return Target(llvm.get_host_cpu_name(), features.flatten(), bits // 32)
