"""The gradient of a convolution with respect to its filter.

It is a product of two tall matrices: of what each tap sees, a number for each output pixel, and of the gradient of the
output, a row of channels for each pixel. A block of accumulators is some (tap, channel)s by some vectors of output
channels; it runs over the pixels of a tile, then rests in scratch memory until the next tile comes. Blocks are
independent of each other. Where they take little memory, the images are dealt out to several sets of blocks
(``parts``), and a second kernel adds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graphrt.native.builder import Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.correlation import times
from graphrt.native.kernels.windows import (
    each,
    element_lanes,
    load,
    multiply_add,
    number,
    split,
    start_of,
    step_cycles,
    store,
    tail_masks,
    tiled,
    total,
    vector_registers,
)
from graphrt.native.records import Windows

_TILE_BYTES = 1 << 16
_FEW_TAPS = 64  # up to so many (tap, channel)s, each block of them may have code of its own
_PARTS = 16
_PARTS_BYTES = 1 << 21


@dataclass(frozen=True)
class Blocks:
    """How the (tap, channel)s are cut into blocks of ``size``.

    They are ``runs`` runs of ``length`` (tap, channel)s each, whose elements lie side by side in the image, except
    where there is only one run of few. The last block of a run is moved back to end with it.
    """

    runs: int
    length: int
    size: int
    vectors: int
    lanes: int
    flat: bool  # one run of few

    @property
    def a_run(self) -> int:
        return -(-self.length // self.size)

    @property
    def count(self) -> int:
        return self.runs * self.a_run

    @property
    def elements(self) -> int:
        """Accumulators of one block."""
        return self.size * self.vectors * self.lanes

    @staticmethod
    def best(windows: Windows, outputs: int, lanes: int, registers: int) -> tuple[float, Blocks]:
        """The blocks whose steps take the fewest cycles for a pixel, and how many."""
        kh, kw = windows.taps
        channels = windows.image[2]
        vectors = -(-outputs // lanes)
        runs, length = (kh, kw * channels) if windows.dilations[1] == 1 else (kh * kw, channels)
        shapes = [(runs, length, False)]
        if runs > 1 and runs * length <= _FEW_TAPS:
            shapes.append((1, runs * length, True))
        choices = []
        for runs, length, flat in shapes:
            for v in range(1, min(vectors, 4 if registers == 32 else 3) + 1):
                for size in range(1, min(length, (registers - 1 - v) // v) + 1):
                    blocks = runs * -(-length // size) * -(-vectors // v)
                    choices.append((blocks * step_cycles(size, v), -runs, v, -size, length, flat))
        cycles, runs, v, size, length, flat = min(choices)
        return cycles, Blocks(-runs, length, -size, v, lanes, flat)


Operand = tuple[int, int, Value | None]
"""What is read for each pixel: from the window (0) or the output's gradient (1), how far behind, and which lanes."""


