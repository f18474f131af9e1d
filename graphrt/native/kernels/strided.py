"""Copies between strided arrays: what transposes, concatenations, slices and tiles come down to.

A copy is a list of axes, each with a length and with its strides in the source and in the target, in elements. Axes
that continue each other are joined; then the innermost loop is one of: a run of memory, a fill, a run backwards, blocks
transposed in registers, or single elements. Elements are bits: copies never look at what they mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphrt.native.builder import I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel
from graphrt.native.kernels.registers import transpose_block
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep, width_of
from graphrt.native.records import Axis, axes_of, contiguous_strides

_ITEMS = 64  # leading axes are made into items until there are so many
_RUN = 8192  # elements of a run that one item copies
_ROWS = 32  # rows of a transposed block that one item writes; with twice as many some sizes take twice as long
_WORTH_A_RANGE = 65536  # bytes


@dataclass(frozen=True)
class Copy:
    """Elements of ``source`` (the number of a pointer), from an offset on, to ``target``."""

    axes: tuple[Axis, ...]
    source: int
    target: int
    source_offset: int = 0
    target_offset: int = 0


def whole_copy(shape: Sequence[int], source: int, target: int) -> Copy:
    """All elements in their order."""
    strides = contiguous_strides(shape)
    return Copy(axes_of(shape, strides, strides), source, target)


def joined(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The same copy with as few axes as can be."""
    result: list[Axis] = []
    for axis in axes:
        if axis.length == 1:
            continue
        before = result[-1] if result else None
        if before and (before.source, before.target) == (axis.source * axis.length, axis.target * axis.length):
            result[-1] = Axis(before.length * axis.length, axis.source, axis.target)
        else:
            result.append(axis)
    return tuple(result)


def copying(name: str, element: Type, copy: Copy) -> list[Kernel]:
    """The kernels that do a copy: one, or two where its longest axis is cut into blocks and a rest."""
    axes = joined(copy.axes)
    if any(axis.length == 0 for axis in axes):
        return []
    place, block = _blocks(axes)
    if place is None:
        return [_kernel(name, element, replace(copy, axes=axes))]
    axis = axes[place]
    whole, rest = divmod(axis.length, block)
    blocks = Axis(whole, axis.source * block, axis.target * block)
    inner = axis._replace(length=block)
    kernels = [_kernel(name, element, replace(copy, axes=(blocks, *axes[:place], inner, *axes[place + 1 :])))]
    if rest:
        left = replace(
            copy,
            axes=(*axes[:place], axis._replace(length=rest), *axes[place + 1 :]),
            source_offset=copy.source_offset + whole * block * axis.source,
            target_offset=copy.target_offset + whole * block * axis.target,
        )
        kernels.append(_kernel(name, element, left))
    return kernels


def _blocks(axes: Sequence[Axis]) -> tuple[int | None, int]:
    """The axis to cut into blocks so that several threads have something to do, and how long a block is."""
    crossed = _crossed(axes)
    if crossed is not None and axes[crossed[0]].length > _ROWS:
        others = math.prod(axis.length for i, axis in enumerate(axes) if i not in crossed)
        return (crossed[0], _ROWS) if others < _ITEMS else (None, 0)
    if len(axes) == 1 and axes[0].length > _RUN:
        return 0, _RUN
    return None, 0


def _crossed(axes: Sequence[Axis]) -> tuple[int, int] | None:
    """The axis along which the source lies in order, and that along which the target does, if they are two."""
    if not axes or axes[-1].source == 1 == axes[-1].target:
        return None
    in_source = [i for i, axis in enumerate(axes) if axis.source == 1]
    in_target = [i for i, axis in enumerate(axes) if axis.target == 1]
    if not in_source or not in_target or in_source[-1] == in_target[-1]:
        return None
    return in_source[-1], in_target[-1]


