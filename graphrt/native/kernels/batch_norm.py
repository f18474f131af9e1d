"""Fused batch normalization of images with the channels last: training and inference, forward and backward.

Three kernels: blocks of pixels are summed; the sums of the blocks are put together, in float64, and give one factor and
one offset a channel; all pixels are transformed. The variance of a block is that about the block's own mean, read a
second time while it is in the cache, and blocks are combined by (Chan, Golub and LeVeque, 1979)

    M2 = sum over blocks of  M2_b + n_b * (mean_b - mean)**2

so that a mean much larger than the deviation costs no digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphrt.native.builder import F32, F64, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.channels import Pixels
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.kernels.sweep import Piece, Row, load_piece, store_piece, sweep
from graphrt.native.records import BatchNorm, BatchNormGradient, Operand, title

_VECTORS = 4  # rows of ``padded`` numbers in each of the two scratch buffers besides the sums


def forward(record: BatchNorm, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of images of float32."""
    pixels = _pixels(inputs[0])
    if pixels is None:
        return None
    maker = _Forward(pixels, record.epsilon, len(inputs), len(outputs))
    name = title("batch_norm", inputs[0].shape)
    if not record.training:
        kernels = [maker.kernel(f"{name} prepare", maker.prepare)]
    else:
        kernels = [
            maker.over_blocks(f"{name} moments", maker.moments, 1),
            maker.kernel(f"{name} combine", maker.combine),
        ]
    kernels.append(maker.over_blocks(name, maker.transform, 2))
    return Lowering(tuple(kernels), maker.scratch, overwrites=((0, 0),))


