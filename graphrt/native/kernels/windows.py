"""What kernels of windows over images have in common: where windows lie, and tiles of images with zeros around them."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graphrt.native.builder import I64, PTR, Builder, Type, Value, constant
from graphrt.native.records import Pair, Windows

STACK_LIMIT = 1 << 18  # bytes of a padded tile: it must fit on the stack of any thread


def number(value: int) -> Value:
    """An i64 constant."""
    return constant(I64, value)


def total(b: Builder, *terms: tuple[Value | int, int] | Value | int) -> Value:
    """The sum of constants and of products (value, factor); what is constant is summed up here."""
    known: int = 0
    result: Value | None = None
    for term in terms:
        value, factor = term if isinstance(term, tuple) else (term, 1)
        if isinstance(value, int):
            known += value * factor
        elif factor:
            product = value if factor == 1 else b.mul(value, number(factor))
            result = product if result is None else b.add(result, product)
    if result is None:
        return number(known)
    return b.add(result, number(known)) if known else result


@contextmanager
def each(b: Builder, stop: int, step: int = 1) -> Iterator[Value]:
    """A loop over range(0, stop, step) whose index is constant where it has only one round."""
    if stop <= step:
        yield number(0)
    else:
        with b.loop(0, stop, step) as loop:
            yield loop.index


@contextmanager
def overlapping(b: Builder, length: int, step: int) -> Iterator[Value]:
    """The starts of blocks of ``step`` that cover ``length``; the last one is moved back to end with it."""
    with each(b, length, step) as index:
        yield index if length % step == 0 else b.minimum(index, number(length - step))


def start_of(b: Builder, index: Value, length: int, step: int) -> Value:
    """The start of block number ``index`` of those of ``overlapping``."""
    if length <= step:
        return number(0)
    start = total(b, (index, step))
    return start if length % step == 0 else b.minimum(start, number(length - step))


def split(b: Builder, index: Value, *sizes: int) -> list[Value]:
    """An index into an array of shape [..., *sizes], as one index an axis."""
    result: list[Value] = []
    for size in reversed(sizes):
        result.append(number(0) if size == 1 else b.rem(index, number(size)))
        index = index if size == 1 else b.div(index, number(size))
    return [index, *reversed(result)]


def opaque(b: Builder, pointer: Value, place: Value) -> Value:
    """The pointer, of which LLVM does not know where it comes from (it is written to ``place`` and read again).

    Else its loop passes trace it through minima and remainders, which takes longer than all other compiling."""
    b.store(pointer, place)
    return b.load(PTR, place)


def multiply_add(b: Builder, x: Value, y: Value, z: Value) -> Value:
    """x * y + z, rounded once where the CPU can."""
    return b.intrinsic("fmuladd", x.type, x, y, z)


def step_cycles(broadcast: int, vectors: int) -> float:
    """Cycles of a step that multiplies each of so many numbers by each of so many vectors, and adds the products up.

    Two multiplications a cycle, hardly as many loads, and four cycles from one sum to the next (measured on a Xeon with
    AVX-512; others differ little)."""
    return max(broadcast * vectors / 2, (broadcast + vectors) / 1.5, 4.0) + 1.0


def element_lanes(element: Type, lanes: int) -> int:
    """Elements in a vector register that holds ``lanes`` float32 numbers."""
    return max(lanes * 4 // element.bytes, 1)


def vector_registers(lanes: int) -> int:
    """How many vector registers the CPU has that has ``lanes`` float32 numbers in one."""
    return 32 if lanes == 16 or platform.machine() in ("arm64", "aarch64") else 16


def unrolled(length: int, accumulators: int, registers: int) -> int:
    """How many of ``length`` steps to write one after another: a divisor of it.

    With few registers only one: LLVM keeps what two steps both read in a register, and spills another one for it."""
    most = (64 if registers == 32 else 16) // accumulators
    return max((u for u in range(1, most + 1) if length % u == 0), default=1)


def tail_masks(b: Builder, left: Value, vectors: int, lanes: int) -> list[Value]:
    """For each of ``vectors`` side by side: which of their lanes are among the first ``left``."""
    return [b.mask(total(b, left, -v * lanes), lanes) for v in range(vectors)]


def load(b: Builder, type: Type, pointer: Value, mask: Value | None) -> Value:
    return b.load(type, pointer) if mask is None else b.masked_load(type, pointer, mask)


def store(b: Builder, value: Value, pointer: Value, mask: Value | None) -> None:
    if mask is None:
        b.store(value, pointer)
    else:
        b.masked_store(value, pointer, mask)


def copy(b: Builder, type: Type, source: Value | None, target: Value, count: Value) -> None:
    """Copies ``count`` elements (zeros if there is no source), a vector of ``type`` at a time."""
    lanes = type.lanes
    whole = b.and_(count, number(-lanes))
    with b.loop(0, whole, lanes) as loop:
        value = constant(type, 0) if source is None else b.load(type, b.element(source, type, loop.index))
        b.store(value, b.element(target, type, loop.index))
    with b.when(b.compare("lt", whole, count)):
        mask = b.mask(b.sub(count, whole), lanes)
        value = constant(type, 0)
        if source is not None:
            value = b.masked_load(type, b.element(source, type, whole), mask)
        b.masked_store(value, b.element(target, type, whole), mask)


@dataclass(frozen=True)
class Tile:
    """Some rows and columns of windows, and the part of the image that they see."""

    windows: Windows
    rows: int
    columns: int

    @property
    def grid(self) -> Pair:
        """How many of them cover all windows, along both axes."""
        return -(-self.windows.counts[0] // self.rows), -(-self.windows.counts[1] // self.columns)

    @property
    def pitch(self) -> int:
        """Elements from one row of pixels to the next, in memory that ``open`` returns."""
        width = self.windows.reach(1, self.columns) if self.windows.padded else self.windows.image[1]
        return width * self.windows.image[2]

    @property
    def size(self) -> int:
        """Elements that its windows see."""
        width = self.windows.reach(1, self.columns)
        return self.windows.reach(0, self.rows) * width * self.windows.image[2]

    def buffer(self, b: Builder, element: Type) -> Value | None:
        """Memory for a padded copy, where that is needed."""
        return b.stack(element, self.size) if self.windows.padded else None

    def open(self, b: Builder, type: Type, image: Value, y: Value, x: Value, buffer: Value | None) -> Value:
        """Where the window (y, x), the first of the tile, sees its first element: in the image, or in the copy."""
        w = self.windows
        width, channels = w.image[1:]
        top, left = total(b, (y, w.strides[0]), w.origin[0]), total(b, (x, w.strides[1]), w.origin[1])
        if buffer is None:
            return b.element(image, type, total(b, (top, width * channels), (left, channels)))
        reach = w.reach(1, self.columns)
        start = self._inside(b, left, width)
        stop = self._inside(b, total(b, left, reach), width)
        before = b.mul(self._inside(b, b.sub(start, left), reach), number(channels))
        count = b.mul(b.sub(stop, start), number(channels))
        with b.loop(0, w.reach(0, self.rows)) as row:
            line = b.element(buffer, type, total(b, (row.index, self.pitch)))
            source_row = b.add(top, row.index)
            valid = b.and_(b.compare("ge", source_row, number(0)), b.compare("lt", source_row, number(w.image[0])))
            filled = b.select(valid, before, number(reach * channels))
            copied = b.select(valid, count, number(0))
            copy(b, type, None, line, filled)
            source = b.element(image, type, total(b, (source_row, width * channels), (start, channels)))
            copy(b, type, source, b.element(line, type, filled), copied)
            done = b.add(filled, copied)
            copy(b, type, None, b.element(line, type, done), b.sub(number(reach * channels), done))
        return buffer

    @staticmethod
    def _inside(b: Builder, position: Value, length: int) -> Value:
        return b.minimum(b.maximum(position, number(0)), number(length))


def tiled(
    windows: Windows, element: Type, rows: int, columns: int, limit: int, *, beside: int = 0, pieces: int = 1
) -> Tile | None:
    """The largest tile of blocks of rows x columns that sees at most about ``limit`` bytes; whole rows if possible.

    ``beside`` is how many other elements are needed for each window; ``pieces`` how many tiles there should be at least
    (if there are as many rows). None if even one block sees more than a thread has room for.
    """
    height, width = windows.counts
    highest = -(-height // pieces)

    def size(tile: Tile) -> int:
        return (tile.size + beside * tile.rows * tile.columns) * element.bytes

    tile = Tile(windows, min(rows, height), width)
    while size(tile) > limit and tile.columns > columns:
        tile = Tile(windows, tile.rows, max(columns, tile.columns // 2 // columns * columns))
    while tile.rows < highest:
        larger = Tile(windows, min(tile.rows + rows, max(highest, rows)), tile.columns)
        if size(larger) > limit:
            break
        tile = larger
    # Tiles of equal heights, so that the last one does not repeat much of the one before.
    even = -(-height // tile.grid[0])
    tile = Tile(windows, min(-(-even // rows) * rows, height), tile.columns)
    return None if windows.padded and tile.size * element.bytes > STACK_LIMIT else tile
