"""Work that reads its elements by indices: gathers and one-hot rows.

An index out of range raises the kernel's flag; the ordinary kernel then says which one it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from graphrt.native.builder import I1, I64, Builder, Type, Value, constant
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, bits_of, index_type
from graphrt.native.kernels.strided import copy_run, fill_run
from graphrt.native.kernels.sweep import checked_index
from graphrt.native.records import Gather, GatherSlices, OneHot, Operand, contiguous_strides, title

_WORTH_A_RANGE = 65536  # bytes


def load_index(b: Builder, type: Type, pointer: Value, at: Value) -> Value:
    """An index as i64."""
    return b.convert(b.load(type, b.element(pointer, type, at)), I64)


def gather(record: Gather, inputs: Operands, outputs: Operands) -> Lowering | None:
    """[batch, outer, length, inner] by [batch, places]."""
    element, shape, places = bits_of(inputs[0].dtype), inputs[0].shape, inputs[1].shape
    if element is None or 0 in outputs[0].shape:
        return None
    at, batch = record.axis, record.batch
    outer, length, inner = math.prod(shape[batch:at]), shape[at], math.prod(shape[at + 1 :])
    count, integer = math.prod(places[batch:]), index_type(inputs[1])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            before = b.div(loop.index, constant(I64, count))
            place = b.rem(loop.index, constant(I64, count))
            row = b.add(b.mul(b.div(before, constant(I64, outer)), constant(I64, count)), place)
            index = load_index(b, integer, pointers[1], row)
            with b.when(checked_index(b, index, length, pointers[-1])):
                source = b.mul(b.add(b.mul(before, constant(I64, length)), index), constant(I64, inner))
                target = b.mul(loop.index, constant(I64, inner))
                copy_run(
                    b, element, b.element(pointers[0], element, source), b.element(pointers[3], element, target), inner
                )

    lowering = _items(inputs, outputs, "gather", emit, math.prod(shape[:at]) * count, inner * element.bytes)
    return replace(lowering, ahead=_checked_ahead(lowering, inputs[1], length))


def _checked_ahead(lowering: Lowering, indices: Operand, length: int) -> Lowering:
    """The same with a check of its own."""
    count, integer = math.prod(indices.shape), index_type(indices)

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end), b.loop(0, count) as loop:
            checked_index(b, load_index(b, integer, pointers[0], loop.index), length, pointers[-1])

    look = Kernel(title("check gather", [count]), emit, flops=float(count), bytes=8.0 * count, checks=True)
    # The flag of the other kernel is a scratch buffer, which nobody reads.
    kernels = tuple([replace(kernel, checks=False) for kernel in lowering.kernels])
    return Lowering(kernels, scratch=(8,), check=one(look), looks_at=(1,))


def gather_slices(record: GatherSlices, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Slices by their coordinates."""
    element, shape, places = bits_of(inputs[0].dtype), inputs[0].shape, inputs[1].shape
    if element is None or 0 in outputs[0].shape or places[-1] == 0:
        return None
    inner = math.prod(shape[places[-1] :])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            valid, source = coordinates(b, inputs[1], pointers[1], loop.index, shape, pointers[-1])
            with b.when(valid):
                target = b.mul(loop.index, constant(I64, inner))
                copy_run(
                    b, element, b.element(pointers[0], element, source), b.element(pointers[2], element, target), inner
                )

    return _items(inputs, outputs, "gather_nd", emit, math.prod(places[:-1]), inner * element.bytes)


def coordinates(
    b: Builder, indices: Operand, pointer: Value, row: Value, shape: Sequence[int], flag: Value
) -> tuple[Value, Value]:
    """Whether a row of coordinates is inside of ``shape``, and which element it means."""
    depth, integer = indices.shape[-1], index_type(indices)
    valid, place = constant(I1, True), constant(I64, 0)
    for i, stride in enumerate(contiguous_strides(shape)[:depth]):
        at = b.add(b.mul(row, constant(I64, depth)), constant(I64, i))
        index = load_index(b, integer, pointer, at)
        valid = b.and_(valid, checked_index(b, index, shape[i], flag))
        place = b.add(place, b.mul(index, constant(I64, stride)))
    return valid, place


def _items(
    inputs: Operands, outputs: Operands, kind: str, emit: Emit, count: int, bytes: int, checks: bool = True
) -> Lowering:
    return one(
        Kernel(
            title(kind, *[operand.shape for operand in (*inputs[:2], outputs[0])]),
            emit,
            count,
            bytes=2.0 * count * bytes,
            grain=max(1, _WORTH_A_RANGE // bytes),
            checks=checks,
        )
    )


def one_hot(record: OneHot, inputs: Operands, outputs: Operands) -> Lowering | None:
    """[outer, inner] indices make [outer, depth, inner]."""
    element, whole, axis = bits_of(outputs[0].dtype), outputs[0].shape, record.axis
    if element is None or 0 in whole:
        return None
    outer, depth, inner = math.prod(whole[:axis]), whole[axis], math.prod(whole[axis + 1 :])
    integer = index_type(inputs[0])
    if integer.bits == 8 and depth > 256:
        return None

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        hot, cold = (b.load(element, pointer) for pointer in pointers[2:4])
        with b.loop(begin, end) as loop:
            target = b.element(pointers[4], element, b.mul(loop.index, constant(I64, depth * inner)))
            fill_run(b, cold, target, depth * inner)
            with b.loop(0, inner) as place:
                at = b.add(b.mul(loop.index, constant(I64, inner)), place.index)
                index = b.load(integer, b.element(pointers[0], integer, at))
                if integer.bits < 64:
                    index = b.emit(I64, f"{'zext' if integer.bits == 8 else 'sext'} {index} to i64")
                with b.when(b.emit(I1, f"icmp ult {index}, {depth}")):
                    spot = b.add(b.mul(index, constant(I64, inner)), place.index)
                    b.store(hot, b.element(target, element, spot))

    return _items(inputs, outputs, "one_hot", emit, outer, depth * inner * element.bytes, checks=False)
