"""Softmax, log-softmax and the cross-entropies: row by row, with the row in registers or in the nearest cache.

Of a row x with the maximum m and the sum s of exp(x - m):

    softmax = exp(x - m) / s        log_softmax = x - m - log(s)
    loss    = -sum(labels * (x - m - log(s)))                      (sparse: log(s) - (x[label] - m))
    d loss  = softmax - labels

A nan or +inf anywhere in a row, or -inf everywhere, makes the row nan, as in the ordinary kernels: exp(x - m) is nan.
The maximum may therefore pass over nan, which is one instruction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphrt.native.builder import I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, float_type, index_type
from graphrt.native.kernels.sweep import (
    Accumulator,
    Held,
    Piece,
    Row,
    checked_index,
    larger,
    store_piece,
    sweep,
    width_of,
)
from graphrt.native.records import CrossEntropy, Softmax
from graphrt.native.vector_math import exp, log

_FLOPS = 20.0  # of an element: the exponential is most of it
_WORTH_A_RANGE = 16384  # elements
_NOTHING = {"float": -87.33, "double": -708.39}  # below it exp is no normal number


def softmax(record: Softmax, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Softmax, or its logarithm, over the last axis."""
    element, shape = float_type(outputs[0]), outputs[0].shape
    name, write = ("log_softmax", _write_log_softmax) if record.logarithm else ("softmax", _write_softmax)
    if element is None or 0 in shape:
        return None
    columns = shape[-1]

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            first = b.mul(loop.index, constant(I64, columns))
            x, y = (b.element(pointer, element, first) for pointer in pointers)
            write(_Exponentials(b, element, columns, x, y), y)

    rows = math.prod(shape[:-1])
    return Lowering((_kernel(name, emit, rows, columns, 2 * element.bytes),), overwrites=((0, 0),))


