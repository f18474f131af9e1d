"""Optimizers' updates of some rows of a variable and its slots, by the rules that the updates of all rows have.

Rows are updated one after the other: of two for one place the second one finds what the first has left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrt.native.builder import I64, Builder, Type, Value, constant, vector
from graphrt.native.expressions import ELEMENTS, Expression, Tracer, Writer, inputs_of
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.nodes import float_type, shape_of, title
from graphrt.native.kernels.scatters import checked_rows, rows_at
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep, width_of
from graphrt.native.lower import as_expression
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation

_GRADIENT, _INDICES, _COUNT = "grad", "indices", "count"


def rows_updated(op: Operation, rule: Callable[..., tuple[Any, ...]]) -> Lowering | None:
    """``rule(tracer, *inputs)``, given all inputs but the indices (and the count), makes the new rows."""
    names = [slot.name for slot in op.opdef.inputs]
    element, whole = float_type(op.inputs[0]), shape_of(op.inputs[0])
    indices, gradient = names.index(_INDICES), names.index(_GRADIENT)
    count = names.index(_COUNT) if _COUNT in names else None
    places = shape_of(op.inputs[indices])
    in_rows = {*op.opdef.writes, gradient}
    wanted = dict.fromkeys(op.opdef.writes, whole) | {gradient: places + whole[1:], indices: places}
    if element is None or not whole or 0 in whole or len(places) != 1:
        return None
    if any(shape_of(tensor) != wanted.get(i, []) for i, tensor in enumerate(op.inputs)):
        return None
    expressions = _traced(op, rule, [i for i in range(len(names)) if i not in (indices, count)], in_rows)
    rows, inner = places[0], math.prod(whole[1:])
    place = rows_at(op.inputs[indices], whole[0], inner)

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        of_output = {version: len(names) + k for k, version in enumerate(op.opdef.writes)}
        scalars = [i for i in inputs_of(expressions) if i not in in_rows]
        known = {i: b.load(ELEMENTS[op.inputs[i].dtype.numpy.char], pointers[i]) for i in scalars}
        stop = rows if count is None else b.load(I64, pointers[count])
        with b.loop(begin, end), b.loop(0, stop) as row:
            valid, at = place(b, pointers[indices], row.index, pointers[-1])
            with b.when(valid):
                begins = {i: b.element(pointers[k], element, at) for i, k in of_output.items()}
                first = b.mul(row.index, constant(I64, inner))
                begins[gradient] = b.element(pointers[gradient], element, first)
                _row(b, element, inner, expressions, begins, known, op.opdef.writes)

    moved = float(rows * inner)
    arithmetic = 8.0 * len(expressions)
    kernel = Kernel(
        title(op.type.removeprefix("_Counted"), [rows, *whole[1:]], whole),
        emit,
        flops=arithmetic * moved,
        bytes=element.bytes * moved * (2 * len(expressions) + 1),
    )
    checked = checked_rows(kernel.name.split()[0], place, rows, indices, count)
    # ``place`` has a flag to raise in either kernel; that of the second one is a scratch buffer, which nobody reads.
    return Lowering((kernel,), scratch=(8,), **checked)


def _traced(
    op: Operation, rule: Callable[..., tuple[Any, ...]], given: Sequence[int], in_rows: set[int]
) -> list[Expression]:
    """The new values of the variables; of the inputs, those that are constants are given as NumPy's scalars: Python may
    decide by them."""
    dtype = op.inputs[0].dtype.base_dtype.numpy
    tracer = Tracer()
    tracer.result = dtype
    inputs: list[Any] = []
    for i in given:
        value = None if i in in_rows else static_value(op.inputs[i])
        kind = op.inputs[i].dtype.base_dtype.numpy
        inputs.append(tracer.input(i, kind) if value is None else np.asarray(value, kind)[()])
    return [as_expression(tracer, made, dtype) for made in rule(tracer, *inputs)]


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
