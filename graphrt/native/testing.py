"""Calling kernels by themselves, for tests and measurements."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphrt.native.builder import I64, PTR, Builder
from graphrt.native.compiler import compiled
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.target import host


def kernel_text(kernel: Kernel, name: str, pointers: int, lanes: int | None = None) -> str:
    """The IR of one kernel as a function ``name(pointer table, begin, end)``."""
    b = Builder(name, [PTR, I64, I64], lanes=lanes or host().lanes)
    table, begin, end = b.arguments
    given = [b.load(PTR, b.element(table, PTR, i)) for i in range(pointers)]
    kernel.emit(b, given, begin, end)
    b.ret()
    return "\n".join([*b.declared.values(), b.text()])


class CompiledLowering:
    """``compiled_lowering(inputs, outputs)`` runs the kernels on arrays; ``parts`` cuts the work as threads do."""

    def __init__(self, lowering: Lowering | Kernel, pointers: int) -> None:
        self.lowering = lowering if isinstance(lowering, Lowering) else Lowering((lowering,))
        self.scratch = [np.zeros(size + 64, np.uint8) for size in self.lowering.scratch]
        self.functions: list[Callable[..., None]] = []
        self.codes = []
        for i, kernel in enumerate(self.lowering.kernels):
            text = kernel_text(kernel, f"kernel{i}", pointers + len(self.scratch) + kernel.checks)
            code = compiled(text, [f"kernel{i}"])
            self.codes.append(code)
            signature = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
            self.functions.append(signature(code.address(f"kernel{i}")))

    def __call__(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], parts: int = 1) -> int:
        """Returns the flag of the kernels that check (0: all is well)."""
        return self.bound(inputs, outputs, parts)()

    def bound(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], parts: int = 1) -> Callable[[], int]:
        """The call on these arrays, with as little as possible left to do in Python: for measurements."""
        flag = np.zeros(1, np.int64)
        arrays = [*inputs, *outputs]
        assert all(a.flags.c_contiguous for a in arrays)
        aligned = [-(-s.ctypes.data // 64) * 64 for s in self.scratch]
        addresses = [a.ctypes.data for a in arrays] + aligned + [flag.ctypes.data]
        table: Any = (ctypes.c_void_p * len(addresses))(*addresses)
        calls = [
            (function, begin, min(begin + size, kernel.count))
            for kernel, function in zip(self.lowering.kernels, self.functions, strict=True)
            for size in [max(1, kernel.grain * -(-kernel.count // (parts * kernel.grain)))]
            for begin in range(0, kernel.count, size)
        ]

        def call(keep: Any = (self, arrays)) -> int:
            for function, begin, end in calls:
                function(table, begin, end)
            return int(flag[0])

        return call


def compiled_lowering(lowering: Lowering | Kernel, pointers: int) -> CompiledLowering:
    """Compiles the kernels of a lowering with ``pointers`` inputs and outputs together."""
    return CompiledLowering(lowering, pointers)
