"""Ops that find their elements by indices: gathers, scatters, sums by segment, one-hot rows.

An index out of range raises the kernel's flag; the ordinary kernel then says which one it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from graphrt.native.builder import F32, F64, I1, I32, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.nodes import shape_of, title
from graphrt.native.kernels.strided import bits_of, contiguous, copy_run, fill_run
from graphrt.native.kernels.sweep import Piece, Row, checked_index, load_piece, store_piece, sweep, width_of
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation, Tensor

_WORTH_A_RANGE = 65536  # bytes
SUMMED = {"float32": F32, "float64": F64, "int32": I32, "int64": I64}


def _index_type(tensor: Tensor) -> Type:
    return Type(f"i{8 * tensor.dtype.size}")


def _load_index(b: Builder, type: Type, pointer: Value, at: Value) -> Value:
    return b.convert(b.load(type, b.element(pointer, type, at)), I64)


def gather(op: Operation) -> Lowering | None:
    """GatherV2 along a known axis: [batch, outer, length, inner] by [batch, places]."""
    element, axis = bits_of(op.inputs[0].dtype), static_value(op.inputs[2])
    shape, places = shape_of(op.inputs[0]), shape_of(op.inputs[1])
    if element is None or axis is None or 0 in shape_of(op.outputs[0]):
        return None
    at, batch = int(axis) % len(shape), op.attrs["batch_dims"]
    batch = batch + len(places) if batch < 0 else batch
    if shape[:batch] != places[:batch]:
        return None
    outer, length, inner = math.prod(shape[batch:at]), shape[at], math.prod(shape[at + 1 :])
    count, index_type = math.prod(places[batch:]), _index_type(op.inputs[1])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            before = b.div(loop.index, constant(I64, count))
            place = b.rem(loop.index, constant(I64, count))
            row = b.add(b.mul(b.div(before, constant(I64, outer)), constant(I64, count)), place)
            index = _load_index(b, index_type, pointers[1], row)
            with b.when(checked_index(b, index, length, pointers[-1])):
                source = b.mul(b.add(b.mul(before, constant(I64, length)), index), constant(I64, inner))
                target = b.mul(loop.index, constant(I64, inner))
                copy_run(
                    b, element, b.element(pointers[0], element, source), b.element(pointers[3], element, target), inner
                )

    return _items(op, "gather", emit, math.prod(shape[:at]) * count, inner * element.bytes)


def gather_nd(op: Operation) -> Lowering | None:
    """GatherNd: slices by their coordinates."""
    element = bits_of(op.inputs[0].dtype)
    shape, places = shape_of(op.inputs[0]), shape_of(op.inputs[1])
    if element is None or 0 in shape_of(op.outputs[0]) or places[-1] == 0:
        return None
    inner = math.prod(shape[places[-1] :])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            valid, source = _coordinates(b, op.inputs[1], pointers[1], loop.index, shape, pointers[-1])
            with b.when(valid):
                target = b.mul(loop.index, constant(I64, inner))
                copy_run(
                    b, element, b.element(pointers[0], element, source), b.element(pointers[2], element, target), inner
                )

    return _items(op, "gather_nd", emit, math.prod(places[:-1]), inner * element.bytes)


def _coordinates(
    b: Builder, indices: Tensor, pointer: Value, row: Value, shape: Sequence[int], flag: Value
) -> tuple[Value, Value]:
    """Whether a row of coordinates is inside of ``shape``, and which element it means."""
    depth, index_type = shape_of(indices)[-1], _index_type(indices)
    valid, place = constant(I1, True), constant(I64, 0)
    for i, stride in enumerate(contiguous(shape)[:depth]):
        at = b.add(b.mul(row, constant(I64, depth)), constant(I64, i))
        index = _load_index(b, index_type, pointer, at)
        valid = b.and_(valid, checked_index(b, index, shape[i], flag))
        place = b.add(place, b.mul(index, constant(I64, stride)))
    return valid, place


def _items(op: Operation, kind: str, emit: Emit, count: int, bytes: int, checks: bool = True) -> Lowering:
    return one(
        Kernel(
            title(kind, *[shape_of(tensor) for tensor in (*op.inputs[:2], op.outputs[0])]),
            emit,
            count,
            bytes=2.0 * count * bytes,
            grain=max(1, _WORTH_A_RANGE // bytes),
            checks=checks,
        )
    )


def one_hot(op: Operation) -> Lowering | None:
    """OneHot: [outer, inner] indices make [outer, depth, inner]."""
    element, whole = bits_of(op.outputs[0].dtype), shape_of(op.outputs[0])
    places = shape_of(op.inputs[0])
    if element is None or 0 in whole:
        return None
    axis = len(places) if op.attrs["axis"] == -1 else op.attrs["axis"]
    outer, depth, inner = math.prod(whole[:axis]), whole[axis], math.prod(whole[axis + 1 :])
    index_type = _index_type(op.inputs[0])
    if index_type.bits == 8 and depth > 256:
        return None

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        hot, cold = (b.load(element, pointer) for pointer in pointers[2:4])
        with b.loop(begin, end) as loop:
            target = b.element(pointers[4], element, b.mul(loop.index, constant(I64, depth * inner)))
            fill_run(b, cold, target, depth * inner)
            with b.loop(0, inner) as place:
                at = b.add(b.mul(loop.index, constant(I64, inner)), place.index)
                index = b.load(index_type, b.element(pointers[0], index_type, at))
                if index_type.bits < 64:
                    index = b.emit(I64, f"{'zext' if index_type.bits == 8 else 'sext'} {index} to i64")
                with b.when(b.emit(I1, f"icmp ult {index}, {depth}")):
                    spot = b.add(b.mul(index, constant(I64, inner)), place.index)
                    b.store(hot, b.element(target, element, spot))

    return _items(op, "one_hot", emit, outer, depth * inner * element.bytes, checks=False)


def _add_run(b: Builder, element: Type, source: Value, target: Value, length: int) -> None:
    """Adds ``length`` elements to as many others."""
    if length == 1:
        b.store(b.add(b.load(element, target), b.load(element, source)), target)
        return
    row = Row(length, width_of(b, element))
    type = vector(element, row.width)

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        total = b.add(load_piece(b, type, target, piece), load_piece(b, type, source, piece))
        store_piece(b, total, target, piece)
        return values

    sweep(b, row, body)


def segment_sum(op: Operation) -> Lowering | None:
    """UnsortedSegmentSum: rows are added to the one that their id says; those with a negative id to none."""
    element, whole = SUMMED.get(op.outputs[0].dtype.name), shape_of(op.outputs[0])
    shape, places = shape_of(op.inputs[0]), shape_of(op.inputs[1])
    if element is None or 0 in whole or shape[: len(places)] != places:
        return None
    inner, index_type = math.prod(whole[1:]), _index_type(op.inputs[1])

    def place(b: Builder, pointers: Sequence[Value], row: Value) -> tuple[Value, Value]:
        index = _load_index(b, index_type, pointers[1], row)
        with b.when(b.compare("ge", index, constant(I64, whole[0]))):
            b.store(constant(I64, 1), pointers[-1])
        return b.emit(I1, f"icmp ult {index}, {whole[0]}"), b.mul(index, constant(I64, inner))

    return _summed(op, "segment_sum", element, place, (0, 3), math.prod(places), inner)


def scatter_nd(op: Operation) -> Lowering | None:
    """ScatterNd: slices are added where their coordinates say."""
    element, whole = SUMMED.get(op.outputs[0].dtype.name), shape_of(op.outputs[0])
    places = shape_of(op.inputs[0])
    depth = places[-1] if places else 0
    if element is None or 0 in whole or not 0 < depth <= len(whole):
        return None
    if shape_of(op.inputs[1]) != places[:-1] + whole[depth:]:
        return None

    def place(b: Builder, pointers: Sequence[Value], row: Value) -> tuple[Value, Value]:
        return _coordinates(b, op.inputs[0], pointers[0], row, whole, pointers[-1])

    return _summed(op, "scatter_nd", element, place, (1, 3), math.prod(places[:-1]), math.prod(whole[depth:]))


def _summed(
    op: Operation,
    kind: str,
    element: Type,
    place: Callable[[Builder, Sequence[Value], Value], tuple[Value, Value]],
    source_and_target: tuple[int, int],
    rows: int,
    inner: int,
) -> Lowering:
    """Zeros, and each row added where ``place`` says, one after the other: two rows may have the same place."""
    source, target = source_and_target
    size = math.prod(shape_of(op.outputs[0]))

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end):
            fill_run(b, constant(element, 0), pointers[target], size)
            with b.loop(0, rows) as row:
                valid, at = place(b, pointers, row.index)
                with b.when(valid):
                    data = b.element(pointers[source], element, b.mul(row.index, constant(I64, inner)))
                    _add_run(b, element, data, b.element(pointers[target], element, at), inner)

    name = title(kind, *[shape_of(tensor) for tensor in (op.inputs[source], op.outputs[0])])
    bytes = float(element.bytes * (size + 3 * rows * inner))
    return one(Kernel(name, emit, flops=float(rows * inner), bytes=bytes, checks=True))
