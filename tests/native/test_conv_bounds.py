"""Native convolutions and pools touch no memory beside their arrays: run on arrays between pages that nobody may read.

A mistake is a segmentation fault, so another process does it.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphrt

_PAGE = mmap.PAGESIZE


class Guarded:
    """Arrays that begin or end beside a page that nobody may read."""

    def __init__(self) -> None:
        self.maps: list[mmap.mmap] = []
        self.protect = ctypes.CDLL(None).mprotect
        self.protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

    def array(self, shape, dtype, at_start: bool) -> np.ndarray:
        count = int(np.prod(shape))
        size = count * np.dtype(dtype).itemsize
        pages = -(-size // _PAGE)
        memory = mmap.mmap(-1, (pages + 2) * _PAGE)
        self.maps.append(memory)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for page in (0, pages + 1):
            assert self.protect(address + page * _PAGE, _PAGE, 0) == 0
        offset = _PAGE if at_start else _PAGE + pages * _PAGE - size
        return np.frombuffer(memory, dtype, count, offset).reshape(shape)


def _lowerings(element, batch, windows, outputs, lanes):
    """(lowering, shapes of its inputs and its output) of everything that has windows."""
    from graphrt.native.kernels import conv, conv_filter_few, conv_input, depthwise
    from graphrt.native.kernels.pooling import Pool

    c, sizes = windows.image[2], (4,)
    images, dy, pools = (batch, *windows.image), (batch, *windows.counts, outputs), (batch, *windows.counts, c)
    filters, thin = (*windows.taps, c, outputs), (*windows.taps, c)
    given = (element, batch, windows, outputs, lanes)
    yield conv.forward(*given), (images, filters, dy)
    yield conv_input.input_gradient(*given), (sizes, filters, dy, images)
    yield conv_filter_few.filter_gradient(*given), (images, sizes, dy, filters)
    given = (element, batch, windows, lanes)
    yield depthwise.forward(*given), (images, thin, pools)
    yield depthwise.input_gradient(*given), (sizes, thin, pools, images)
    yield depthwise.filter_gradient(*given), (images, sizes, pools, thin)
    for kind, inputs in (("max", (images, pools, pools)), ("avg", (sizes, pools))):
        pool = Pool(kind, element, batch, windows, lanes)
        yield pool.forward(), (images, pools)
        yield pool.gradient(), (*inputs, images)


def run(batch: int, windows, outputs: int, dtype, lanes: int, at_start: bool) -> None:
    from graphrt.native.builder import F32, F64
    from graphrt.native.testing import compiled_lowering

    guarded = Guarded()
    for lowering, shapes in _lowerings(F32 if dtype == np.float32 else F64, batch, windows, outputs, lanes):
        arrays = [guarded.array(s, np.int32 if s == (4,) else dtype, at_start) for s in shapes]
        code = compiled_lowering(lowering, len(arrays))
        # Scratch memory is aligned, so that it can only end beside a page.
        scratch = [guarded.array((-(-size // 64) * 64,), np.uint8, False) for size in lowering.scratch]
        addresses = [a.ctypes.data for a in [*arrays, *scratch]]
        table = (ctypes.c_void_p * len(addresses))(*addresses)
        for kernel, function in zip(lowering.kernels, code.functions, strict=True):
            function(table, 0, kernel.count)


def main() -> None:
    from graphrt.native.records import Windows
    from graphrt.native.target import host

    cases = [
        (Windows((9, 7, 3), (9, 7), (3, 3), (1, 1), (1, 1), (-1, -1)), 5),
        (Windows((9, 7, 19), (4, 3), (3, 2), (2, 2), (1, 1), (0, 0)), 21),
        (Windows((6, 13, 1), (6, 13), (5, 5), (1, 1), (1, 1), (-2, -2)), 1),
        (Windows((6, 13, 35), (3, 5), (2, 3), (2, 3), (1, 1), (0, -1)), 48),
        (Windows((5, 5, 16), (5, 5), (1, 1), (1, 1), (1, 1), (0, 0)), 70),
        (Windows((8, 8, 2), (4, 4), (2, 2), (2, 2), (1, 1), (0, 0)), 2),
    ]
    for i, (windows, outputs) in enumerate(cases):
        for at_start in (False, True):
            run(2, windows, outputs, (np.float32, np.float64)[i % 2], max(host().lanes >> i // 2, 4), at_start)
    print("all inside")


def test_nothing_outside_of_the_arrays_is_touched():
    pytest.importorskip("llvmlite")
    if sys.platform == "win32":
        pytest.skip("there is no mprotect")
    environment = {**os.environ, "PYTHONPATH": str(Path(graphrt.__file__).parents[1])}
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0 and "all inside" in done.stdout, f"status {done.returncode}: {done.stderr}"


if __name__ == "__main__":
    main()
