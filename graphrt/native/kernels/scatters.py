"""Ops that write, add or otherwise combine rows where indices say: scatters, and reductions by segment.

Rows are combined one after the other, since two of them may have the same place. What writes to variables looks at all
indices in a kernel of its own, before anything is written: a run that fails leaves all variables as they were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.native.builder import I1, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.gathers import coordinates, index_type_of, load_index
from graphrt.native.kernels.nodes import number_type, shape_of, title
from graphrt.native.kernels.strided import bits_of, copying, fill_run, whole_copy
from graphrt.native.kernels.sweep import Piece, Row, checked_index, load_piece, store_piece, sweep, width_of

if TYPE_CHECKING:
    from graphrt.graph import Operation, Tensor

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


def rows_at(indices: Tensor, length: int, inner: int) -> Place:
    """Rows by their numbers; one out of range raises the flag."""
    type = index_type_of(indices)

    def place(b: Builder, pointer: Value, row: Value, flag: Value) -> tuple[Value, Value]:
        index = load_index(b, type, pointer, row)
        return checked_index(b, index, length, flag), b.mul(index, constant(I64, inner))

    return place


def _slices_at(indices: Tensor, shape: Sequence[int]) -> Place:
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


# -- into new arrays ---------------------------------------------------------------------------------------------------


def segment_sum(op: Operation) -> Lowering | None:
    """UnsortedSegmentSum."""
    return _segments(op, "add")


def segment_product(op: Operation) -> Lowering | None:
    """UnsortedSegmentProd."""
    return _segments(op, "mul")


def segment_maximum(op: Operation) -> Lowering | None:
    """UnsortedSegmentMax."""
    return _segments(op, "maximum")


def segment_minimum(op: Operation) -> Lowering | None:
    """UnsortedSegmentMin."""
    return _segments(op, "minimum")


def _segments(op: Operation, how: str) -> Lowering | None:
    """Rows are combined with the one that their id says; those with a negative id with none."""
    element, whole = number_type(op.outputs[0]), shape_of(op.outputs[0])
    shape, places = shape_of(op.inputs[0]), shape_of(op.inputs[1])
    if element is None or 0 in whole or shape[: len(places)] != places:
        return None
    inner, index_type = math.prod(whole[1:]), index_type_of(op.inputs[1])
    dtype = op.outputs[0].dtype.base_dtype
    start = {"add": 0, "mul": 1, "maximum": dtype.min, "minimum": dtype.max}[how]
    start = np.asarray(start).item()

    def place(b: Builder, indices: Value, row: Value, flag: Value) -> tuple[Value, Value]:
        index = load_index(b, index_type, indices, row)
        with b.when(b.compare("ge", index, constant(I64, whole[0]))):
            b.store(constant(I64, 1), flag)
        return b.emit(I1, f"icmp ult {index}, {whole[0]}"), b.mul(index, constant(I64, inner))

    return _filled(op, f"segment_{how}", element, how, start, place, (1, 0, 3), (math.prod(places), inner))


def scatter_nd(op: Operation) -> Lowering | None:
    """ScatterNd: slices are added to zeros where their coordinates say."""
    whole = shape_of(op.outputs[0])
    fitting = _fitting_slices(op, 0, 1, whole)
    element = number_type(op.outputs[0])
    if element is None or fitting is None:
        return None
    return _filled(op, "scatter_nd", element, "add", 0, _slices_at(op.inputs[0], whole), (0, 1, 3), fitting)


def _fitting_slices(op: Operation, indices: int, updates: int, whole: list[int]) -> tuple[int, int] | None:
    """How many slices, and of how many elements; None if the shapes do not fit."""
    places = shape_of(op.inputs[indices])
    depth = places[-1] if places else 0
    if 0 in whole or not 0 < depth <= len(whole) or shape_of(op.inputs[updates]) != places[:-1] + whole[depth:]:
        return None
    return math.prod(places[:-1]), math.prod(whole[depth:])


def _filled(
    op: Operation,
    kind: str,
    element: Type,
    how: str,
    start: float,
    place: Place,
    operands: tuple[int, int, int],
    rows_and_inner: tuple[int, int],
) -> Lowering:
    """One number everywhere, and the rows combined with it."""
    _, source, target = operands
    size = math.prod(shape_of(op.outputs[0]))

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end):
            fill_run(b, constant(element, start), pointers[target], size)
            _combined(b, pointers, element, how, place, operands, *rows_and_inner)

    return one(_kernel(op, kind, element, emit, source, rows_and_inner, size))


def _kernel(
    op: Operation, kind: str, element: Type, emit: Emit, source: int, rows_and_inner: tuple[int, int], size: int
) -> Kernel:
    moved = math.prod(rows_and_inner)
    name = title(kind, shape_of(op.inputs[source]), shape_of(op.outputs[0]))
    return Kernel(name, emit, flops=float(moved), bytes=float(element.bytes * (size + 3 * moved)), checks=True)


# -- into variables and copies -----------------------------------------------------------------------------------------

_COMBINE = {
    "ScatterUpdate": "update",
    "ScatterAdd": "add",
    "ScatterSub": "sub",
    "ScatterMul": "mul",
    "ScatterDiv": "div",
    "ScatterMin": "minimum",
    "ScatterMax": "maximum",
    "ScatterNdUpdate": "update",
    "ScatterNdAdd": "add",
    "ScatterNdSub": "sub",
    "ScatterNdNonAliasingAdd": "add",
    "TensorScatterUpdate": "update",
    "TensorScatterAdd": "add",
    "TensorScatterSub": "sub",
}


def scatter_rows(op: Operation, kind: str, counted: bool = False) -> Lowering | None:
    """ScatterAdd and its kin: rows of a variable, by their numbers; of those that are ``counted``, the last input says
    how many of the rows are meant."""
    element, whole = number_type(op.outputs[0]), shape_of(op.outputs[0])
    places, updates = shape_of(op.inputs[1]), shape_of(op.inputs[2])
    if element is None or 0 in whole or not whole or updates not in ([], places + whole[1:]):
        return None
    if kind == "ScatterDiv" and not element.is_float:
        return None
    rows, inner = math.prod(places), math.prod(whole[1:])
    repeat = not updates and places + whole[1:] != []
    return _checked_first(op, kind, element, rows_at(op.inputs[1], whole[0], inner), (rows, inner), repeat, counted)


def scatter_slices(op: Operation) -> Lowering | None:
    """ScatterNdAdd and its kin: slices of a variable, by their coordinates."""
    element, whole = number_type(op.outputs[0]), shape_of(op.outputs[0])
    fitting = _fitting_slices(op, 1, 2, whole)
    if element is None or fitting is None:
        return None
    return _checked_first(op, op.type, element, _slices_at(op.inputs[1], whole), fitting)


def scatter_slices_of_a_copy(op: Operation) -> Lowering | None:
    """TensorScatterAdd and its kin: a copy of input 0, of which slices are changed."""
    bits, lowering = bits_of(op.outputs[0].dtype), scatter_slices(op)
    if bits is None or lowering is None:
        return None
    shape, places = shape_of(op.outputs[0]), shape_of(op.inputs[1])
    looked = look_at_rows(op.type, _slices_at(op.inputs[1], shape), math.prod(places[:-1]), indices=1)
    copied = copying(title("copy", shape), bits, whole_copy(shape, 0, 3))
    return Lowering((looked, *copied, *lowering.kernels), lowering.scratch)


def _checked_first(
    op: Operation,
    kind: str,
    element: Type,
    place: Place,
    rows_and_inner: tuple[int, int],
    repeat: bool = False,
    counted: bool = False,
) -> Lowering:
    """A kernel that only checks, and one that writes, when all is known to be well."""
    rows, inner = rows_and_inner
    of_output = len(op.inputs)

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        count = b.load(I64, pointers[3]) if counted else rows
        with b.loop(begin, end):
            _combined(b, pointers, element, _COMBINE[kind], place, (1, 2, of_output), count, inner, repeat)

    # ``place`` has a flag to raise here, too: a scratch buffer, which nobody reads.
    written = replace(_kernel(op, kind, element, emit, 2, rows_and_inner, 0), checks=False)
    return Lowering((written,), scratch=(8,), **checked_rows(kind, place, rows, 1, 3 if counted else None))


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
