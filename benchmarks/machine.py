"""The machine: what it is, how busy it is, and the speeds that no library can exceed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 2048
BYTES = 256 << 20


@dataclass(frozen=True)
class State:
    """Speeds of the machine at one moment: GFLOP/s of a large product, GB/s of streams, and the load average."""

    gemm: float
    gemm_one_thread: float
    copy: float
    update: float
    triad: float
    load: float


def best(function: Callable[[], Any], seconds: float = 0.3) -> float:
    """The shortest time of as many calls as fit into so many seconds (at least three)."""
    function()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def product(size: int = SIZE) -> Callable[[], Any]:
    """A product of two square matrices of float32."""
    a, out = np.ones((size, size), np.float32), np.empty((size, size), np.float32)
    return lambda: np.matmul(a, a, out=out)


def split(function: Callable[..., Any], *arrays: np.ndarray[Any, Any]) -> Callable[[], Any]:
    """Calls a NumPy function on equal parts of arrays, on all cores at once."""
    count = len(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(count)
    parts = list(zip(*(np.array_split(array, count) for array in arrays), strict=True))
    return lambda: list(pool.map(lambda part: function(*part), parts))


def streams() -> dict[str, float]:
    """GB/s of arrays too large for any cache: a copy, an update in place, and an addition into a third array."""
    a, b, c = (np.ones(BYTES // 4, np.float32) for _ in range(3))
    half = np.float32(0.5)
    copy = best(split(lambda x, y: np.copyto(y, x), a, b))
    update = best(split(lambda x: np.multiply(x, half, out=x), a))
    triad = best(split(lambda x, y, z: np.add(x, y, out=z), a, b, c))
    return {"copy": 2 * BYTES / copy / 1e9, "update": 2 * BYTES / update / 1e9, "triad": 3 * BYTES / triad / 1e9}


def gemm_speed(threads: int | None) -> float:
    """GFLOP/s of a large product, measured in a new process with so many threads (None: as many as there are)."""
    environment = {**os.environ, **({"OPENBLAS_NUM_THREADS": str(threads)} if threads else {})}
    command = [sys.executable, "-m", "benchmarks.machine"]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=root)
    return float(json.loads(done.stdout))


def state() -> State:
    """Measures for about four seconds."""
    load = os.getloadavg()[0]
    return State(gemm_speed(None), gemm_speed(1), **streams(), load=load)


def described(before: State, after: State) -> str:
    """Two states as text: the speeds are the better ones of the two."""
    gemm, one, copy, update, triad = (
        max(getattr(before, name), getattr(after, name))
        for name in ("gemm", "gemm_one_thread", "copy", "update", "triad")
    )
    return (
        f"floors: sgemm {SIZE}^3 {gemm:.0f} GFLOP/s ({one:.0f} on one thread); {BYTES >> 20} MB arrays on all cores: "
        f"copy {copy:.1f}, update in place {update:.1f}, add {triad:.1f} GB/s\n"
        f"load average {before.load:.2f} at the start, {after.load:.2f} at the end"
    )


def processor() -> str:
    """The model, and the number of cores that this process may use."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    widest = next((flag for flag in ("avx512f", "avx2", "sse4_2") if flag in " ".join(lines)), "")
    return f"{names[0] if names else 'unknown CPU'}, {len(os.sched_getaffinity(0))} cores, {widest}"


if __name__ == "__main__":
    print(json.dumps(2 * SIZE**3 / best(product()) / 1e9))
