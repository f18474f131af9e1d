"""Half the sum of the squares, by blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphrt.native.builder import F64, I64, Builder, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.kernels.sweep import Accumulator, Piece, Row, in_blocks, load_piece, sweep, width_of
from graphrt.native.records import HalfSquare, title

_BLOCK = 4096


def half_square(record: HalfSquare, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The squares of a block are added in the type of the tensor, and the sums of the blocks in float64."""
    element, shape = float_type(inputs[0]), inputs[0].shape
    if element is None or 0 in shape:
        return None
    size = math.prod(shape)
    blocks = -(-size // _BLOCK)

    def write_block(b: Builder, pointers: Sequence[Value], block: Value, length: int) -> None:
        row = Row(length, width_of(b, element))
        type = vector(element, row.width)
        x = b.element(pointers[0], element, b.mul(block, constant(I64, _BLOCK)))

        def body(piece: Piece, values: list[Value]) -> list[Value]:
            part = load_piece(b, type, x, piece)
            return [b.fma(part, part, values[0])]

        (sums,) = sweep(b, row, body, [Accumulator(constant(type, 0.0), b.add)])
        b.store(b.convert(b.folded(sums, b.add), F64), b.element(pointers[2], F64, block))

    def emit_blocks(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        in_blocks(b, size, _BLOCK, begin, end, lambda block, length: write_block(b, pointers, block, length))

    def emit_total(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end):
            with b.loop(0, blocks, carried=[constant(F64, 0.0)]) as loop:
                loop.carry([b.add(loop.carried[0], b.load(F64, b.element(pointers[2], F64, loop.index)))])
            b.store(b.convert(b.mul(loop.results[0], constant(F64, 0.5)), element), pointers[1])

    name = title("l2_loss", shape)
    kernels = (
        Kernel(name, emit_blocks, blocks, flops=2.0 * size, bytes=float(size * element.bytes), grain=16),
        Kernel(f"{name} total", emit_total, bytes=8.0 * blocks),
    )
    return Lowering(kernels, (8 * blocks,))
