"""How fast convolutions are, beside the largest matrix product that BLAS does at that moment.

    python -m benchmarks.convolution [rounds]

Prints GFLOP/s of the forward pass and of both gradients, and the forward pass as a part of the product's speed. Set
OPENBLAS_NUM_THREADS before, to compare numbers of threads.
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
    (32, 32, 64, 64, 3, 1),
    (64, 8, 128, 128, 3, 1),
    (32, 32, 3, 32, 3, 1),
    (32, 56, 64, 128, 3, 2),
    (32, 28, 128, 256, 1, 1),
    (8, 224, 3, 64, 7, 2),
]


def best(function: Callable[[], Any], rounds: int) -> float:
    """The shortest time of several, in seconds; the first call does not count."""
    function()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def product_speed(rounds: int, size: int = 1024) -> float:
    """GFLOP/s of a large matrix product."""
    a, out = np.ones((size, size), np.float32), np.empty((size, size), np.float32)
    return 2 * size**3 / best(lambda: np.matmul(a, a, out=out), rounds) / 1e9


def speeds(shape: tuple[int, ...], rounds: int) -> tuple[float, float, float]:
    """GFLOP/s of the forward pass and of the gradients of the filters and of the images, for one of SHAPES."""
    batch, size, channels, outputs, kernel, stride = shape
    random = np.random.default_rng(0)
    images = random.standard_normal((batch, size, size, channels), dtype=np.float32)
    filters = random.standard_normal((kernel, kernel, channels, outputs), dtype=np.float32)
    pad, strides, once = kernel // 2, (stride, stride), (1, 1)

    def padded() -> Any:
        return gemm.region(np, images, -pad, size + 2 * pad, -pad, size + 2 * pad)

    dy = np.ones_like(gemm.correlate(np, padded(), filters, strides))
    work = 2 * dy.size * channels * kernel * kernel / 1e9
    passes = (
        lambda: gemm.correlate(np, padded(), filters, strides),
        lambda: gemm.filter_gradient(np, padded(), dy, (kernel, kernel), strides, once),
        lambda: gemm.input_gradient(np, dy, filters, (size, size), (pad, pad), strides, once),
    )
    forward, of_filters, of_images = (work / best(run, rounds) for run in passes)
    return forward, of_filters, of_images


def main(rounds: int = 5, shapes: list[tuple[int, ...]] | None = None) -> None:
    print(f"{'batch size channels outputs kernel stride':44s} forward filters  images  of a product's speed")
    for shape in shapes or SHAPES:
        product = product_speed(rounds)
        forward, of_filters, of_images = speeds(shape, rounds)
        print(
            f"{shape!s:44s} {forward:7.0f} {of_filters:7.0f} {of_images:7.0f}  {forward / product:.0%} of {product:.0f}"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
