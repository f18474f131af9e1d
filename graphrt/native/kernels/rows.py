"""Ops that look at each row, or at each sequence, by itself: in_top_k, reverse_sequence, check_numerics."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphrt.native.builder import F32, I1, I32, I64, Builder, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.gathers import load_index
from graphrt.native.kernels.operands import Operands, bits_of, float_type, index_type
from graphrt.native.kernels.strided import copy_axes
from graphrt.native.kernels.sweep import (
    Accumulator,
    Piece,
    Row,
    in_blocks,
    load_piece,
    store_piece,
    sweep,
    width_of,
)
from graphrt.native.records import Axis, CheckFinite, InTopK, ReverseSequence, contiguous_strides, title


def in_top_k(record: InTopK, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Fewer than k are better than the target's, which is finite, and no prediction is nan."""
    rows, classes = inputs[0].shape
    if float_type(inputs[0]) != F32 or 0 in (rows, classes):
        return None
    target_type, count_type = index_type(inputs[1]), index_type(inputs[2])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        row = Row(classes, b.lanes)
        floats, counts = vector(F32, b.lanes), vector(I32, b.lanes)
        one_, none = constant(counts, 1), constant(counts, 0)
        best = b.convert(b.load(count_type, pointers[2]), I64)
        with b.loop(begin, end) as loop:
            target = load_index(b, target_type, pointers[1], loop.index)
            inside = b.emit(I1, f"icmp ult {target}, {classes}")
            x = b.element(pointers[0], F32, b.mul(loop.index, constant(I64, classes)))
            own = b.load(F32, b.element(x, F32, b.select(inside, target, constant(I64, 0))))
            limit = b.splat(own, b.lanes)

            def body(piece: Piece, values: list[Value]) -> list[Value]:
                value = load_piece(b, floats, x, piece, -math.inf)
                better = b.select(b.compare("gt", value, limit), one_, none)
                wrong = b.select(b.compare("ne", value, value), one_, none)
                return [b.add(values[0], better), b.add(values[1], wrong)]

            sums = sweep(b, row, body, [Accumulator(none, b.add)] * 2)
            better, wrong = (b.folded(value, b.add) for value in sums)
            finite = b.compare("eq", b.sub(own, own), constant(F32, 0.0))
            result = b.and_(inside, b.and_(finite, b.compare("eq", wrong, constant(I32, 0))))
            result = b.and_(result, b.compare("lt", b.convert(better, I64), best))
            b.store(result, b.element(pointers[3], I1, loop.index))

    return one(Kernel(title("in_top_k", [rows, classes]), emit, rows, bytes=4.0 * rows * classes, grain=64))


def reverse_sequence(record: ReverseSequence, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Each entry of the batch is copied step by step, the first so many of them backwards."""
    element, shape = bits_of(inputs[0].dtype), inputs[0].shape
    batch, sequence = record.batch, record.sequence
    if element is None or 0 in shape:
        return None
    strides, length_type, steps = contiguous_strides(shape), index_type(inputs[1]), shape[sequence]
    rest = [Axis(n, s, s) for i, (n, s) in enumerate(zip(shape, strides, strict=True)) if i not in (batch, sequence)]

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as entry:
            length = load_index(b, length_type, pointers[1], entry.index)
            valid = b.emit(I1, f"icmp ule {length}, {steps}")
            with b.when(b.xor(valid, constant(I1, True))):
                b.store(constant(I64, 1), pointers[-1])
            length = b.select(valid, length, constant(I64, 0))
            first = b.mul(entry.index, constant(I64, strides[batch]))
            with b.loop(0, steps) as step:
                mirrored = b.sub(b.sub(length, constant(I64, 1)), step.index)
                place = b.select(b.compare("lt", step.index, length), mirrored, step.index)
                here = b.add(first, b.mul(place, constant(I64, strides[sequence])))
                there = b.add(first, b.mul(step.index, constant(I64, strides[sequence])))
                source, target = b.element(pointers[0], element, here), b.element(pointers[2], element, there)
                copy_axes(b, element, source, target, rest)

    size = float(math.prod(shape) * element.bytes)
    return one(Kernel(title("reverse_sequence", shape), emit, shape[batch], bytes=2 * size, checks=True))


_BLOCK = 4096


def check_finite(record: CheckFinite, inputs: Operands, outputs: Operands) -> Lowering | None:
    """A copy that raises the flag for nan and infinity (x * 0 is nan for both)."""
    element, shape = float_type(inputs[0]), inputs[0].shape
    if element is None or 0 in shape:
        return None
    size = math.prod(shape)

    def write_block(b: Builder, pointers: Sequence[Value], block: Value, length: int) -> None:
        row = Row(length, width_of(b, element))
        type = vector(element, row.width)
        first = b.mul(block, constant(I64, _BLOCK))
        x, y = (b.element(pointers[i], element, first) for i in (0, 1))
        zero = constant(type, 0.0)

        def body(piece: Piece, values: list[Value]) -> list[Value]:
            value = load_piece(b, type, x, piece)
            store_piece(b, value, y, piece)
            return [b.fma(value, zero, values[0])]

        (sums,) = sweep(b, row, body, [Accumulator(zero, b.add)])
        total = b.folded(sums, b.add)
        with b.when(b.compare("ne", total, total)):
            b.store(constant(I64, 1), pointers[-1])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        in_blocks(b, size, _BLOCK, begin, end, lambda block, length: write_block(b, pointers, block, length))

    bytes = 2.0 * size * element.bytes
    return one(Kernel(title("check_numerics", shape), emit, -(-size // _BLOCK), bytes=bytes, grain=16, checks=True))