class FilterGradient:
    """Both kernels, but for what a block is; pointers are (images, sizes, gradient of the output), the output, and the
    scratch of the blocks.

    ``count`` blocks make up the whole filter, each of which is ``elements`` accumulators; for each window ``beside``
    elements of the gradient are read.
    """

    def __init__(
        self,
        element: Type,
        batch: int,
        windows: Windows,
        outputs: int,
        lanes: int,
        count: int,
        elements: int,
        beside: int,
    ) -> None:
        self.element, self.batch, self.windows, self.outputs = element, batch, windows, outputs
        self.type = vector(element, element_lanes(element, lanes))
        self.count, self.elements = count, elements
        # Threads that share the images of one part would each make the same padded copies.
        affordable = _PARTS_BYTES // (count * elements * element.bytes)
        self.parts = max(min(batch, _PARTS, affordable), 1)
        self.tile = tiled(windows, element, 1, 8, _TILE_BYTES, beside=beside)

    def lowering(self) -> Lowering | None:
        """None if a window is too large for the stack."""
        if self.tile is None:
            return None
        w = self.windows
        pixels = self.batch * math.prod(w.counts)
        size = self.element.bytes
        images = self.batch * math.prod(w.image)
        scratch = self.count * self.parts * self.elements * size
        name = f"conv2d filter gradient {self.batch}x{times(w.image)} * {times(w.taps)}x{w.image[2]}x{self.outputs}"
        moved = float(size * (images + pixels * self.outputs))
        grain = 1 if self.parts == 1 else self.count
        flops = 2.0 * pixels * self.taps * self.outputs
        main = Kernel(name, self.emit, self.count * self.parts, flops, moved, grain)
        sums = Kernel(f"{name}: sum of {self.parts}", self.emit_sums, self.taps, 0.0, float(scratch))
        return Lowering((main, sums), (scratch,))

    @property
    def taps(self) -> int:
        """(tap, channel)s."""
        return math.prod(self.windows.taps) * self.windows.image[2]

    def _block(
        self, b: Builder, item: Value, seen: Value, gradient: Value, sums: Value, rows: Value, columns: Value
    ) -> None:
        """One block over all pixels of a tile: some rows and columns of windows, from ``seen`` and ``gradient`` on."""
        raise NotImplementedError

    def emit_sums(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """Adds up the parts, and puts them where they belong; items are the (tap, channel)s."""
        raise NotImplementedError

    # -- the sums over the pixels --------------------------------------------------------------------------------------

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        images, _, gradient, _, scratch = pointers
        tile, items = self.tile, self.count
        assert tile is not None
        buffer = tile.buffer(b, self.element)
        self._clear(b, scratch, begin, end)
        first = b.div(begin, number(items))
        last = b.div(total(b, end, items - 1), number(items))
        with b.loop(first, last) as part:
            before = b.mul(part.index, number(items))
            start = b.maximum(b.sub(begin, before), number(0))
            stop = b.minimum(b.sub(end, before), number(items))
            # The images of a part are every ``parts``-th one.
            with b.loop(part.index, self.batch, self.parts) as image, self._tiles(b) as (y, x, rows, columns):
                source = b.element(images, self.element, total(b, (image.index, math.prod(self.windows.image))))
                seen = tile.open(b, self.type, source, y, x, buffer)
                height, width = self.windows.counts
                corner = total(
                    b,
                    (image.index, height * width * self.outputs),
                    (y, width * self.outputs),
                    (x, self.outputs),
                )
                at = b.element(gradient, self.element, corner)
                with b.loop(start, stop) as item:
                    sums = b.element(scratch, self.element, total(b, (b.add(before, item.index), self.elements)))
                    self._block(b, item.index, seen, at, sums, rows, columns)

    def _clear(self, b: Builder, scratch: Value, begin: Value, end: Value) -> None:
        step = number(self.elements)
        with b.loop(b.mul(begin, step), b.mul(end, step), self.type.lanes) as loop:
            b.store(constant(self.type, 0), b.element(scratch, self.element, loop.index))

    @contextmanager
    def _tiles(self, b: Builder) -> Iterator[tuple[Value, Value, Value, Value]]:
        """The first window of every tile, and how many rows and columns of windows it has."""
        tile = self.tile
        assert tile is not None
        height, width = self.windows.counts
        with each(b, height, tile.rows) as y, each(b, width, tile.columns) as x:
            rows = number(tile.rows) if height % tile.rows == 0 else self._left(b, height, y, tile.rows)
            columns = number(tile.columns) if width % tile.columns == 0 else self._left(b, width, x, tile.columns)
            yield y, x, rows, columns

    @staticmethod
    def _left(b: Builder, length: int, start: Value, most: int) -> Value:
        return b.minimum(total(b, length, (start, -1)), number(most))

    def _pixels(
        self,
        b: Builder,
        pointers: tuple[Value, Value],
        sums: Value,
        counts: tuple[Value, Value],
        products: Callable[[Sequence[Value]], Iterable[tuple[Value, Value]]],
    ) -> None:
        """Adds, for each pixel, ``products`` to the accumulators; it gets where the window's and the gradient's are."""
        w, tile, lanes = self.windows, self.tile, self.type.lanes
        assert tile is not None
        places = [b.element(sums, self.element, i) for i in range(0, self.elements, lanes)]
        with b.loop(0, counts[0], carried=[*pointers, *[b.load(self.type, p) for p in places]]) as row:
            with b.loop(0, counts[1], carried=row.carried) as column:
                at, values = column.carried[:2], []
                for (x, y), value in zip(products(at), column.carried[2:], strict=True):
                    values.append(multiply_add(b, x, y, value))
                right = (w.strides[1] * w.image[2], self.outputs)
                column.carry([*[b.element(p, self.element, step) for p, step in zip(at, right, strict=True)], *values])
            down = (w.strides[0] * tile.pitch, w.counts[1] * self.outputs)
            following = [b.element(p, self.element, step) for p, step in zip(row.carried[:2], down, strict=True)]
            row.carry([*following, *column.results[2:]])
        for place, value in zip(places, row.results[2:], strict=True):
            b.store(value, place)

    def _outer(
        self, b: Builder, numbers: Sequence[Operand], vectors: Sequence[Operand]
    ) -> Callable[[Sequence[Value]], Iterable[tuple[Value, Value]]]:
        """The products of each number and each vector."""

        def products(at: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
            factors = [load(b, self.type, b.element(at[i], self.element, offset), m) for i, offset, m in vectors]
            for i, offset, _ in numbers:
                one = b.splat(b.load(self.element, b.element(at[i], self.element, offset)), self.type.lanes)
                for factor in factors:
                    yield one, factor

        return products

    def _total(self, b: Builder, type: Type, scratch: Value, at: Value) -> Value:
        """The sum over the parts of what is ``at`` so many elements in each of them."""
        first = b.load(type, b.element(scratch, self.element, at))
        with b.loop(1, self.parts, carried=[first]) as loop:
            address = b.element(scratch, self.element, total(b, at, (loop.index, self.count * self.elements)))
            loop.carry([b.add(loop.carried[0], b.load(type, address))])
        return loop.results[0]

    def run_offset(self, b: Builder, run: Value) -> list[tuple[Value, int]]:
        """Where a run of (tap, channel)s that lie side by side begins in what a window sees, as terms of a sum."""
        w, tile = self.windows, self.tile
        assert tile is not None
        row_step = w.dilations[0] * tile.pitch
        if w.dilations[1] == 1:
            return [(run, row_step)]
        i, j = split(b, run, w.taps[1])
        return [(i, row_step), (j, w.dilations[1] * w.image[2])]


class Wide(FilterGradient):
    """Output channels in the lanes of vectors."""

    def __init__(self, element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> None:
        width = element_lanes(element, lanes)
        self.cycles, self.blocks = Blocks.best(windows, outputs, width, vector_registers(lanes))
        across = -(-outputs // (self.blocks.vectors * width))
        count, beside = self.blocks.count * across, self.blocks.vectors * width
        super().__init__(element, batch, windows, outputs, lanes, count, self.blocks.elements, beside)

    def _block(
        self, b: Builder, item: Value, seen: Value, gradient: Value, sums: Value, rows: Value, columns: Value
    ) -> None:
        blocks = self.blocks
        width = blocks.vectors * blocks.lanes
        o, run, index = split(b, item, blocks.runs, blocks.a_run)
        o = b.mul(o, number(width))
        masks: list[Value | None] = [None] * blocks.vectors
        if self.outputs % width:
            masks = list(tail_masks(b, total(b, self.outputs, (o, -1)), blocks.vectors, blocks.lanes))
        dy = b.element(gradient, self.element, o)
        vectors = [(1, v * blocks.lanes, masks[v]) for v in range(blocks.vectors)]
        if blocks.flat:
            for k in range(blocks.a_run):
                with b.when(b.compare("eq", index, number(k))):
                    first = min(k * blocks.size, blocks.length - blocks.size)
                    numbers = [(0, self._offset(first + t), None) for t in range(blocks.size)]
                    self._pixels(b, (seen, dy), sums, (rows, columns), self._outer(b, numbers, vectors))
            return
        start = start_of(b, index, blocks.length, blocks.size)
        at = b.element(seen, self.element, total(b, start, *self.run_offset(b, run)))
        numbers = [(0, t, None) for t in range(blocks.size)]
        self._pixels(b, (at, dy), sums, (rows, columns), self._outer(b, numbers, vectors))

    def _offset(self, flat: int) -> int:
        """Where the (tap, channel) of a flat index lies in what a window sees."""
        w, tile = self.windows, self.tile
        assert tile is not None
        tap, channel = divmod(flat, w.image[2])
        i, j = divmod(tap, w.taps[1])
        return i * w.dilations[0] * tile.pitch + j * w.dilations[1] * w.image[2] + channel

    def emit_sums(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        _, _, _, out, scratch = pointers
        blocks, lanes = self.blocks, self.type.lanes
        with b.loop(begin, end) as items:
            run, t = split(b, items.index, blocks.length)
            k = b.div(t, number(blocks.size))
            position = b.sub(t, start_of(b, k, blocks.length, blocks.size))
            block = total(b, (run, blocks.a_run), k)
            row = total(b, (block, blocks.elements), (position, blocks.vectors * lanes))
            with each(b, self.outputs, lanes) as o:
                across, within = split(b, o, blocks.vectors * lanes)
                value = self._total(
                    b, self.type, scratch, total(b, row, within, (across, blocks.count * blocks.elements))
                )
                mask = None if self.outputs % lanes == 0 else b.mask(total(b, self.outputs, (o, -1)), lanes)
                store(b, value, b.element(out, self.element, total(b, (items.index, self.outputs), o)), mask)
