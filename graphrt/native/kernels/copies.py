"""Work that moves elements and changes none: copies, borders, bands of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphrt.native.builder import I32, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, bits_of
from graphrt.native.kernels.strided import Copy, copy_run, copying, fill_run
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep, width_of
from graphrt.native.records import Band, Copies, Pad, title

_FILL_BLOCK = 16384  # elements that one item fills
_MOST_COPIES = 64  # kernels of one node


def copies(record: Copies, inputs: Operands, outputs: Operands) -> Lowering | None:
    """A kernel, or two, for each part; None if there are too many of them."""
    element, whole = bits_of(outputs[0].dtype), outputs[0].shape
    if element is None or 0 in whole:
        return None
    given = [Copy(part.axes, part.input, len(inputs), part.offset, part.place) for part in record.parts]
    kernels = [kernel for copy in given for kernel in copying(record.name, element, copy)]
    if len(kernels) > _MOST_COPIES:
        return None
    if record.zeros:
        kernels.insert(0, filling(title("zeros", whole), element, math.prod(whole), len(inputs), 0))
    return Lowering(tuple(kernels))


def filling(name: str, element: Type, count: int, pointer: int, number: int | float) -> Kernel:
    """One number everywhere."""
    blocks = -(-count // _FILL_BLOCK)
    last = count - (blocks - 1) * _FILL_BLOCK

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        value = constant(element, number)
        whole = blocks if last == _FILL_BLOCK else blocks - 1
        inner_end = b.select(b.compare("lt", end, constant(I64, whole)), end, constant(I64, whole))
        if whole:
            with b.loop(begin, inner_end) as loop:
                first = b.mul(loop.index, constant(I64, _FILL_BLOCK))
                fill_run(b, value, b.element(pointers[pointer], element, first), _FILL_BLOCK)
        if whole < blocks:
            with b.when(b.compare("gt", end, constant(I64, whole))):
                fill_run(b, value, b.element(pointers[pointer], element, whole * _FILL_BLOCK), last)

    return Kernel(name, emit, blocks, bytes=float(count * element.bytes), grain=4)


# -- borders -----------------------------------------------------------------------------------------------------------

_Side = tuple[int, int, int]  # how many elements come before, those of the input, how many after


def pad(record: Pad, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Every element is written once, in the order of memory."""
    element, shape, result = bits_of(inputs[0].dtype), inputs[0].shape, outputs[0].shape
    if element is None or 0 in shape or not shape:
        return None
    sides = _joined_sides([(b, n, a) for n, (b, a) in zip(shape, record.margins, strict=True)])
    before, inside, after = sides[0]
    size, own_size = _sizes(sides[1:])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        filler = constant(element, 0) if record.value is None else b.load(element, pointers[record.value])
        with b.loop(begin, end) as loop:
            target = b.element(pointers[len(inputs)], element, b.mul(loop.index, constant(I64, size)))
            place = b.sub(loop.index, constant(I64, before))
            is_inside = b.emit(Type("i1"), f"icmp ult {place}, {inside}")  # unsigned: not before it, either
            with b.when(is_inside):
                source = b.element(pointers[0], element, b.mul(place, constant(I64, own_size)))
                _write_padded(b, filler, source, target, sides[1:])
            with b.when(b.xor(is_inside, constant(Type("i1"), True))):
                fill_run(b, filler, target, size)

    count = before + inside + after
    bytes = float(element.bytes * (math.prod(shape) + math.prod(result)))
    grain = max(1, 65536 // (size * element.bytes))
    return Lowering((Kernel(title("pad", shape, result), emit, count, bytes=bytes, grain=grain),))


def _joined_sides(sides: Sequence[_Side]) -> list[_Side]:
    """Margins with as few axes as can be: one that has no margin belongs to that before it. The first are the items."""
    result: list[_Side] = []
    for before, inside, after in sides:
        if len(result) > 1 and before == after == 0:
            result[-1] = (result[-1][0] * inside, result[-1][1] * inside, result[-1][2] * inside)
        elif len(result) == 1 and result[0][0] == result[0][2] == 0:
            # No margins so far: these items become as many as those of both axes, if this one has none either.
            joins = before == after == 0
            result = [(0, result[0][1] * inside, 0)] if joins else [result[0], (before, inside, after)]
        else:
            result.append((before, inside, after))
    return _with_a_run(result)


def _with_a_run(sides: list[_Side]) -> list[_Side]:
    """A single axis is made into an item of one element a place, or (better) into one item with one run."""
    return [(0, 1, 0), *sides] if len(sides) == 1 else sides


def _sizes(sides: Sequence[_Side]) -> tuple[int, int]:
    """Elements with margins and without."""
    return math.prod(sum(side) for side in sides), math.prod(side[1] for side in sides)


def _write_padded(b: Builder, filler: Value, source: Value, target: Value, sides: Sequence[_Side]) -> None:
    """The margin before, what is inside, the margin after."""
    before, inside, after = sides[0]
    size, own_size = _sizes(sides[1:])
    element = filler.type
    if before:
        fill_run(b, filler, target, before * size)
    middle = b.element(target, element, before * size)
    if len(sides) == 1:
        copy_run(b, element, source, middle, inside)
    else:
        with b.loop(0, inside) as loop:
            here = b.element(source, element, b.mul(loop.index, constant(I64, own_size)))
            there = b.element(middle, element, b.mul(loop.index, constant(I64, size)))
            _write_padded(b, filler, here, there, sides[1:])
    if after:
        fill_run(b, filler, b.element(middle, element, inside * size), after * size)


# -- bands -------------------------------------------------------------------------------------------------------------


def band(record: Band, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The matrices row by row."""
    element, whole = bits_of(inputs[0].dtype), inputs[0].shape
    if element is None or 0 in whole:
        return None
    rows, columns = whole[-2:]
    lower = rows if record.below is None else record.below
    upper = columns if record.above is None else record.above

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        row = Row(columns, width_of(b, element))
        type, places = vector(element, row.width), vector(I32, row.width)
        with b.loop(begin, end) as loop:
            first = b.mul(loop.index, constant(I64, columns))
            x, y = (b.element(pointers[i], element, first) for i in (0, len(inputs)))
            number = b.convert(b.rem(loop.index, constant(I64, rows)), I32)
            least = b.splat(b.sub(number, constant(I32, lower)), row.width)
            most = b.splat(b.add(number, constant(I32, upper)), row.width)

            def body(piece: Piece, values: list[Value]) -> list[Value]:
                column = b.add(b.splat(b.convert(piece.at, I32), row.width), b.iota(places))
                keep = b.and_(b.compare("ge", column, least), b.compare("le", column, most))
                kept = b.select(keep, load_piece(b, type, x, piece), constant(type, 0))
                store_piece(b, kept, y, piece)
                return values

            sweep(b, row, body)

    size = float(math.prod(whole) * element.bytes)
    return one(Kernel(title("band_part", whole), emit, math.prod(whole[:-1]), bytes=2 * size, grain=64))
