"""The CPU at hand, as LLVM knows it."""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import sys
from pathlib import Path
from typing import NamedTuple

from graphrt.native import cache

_LEVELS = {"x86-64": 4, "x86-64-v2": 4, "x86-64-v3": 8, "x86-64-v4": 16}


class Target(NamedTuple):
    """What code is compiled for, in LLVM's words, and how wide its vectors are.

    Attributes:
      triple: architecture, vendor, system: "x86_64-unknown-linux-gnu".
      cpu, features: the CPU's name, and what it has or has not: "+avx2,-sse4a,...".
      compiler: the versions of llvmlite and of LLVM.
      lanes: how many float32 numbers a vector register holds.
    """

    triple: str
    cpu: str
    features: str
    compiler: str
    lanes: int


def host() -> Target:
    """The CPU at hand, or the older one that ``$GRAPHRT_NATIVE_CPU`` (x86-64, x86-64-v2, -v3 or -v4) names.

    Raises:
      ImportError: if llvmlite is not installed.
      ValueError: if the variable names something else.
    """
    found = _host()
    level = os.environ.get("GRAPHRT_NATIVE_CPU")
    if not level:
        return found
    if level not in _LEVELS or not found.triple.startswith("x86_64"):
        raise ValueError(f"GRAPHRT_NATIVE_CPU is {level!r}: on {found.triple} expected one of {', '.join(_LEVELS)}")
    return Target(found.triple, level, "", found.compiler, min(found.lanes, _LEVELS[level]))


@functools.cache
def _host() -> Target:
    """As another process has found it, if this is the same CPU and compiler: importing llvmlite takes up to 0.2 s."""
    known = cache.current()
    key = _fingerprint()
    if key is not None:
        target = _parsed(known.read(key))
        if target is not None:
            return target
    target = _asked()
    if key is not None:
        known.write(key, "\n".join(map(str, target)).encode())
    return target


def _asked() -> Target:
    """What LLVM says."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    bits = 512 if features.get("avx512f") else 256 if features.get("avx2") and features.get("fma") else 128
    version = f"llvmlite {llvmlite.__version__}, LLVM {'.'.join(map(str, llvm.llvm_version_info))}"
    triple = llvm.get_process_triple()
    return Target(triple, llvm.get_host_cpu_name(), features.flatten(), version, bits // 32)


def _parsed(content: bytes | None) -> Target | None:
    if content is None:
        return None
    triple, cpu, features, compiler, lanes = content.decode().split("\n")
    return Target(triple, cpu, features, compiler, int(lanes))


def _fingerprint() -> str | None:
    """Stands for this CPU and this installation of llvmlite, found without importing it; None if that cannot be.

    Only where code can be loaded without llvmlite (``loader.py``) is there anything to gain.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    try:
        spec = importlib.util.find_spec("llvmlite")
    except ValueError:  # something else goes by its name
        return None
    if spec is None or spec.origin is None:
        return None
    library = Path(spec.origin).parent / "binding" / "libllvmlite.so"
    try:
        status = library.stat()
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - all but a file
            words = file.read(16384).split("\n\n")[0].splitlines()
    except OSError:
        return None
    names = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags")
    processor = [line for line in words if line.split(":")[0].strip() in names]
    if len(processor) < len(names):
        return None
    return cache.digest("target 1", str(library), str(status.st_size), str(status.st_mtime_ns), *processor)


@functools.cache
def installed_memory() -> int:
    """Bytes of memory that this machine has; where nobody can tell, more than any has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return 1 << 60
