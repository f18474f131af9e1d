"""Local response normalization over neighbouring channels, forward and backward.

The channels of a pixel are a row of a few vectors. The sum over a window is taken from memory anew for each distance:
a load and an addition for sixteen channels, under a mask where the window leaves the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from graphrt.native.builder import F32, I1, I64, Builder, Value, constant, constants, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece
from graphrt.native.records import Operand, ResponseNorm, ResponseNormGradient, title
from graphrt.native.vector_math import pow, sqrt

_MOST_CHANNELS = 512
_WIDEST = 16  # a larger radius is rare, and makes long code


def forward(record: ResponseNorm, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32."""
    window = _Window.of(record, inputs[0])
    if window is None:
        return None

    def pixel(b: Builder, rows: Sequence[Value]) -> None:
        x, y = rows
        for piece in window.row(b).pieces():
            value = load_piece(b, vector(F32, b.lanes), x, piece)
            store_piece(b, b.mul(value, window.factor(b, window.norm(b, x, piece))), y, piece)

    return Lowering((window.kernel("lrn", (0, 1), pixel),))


def backward(record: ResponseNormGradient, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32: first dy * norm ** -beta and what the windows add up, dy * y / norm; then both together."""
    window = _Window.of(record, inputs[1])
    if window is None:
        return None

    def first(b: Builder, rows: Sequence[Value]) -> None:
        dy, x, y, dx, products = rows
        type = vector(F32, b.lanes)
        for piece in window.row(b).pieces():
            norm, slope = window.norm(b, x, piece), load_piece(b, type, dy, piece)
            store_piece(b, b.mul(slope, window.factor(b, norm)), dx, piece)
            store_piece(b, b.div(b.mul(slope, load_piece(b, type, y, piece)), norm), products, piece)

    def second(b: Builder, rows: Sequence[Value]) -> None:
        x, dx, products = rows
        type = vector(F32, b.lanes)
        scale = constant(type, -2 * window.alpha * window.beta)
        for piece in window.row(b).pieces():
            shared = window.sum(b, products, piece, b.add)
            part = b.mul(b.mul(load_piece(b, type, x, piece), scale), shared)
            store_piece(b, b.add(load_piece(b, type, dx, piece), part), dx, piece)

    kernels = (window.kernel("lrn_grad", (0, 1, 2, 3, 4), first), window.kernel("lrn_grad sum", (1, 3, 4), second))
    return Lowering(kernels, (4 * math.prod(window.shape),))


class _Window:
    """The sums over the windows."""

    def __init__(self, shape: tuple[int, ...], record: ResponseNorm | ResponseNormGradient) -> None:
        self.shape = shape
        self.channels = shape[-1]
        self.radius = min(record.radius, self.channels - 1)
        self.bias, self.alpha, self.beta = record.bias, record.alpha, record.beta

    @classmethod
    def of(cls, record: ResponseNorm | ResponseNormGradient, image: Operand) -> _Window | None:
        """None where there is no code for it."""
        shape = image.shape
        if float_type(image) != F32 or 0 in shape or shape[-1] > _MOST_CHANNELS:
            return None
        window = cls(shape, record)
        return window if 0 <= window.radius <= _WIDEST else None

    def row(self, b: Builder) -> Row:
        return Row(self.channels, b.lanes)

    def kernel(self, kind: str, pointers: tuple[int, ...], pixel: Callable[[Builder, Sequence[Value]], None]) -> Kernel:
        """A kernel whose items are pixels; ``pixel`` is given the rows of these pointers."""

        def emit(b: Builder, given: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end) as loop:
                at = b.mul(loop.index, constant(I64, self.channels))
                pixel(b, [b.element(given[i], F32, at) for i in pointers])

        count, size = math.prod(self.shape[:-1]), float(math.prod(self.shape))
        flops = (2 * self.radius + 12) * size
        return Kernel(
            title(kind, self.shape), emit, count, flops, 4 * size * len(pointers), max(1, 8192 // self.channels)
        )

    def sum(self, b: Builder, row: Value, piece: Piece, add: Callable[[Value, Value], Value]) -> Value:
        """``add(total, value)`` over the channels that are at most the radius away."""
        total = constant(vector(F32, b.lanes), 0.0)
        start = piece.number * b.lanes
        for distance in range(-self.radius, self.radius + 1):
            first = start + distance
            inside = [0 <= first + lane < self.channels for lane in range(b.lanes)]
            if any(inside):
                mask = None if all(inside) else constants(vector(I1, b.lanes), inside)
                total = add(total, load_piece(b, total.type, row, Piece(constant(I64, first), mask)))
        return total

    def norm(self, b: Builder, row: Value, piece: Piece) -> Value:
        """bias + alpha * (the sum of the squares); never 0 in lanes beyond the end."""
        squares = self.sum(b, row, piece, lambda total, value: b.fma(value, value, total))
        norm = b.fma(squares, constant(squares.type, self.alpha), constant(squares.type, self.bias))
        return norm if piece.mask is None else b.select(piece.mask, norm, constant(norm.type, 1.0))

    def factor(self, b: Builder, norm: Value) -> Value:
        """norm ** -beta; the usual exponents by square roots."""
        one = constant(norm.type, 1.0)
        if self.beta == 0.5:
            return b.div(one, sqrt(b, norm))
        if self.beta == 0.75:
            root = sqrt(b, norm)
            return b.div(one, b.mul(root, sqrt(b, root)))
        return pow(b, norm, constant(norm.type, -self.beta))
