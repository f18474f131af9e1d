"""Work that writes, adds or otherwise combines rows where indices say: scatters, and reductions by segment.

Rows are combined one after the other, since two of them may have the same place. What writes to variables looks at all
indices in a kernel of its own, before anything is written: a run that fails leaves all variables as they were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.native.builder import I1, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.gathers import coordinates, load_index
from graphrt.native.kernels.operands import Operands, bits_of, index_type, number_type
from graphrt.native.kernels.strided import copying, fill_run, whole_copy
from graphrt.native.kernels.sweep import Piece, Row, checked_index, load_piece, store_piece, sweep, width_of
from graphrt.native.records import Operand, Scatter, Segments, title

Place = Callable[[Builder, Value, Value, Value], tuple[Value, Value]]
"""``place(b, indices, row, flag)``: whether the row goes anywhere, and the element of the target that it begins at."""


def _combine_run(b: Builder, element: Type, how: str, source: Value, target: Value, length: int, repeat: bool) -> None:
    """``length`` elements of the target each combined with one of the source; ``repeat``: with the same one."""
    row = Row(length, width_of(b, element))
    type = vector(element, row.width)
    same = b.splat(b.load(element, source), row.width) if repeat else None

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        update = same or load_piece(b, type, source, piece)
        if how != "update":
            update = getattr(b, how)(load_piece(b, type, target, piece), update)
        store_piece(b, update, target, piece)
        return values

    if length > 1:
        sweep(b, row, body)
        return
    update = b.load(element, source)
    if how != "update":
        update = getattr(b, how)(b.load(element, target), update)
    b.store(update, target)


def rows_at(indices: Operand, length: int, inner: int) -> Place:
    """Rows by their numbers; one out of range raises the flag."""
    type = index_type(indices)

    def place(b: Builder, pointer: Value, row: Value, flag: Value) -> tuple[Value, Value]:
        index = load_index(b, type, pointer, row)
        return checked_index(b, index, length, flag), b.mul(index, constant(I64, inner))

    return place


def _slices_at(indices: Operand, shape: Sequence[int]) -> Place:
    """Slices by their coordinates; ones out of range raise the flag."""

    def place(b: Builder, pointer: Value, row: Value, flag: Value) -> tuple[Value, Value]:
        return coordinates(b, indices, pointer, row, shape, flag)

    return place


def _combined(
    b: Builder,
    pointers: Sequence[Value],
    element: Type,
    how: str,
    place: Place,
    operands: tuple[int, int, int],
    rows: int | Value,
    inner: int,
    repeat: bool = False,
) -> None:
    """The loop over the rows; ``operands`` are the numbers of indices, source and target."""
    indices, source, target = operands
    with b.loop(0, rows) as row:
        valid, at = place(b, pointers[indices], row.index, pointers[-1])
        with b.when(valid):
            first = constant(I64, 0) if repeat else b.mul(row.index, constant(I64, inner))
            data = b.element(pointers[source], element, first)
            _combine_run(b, element, how, data, b.element(pointers[target], element, at), inner, repeat)


def segments(record: Segments, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Rows are combined with the one that their id says; those with a negative id with none."""
    element, whole = number_type(outputs[0]), outputs[0].shape
    if element is None or 0 in whole:
        return None
    inner, type = math.prod(whole[1:]), index_type(inputs[1])

    def place(b: Builder, indices: Value, row: Value, flag: Value) -> tuple[Value, Value]:
        index = load_index(b, type, indices, row)
        with b.when(b.compare("ge", index, constant(I64, whole[0]))):
            b.store(constant(I64, 1), flag)
        return b.emit(I1, f"icmp ult {index}, {whole[0]}"), b.mul(index, constant(I64, inner))

    rows = math.prod(inputs[1].shape), inner
    work = _Rows(f"segment_{record.how}", element, record.how, place, (1, 0, len(inputs)), rows)
    return work.filled(inputs, outputs, _start(record.how, outputs[0].dtype))


def _start(how: str, dtype: np.dtype[Any]) -> float:
    """What combining begins with."""
    if how in ("add", "mul"):
        return {"add": 0, "mul": 1}[how]
    limits: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    extreme: float = np.asarray(limits.min if how == "maximum" else limits.max).item()
    return extreme


