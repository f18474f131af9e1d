"""run.py --launches [cases]: what a step of each benchmark asks of a device. See README.md.

Kernels, calls of cuBLAS, copies up, down and within the device, and waits of the host, counted over one step; and how
long the host takes for it, which a device cannot make shorter.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

FOLDER = Path(os.environ["CUPY_DRY_RUN"])
STEPS = 20


def counters() -> list[int]:
    """All counts so far."""
    runtime = ctypes.CDLL(str(FOLDER / "runtime.so"))
    copies = (ctypes.c_long * 4).in_dll(runtime, "copies")
    blas = ctypes.c_long.in_dll(ctypes.CDLL("libcublas.so.13"), "calls").value
    launches, waits = (ctypes.c_long.in_dll(runtime, name).value for name in ("launches", "waits"))
    return [launches, blas, copies[1], copies[2], copies[3], waits]


def main(names: list[str]) -> None:
    """Prints a line for each case."""
    import device

    device.install()
    import numpy as np

    import graphrt as tf
    from benchmarks.cases import CASES

    print(f"{'case':42}{'kernels':>8}{'cuBLAS':>8}{'up':>5}{'down':>6}{'within':>8}{'waits':>7}{'host ms':>9}")
    for name in names or [name for name in CASES if name != "graph building"]:
        tf.reset_default_graph()
        step = CASES[name].make(tf, np, **CASES[name].small)
        for _ in range(3):
            step()
        before = counters()
        step()
        counts = [after - start for after, start in zip(counters(), before, strict=True)]
        shortest = float("inf")
        for _ in range(STEPS):
            started = time.perf_counter()
            step()
            shortest = min(shortest, time.perf_counter() - started)
        kernels, blas, up, down, within, waits = counts
        print(f"{name:42}{kernels:8}{blas:8}{up:5}{down:6}{within:8}{waits:7}{shortest * 1e3:9.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
