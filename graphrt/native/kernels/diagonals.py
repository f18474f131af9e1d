"""Diagonals of matrices, and what lies between two of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphrt.native.builder import I32, I64, Builder, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering, contiguous_strides, one
from graphrt.native.kernels.copies import filling, lowered, repeated
from graphrt.native.kernels.nodes import shape_of, title
from graphrt.native.kernels.strided import Copy, axes_of, bits_of, copying, whole_copy
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep, width_of
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation


def diagonal_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of the main diagonals of the matrices in the last two dimensions."""
    strides = contiguous_strides(shape)
    return (*strides[:-2], strides[-2] + strides[-1])


def matrix_diag_part(op: Operation) -> Lowering | None:
    """MatrixDiagPart: every so manyth element."""
    return repeated(op, 0, diagonal_strides(shape_of(op.inputs[0])))


def diag_part(op: Operation) -> Lowering | None:
    """DiagPart: both halves of the dimensions are walked along at once."""
    shape = shape_of(op.inputs[0])
    half, strides = len(shape) // 2, contiguous_strides(shape)
    if not shape or shape[:half] != shape[half:]:
        return None
    return repeated(op, 0, [x + y for x, y in zip(strides[:half], strides[half:], strict=True)])


def matrix_diag(op: Operation) -> Lowering | None:
    """MatrixDiag: zeros, and the diagonals."""
    return _spread(op, diagonal_strides(shape_of(op.outputs[0])))


def diag(op: Operation) -> Lowering | None:
    """Diag: zeros, and the diagonal."""
    strides = contiguous_strides(shape_of(op.outputs[0]))
    half = len(strides) // 2
    return _spread(op, [x + y for x, y in zip(strides[:half], strides[half:], strict=True)])


def _spread(op: Operation, strides: Sequence[int]) -> Lowering | None:
    element, shape, whole = bits_of(op.inputs[0].dtype), shape_of(op.inputs[0]), shape_of(op.outputs[0])
    if element is None or 0 in whole:
        return None
    zeros = filling(title("zeros", whole), element, math.prod(whole), 1, 0)
    copy = Copy(axes_of(shape, contiguous_strides(shape), strides), 0, 1)
    return Lowering((zeros, *copying(title("diagonal", shape, whole), element, copy)))


def matrix_set_diag(op: Operation) -> Lowering | None:
    """MatrixSetDiag: a copy, and the diagonals over it."""
    element, whole, shape = bits_of(op.inputs[0].dtype), shape_of(op.inputs[0]), shape_of(op.inputs[1])
    if element is None or shape != [*whole[:-2], min(whole[-2:])]:
        return None
    over = Copy(axes_of(shape, contiguous_strides(shape), diagonal_strides(whole)), 1, 2)
    return lowered(title("set_diag", whole), element, [whole_copy(whole, 0, 2), over])


def band_part(op: Operation) -> Lowering | None:
    """MatrixBandPart between known diagonals; a negative number is all of them on that side."""
    element, whole = bits_of(op.inputs[0].dtype), shape_of(op.inputs[0])
    below, above = (static_value(tensor) for tensor in op.inputs[1:3])
    if element is None or below is None or above is None or 0 in whole or len(whole) < 2:
        return None
    rows, columns = whole[-2:]
    if below > rows or above > columns:
        return None  # the ordinary kernel says what is wrong
    lower = int(below) if 0 <= below < rows else rows
    upper = int(above) if 0 <= above < columns else columns

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        row = Row(columns, width_of(b, element))
        type, places = vector(element, row.width), vector(I32, row.width)
        with b.loop(begin, end) as loop:
            first = b.mul(loop.index, constant(I64, columns))
            x, y = (b.element(pointers[i], element, first) for i in (0, 3))
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
