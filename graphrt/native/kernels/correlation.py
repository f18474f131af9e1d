"""Convolutions of NHWC images as loop nests around a block of accumulators in registers.

A block is some neighbouring output pixels by some vectors of output channels. One step of its loop takes one tap and
one input channel: it loads the vectors of the filter, and multiplies them by one number of each pixel's window. Windows
that reach beyond the image read a copy of their tile, with zeros around it, on the stack. Few output channels are left
to dots.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from graphrt.native.builder import PTR, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel
from graphrt.native.kernels.windows import (
    each,
    element_lanes,
    load,
    multiply_add,
    opaque,
    overlapping,
    split,
    start_of,
    step_cycles,
    store,
    tail_masks,
    tiled,
    total,
    unrolled,
    vector_registers,
)
from graphrt.native.records import Pair, Windows

Masks = Sequence[Value | None]
_TILE_BYTES = 1 << 17  # of the images that are seen by the windows that are worked on at a time
_FIRST_LEVEL = 1 << 15  # bytes
_PIECES = 4  # for the threads, of a few large images


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


@dataclass(frozen=True)
class Block:
    """Output pixels whose sums are in registers at the same time."""

    rows: int
    columns: int

    @staticmethod
    def choices(counts: Pair, most: int) -> Iterator[Block]:
        """Blocks of at most so many pixels; of several rows only where images are narrow."""
        height, width = counts
        for columns in range(1, min(width, most) + 1):
            for rows in range(1, min(height, most // columns) + 1) if columns == width else (1,):
                yield Block(rows, columns)

    def number(self, counts: Pair) -> int:
        """How many blocks cover all pixels."""
        return -(-counts[0] // self.rows) * -(-counts[1] // self.columns)


class Correlator:
    """The kernel of one correlation, but for what a block is. Pointers are indices into those of the Lowering."""

    def __init__(self, correlation: Correlation, lanes: int, block: Block, outputs_at_once: int) -> None:
        self.c = correlation
        self.block = block
        self.outputs_at_once = outputs_at_once
        self.type = vector(correlation.element, element_lanes(correlation.element, lanes))
        self.registers = vector_registers(lanes)
        pieces = -(-_PIECES // correlation.batch)
        w, element = correlation.windows, correlation.element
        self.tile = tiled(w, element, block.rows, block.columns, _TILE_BYTES, pieces=pieces)

    def kernel(self, name: str, images: int, filters: int, out: int) -> Kernel | None:
        """None if a window is too large for the stack."""
        if self.tile is None:
            return None
        c, w = self.c, self.c.windows
        elements = c.batch * (math.prod(w.image) + math.prod(w.counts) * c.outputs)
        count = c.batch * math.prod(self.tile.grid)

        def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            self.emit(b, pointers[images], pointers[filters], pointers[out], begin, end)

        return Kernel(name, emit, count, 2.0 * self.multiplications, float(elements * c.element.bytes))

    @property
    def multiplications(self) -> int:
        w = self.c.windows
        return self.c.batch * math.prod(w.counts) * math.prod(w.taps) * w.image[2] * self.c.outputs

    @property
    def filter_strides(self) -> tuple[int, int, int, int]:
        """Elements from one row, column, input channel and output channel of the filter to the next."""
        raise NotImplementedError

    def emit(self, b: Builder, images: Value, filters: Value, out: Value, begin: Value, end: Value) -> None:
        c, block, tile = self.c, self.block, self.tile
        assert tile is not None
        height, width = c.windows.counts
        buffer = tile.buffer(b, c.element)
        place = b.stack(PTR, 1)
        with b.loop(begin, end) as items:
            n, row, column = split(b, items.index, *tile.grid)
            y, x = start_of(b, row, height, tile.rows), start_of(b, column, width, tile.columns)
            image = b.element(images, c.element, total(b, (n, math.prod(c.windows.image))))
            seen = tile.open(b, self.type, image, y, x, buffer)
            p = c.placement
            corner = b.element(out, c.element, total(b, p.offset, (n, p.image), (y, p.row), (x, p.pixel)))
            with self._outputs(b) as (o, masks):
                weights = b.element(filters, c.element, total(b, (o, self.filter_strides[3]), c.filter_offset))
                target = b.element(corner, c.element, o)
                with overlapping(b, tile.rows, block.rows) as r, overlapping(b, tile.columns, block.columns) as q:
                    steps = (c.windows.strides[0] * tile.pitch, c.windows.strides[1] * c.windows.image[2])
                    at = b.element(seen, c.element, total(b, (r, steps[0]), (q, steps[1])))
                    at = opaque(b, at, place)
                    sums = self._sums(b, at, weights, o, masks)
                    self._write(b, sums, b.element(target, c.element, total(b, (r, p.row), (q, p.pixel))), masks)

    def _outputs(self, b: Builder) -> AbstractContextManager[tuple[Value, Masks]]:
        """A loop over the output channels: the first of those done at a time, and masks for ``_sums``."""
        raise NotImplementedError

    def _run(self, b: Builder, length: int, state: list[Value], masks: Masks) -> list[Value]:
        """The sums after ``length`` elements that lie side by side in the image.

        ``state`` is where the first window's are, where the filter's are, and the sums; so is the result, but that the
        first place in it does not matter, and the second one is the next run's.
        """
        raise NotImplementedError

    def _write(self, b: Builder, sums: Sequence[Value], target: Value, masks: Masks) -> None:
        raise NotImplementedError

    @property
    def accumulators(self) -> int:
        raise NotImplementedError

    @property
    def run_length(self) -> int:
        """Elements of a window that lie side by side, and of which the filter has the rows side by side."""
        w = self.c.windows
        return w.image[2] * (w.taps[1] if w.dilations[1] == 1 else 1)

    def _sums(self, b: Builder, at: Value, weights: Value, o: Value, masks: Masks) -> list[Value]:
        """The accumulators of one block for the output channels from ``o`` on, over all taps and input channels."""
        c, w, tile = self.c, self.c.windows, self.tile
        assert tile is not None
        carried = [at, weights, *[constant(self.type, 0)] * self.accumulators]
        with b.loop(0, w.taps[0], carried=carried) as rows:
            if w.dilations[1] == 1:
                state = self._run(b, self.run_length, list(rows.carried), masks)
            else:
                with b.loop(0, w.taps[1], carried=rows.carried) as taps:
                    _, *after = self._run(b, self.run_length, list(taps.carried), masks)
                    taps.carry([b.element(taps.carried[0], c.element, w.dilations[1] * w.image[2]), *after])
                state = taps.results
            rows.carry([b.element(rows.carried[0], c.element, w.dilations[0] * tile.pitch), *state[1:]])
        return rows.results[2:]

    def _offsets(self) -> list[int]:
        """Where the windows of the block's pixels lie, seen from the first one."""
        w, tile = self.c.windows, self.tile
        assert tile is not None
        down, right = w.strides[0] * tile.pitch, w.strides[1] * w.image[2]
        return [y * down + x * right for y in range(self.block.rows) for x in range(self.block.columns)]

    def _places(self) -> list[int]:
        """Where the block's output pixels lie, seen from the first one."""
        p = self.c.placement
        return [y * p.row + x * p.pixel for y in range(self.block.rows) for x in range(self.block.columns)]


