"""Convolutions of NHWC images as loop nests around a block of accumulators in registers.

A block is some neighbouring output pixels by some vectors of output channels. One step of its loop takes one tap and
one input channel: it loads the vectors of the filter, and multiplies them by one number of each pixel's window. Windows
that reach beyond the image read a copy of their tile, with zeros around it, on the stack.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.native.builder import Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.windows import (
    Windows,
    each,
    element_lanes,
    load,
    multiply_add,
    overlapping,
    split,
    start_of,
    store,
    tail_masks,
    tiled,
    total,
    vector_registers,
)

_TILE_BYTES = 1 << 16  # of the images that are seen by the windows that are worked on at a time
_UNROLLED = 128  # multiplications written one after another in the innermost loop


@dataclass(frozen=True)
class Placement:
    """Where output pixels go: elements from the start, and from one image, row and pixel to the next."""

    offset: int
    image: int
    row: int
    pixel: int


@dataclass(frozen=True)
class Correlation:
    """out[n, y, x, o] = sum over i, j, c of image[n, y*s + i*d + origin, ..., c] * filter[i, j, c, o].

    ``filter_offset`` is the element of the filter's buffer where [i, j, c, o] starts.
    """

    element: Type
    batch: int
    windows: Windows
    outputs: int
    placement: Placement
    filter_offset: int = 0

    @property
    def multiplications(self) -> int:
        taps = self.windows.taps[0] * self.windows.taps[1]
        return self.batch * math.prod(self.windows.counts) * taps * self.windows.image[2] * self.outputs


@dataclass(frozen=True)
class Block:
    """Accumulators: rows x columns of output pixels by ``vectors`` of ``lanes`` channels each."""

    rows: int
    columns: int
    vectors: int
    lanes: int

    @property
    def pixels(self) -> int:
        return self.rows * self.columns

    @staticmethod
    def best(correlation: Correlation, lanes: int, registers: int) -> Block:
        """The block whose steps take the fewest cycles in all."""
        height, width = correlation.windows.counts
        vectors = -(-correlation.outputs // lanes)
        choices = []
        for v in range(1, min(vectors, 5 if registers == 32 else 3) + 1):
            most = (registers - 1 - v) // v
            for columns in range(1, min(width, most) + 1):
                for rows in range(1, min(height, most // columns) + 1) if columns == width else (1,):
                    steps = -(-vectors // v) * -(-height // rows) * -(-width // columns)
                    choices.append((steps * _cycles(rows * columns, v), -v, -columns, rows))
        _, v, columns, rows = min(choices)
        return Block(rows, -columns, -v, lanes)


def _cycles(pixels: int, vectors: int) -> float:
    """Of one step: two multiplications or two loads a cycle, four cycles from one sum to the next."""
    return max(pixels * vectors / 2, (pixels + vectors) / 2, 4.0) + 0.75


class Forward:
    """The kernel of one correlation; pointers are given as indices into those of the Lowering."""

    def __init__(self, correlation: Correlation, lanes: int, images: int, filters: int, out: int) -> None:
        self.c = correlation
        self.pointers = (images, filters, out)
        self.block = Block.best(correlation, element_lanes(correlation.element, lanes), vector_registers(lanes))
        self.tile = tiled(correlation.windows, correlation.element, self.block.rows, self.block.columns, _TILE_BYTES)

    def kernel(self, name: str) -> Kernel | None:
        """None if a window is too large for the stack."""
        if self.tile is None:
            return None
        c, w = self.c, self.c.windows
        elements = c.batch * (math.prod(w.image) + math.prod(w.counts) * c.outputs)
        count = c.batch * math.prod(self.tile.grid)
        return Kernel(name, self.emit, count, 2.0 * c.multiplications, float(elements * c.element.bytes))

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        c, block, tile = self.c, self.block, self.tile
        assert tile is not None
        images, filters, out = (pointers[i] for i in self.pointers)
        height, width = c.windows.counts
        width_of_block = block.vectors * block.lanes
        buffer = tile.buffer(b, c.element)
        with b.loop(begin, end) as items:
            n, row, column = split(b, items.index, *tile.grid)
            y, x = start_of(b, row, height, tile.rows), start_of(b, column, width, tile.columns)
            image = b.element(images, c.element, total(b, (n, math.prod(c.windows.image))))
            seen = tile.open(b, vector(c.element, block.lanes), image, y, x, buffer)
            p = c.placement
            corner = b.element(out, c.element, total(b, p.offset, (n, p.image), (y, p.row), (x, p.pixel)))
            with each(b, c.outputs, width_of_block) as o:
                masks: list[Value | None] = [None] * block.vectors
                if c.outputs % width_of_block:
                    masks = list(tail_masks(b, total(b, c.outputs, (o, -1)), block.vectors, block.lanes))
                weights = b.element(filters, c.element, total(b, o, c.filter_offset))
                target = b.element(corner, c.element, o)
                with overlapping(b, tile.rows, block.rows) as r, overlapping(b, tile.columns, block.columns) as q:
                    steps = (c.windows.strides[0] * tile.pitch, c.windows.strides[1] * c.windows.image[2])
                    at = b.element(seen, c.element, total(b, (r, steps[0]), (q, steps[1])))
                    sums = self._sums(b, at, weights, masks)
                    self._write(b, sums, b.element(target, c.element, total(b, (r, p.row), (q, p.pixel))), masks)

    def _sums(self, b: Builder, at: Value, weights: Value, masks: Sequence[Value | None]) -> list[Value]:
        """The accumulators of one block, over all taps and input channels."""
        c, block, w = self.c, self.block, self.c.windows
        zero = constant(vector(c.element, block.lanes), 0)
        row_step = w.dilations[0] * self.tile.pitch  # type: ignore[union-attr]
        runs, length = (1, w.taps[1] * w.image[2]) if w.dilations[1] == 1 else (w.taps[1], w.image[2])
        carried = [at, weights, *[zero] * (block.pixels * block.vectors)]
        with b.loop(0, w.taps[0], carried=carried) as rows:
            state = list(rows.carried)
            if runs == 1:
                state = self._run(b, length, state, masks)
            else:
                with b.loop(0, runs, carried=state) as taps:
                    tap = self._run(b, length, list(taps.carried), masks)
                    taps.carry([b.element(taps.carried[0], c.element, w.dilations[1] * w.image[2]), *tap[1:]])
                state = taps.results
            rows.carry([b.element(rows.carried[0], c.element, row_step), *state[1:]])
        return rows.results[2:]

    def _run(self, b: Builder, length: int, state: list[Value], masks: Sequence[Value | None]) -> list[Value]:
        """The steps over ``length`` elements that lie side by side, and over as many rows of the filter."""
        most = max(_UNROLLED // (self.block.pixels * self.block.vectors), 1)
        unrolled = max(u for u in range(1, most + 1) if length % u == 0)
        if unrolled == length:
            return self._steps(b, unrolled, state, masks)
        with b.loop(0, length, unrolled, carried=state) as loop:
            loop.carry(self._steps(b, unrolled, loop.carried, masks))
        return loop.results

    def _steps(self, b: Builder, count: int, state: Sequence[Value], masks: Sequence[Value | None]) -> list[Value]:
        c, block = self.c, self.block
        at, weights, *sums = state
        type = vector(c.element, block.lanes)
        for step in range(count):
            rows = [
                load(b, type, b.element(weights, c.element, step * c.outputs + v * block.lanes), masks[v])
                for v in range(block.vectors)
            ]
            for pixel, offset in enumerate(self._offsets()):
                one = b.splat(b.load(c.element, b.element(at, c.element, offset + step)), block.lanes)
                for v in range(block.vectors):
                    i = pixel * block.vectors + v
                    sums[i] = multiply_add(b, one, rows[v], sums[i])
        return [b.element(at, c.element, count), b.element(weights, c.element, count * c.outputs), *sums]

    def _offsets(self) -> list[int]:
        """Where the windows of the block's pixels lie, seen from the first one."""
        w, tile = self.c.windows, self.tile
        assert tile is not None
        down, right = w.strides[0] * tile.pitch, w.strides[1] * w.image[2]
        return [y * down + x * right for y in range(self.block.rows) for x in range(self.block.columns)]

    def _write(self, b: Builder, sums: Sequence[Value], target: Value, masks: Sequence[Value | None]) -> None:
        c, block = self.c, self.block
        for pixel in range(block.pixels):
            y, x = divmod(pixel, block.columns)
            for v in range(block.vectors):
                offset = y * c.placement.row + x * c.placement.pixel + v * block.lanes
                store(b, sums[pixel * block.vectors + v], b.element(target, c.element, offset), masks[v])


def forward(element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> Lowering | None:
    """conv2d: inputs are the images and the filter."""
    height, width = windows.counts
    placement = Placement(0, height * width * outputs, width * outputs, outputs)
    kernel = Forward(Correlation(element, batch, windows, outputs, placement), lanes, 0, 1, 2).kernel(
        f"conv2d {batch}x{times(windows.image)} * {times(windows.taps)}x{windows.image[2]}x{outputs}"
    )
    return None if kernel is None else Lowering((kernel,))


def times(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