def _kernel(name: str, emit: Emit, rows: int, columns: int, bytes: int, checks: bool = False) -> Kernel:
    return Kernel(
        f"{name} {rows}x{columns}",
        emit,
        count=rows,
        flops=_FLOPS * rows * columns,
        bytes=float(bytes * rows * columns),
        grain=max(1, _WORTH_A_RANGE // columns),
        checks=checks,
    )


class _Exponentials:
    """The first passes over a row: its maximum; exp(x - maximum), which goes to ``out``, and the sum of it."""

    def __init__(self, b: Builder, element: Type, columns: int, x: Value, out: Value) -> None:
        self.b = b
        self.row = Row(columns, width_of(b, element))
        self.type = vector(element, self.row.width)
        self.x = Held(b, self.row, self.type, x, fill=-math.inf)
        self.exponentials = Held(b, self.row, self.type, out)
        self.zero = constant(self.type, 0.0)
        pick = larger(b)

        def maximum(piece: Piece, values: list[Value]) -> list[Value]:
            return [pick(self.x.get(piece), values[0])]

        (maxima,) = sweep(b, self.row, maximum, [Accumulator(constant(self.type, -math.inf), pick)])
        self.maximum = b.folded(maxima, pick)
        self.maxima = b.splat(self.maximum, self.row.width)

    def shifted(self, piece: Piece) -> Value:
        """x - maximum; -inf in the lanes beyond the end, so that their exponential is 0."""
        return self.b.sub(self.x.get(piece), self.maxima)

    def exponential(self, shifted: Value) -> Value:
        """exp(shifted), and 0 for less than the least normal number.

        The processor takes some 150 cycles for a number that is not normal: each masked vector has some, and so has a
        row in which some logits are -1e9, for these to be left out.
        """
        nothing = self.b.compare("lt", shifted, constant(self.type, _NOTHING[self.type.element]))
        return self.b.select(nothing, self.zero, exp(self.b, self.b.select(nothing, self.zero, shifted)))

    def total(self, keep: bool) -> Value:
        """The sum of the exponentials, which are kept if a later pass needs them."""

        def body(piece: Piece, values: list[Value]) -> list[Value]:
            exponential = self.exponential(self.shifted(piece))
            if keep:
                self.exponentials.put(piece, exponential)
            return [self.b.add(values[0], exponential)]

        (sums,) = sweep(self.b, self.row, body, [Accumulator(self.zero, self.b.add)])
        return self.b.folded(sums, self.b.add)

    def reciprocal(self, total: Value) -> Value:
        """1 / total in every lane: a division for a row, not for an element."""
        return self.b.splat(self.b.div(constant(total.type, 1.0), total), self.row.width)


def _write_softmax(row: _Exponentials, y: Value) -> Value:
    """Returns the sum of the exponentials."""
    b = row.b
    total = row.total(keep=True)
    factor = row.reciprocal(total)

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        store_piece(b, b.mul(row.exponentials.get(piece), factor), y, piece)
        return values

    sweep(b, row.row, body)
    return total


def _write_log_softmax(row: _Exponentials, y: Value) -> None:
    b = row.b
    logarithm = b.splat(log(b, row.total(keep=False)), row.row.width)

    def body(piece: Piece, values: list[Value]) -> list[Value]:
        store_piece(b, b.sub(row.shifted(piece), logarithm), y, piece)
        return values

    sweep(b, row.row, body)


def cross_entropy(record: CrossEntropy, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The losses, and softmax - labels."""
    element, shape = float_type(outputs[0]), inputs[0].shape
    if element is None or 0 in shape:
        return None
    rows, columns = shape
    if record.sparse:
        return _sparse_cross_entropy(element, rows, columns, index_type(inputs[1]))

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            first = b.mul(loop.index, constant(I64, columns))
            x, labels, out = (b.element(pointers[i], element, first) for i in (0, 1, 3))
            loss = _cross_entropy_row(_Exponentials(b, element, columns, x, out), labels, out)
            b.store(loss, b.element(pointers[2], element, loop.index))

    kernel = _kernel("softmax_cross_entropy", emit, rows, columns, 3 * element.bytes)
    return Lowering((kernel,), overwrites=((0, 1),))


def _cross_entropy_row(row: _Exponentials, labels: Value, out: Value) -> Value:
    """Writes softmax - labels at ``out``; returns the loss."""
    b = row.b
    wanted = Held(b, row.row, row.type, labels)
    total = row.total(keep=True)
    factor = row.reciprocal(total)
    logarithm = b.splat(log(b, total), row.row.width)

    def differences(piece: Piece, values: list[Value]) -> list[Value]:
        label = wanted.get(piece)
        store_piece(b, b.fma(row.exponentials.get(piece), factor, b.neg(label)), out, piece)
        likelihood = b.sub(row.shifted(piece), logarithm)
        if piece.mask is not None:  # the label of a lane beyond the end is 0, but 0 * -inf is nan
            likelihood = b.select(piece.mask, likelihood, row.zero)
        return [b.fma(label, likelihood, values[0])]

    (products,) = sweep(b, row.row, differences, [Accumulator(row.zero, b.add)])
    return b.neg(b.folded(products, b.add))


def _sparse_cross_entropy(element: Type, rows: int, columns: int, label_type: Type) -> Lowering:
    """The losses, and softmax - one_hot(labels)."""

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as loop:
            label = b.convert(b.load(label_type, b.element(pointers[1], label_type, loop.index)), I64)
            valid = checked_index(b, label, columns, pointers[-1])
            label = b.select(valid, label, constant(I64, 0))
            first = b.mul(loop.index, constant(I64, columns))
            x, out = (b.element(pointers[i], element, first) for i in (0, 3))
            loss = _sparse_row(_Exponentials(b, element, columns, x, out), element, label, x, out)
            b.store(loss, b.element(pointers[2], element, loop.index))

    return one(_kernel("sparse_softmax_cross_entropy", emit, rows, columns, 2 * element.bytes, checks=True))


def _sparse_row(row: _Exponentials, element: Type, label: Value, x: Value, out: Value) -> Value:
    """Writes softmax - one_hot(label) at ``out``; returns the loss."""
    b = row.b
    shifted = b.sub(b.load(element, b.element(x, element, label)), row.maximum)
    total = _write_softmax(row, out)
    place = b.element(out, element, label)
    b.store(b.sub(b.load(element, place), constant(element, 1.0)), place)
    return b.sub(log(b, total), shifted)
