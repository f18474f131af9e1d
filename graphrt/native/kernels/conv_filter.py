"""The gradient of a convolution with respect to its filter.

It is a product of two tall matrices: of what each tap sees, a number for each output pixel, and of the gradient of the
output, a row of channels for each pixel. A block of accumulators is some (tap, channel)s by some vectors of output
channels; it runs over the pixels of a tile, then rests in scratch memory until the next tile comes. Blocks are
independent of each other. Where they take little memory, the images are dealt out to several sets of blocks
(``parts``), and a second kernel adds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graphrt.native.builder import Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.windows import (
    Windows,
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
    def best(windows: Windows, outputs: int, lanes: int, registers: int) -> Blocks:
        """The blocks whose steps take the fewest cycles in all."""
        kh, kw = windows.taps
        channels = windows.image[2]
        vectors = -(-outputs // lanes)
        runs, length = (kh, kw * channels) if windows.dilations[1] == 1 else (kh * kw, channels)
        shapes = [(runs, length)]
        if kh * kw * channels <= _FEW_TAPS:
            shapes.append((1, kh * kw * channels))
        choices = []
        for runs, length in shapes:
            for v in range(1, min(vectors, 4 if registers == 32 else 3) + 1):
                for size in range(1, min(length, (registers - 1 - v) // v) + 1):
                    blocks = runs * -(-length // size) * -(-vectors // v)
                    cycles = step_cycles(size, v)
                    choices.append((blocks * cycles, -runs, v, -size, length))
        _, runs, v, size, length = min(choices)
        return Blocks(-runs, length, -size, v, lanes)


class FilterGradient:
    """Both kernels, for inputs (images, sizes, gradient of the output), the output, and the scratch of the blocks."""

    def __init__(self, element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> None:
        self.element, self.batch, self.windows, self.outputs = element, batch, windows, outputs
        self.blocks = Blocks.best(windows, outputs, element_lanes(element, lanes), vector_registers(lanes))
        self.across = -(-outputs // (self.blocks.vectors * self.blocks.lanes))
        items = self.blocks.count * self.across
        # Threads that share the images of one part would each make the same padded copies.
        affordable = _PARTS_BYTES // (items * self.blocks.elements * element.bytes)
        self.parts = max(min(batch, _PARTS, affordable), 1)
        self.tile = tiled(windows, element, 1, 8, _TILE_BYTES, self.blocks.vectors * self.blocks.lanes)

    def lowering(self) -> Lowering | None:
        """None if a window is too large for the stack."""
        if self.tile is None:
            return None
        w = self.windows
        taps = math.prod(w.taps) * w.image[2]
        pixels = self.batch * math.prod(w.counts)
        size = self.element.bytes
        images = self.batch * math.prod(w.image)
        items = self.blocks.count * self.across * self.parts
        scratch = items * self.blocks.elements * size
        name = f"conv2d filter gradient {self.batch}x{'x'.join(map(str, w.image))} * {w.taps[0]}x{w.taps[1]}"
        name += f"x{w.image[2]}x{self.outputs}"
        moved = float(size * (images + pixels * self.outputs))
        grain = 1 if self.parts == 1 else items // self.parts
        main = Kernel(name, self.emit, items, 2.0 * pixels * taps * self.outputs, moved, grain)
        sums = Kernel(f"{name}: sum of {self.parts}", self.emit_sums, taps, 0.0, float(scratch))
        return Lowering((main, sums), (scratch,))

    # -- the sums over the pixels --------------------------------------------------------------------------------------

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        images, _, gradient, _, scratch = pointers
        tile, items = self.tile, self.blocks.count * self.across
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
                seen = tile.open(b, vector(self.element, self.blocks.lanes), source, y, x, buffer)
                height, width = self.windows.counts
                corner = total(
                    b,
                    (image.index, height * width * self.outputs),
                    (y, width * self.outputs),
                    (x, self.outputs),
                )
                at = b.element(gradient, self.element, corner)
                with b.loop(start, stop) as item:
                    sums = b.element(scratch, self.element, total(b, (b.add(before, item.index), self.blocks.elements)))
                    self._block(b, item.index, seen, at, sums, rows, columns)

    def _clear(self, b: Builder, scratch: Value, begin: Value, end: Value) -> None:
        blocks = self.blocks
        type = vector(self.element, blocks.lanes)
        step = number(blocks.elements)
        with b.loop(b.mul(begin, step), b.mul(end, step), blocks.lanes) as loop:
            b.store(constant(type, 0), b.element(scratch, self.element, loop.index))

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

    def _block(
        self, b: Builder, item: Value, seen: Value, gradient: Value, sums: Value, rows: Value, columns: Value
    ) -> None:
        """One block over all pixels of a tile."""
        blocks = self.blocks
        width = blocks.vectors * blocks.lanes
        o, run, index = split(b, item, blocks.runs, blocks.a_run)
        o = b.mul(o, number(width))
        masks: list[Value | None] = [None] * blocks.vectors
        if self.outputs % width:
            masks = list(tail_masks(b, total(b, self.outputs, (o, -1)), blocks.vectors, blocks.lanes))
        dy = b.element(gradient, self.element, o)
        if blocks.runs == 1 and blocks.length == self._taps:
            for k in range(blocks.a_run):
                with b.when(b.compare("eq", index, number(k))):
                    first = min(k * blocks.size, blocks.length - blocks.size)
                    offsets = [self._offset(first + t) for t in range(blocks.size)]
                    self._pixels(b, offsets, seen, dy, sums, rows, columns, masks)
            return
        start = start_of(b, index, blocks.length, blocks.size)
        at = b.element(seen, self.element, total(b, start, *self._run_offset(b, run)))
        self._pixels(b, list(range(blocks.size)), at, dy, sums, rows, columns, masks)

    @property
    def _taps(self) -> int:
        return math.prod(self.windows.taps) * self.windows.image[2]

    def _offset(self, flat: int) -> int:
        """Where the (tap, channel) of a flat index lies in what a window sees."""
        w, tile = self.windows, self.tile
        assert tile is not None
        tap, channel = divmod(flat, w.image[2])
        i, j = divmod(tap, w.taps[1])
        return i * w.dilations[0] * tile.pitch + j * w.dilations[1] * w.image[2] + channel

    def _run_offset(self, b: Builder, run: Value) -> list[tuple[Value, int]]:
        w, tile = self.windows, self.tile
        assert tile is not None
        row_step = w.dilations[0] * tile.pitch
        if self.blocks.runs == w.taps[0] and w.dilations[1] == 1:
            return [(run, row_step)]
        i, j = split(b, run, w.taps[1])
        return [(i, row_step), (j, w.dilations[1] * w.image[2])]

    def _pixels(
        self,
        b: Builder,
        offsets: Sequence[int],
        seen: Value,
        gradient: Value,
        sums: Value,
        rows: Value,
        columns: Value,
        masks: Sequence[Value | None],
    ) -> None:
        w, blocks, tile = self.windows, self.blocks, self.tile
        assert tile is not None
        type = vector(self.element, blocks.lanes)
        places = [b.element(sums, self.element, i * blocks.lanes) for i in range(blocks.size * blocks.vectors)]
        with b.loop(0, rows, carried=[seen, gradient, *[b.load(type, p) for p in places]]) as row:
            with b.loop(0, columns, carried=row.carried) as column:
                x, dy, *values = column.carried
                factors = [
                    load(b, type, b.element(dy, self.element, v * blocks.lanes), masks[v])
                    for v in range(blocks.vectors)
                ]
                for t, offset in enumerate(offsets):
                    one = b.splat(b.load(self.element, b.element(x, self.element, offset)), blocks.lanes)
                    for v in range(blocks.vectors):
                        i = t * blocks.vectors + v
                        values[i] = multiply_add(b, one, factors[v], values[i])
                right = w.strides[1] * w.image[2]
                column.carry([b.element(x, self.element, right), b.element(dy, self.element, self.outputs), *values])
            row.carry(
                [
                    b.element(row.carried[0], self.element, w.strides[0] * tile.pitch),
                    b.element(row.carried[1], self.element, w.counts[1] * self.outputs),
                    *column.results[2:],
                ]
            )
        for place, value in zip(places, row.results[2:], strict=True):
            b.store(value, place)

    # -- the sum of the parts ------------------------------------------------------------------------------------------

    def emit_sums(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """Items are the (tap, channel)s."""
        _, _, _, out, scratch = pointers
        blocks = self.blocks
        type = vector(self.element, blocks.lanes)
        part = blocks.count * self.across * blocks.elements
        with b.loop(begin, end) as items:
            run, t = split(b, items.index, blocks.length)
            k = b.div(t, number(blocks.size))
            position = b.sub(t, start_of(b, k, blocks.length, blocks.size))
            block = total(b, (run, blocks.a_run), k)
            row = total(b, (block, blocks.elements), (position, blocks.vectors * blocks.lanes))
            with each(b, self.outputs, blocks.lanes) as o:
                across, within = split(b, o, blocks.vectors * blocks.lanes)
                at = total(b, row, within, (across, blocks.count * blocks.elements))
                first = b.load(type, b.element(scratch, self.element, at))
                with b.loop(1, self.parts, carried=[first]) as loop:
                    address = b.element(scratch, self.element, total(b, at, (loop.index, part)))
                    loop.carry([b.add(loop.carried[0], b.load(type, address))])
                place = b.element(out, self.element, total(b, (items.index, self.outputs), o))
                mask = None
                if self.outputs % blocks.lanes:
                    mask = b.mask(total(b, self.outputs, (o, -1)), blocks.lanes)
                store(b, loop.results[0], place, mask)


def filter_gradient(element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> Lowering | None:
    """conv2d's gradient with respect to the filter; inputs are the images, its sizes and the output's gradient."""
    return FilterGradient(element, batch, windows, outputs, lanes).lowering()