def _kernel(name: str, element: Type, copy: Copy) -> Kernel:
    """The loops of a copy, the leading ones as items."""
    axes = copy.axes
    inner = _crossed(axes) or ((len(axes) - 1,) if axes else ())
    outer = [i for i in range(len(axes)) if i not in inner]
    items: list[int] = []
    while outer and math.prod(axes[i].length for i in items) < _ITEMS:
        items.append(outer.pop(0))
    rest = tuple(axes[i] for i in range(len(axes)) if i not in items)
    leading = [axes[i] for i in items]

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        source = b.element(pointers[copy.source], element, copy.source_offset)
        target = b.element(pointers[copy.target], element, copy.target_offset)
        with b.loop(begin, end) as loop:
            here, there = item_offsets(b, loop.index, leading)
            copy_axes(b, element, b.element(source, element, here), b.element(target, element, there), rest)

    count = math.prod(axis.length for axis in leading)
    size = math.prod(axis.length for axis in axes) * element.bytes
    return Kernel(name, emit, count, bytes=2.0 * size, grain=max(1, _WORTH_A_RANGE * count // size))


def item_offsets(b: Builder, item: Value, axes: Sequence[Axis]) -> tuple[Value, Value]:
    """Where in the source and in the target an item begins: its number is taken apart into places on the axes."""
    source, target = constant(I64, 0), constant(I64, 0)
    for i, axis in reversed(list(enumerate(axes))):
        place = item
        if i:
            length = constant(I64, axis.length)
            place, item = b.rem(item, length), b.div(item, length)
        source = b.add(source, b.mul(place, constant(I64, axis.source)))
        target = b.add(target, b.mul(place, constant(I64, axis.target)))
    return source, target


def copy_axes(b: Builder, element: Type, source: Value, target: Value, axes: Sequence[Axis]) -> None:
    """Writes the loops over ``axes``."""
    axes = joined(axes)
    crossed = _crossed(axes)
    inner = crossed or ((len(axes) - 1,) if axes else ())
    outer = [i for i in range(len(axes)) if i not in inner]
    if outer:
        axis = axes[outer[0]]
        with b.loop(0, axis.length) as loop:
            here = b.element(source, element, b.mul(loop.index, constant(I64, axis.source)))
            there = b.element(target, element, b.mul(loop.index, constant(I64, axis.target)))
            copy_axes(b, element, here, there, axes[: outer[0]] + axes[outer[0] + 1 :])
    elif not axes:
        b.store(b.load(element, source), target)
    elif crossed:
        _copy_crossed(b, element, source, target, axes[crossed[0]], axes[crossed[1]])
    elif axes[0].target == 1 and axes[0].source in (1, 0, -1):
        _RUNS[axes[0].source](b, element, source, target, axes[0].length)
    else:
        with b.loop(0, axes[0].length) as loop:
            here = b.element(source, element, b.mul(loop.index, constant(I64, axes[0].source)))
            there = b.element(target, element, b.mul(loop.index, constant(I64, axes[0].target)))
            b.store(b.load(element, here), there)


def _row(b: Builder, element: Type, length: int) -> tuple[Row, Type]:
    row = Row(length, width_of(b, element))
    return row, vector(element, row.width)


def copy_run(b: Builder, element: Type, source: Value, target: Value, length: int) -> None:
    """``length`` elements side by side."""
    if length == 1:
        b.store(b.load(element, source), target)
        return
    row, type = _row(b, element, length)

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        store_piece(b, load_piece(b, type, source, piece), target, piece)
        return values

    sweep(b, row, body)


def fill_run(b: Builder, value: Value, target: Value, length: int) -> None:
    """The scalar ``value``, ``length`` times."""
    row, _ = _row(b, value.type, length)
    splat = b.splat(value, row.width)

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        store_piece(b, splat, target, piece)
        return values

    sweep(b, row, body)


def _repeat_run(b: Builder, element: Type, source: Value, target: Value, length: int) -> None:
    fill_run(b, b.load(element, source), target, length)


def _reverse_run(b: Builder, element: Type, source: Value, target: Value, length: int) -> None:
    """``length`` elements, of which ``source`` is the last in memory."""
    width = width_of(b, element)
    type = vector(element, width)
    whole = length // width * width
    if whole:
        with b.loop(0, whole, width) as loop:
            first = b.sub(constant(I64, 1 - width), loop.index)
            value = b.load(type, b.element(source, element, first))
            backwards = b.shuffle(value, None, range(width - 1, -1, -1))
            b.store(backwards, b.element(target, element, loop.index))
    if whole < length:
        with b.loop(whole, length) as loop:
            value = b.load(element, b.element(source, element, b.sub(constant(I64, 0), loop.index)))
            b.store(value, b.element(target, element, loop.index))


_RUNS = {1: copy_run, 0: _repeat_run, -1: _reverse_run}


def _copy_crossed(b: Builder, element: Type, source: Value, target: Value, across: Axis, along: Axis) -> None:
    """A transpose: ``across`` lies in order in the source, ``along`` in the target; in square blocks."""
    side = min(b.lanes, width_of(b, element))
    for rows, columns, row_loop, column_loop in _parts(across.length, along.length, side):
        with b.loop(*column_loop, side) as j, b.loop(*row_loop, side) as i:
            first = b.add(i.index, b.mul(j.index, constant(I64, along.source)))
            place = b.add(b.mul(i.index, constant(I64, across.target)), j.index)
            transpose_block(
                b,
                vector(element, side),
                b.element(source, element, first),
                b.element(target, element, place),
                (along.source, across.target),
                (rows, columns),
            )


def _parts(rows: int, columns: int, side: int) -> list[tuple[int, int, tuple[int, int], tuple[int, int]]]:
    """Whole blocks, and those at the two edges: (rows and columns of a block, where they begin and end)."""
    result = []
    for column_size, column_loop in _cut(columns, side):
        for row_size, row_loop in _cut(rows, side):
            result.append((row_size, column_size, row_loop, column_loop))
    return result


def _cut(length: int, side: int) -> list[tuple[int, tuple[int, int]]]:
    whole = length // side * side
    parts = [(side, (0, whole)), (length - whole, (whole, length))]
    return [(size, (begin, end)) for size, (begin, end) in parts if end > begin and size]