class Wide(Correlator):
    """Output channels in the lanes of vectors; the filter is [i, j, c, o]."""

    def __init__(self, correlation: Correlation, lanes: int) -> None:
        at_once = element_lanes(correlation.element, lanes)
        vectors = -(-correlation.outputs // at_once)
        self.cycles, self.vectors, block = self._best(correlation, vectors, vector_registers(lanes))
        super().__init__(correlation, lanes, block, self.vectors * at_once)

    @staticmethod
    def _best(correlation: Correlation, vectors: int, registers: int) -> tuple[float, int, Block]:
        """The number of vectors and the pixels that take the fewest cycles in all."""
        w = correlation.windows
        steps = math.prod(w.taps) * w.image[2]
        # A vector of a filter that is too large for the first-level cache takes longer.
        filter_load = 2.5 if steps * correlation.outputs * correlation.element.bytes > _FIRST_LEVEL else 0.0
        choices = []
        for v in range(1, min(vectors, 5 if registers == 32 else 3) + 1):
            for block in Block.choices(w.counts, (registers - 1 - v) // v):
                pixels = block.rows * block.columns
                step = max(step_cycles(pixels, v), v * filter_load)
                choices.append((-(-vectors // v) * block.number(w.counts) * steps * step, v, block))
        return min(choices, key=lambda choice: (choice[0], -choice[1], -choice[2].columns))

    @property
    def filter_strides(self) -> tuple[int, int, int, int]:
        size = self.c.windows.image[2] * self.c.outputs
        return self.c.windows.taps[1] * size, size, self.c.outputs, 1

    @property
    def accumulators(self) -> int:
        return self.block.rows * self.block.columns * self.vectors

    @contextmanager
    def _outputs(self, b: Builder) -> Iterator[tuple[Value, Masks]]:
        with each(b, self.c.outputs, self.outputs_at_once) as o:
            if self.c.outputs % self.outputs_at_once:
                yield o, tail_masks(b, total(b, self.c.outputs, (o, -1)), self.vectors, self.type.lanes)
            else:
                yield o, [None] * self.vectors

    def _run(self, b: Builder, length: int, state: list[Value], masks: Masks) -> list[Value]:
        count = unrolled(length, self.accumulators, self.registers)
        if count == length:
            return self._steps(b, count, state, masks)
        with b.loop(0, length, count, carried=state) as loop:
            loop.carry(self._steps(b, count, loop.carried, masks))
        return loop.results

    def _steps(self, b: Builder, count: int, state: Sequence[Value], masks: Masks) -> list[Value]:
        element, outputs, lanes = self.c.element, self.c.outputs, self.type.lanes
        at, weights, *sums = state
        for step in range(count):
            rows = [
                load(b, self.type, b.element(weights, element, step * outputs + v * lanes), masks[v])
                for v in range(self.vectors)
            ]
            for pixel, offset in enumerate(self._offsets()):
                one = b.splat(b.load(element, b.element(at, element, offset + step)), lanes)
                for v in range(self.vectors):
                    i = pixel * self.vectors + v
                    sums[i] = multiply_add(b, one, rows[v], sums[i])
        return [b.element(at, element, count), b.element(weights, element, count * outputs), *sums]

    def _write(self, b: Builder, sums: Sequence[Value], target: Value, masks: Masks) -> None:
        for pixel, place in enumerate(self._places()):
            for v in range(self.vectors):
                pointer = b.element(target, self.c.element, place + v * self.type.lanes)
                store(b, sums[pixel * self.vectors + v], pointer, masks[v])


def times(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
