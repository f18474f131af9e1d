"""Walking over the pixels of an image with one accumulator a channel: the loops of batch normalization.

The image is a matrix, a row a pixel and a column a channel. Few channels would fill few lanes, so several pixels are
read as one row where that comes out even: 3 channels are rows of 16 pixels, 48 numbers, which are three vectors. Such a
row has ``width`` numbers, and the number at w belongs to channel w % channels. Rows are cut into blocks that stay in
the second cache; a block is what one item of a kernel works on, and each has sums of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphrt.native.builder import I64, Builder, Value, constant
from graphrt.native.kernels.sweep import Piece, Row

_LANES = 16  # what widths are made to fit: vectors of 16, 8 and 4 lanes
_WIDEST = 128
_BLOCK = 16384  # numbers of a block
_CHAIN = 4  # additions that should be under way at the same time

Body = Callable[[Value, Piece, int, list[Value]], Sequence[Value]]
"""``body(first, piece, k, values)``: the row begins at number ``first``; piece k of it; returns its next sums."""


@dataclass(frozen=True)
class Pixels:
    """How ``pixels`` rows of ``channels`` numbers are walked over."""

    pixels: int
    channels: int

    @property
    def together(self) -> int:
        """Pixels that are read as one row."""
        count = _LANES // math.gcd(self.channels, _LANES)
        return count if self.pixels % count == 0 and self.channels * count <= _WIDEST else 1

    @property
    def width(self) -> int:
        return self.channels * self.together

    @property
    def padded(self) -> int:
        """The width of a row of sums, of whole vectors."""
        return -(-self.width // _LANES) * _LANES

    @property
    def rows(self) -> int:
        return self.pixels // self.together

    @property
    def block(self) -> int:
        """Rows of a block."""
        return min(self.rows, max(1, _BLOCK // self.width))

    @property
    def blocks(self) -> int:
        return -(-self.rows // self.block)

    def rows_of(self, b: Builder, block: Value) -> tuple[Value, Value]:
        """The first row of a block, and how many it has: the last one may be short."""
        first = b.mul(block, constant(I64, self.block))
        return first, b.minimum(constant(I64, self.block), b.sub(constant(I64, self.rows), first))

    def each_group(self, b: Builder, write: Callable[[Value, list[Piece]], None]) -> None:
        """``write(base, pieces)`` for groups of channels whose sums fit into the registers."""
        together = 8 if b.lanes >= 16 else 4
        row = Row(self.width, b.lanes)
        size = together * b.lanes
        groups = row.whole // together if row.whole > together else 0
        if groups:
            with b.loop(0, groups * size, size) as loop:
                write(loop.index, Row(size, b.lanes).pieces())
        left = Row(self.width - groups * size, b.lanes).pieces()
        for i in range(0, len(left), together):
            write(constant(I64, groups * size), left[i : i + together])

    def walk(
        self,
        b: Builder,
        rows: tuple[Value, Value],
        base: Value,
        pieces: Sequence[Piece],
        body: Body,
        sums: Sequence[Value],
    ) -> list[Value]:
        """``body`` for every piece of every row; ``sums`` are as many first values as all pieces together have."""
        first, count = rows
        each = len(sums) // len(pieces)
        unroll = max(1, _CHAIN // len(pieces))

        def write_row(row: Value, values: Sequence[Value]) -> list[Value]:
            start = b.add(b.mul(b.add(first, row), constant(I64, self.width)), base)
            following: list[Value] = []
            for k, piece in enumerate(pieces):
                following.extend(body(start, piece, k, list(values[k * each : (k + 1) * each])))
            return following

        whole = b.sub(count, b.rem(count, constant(I64, unroll)))
        with b.loop(0, whole, unroll, carried=list(sums) * unroll) as loop:
            following: list[Value] = []
            for i in range(unroll):
                values = loop.carried[i * len(sums) : (i + 1) * len(sums)]
                following.extend(write_row(b.add(loop.index, constant(I64, i)), values))
            loop.carry(following)
        results = loop.results[: len(sums)]
        for i in range(1, unroll):
            results = [b.add(x, y) for x, y in zip(results, loop.results[i * len(sums) :], strict=False)]
        if unroll > 1:
            with b.loop(whole, count, carried=results) as loop:
                loop.carry(write_row(loop.index, loop.carried))
            results = loop.results
        return results
