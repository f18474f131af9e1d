"""Ops along one axis of [outer, length, inner]: where the extremes are, and running sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphrt.native.builder import I32, I64, Builder, Type, Value, constant, vector
from graphrt.native.elementary.parts import amended, any_of
from graphrt.native.kernel import Emit, Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, number_type
from graphrt.native.kernels.sweep import (
    Accumulator,
    Combine,
    Held,
    Piece,
    Row,
    load_piece,
    store_piece,
    sweep,
    width_of,
)
from graphrt.native.records import ArgExtreme, Operand, Scan, title

_WORTH_A_RANGE = 16384  # elements
_FAR = 2**31 - 1


@dataclass(frozen=True)
class _Axis:
    """The axis of a node in the middle of what is before and behind it."""

    element: Type
    outer: int
    length: int
    inner: int

    def kernel(self, name: str, emit: Emit) -> Lowering:
        size = float(self.outer * self.length * self.inner)
        grain = max(1, _WORTH_A_RANGE // (self.length * self.inner))
        return one(Kernel(name, emit, self.outer, flops=2 * size, bytes=2 * size * self.element.bytes, grain=grain))


def _axis_of(operand: Operand, at: int) -> _Axis | None:
    element, shape = number_type(operand), operand.shape
    if element is None or 0 in shape:
        return None
    return _Axis(element, math.prod(shape[:at]), shape[at], math.prod(shape[at + 1 :]))


# -- extremes ----------------------------------------------------------------------------------------------------------


def arg_extreme(record: ArgExtreme, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Where input 0 is largest, or smallest, along an axis."""
    axis, result = _axis_of(inputs[0], record.axis), number_type(outputs[0])
    if axis is None or result is None or axis.length >= _FAR:
        return None
    writer = _ArgExtreme(axis, "gt" if record.largest else "lt", result)
    emit = writer.of_rows if axis.inner == 1 else writer.of_columns
    return axis.kernel(title("argmax" if record.largest else "argmin", inputs[0].shape), emit)


