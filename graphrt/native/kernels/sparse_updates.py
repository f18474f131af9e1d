"""Optimizers' updates of some rows of a variable and its slots, by the rules that the updates of all rows have.

Rows are updated one after the other: of two for one place the second one finds what the first has left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphrt.native.builder import I64, Builder, Type, Value, constant, vector
from graphrt.native.expressions import ELEMENTS, Expression, Tracer, Writer, inputs_of
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.kernels.scatters import checked_rows, rows_at
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep, width_of
from graphrt.native.lower import as_expression
from graphrt.native.records import UpdateRows, title


def rows_updated(record: UpdateRows, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32 and float64."""
    element, whole = float_type(inputs[0]), inputs[0].shape
    if element is None or 0 in whole:
        return None
    in_rows = {*record.written, record.gradient}
    expressions = _traced(record, inputs)
    rows, inner = inputs[record.indices].shape[0], math.prod(whole[1:])
    place = rows_at(inputs[record.indices], whole[0], inner)

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        of_output = {version: len(inputs) + k for k, version in enumerate(record.written)}
        scalars = [i for i in inputs_of(expressions) if i not in in_rows]
        known = {i: b.load(ELEMENTS[inputs[i].dtype.char], pointers[i]) for i in scalars}
        stop = rows if record.counted_by is None else b.load(I64, pointers[record.counted_by])
        with b.loop(begin, end), b.loop(0, stop) as row:
            valid, at = place(b, pointers[record.indices], row.index, pointers[-1])
            with b.when(valid):
                begins = {i: b.element(pointers[k], element, at) for i, k in of_output.items()}
                first = b.mul(row.index, constant(I64, inner))
                begins[record.gradient] = b.element(pointers[record.gradient], element, first)
                _row(b, element, inner, expressions, begins, known, record.written)

    moved = float(rows * inner)
    arithmetic = 8.0 * len(expressions)
    kernel = Kernel(
        title(record.name, [rows, *whole[1:]], whole),
        emit,
        flops=arithmetic * moved,
        bytes=element.bytes * moved * (2 * len(expressions) + 1),
    )
    checked = checked_rows(record.name, place, rows, record.indices, record.counted_by)
    # ``place`` has a flag to raise in either kernel; that of the second one is a scratch buffer, which nobody reads.
    return Lowering((kernel,), scratch=(8,), **checked)


def _traced(record: UpdateRows, inputs: Operands) -> list[Expression]:
    """The new values of the variables."""
    tracer = Tracer()
    tracer.result = dtype = inputs[0].dtype
    given = [tracer.input(i, x.dtype) for i, x in enumerate(inputs) if i not in (record.indices, record.counted_by)]
    return [as_expression(tracer, made, dtype) for made in record.rule(tracer, *given)]


def _row(
    b: Builder,
    element: Type,
    length: int,
    expressions: Sequence[Expression],
    begins: dict[int, Value],
    known: dict[int, Value],
    written: Sequence[int],
) -> None:
    """One row of each variable; ``begins`` says where the rows are, ``known`` are the scalars."""
    row = Row(length, width_of(b, element))
    lanes = row.width if length > 1 else 1
    everywhere = {i: b.splat(value, lanes) for i, value in known.items()}

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        def load(i: int) -> Value:
            if i in everywhere:
                return everywhere[i]
            return load_piece(b, vector(element, lanes), begins[i], piece)

        writer = Writer(b, lanes, load)
        made = [writer.value(expression) for expression in expressions]
        for i, value in zip(written, made, strict=True):
            store_piece(b, value, begins[i], piece)
        return values

    if length > 1:
        sweep(b, row, body)
    else:
        body(Piece(constant(I64, 0), None), [])