def backward(record: BatchNormGradient, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of images of float32."""
    pixels = _pixels(inputs[0])
    if pixels is None:
        return None
    maker = _Backward(pixels, record.epsilon, len(inputs), record.training)
    name = title("batch_norm_grad", inputs[1].shape)
    kernels = (
        maker.kernel(f"{name} prepare", maker.prepare),
        maker.over_blocks(f"{name} sums", maker.sums, 2),
        maker.kernel(f"{name} combine", maker.combine),
        maker.over_blocks(name, maker.transform, 3),
    )
    return Lowering(kernels, maker.scratch, overwrites=((0, 0), (1, 0)))


def _pixels(images: Operand) -> Pixels | None:
    shape = images.shape
    if float_type(images) != F32 or 0 in shape:
        return None
    return Pixels(shape[0] * shape[1] * shape[2], shape[3])


class _Maker:
    """What forward and backward share. Scratch: the sums of the blocks; rows of float64; rows of float32."""

    def __init__(self, pixels: Pixels, epsilon: float, first_scratch: int) -> None:
        self.pixels, self.epsilon, self.first = pixels, epsilon, first_scratch
        row = pixels.padded
        self.scratch = (2 * 4 * pixels.blocks * row, _VECTORS * 8 * row, _VECTORS * 4 * row)

    def kernel(self, name: str, emit: Callable[[Builder, Sequence[Value]], None]) -> Kernel:
        """A kernel that is not cut into items."""

        def whole(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end):
                emit(b, pointers)

        return Kernel(name, whole, bytes=8.0 * self.pixels.blocks * self.pixels.padded)

    def over_blocks(self, name: str, emit: Callable[[Builder, Sequence[Value], Value], None], passes: int) -> Kernel:
        """A kernel whose items are blocks; ``passes`` over the image count as its traffic."""

        def blocks(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end) as loop:
                emit(b, pointers, loop.index)

        size = float(self.pixels.pixels * self.pixels.channels)
        return Kernel(name, blocks, self.pixels.blocks, flops=4 * size * passes, bytes=4 * size * passes)

    def sums_of(self, b: Builder, pointers: Sequence[Value], block: Value, which: int) -> Value:
        """The address of a block's sums: the first or the second row of them."""
        row = b.add(b.mul(block, constant(I64, 2)), constant(I64, which))
        return b.element(pointers[self.first], F32, b.mul(row, constant(I64, self.pixels.padded)))

    def double(self, b: Builder, pointers: Sequence[Value], i: int) -> Value:
        """A row of float64."""
        return b.element(pointers[self.first + 1], F64, i * self.pixels.padded)

    def single(self, b: Builder, pointers: Sequence[Value], i: int) -> Value:
        """A row of float32, one number for each of a row of pixels: what transforming them needs."""
        return b.element(pointers[self.first + 2], F32, i * self.pixels.padded)

    def add_blocks(self, b: Builder, target: Value, term: Callable[[Value, Value], Value]) -> None:
        """The sum over the blocks of ``term(block, place)``, in float64, then over the pixels of a row."""
        lanes = max(1, b.lanes // 2)
        with b.loop(0, self.pixels.padded, lanes) as place:
            zero = constant(vector(F64, lanes), 0.0)
            with b.loop(0, self.pixels.blocks, carried=[zero]) as block:
                block.carry([b.add(block.carried[0], term(block.index, place.index))])
            b.store(block.results[0], b.element(target, F64, place.index))
        if self.pixels.together > 1:
            with b.loop(0, self.pixels.channels) as channel:
                start = constant(F64, 0.0)
                with b.loop(channel.index, self.pixels.width, self.pixels.channels, carried=[start]) as at:
                    at.carry([b.add(at.carried[0], b.load(F64, b.element(target, F64, at.index)))])
                b.store(at.results[0], b.element(target, F64, channel.index))

    def repeat(self, b: Builder, row: Value, element: Type = F32) -> None:
        """The numbers of the channels, once more for each pixel of a row."""
        if self.pixels.together == 1:
            return
        with b.loop(self.pixels.channels, self.pixels.width) as at:
            before = b.sub(at.index, constant(I64, self.pixels.channels))
            b.store(b.load(element, b.element(row, element, before)), b.element(row, element, at.index))

    def each_channel(self, b: Builder, body: Callable[[_Channels], None]) -> None:
        """``body`` for vectors of channels, in float64."""
        lanes = max(1, b.lanes // 2)

        def write(piece: Piece, values: list[Value]) -> list[Value]:
            body(_Channels(b, piece, lanes))
            return values

        sweep(b, Row(self.pixels.channels, lanes, in_registers=1), write)


class _Channels:
    """Some channels side by side, in float64."""

    def __init__(self, b: Builder, piece: Piece, lanes: int) -> None:
        self.b, self.piece, self.lanes = b, piece, lanes

    def load(self, pointer: Value) -> Value:
        """Of a float32 vector."""
        return self.b.convert(load_piece(self.b, vector(F32, self.lanes), pointer, self.piece), F64)

    def load_double(self, pointer: Value) -> Value:
        return load_piece(self.b, vector(F64, self.lanes), pointer, self.piece)

    def store(self, value: Value, *pointers: Value) -> None:
        """To float32 vectors."""
        rounded = self.b.convert(value, F32)
        for pointer in pointers:
            store_piece(self.b, rounded, pointer, self.piece)

    def store_double(self, value: Value, pointer: Value) -> None:
        store_piece(self.b, value, pointer, self.piece)

    def number(self, number: float) -> Value:
        return constant(vector(F64, self.lanes), number)

    def inverse_deviation(self, variance: Value, epsilon: float) -> Value:
        """1 / sqrt(variance + epsilon)."""
        b = self.b
        return b.div(self.number(1.0), b.unary("sqrt", b.add(variance, self.number(epsilon))))


def _load(b: Builder, pointer: Value, start: Value, piece: Piece) -> Value:
    return load_piece(b, vector(F32, b.lanes), b.element(pointer, F32, start), piece)


def _load_row(b: Builder, row: Value, base: Value, piece: Piece) -> Value:
    """A piece of a row in scratch memory, which has room for whole vectors."""
    return b.load(vector(F32, b.lanes), b.element(row, F32, b.add(base, piece.at)))


class _Forward(_Maker):
    """Inputs x, scale, offset, mean, variance; outputs y, mean, variance, and both for the gradient."""

    MEAN, FACTOR, OFFSET = range(3)

    def __init__(self, pixels: Pixels, epsilon: float, inputs: int, outputs: int) -> None:
        super().__init__(pixels, epsilon, inputs + outputs)
        self.out = inputs

    def moments(self, b: Builder, pointers: Sequence[Value], block: Value) -> None:
        """The sum of a block, and the sum of the squares of its deviations from its own mean."""
        rows = self.pixels.rows_of(b, block)
        share = b.splat(b.div(constant(F32, 1.0), b.convert(rows[1], F32)), b.lanes)
        zero = constant(vector(F32, b.lanes), 0.0)

        def write(base: Value, pieces: list[Piece]) -> None:
            def add(start: Value, piece: Piece, k: int, values: list[Value]) -> list[Value]:
                return [b.add(values[0], _load(b, pointers[0], start, piece))]

            sums = self.pixels.walk(b, rows, base, pieces, add, [zero] * len(pieces))
            means = [b.mul(total, share) for total in sums]

            def square(start: Value, piece: Piece, k: int, values: list[Value]) -> list[Value]:
                deviation = b.sub(_load(b, pointers[0], start, piece), means[k])
                return [b.fma(deviation, deviation, values[0])]

            squares = self.pixels.walk(b, rows, base, pieces, square, [zero] * len(pieces))
            for which, results in enumerate((sums, squares)):
                row = b.element(self.sums_of(b, pointers, block, which), F32, base)
                for piece, value in zip(pieces, results, strict=True):
                    b.store(value, b.element(row, F32, piece.at))

        self.pixels.each_group(b, write)

    def combine(self, b: Builder, pointers: Sequence[Value]) -> None:
        """Mean and variance of every channel, and what transforms the pixels."""
        lanes = max(1, b.lanes // 2)
        totals, means, squares = (self.double(b, pointers, i) for i in range(3))
        wide = vector(F32, lanes)

        def block_sum(block: Value, place: Value, which: int) -> Value:
            row = self.sums_of(b, pointers, block, which)
            return b.convert(b.load(wide, b.element(row, F32, place)), F64)

        self.add_blocks(b, totals, lambda block, place: block_sum(block, place, 0))
        count = float(self.pixels.pixels)
        self.each_channel(b, lambda c: c.store_double(b.mul(c.load_double(totals), c.number(1 / count)), means))
        self.repeat(b, means, F64)

        def about_the_mean(block: Value, place: Value) -> Value:
            size = b.splat(b.convert(self.pixels.rows_of(b, block)[1], F64), lanes)
            mean = b.load(vector(F64, lanes), b.element(means, F64, place))
            difference = b.sub(b.div(block_sum(block, place, 0), size), mean)
            return b.fma(b.mul(difference, difference), size, block_sum(block, place, 1))

        self.add_blocks(b, squares, about_the_mean)

        def finish(c: _Channels) -> None:
            variance = b.mul(c.load_double(squares), c.number(1 / count))
            mean = c.load_double(means)
            c.store(mean, pointers[self.out + 1], pointers[self.out + 3])
            c.store(variance, pointers[self.out + 4])
            c.store(b.mul(variance, c.number(count / max(count - 1, 1))), pointers[self.out + 2])
            self.keep(c, pointers, mean, variance)

        self.each_channel(b, finish)
        self.repeat_all(b, pointers)

    def prepare(self, b: Builder, pointers: Sequence[Value]) -> None:
        """Inference: the statistics are given."""

        def finish(c: _Channels) -> None:
            mean, variance = c.load(pointers[3]), c.load(pointers[4])
            c.store(mean, pointers[self.out + 1], pointers[self.out + 3])
            c.store(variance, pointers[self.out + 2], pointers[self.out + 4])
            self.keep(c, pointers, mean, variance)

        self.each_channel(b, finish)
        self.repeat_all(b, pointers)

    def keep(self, c: _Channels, pointers: Sequence[Value], mean: Value, variance: Value) -> None:
        """What transforming the pixels needs."""
        b = c.b
        factor = b.mul(c.load(pointers[1]), c.inverse_deviation(variance, self.epsilon))
        for i, value in ((self.MEAN, mean), (self.FACTOR, factor), (self.OFFSET, c.load(pointers[2]))):
            c.store(value, self.single(b, pointers, i))

    def repeat_all(self, b: Builder, pointers: Sequence[Value]) -> None:
        for i in (self.MEAN, self.FACTOR, self.OFFSET):
            self.repeat(b, self.single(b, pointers, i))

    def transform(self, b: Builder, pointers: Sequence[Value], block: Value) -> None:
        """y = (x - mean) * factor + offset."""
        rows = self.pixels.rows_of(b, block)

        def write(base: Value, pieces: list[Piece]) -> None:
            held = [
                [_load_row(b, self.single(b, pointers, i), base, piece) for piece in pieces]
                for i in (self.MEAN, self.FACTOR, self.OFFSET)
            ]

            def body(start: Value, piece: Piece, k: int, values: list[Value]) -> list[Value]:
                deviation = b.sub(_load(b, pointers[0], start, piece), held[self.MEAN][k])
                y = b.fma(deviation, held[self.FACTOR][k], held[self.OFFSET][k])
                store_piece(b, y, b.element(pointers[self.out], F32, start), piece)
                return values

            self.pixels.walk(b, rows, base, pieces, body, [])

        self.pixels.each_group(b, write)


class _Backward(_Maker):
    """Inputs dy, x, scale, mean, variance; outputs dx, d_scale, d_offset."""

    MEAN, SCALE, FROM_OFFSET, FROM_SCALE = range(4)

    def __init__(self, pixels: Pixels, epsilon: float, inputs: int, training: bool) -> None:
        super().__init__(pixels, epsilon, inputs + 5)
        self.out, self.training = inputs, training

    def prepare(self, b: Builder, pointers: Sequence[Value]) -> None:
        """The means, for every pixel of a row."""
        mean = self.single(b, pointers, self.MEAN)
        self.each_channel(b, lambda c: c.store(c.load(pointers[3]), mean))
        self.repeat(b, mean)

    def sums(self, b: Builder, pointers: Sequence[Value], block: Value) -> None:
        """The sums of dy and of dy * (x - mean) over a block."""
        rows = self.pixels.rows_of(b, block)
        zero = constant(vector(F32, b.lanes), 0.0)

        def write(base: Value, pieces: list[Piece]) -> None:
            means = [_load_row(b, self.single(b, pointers, self.MEAN), base, piece) for piece in pieces]

            def body(start: Value, piece: Piece, k: int, values: list[Value]) -> list[Value]:
                dy = _load(b, pointers[0], start, piece)
                deviation = b.sub(_load(b, pointers[1], start, piece), means[k])
                return [b.add(values[0], dy), b.fma(dy, deviation, values[1])]

            results = self.pixels.walk(b, rows, base, pieces, body, [zero] * (2 * len(pieces)))
            for k, piece in enumerate(pieces):
                for which in (0, 1):
                    row = b.element(self.sums_of(b, pointers, block, which), F32, base)
                    b.store(results[2 * k + which], b.element(row, F32, piece.at))

        self.pixels.each_group(b, write)

    def combine(self, b: Builder, pointers: Sequence[Value]) -> None:
        """The gradients of scale and offset, and what transforms the pixels."""
        wide = vector(F32, max(1, b.lanes // 2))

        def block_sum(block: Value, place: Value, which: int) -> Value:
            row = self.sums_of(b, pointers, block, which)
            return b.convert(b.load(wide, b.element(row, F32, place)), F64)

        rows = [self.double(b, pointers, which) for which in (0, 1)]
        self.add_blocks(b, rows[0], lambda block, place: block_sum(block, place, 0))
        self.add_blocks(b, rows[1], lambda block, place: block_sum(block, place, 1))
        count = float(self.pixels.pixels)

        def finish(c: _Channels) -> None:
            inverse = c.inverse_deviation(c.load(pointers[4]), self.epsilon)
            d_offset, d_scale = c.load_double(rows[0]), b.mul(c.load_double(rows[1]), inverse)
            c.store(d_scale, pointers[self.out + 1])
            c.store(d_offset, pointers[self.out + 2])
            kept = {
                self.SCALE: b.mul(c.load(pointers[2]), inverse),
                self.FROM_OFFSET: b.mul(d_offset, c.number(-1 / count)),
                self.FROM_SCALE: b.mul(b.mul(d_scale, inverse), c.number(-1 / count)),
            }
            for i, value in kept.items():
                c.store(value, self.single(b, pointers, i))

        self.each_channel(b, finish)
        for i in (self.SCALE, self.FROM_OFFSET, self.FROM_SCALE):
            self.repeat(b, self.single(b, pointers, i))

    def transform(self, b: Builder, pointers: Sequence[Value], block: Value) -> None:
        """dx = scale / deviation * dy, in training less its parts along 1 and along x - mean."""
        rows = self.pixels.rows_of(b, block)

        def write(base: Value, pieces: list[Piece]) -> None:
            held = [
                [_load_row(b, self.single(b, pointers, i), base, piece) for piece in pieces]
                for i in (self.MEAN, self.SCALE, self.FROM_OFFSET, self.FROM_SCALE)
            ]

            def body(start: Value, piece: Piece, k: int, values: list[Value]) -> list[Value]:
                dy = _load(b, pointers[0], start, piece)
                if self.training:
                    deviation = b.sub(_load(b, pointers[1], start, piece), held[self.MEAN][k])
                    dy = b.fma(deviation, held[self.FROM_SCALE][k], b.add(dy, held[self.FROM_OFFSET][k]))
                dx = b.mul(dy, held[self.SCALE][k])
                store_piece(b, dx, b.element(pointers[self.out], F32, start), piece)
                return values

            self.pixels.walk(b, rows, base, pieces, body, [])

        self.pixels.each_group(b, write)