class _ArgExtreme:
    """Writes the loops. What never loses is worse than nothing: an axis that has nothing better gives 0."""

    def __init__(self, axis: _Axis, better: str, result: Type) -> None:
        self.axis, self.better, self.result = axis, better, result
        sign = -1 if better == "gt" else 1
        bits = axis.element.bits
        self.worst = (
            sign * math.inf if axis.element.is_float else -(2 ** (bits - 1)) if sign < 0 else 2 ** (bits - 1) - 1
        )

    def picker(self, b: Builder) -> Combine:
        return lambda x, y: b.select(b.compare(self.better, x, y), x, y)

    def of_rows(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """The axis lies in memory in order: first its extreme, then the first place that has it."""
        element = self.axis.element
        row = Row(self.axis.length, width_of(b, element))
        type, places = vector(element, row.width), vector(I32, row.width)
        pick = self.picker(b)
        with b.loop(begin, end) as loop:
            address = b.element(pointers[0], element, b.mul(loop.index, constant(I64, self.axis.length)))
            x = Held(b, row, type, address, fill=self.worst)

            def extreme(piece: Piece, values: list[Value], x: Held = x) -> list[Value]:
                return [pick(x.get(piece), values[0])]

            (lanes,) = sweep(b, row, extreme, [Accumulator(constant(type, self.worst), pick)])
            best = b.folded(lanes, pick)
            wanted = b.splat(best, row.width)

            def first(piece: Piece, values: list[Value], x: Held = x, wanted: Value = wanted) -> list[Value]:
                start = b.splat(b.convert(piece.at, I32), row.width)
                here = b.select(
                    b.compare("eq", x.get(piece), wanted), b.add(start, b.iota(places)), constant(places, _FAR)
                )
                return [b.minimum(here, values[0])]

            (lanes,) = sweep(b, row, first, [Accumulator(constant(places, _FAR), b.minimum)])
            place = b.folded(lanes, b.minimum)
            nothing = b.compare("eq", best, constant(element, self.worst))
            place = b.select(nothing, constant(I32, 0), place)
            b.store(b.convert(place, self.result), b.element(pointers[2], self.result, loop.index))

    def of_columns(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """What is behind the axis lies in order: several places of that side by side."""
        axis = self.axis
        row = Row(axis.inner, width_of(b, axis.element))
        type, places = vector(axis.element, row.width), vector(I32, row.width)
        start = [constant(type, self.worst), constant(places, 0)]
        with b.loop(begin, end) as loop:
            source = b.element(pointers[0], axis.element, b.mul(loop.index, constant(I64, axis.length * axis.inner)))
            target = b.element(pointers[2], self.result, b.mul(loop.index, constant(I64, axis.inner)))

            def body(piece: Piece, values: list[Value], source: Value = source, target: Value = target) -> list[Value]:
                with b.loop(0, axis.length, carried=start) as step:
                    line = b.element(source, axis.element, b.mul(step.index, constant(I64, axis.inner)))
                    x = load_piece(b, type, line, piece)
                    better = b.compare(self.better, x, step.carried[0])
                    here = b.splat(b.convert(step.index, I32), row.width)
                    step.carry([b.select(better, x, step.carried[0]), b.select(better, here, step.carried[1])])
                store_piece(b, b.convert(step.results[1], self.result), target, piece)
                return values

            sweep(b, row, body)


# -- running sums ------------------------------------------------------------------------------------------------------


def scan(record: Scan, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Running sums, or products, of input 0."""
    axis = _axis_of(inputs[0], record.axis)
    if axis is None:
        return None
    kind, neutral = {"add": ("cumsum", 0), "mul": ("cumprod", 1)}[record.how]
    writer = _Running(axis, record.exclusive, record.reverse, record.how, neutral)
    emit = writer.of_rows if axis.inner == 1 else writer.of_columns
    return axis.kernel(title(kind, inputs[0].shape), emit)


class _Running:
    """Writes the loops of running sums, or products: ``combine`` is the Builder's method, ``neutral`` what it starts
    with."""

    def __init__(self, axis: _Axis, exclusive: bool, reverse: bool, combine: str, neutral: int) -> None:
        self.axis, self.exclusive, self.reverse = axis, exclusive, reverse
        self.combine, self.neutral = combine, neutral

    def combined(self, b: Builder, x: Value, y: Value) -> Value:
        """Two running results as one."""
        result: Value = getattr(b, self.combine)(x, y)
        return result

    def of_columns(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """Several sums run side by side."""
        axis = self.axis
        row = Row(axis.inner, width_of(b, axis.element))
        type = vector(axis.element, row.width)
        with b.loop(begin, end) as loop:
            first = b.mul(loop.index, constant(I64, axis.length * axis.inner))

            def body(piece: Piece, values: list[Value], first: Value = first) -> list[Value]:
                with b.loop(0, axis.length, carried=[constant(type, self.neutral)]) as step:
                    index = b.sub(constant(I64, axis.length - 1), step.index) if self.reverse else step.index
                    at = b.add(first, b.mul(index, constant(I64, axis.inner)))
                    x = load_piece(b, type, b.element(pointers[0], axis.element, at), piece)
                    total = self.combined(b, step.carried[0], x)
                    result = step.carried[0] if self.exclusive else total
                    store_piece(b, result, b.element(pointers[2], axis.element, at), piece)
                    step.carry([total])
                return values

            sweep(b, row, body)

    def of_rows(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """A vector at a time, each beginning with the total of what came before."""
        axis = self.axis
        row = Row(axis.length, width_of(b, axis.element))
        type = vector(axis.element, row.width)
        with b.loop(begin, end) as loop:
            at = b.mul(loop.index, constant(I64, axis.length))
            x, y = (b.element(pointers[i], axis.element, at) for i in (0, 2))

            def step(piece: Piece, before: Value, x: Value = x, y: Value = y) -> Value:
                sums = self.running(b, load_piece(b, type, x, piece, self.neutral), before)
                result = self.moved(b, sums, before, 1) if self.exclusive else sums
                store_piece(b, result, y, piece)
                return b.splat(b.lane(sums, 0 if self.reverse else row.width - 1), row.width)

            self.walk(b, row, step, constant(type, self.neutral))

    def walk(self, b: Builder, row: Row, step: Callable[[Piece, Value], Value], before: Value) -> None:
        """The pieces of a row in the order in which the sum runs."""
        rest = [piece for piece in row.pieces() if piece.mask is not None]
        if self.reverse and rest:
            before = step(rest[0], before)
        if row.whole:
            with b.loop(0, row.whole * row.width, row.width, carried=[before]) as loop:
                last = constant(I64, (row.whole - 1) * row.width)
                at = b.sub(last, loop.index) if self.reverse else loop.index
                loop.carry([step(Piece(at, None), loop.carried[0])])
            before = loop.results[0]
        if not self.reverse and rest:
            step(rest[0], before)

    def running(self, b: Builder, x: Value, before: Value) -> Value:
        """The running results of the lanes, which begin with ``before`` (the same in every lane).

        Of floats not every order of combining is as good: 0 * (1e30 * 1e30) is nan and (-m + (m + m)) is infinite.
        Products are therefore made one after another, and sums where any of them is not finite."""
        if not x.type.is_float:
            return self.combined(b, self.within(b, x), before)
        if self.combine == "mul":
            return self.in_order(b, x, before)
        sums = self.combined(b, self.within(b, x), before)
        finite = b.compare("lt", b.unary("fabs", sums), constant(x.type, math.inf))
        lost = any_of(b, b.xor(finite, constant(finite.type, True)))
        return amended(b, sums, lost, lambda: self.in_order(b, x, before))

    def in_order(self, b: Builder, x: Value, before: Value) -> Value:
        """The running results, one lane after another."""
        lanes = x.type.lanes
        if lanes == 1:
            return self.combined(b, before, x)
        total, result = b.lane(before, 0), x
        for lane in reversed(range(lanes)) if self.reverse else range(lanes):
            total = self.combined(b, total, b.lane(x, lane))
            result = b.emit(x.type, f"insertelement {result}, {total}, i64 {lane}")
        return result

    def within(self, b: Builder, x: Value) -> Value:
        """The running results of the lanes by themselves, by doubling."""
        distance = 1
        while distance < x.type.lanes:
            x = self.combined(b, x, self.moved(b, x, constant(x.type, self.neutral), distance))
            distance *= 2
        return x

    def moved(self, b: Builder, x: Value, filler: Value, distance: int) -> Value:
        """Each lane gets what is ``distance`` before it in the order of the sum; the first ones, the filler's lanes."""
        lanes = x.type.lanes
        if lanes == 1:
            return filler
        step = distance if self.reverse else -distance
        return b.shuffle(x, filler, [i + step if 0 <= i + step < lanes else lanes + i for i in range(lanes)])
