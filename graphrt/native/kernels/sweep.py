"""Walking along a row of statically known length in vectors, with several accumulators side by side.

A row of 70 float32 with vectors of 16 is four whole pieces and one of six lanes, under a mask. A short row is unrolled
as a whole (what was loaded or computed then stays in registers between the passes over it, see Held); a long one is a
loop over four pieces at a time, and what is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphrt.native.builder import I1, I64, Builder, Type, Value, constant, constants, vector

Combine = Callable[[Value, Value], Value]
UNROLL = 4
IN_REGISTERS = 8  # so many vectors of a row may stay in registers


def width_of(b: Builder, element: Type) -> int:
    """How many elements a vector register holds."""
    return max(1, 32 * b.lanes // element.bits)


@dataclass(frozen=True)
class Piece:
    """A vector of a row: where it begins, and (of the last one) in which lanes there is something.

    ``number`` counts the pieces of a row that is unrolled as a whole; it is -1 in a loop.
    """

    at: Value
    mask: Value | None
    number: int = -1


@dataclass(frozen=True)
class Accumulator:
    """What a sweep carries along: its first value (in every lane), and how two of them become one."""

    initial: Value
    combine: Combine


class Row:
    """How a row of ``length`` elements is cut into vectors of ``width``."""

    def __init__(self, length: int, width: int, in_registers: int = IN_REGISTERS) -> None:
        self.length, self.width = length, width
        self.whole, self.rest = divmod(length, width)
        self.unrolled = self.whole + bool(self.rest) <= in_registers

    def pieces(self, first: int = 0) -> list[Piece]:
        """The whole pieces from number ``first`` on, and the masked one."""
        result = []
        for number in range(first, self.whole):
            result.append(Piece(constant(I64, number * self.width), None, number))
        if self.rest:
            result.append(Piece(constant(I64, self.whole * self.width), self.mask(), self.whole))
        return result

    def mask(self) -> Value:
        """The lanes of the last piece that belong to the row."""
        return constants(vector(I1, self.width), [lane < self.rest for lane in range(self.width)])


def sweep(
    b: Builder,
    row: Row,
    body: Callable[[Piece, list[Value]], Sequence[Value]],
    accumulators: Sequence[Accumulator] = (),
) -> list[Value]:
    """``body(piece, values)`` returns the next values of the accumulators; the results are vectors still."""
    copies = [[a.initial for a in accumulators] for _ in range(UNROLL)]
    chunks = 0 if row.unrolled else row.whole // UNROLL
    if chunks:
        flat = [value for copy in copies for value in copy]
        with b.loop(0, chunks * UNROLL * row.width, UNROLL * row.width, carried=flat) as loop:
            following: list[Value] = []
            for i in range(UNROLL):
                values = loop.carried[i * len(accumulators) : (i + 1) * len(accumulators)]
                at = b.add(loop.index, constant(I64, i * row.width))
                following.extend(body(Piece(at, None), values))
            loop.carry(following)
        copies = [loop.results[i * len(accumulators) : (i + 1) * len(accumulators)] for i in range(UNROLL)]
    for i, piece in enumerate(row.pieces(chunks * UNROLL)):
        copies[i % UNROLL] = list(body(piece, copies[i % UNROLL]))
    used = UNROLL if chunks else min(UNROLL, len(row.pieces()))
    return [tree([copy[i] for copy in copies[:used]], a.combine) for i, a in enumerate(accumulators)]


def tree(values: Sequence[Value], combine: Combine) -> Value:
    """All values as one, in a tree of combinations."""
    values = list(values)
    while len(values) > 1:
        paired = [combine(x, y) for x, y in zip(values[::2], values[1::2], strict=False)]
        values = paired + values[len(paired) * 2 :]
    return values[0]


def in_blocks(b: Builder, size: int, block: int, begin: Value, end: Value, write: Callable[[Value, int], None]) -> None:
    """``write(number, length)`` for the blocks ``begin`` to ``end`` of ``size`` elements; the last may be shorter."""
    whole, rest = divmod(size, block)
    if whole:
        with b.loop(begin, b.minimum(end, constant(I64, whole))) as loop:
            write(loop.index, block)
    if rest:
        with b.loop(b.maximum(begin, constant(I64, whole)), end) as loop:
            write(loop.index, rest)


def larger(b: Builder) -> Combine:
    """The larger of two, the second if either is nan: one instruction."""
    return lambda x, y: b.select(b.compare("gt", x, y), x, y)


def load_piece(b: Builder, type: Type, pointer: Value, piece: Piece, fill: float | None = None) -> Value:
    """A piece of the row that begins at ``pointer``; lanes beyond its end are ``fill`` (0 if not given)."""
    address = b.element(pointer, type, piece.at)
    if piece.mask is None:
        return b.load(type, address)
    value = b.masked_load(type, address, piece.mask)
    return value if fill is None else b.select(piece.mask, value, constant(type, fill))


def store_piece(b: Builder, value: Value, pointer: Value, piece: Piece) -> None:
    """Writes a piece of the row that begins at ``pointer``."""
    address = b.element(pointer, value.type, piece.at)
    if piece.mask is None:
        b.store(value, address)
    else:
        b.masked_store(value, address, piece.mask)


class Held:
    """A row that several passes need: in registers if it is unrolled, and in memory at ``pointer`` if not."""

    def __init__(self, b: Builder, row: Row, type: Type, pointer: Value, fill: float | None = None) -> None:
        self.b, self.row, self.type, self.pointer, self.fill = b, row, type, pointer, fill
        self.values: dict[int, Value] = {}

    def get(self, piece: Piece) -> Value:
        """A piece of the row, from memory the first time."""
        if piece.number in self.values:
            return self.values[piece.number]
        value = load_piece(self.b, self.type, self.pointer, piece, self.fill)
        if self.row.unrolled:
            self.values[piece.number] = value
        return value

    def put(self, piece: Piece, value: Value) -> None:
        """Keeps a piece for the next pass."""
        if self.row.unrolled:
            self.values[piece.number] = value
        else:
            store_piece(self.b, value, self.pointer, piece)


def checked_index(b: Builder, index: Value, length: int, flag: Value) -> Value:
    """Whether 0 <= index < length; if not, the flag is raised."""
    # As an unsigned number a negative index is too large, too.
    valid = b.emit(I1, f"icmp ult {index}, {length}")
    with b.when(b.xor(valid, constant(I1, True))):
        b.store(constant(I64, 1), flag)
    return valid
