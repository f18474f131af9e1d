"""How fast convolutions are, beside the largest matrix product that BLAS does at that moment.

    python -m benchmarks.convolution [rounds]

Prints GFLOP/s of the forward pass and of both gradients, by NumPy and by native code on one thread, and the
native ones as a part of the product's speed. Set OPENBLAS_NUM_THREADS=1 to compare one thread with one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from graphrt_ops.conv import gemm

# batch, height and width, channels, outputs, kernel, stride
SHAPES = [
    (16, 128, 1, 32, 5, 1),
    (16, 64, 32, 32, 5, 1),
    (128, 28, 1, 32, 5, 1),
    (128, 14, 32, 64, 5, 1),
    (64, 8, 1, 16, 3, 1),
    (64, 4, 16, 32, 3, 1),
    (32, 32, 64, 64, 3, 1),
    (64, 8, 128, 128, 3, 1),
    (32, 32, 3, 32, 3, 1),
    (32, 32, 32, 3, 5, 1),
    (32, 56, 64, 128, 3, 2),
    (32, 28, 128, 256, 1, 1),
    (8, 224, 3, 64, 7, 2),
]
PASSES = ("forward", "of filters", "of images")


def fastest(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The shortest time of each, in seconds, of as many calls as take a millisecond; they take turns."""
    repeats, times = {}, {}
    for turn in range(rounds + 2):
        for name, function in functions.items():
            count = repeats.get(name, 1)
            start = time.perf_counter()
            for _ in range(count):
                function()
            spent = (time.perf_counter() - start) / count
            if turn == 1:  # the first round warms up
                repeats[name] = max(1, int(1e-3 / spent))
            elif turn:
                times[name] = min(spent, times.get(name, spent))
    return times


def product(size: int = 1024) -> Callable[[], Any]:
    """A large matrix product."""
    a, out = np.ones((size, size), np.float32), np.empty((size, size), np.float32)
    return lambda: np.matmul(a, a, out=out)


class Case:
    """One of SHAPES: its arrays, and each pass by both tiers."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        batch, size, channels, outputs, kernel, stride = shape
        random = np.random.default_rng(0)
        self.kernel, self.stride = (kernel, kernel), (stride, stride)
        self.count = -(-size // stride)
        around = max((self.count - 1) * stride + kernel - size, 0)
        self.before, self.padded = around // 2, size + around
        self.images = random.standard_normal((batch, size, size, channels), dtype=np.float32)
        self.filters = random.standard_normal((kernel, kernel, channels, outputs), dtype=np.float32)
        self.dy = random.standard_normal((batch, self.count, self.count, outputs), dtype=np.float32)
        self.work = 2 * self.dy.size * channels * kernel * kernel / 1e9

    def by_numpy(self) -> tuple[Callable[[], Any], ...]:
        size, before = self.images.shape[1:3], (self.before, self.before)

        def padded() -> Any:
            return gemm.region(np, self.images, -self.before, self.padded, -self.before, self.padded)

        return (
            lambda: gemm.correlate(np, padded(), self.filters, self.stride),
            lambda: gemm.filter_gradient(np, padded(), self.dy, self.kernel, self.stride, (1, 1)),
            lambda: gemm.input_gradient(np, self.dy, self.filters, size, before, self.stride, (1, 1)),
        )

    def natively(self) -> tuple[Callable[[], Any], ...]:
        """None of the passes, if llvmlite is not installed."""
        try:
            from graphrt.native.kernels import conv, conv_filter_few, conv_input
            from graphrt.native.testing import compiled_lowering
        except ImportError:
            return ()
        from graphrt.native.builder import F32
        from graphrt.native.records import Windows
        from graphrt.native.target import host

        origin = (-self.before, -self.before)
        windows = Windows(self.images.shape[1:], (self.count, self.count), self.kernel, self.stride, (1, 1), origin)
        sizes = np.zeros(4, np.int32)
        passes = (
            (conv.forward, [self.images, self.filters], self.dy),
            (conv_filter_few.filter_gradient, [self.images, sizes, self.dy], self.filters),
            (conv_input.input_gradient, [sizes, self.filters, self.dy], self.images),
        )
        calls = []
        for lower, inputs, like in passes:
            lowering = lower(F32, len(self.images), windows, self.filters.shape[3], host().lanes)
            assert lowering is not None
            calls.append(compiled_lowering(lowering, len(inputs) + 1).bound(inputs, [np.empty_like(like)]))
        return tuple(calls)


def speeds(shape: tuple[int, ...], rounds: int) -> dict[str, float]:
    """GFLOP/s of a large product, and of each pass by "numpy" and "native"."""
    case = Case(shape)
    calls = {"product": product()}
    for tier, passes in (("numpy", case.by_numpy()), ("native", case.natively())):
        calls |= {f"{tier} {name}": call for name, call in zip(PASSES, passes, strict=False)}
    times = fastest(calls, rounds)
    return {name: (2 * 1.024**3 if name == "product" else case.work) / spent for name, spent in times.items()}


def main(rounds: int = 5, shapes: list[tuple[int, ...]] | None = None) -> None:
    columns = "".join(f"{name + ': numpy native':>28s}" for name in PASSES)
    print(f"{'batch size channels outputs kernel stride':41s}{columns}   native, of a product's speed")
    for shape in shapes or SHAPES:
        found = speeds(shape, rounds)
        cells = "".join(f"{found[f'numpy {p}']:21.0f}{found.get(f'native {p}', 0):7.0f}" for p in PASSES)
        parts = " ".join(f"{found.get(f'native {p}', 0) / found['product']:.0%}" for p in PASSES)
        print(f"{shape!s:41s}{cells}   {parts} of {found['product']:.0f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