@dataclass(frozen=True)
class _Rows:
    """Rows that are combined with what is there. ``operands`` are the numbers of indices, source and target;
    ``rows_and_inner`` how many rows there are, and their elements; ``count`` is the input that says how many of them
    are meant; ``repeat``: one number is combined with all."""

    name: str
    element: Type
    how: str
    place: Place
    operands: tuple[int, int, int]
    rows_and_inner: tuple[int, int]
    count: int | None = None
    repeat: bool = False

    def combine(self, b: Builder, pointers: Sequence[Value], stop: Value | None = None) -> None:
        """The loop over the rows, or over as many of them as ``stop`` says."""
        rows, inner = self.rows_and_inner
        _combined(b, pointers, self.element, self.how, self.place, self.operands, stop or rows, inner, self.repeat)

    def filled(self, inputs: Operands, outputs: Operands, start: float) -> Lowering:
        """One number everywhere, and the rows combined with it."""
        size = math.prod(outputs[0].shape)

        def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end):
                fill_run(b, constant(self.element, start), pointers[self.operands[2]], size)
                self.combine(b, pointers)

        return one(self._kernel(inputs, outputs, emit, size))

    def checked_first(self, inputs: Operands, outputs: Operands) -> Lowering:
        """A kernel that only checks, and one that writes, when all is known to be well."""

        def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            stop = None if self.count is None else b.load(I64, pointers[self.count])
            with b.loop(begin, end):
                self.combine(b, pointers, stop)

        # ``place`` has a flag to raise here, too: a scratch buffer, which nobody reads.
        written = replace(self._kernel(inputs, outputs, emit, 0), checks=False)
        check = checked_rows(self.name, self.place, self.rows_and_inner[0], self.operands[0], self.count)
        return Lowering((written,), scratch=(8,), **check)

    def _kernel(self, inputs: Operands, outputs: Operands, emit: Emit, size: int) -> Kernel:
        moved = math.prod(self.rows_and_inner)
        name = title(self.name, inputs[self.operands[1]].shape, outputs[0].shape)
        return Kernel(name, emit, flops=float(moved), bytes=float(self.element.bytes * (size + 3 * moved)), checks=True)


# -- into zeros, variables and copies ----------------------------------------------------------------------------------


def scatter(record: Scatter, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Rows by their numbers, or slices by their coordinates."""
    element, whole = number_type(outputs[0]), outputs[0].shape
    first = 0 if record.into == "zeros" else 1
    places, updates = inputs[first].shape, inputs[first + 1].shape
    if element is None or 0 in whole or (record.how == "div" and not element.is_float):
        return None
    if record.coordinates:
        rows, inner = math.prod(places[:-1]), math.prod(whole[places[-1] :])
        repeat, place = False, _slices_at(inputs[first], whole)
    else:
        rows, inner = math.prod(places), math.prod(whole[1:])
        repeat, place = not updates and places + whole[1:] != (), rows_at(inputs[first], whole[0], inner)
    operands = (first, first + 1, len(inputs))
    work = _Rows(record.name, element, record.how, place, operands, (rows, inner), record.counted_by, repeat)
    if record.into == "zeros":
        return work.filled(inputs, outputs, 0)
    lowering = work.checked_first(inputs, outputs)
    return lowering if record.into == "variable" else _of_a_copy(work, lowering, outputs[0])


def _of_a_copy(work: _Rows, lowering: Lowering, output: Operand) -> Lowering | None:
    """A copy of input 0, of which rows are changed."""
    bits, shape = bits_of(output.dtype), output.shape
    if bits is None:
        return None
    looked = look_at_rows(work.name, work.place, work.rows_and_inner[0], indices=work.operands[0])
    copied = copying(title("copy", shape), bits, whole_copy(shape, 0, work.operands[2]))
    return Lowering((looked, *copied, *lowering.kernels), lowering.scratch)


def checked_rows(kind: str, place: Place, rows: int, indices: int, count: int | None) -> dict[str, Any]:
    """What a Lowering says of its check: all indices (the input of that number) are looked at before anything is
    written; with a ``count``, an input, too, as many as that says."""
    if count is None:
        return {"check": one(look_at_rows(kind, place, rows, indices=0)), "looks_at": (indices,)}
    return {"check": one(look_at_rows(kind, place, rows, indices=0, count=1)), "looks_at": (indices, count)}


def look_at_rows(kind: str, place: Place, rows: int, indices: int, count: int | None = None) -> Kernel:
    """The kernel that raises the flag if one of the rows has no place; ``indices`` and ``count`` are the numbers of
    pointers."""

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        stop = rows if count is None else b.load(I64, pointers[count])
        with b.loop(begin, end), b.loop(0, stop) as row:
            place(b, pointers[indices], row.index, pointers[-1])

    return Kernel(title(f"check {kind}", [rows]), emit, flops=float(rows), bytes=8.0 * rows, checks=True)
