"""Random numbers in native loops: TensorFlow 1's Philox 4x32-10 streams, bit by bit as graphrt_ops/random makes them.

A kernel's only input is a block of three 64-bit numbers, its **seeds**, that must be filled anew for each run:

    0: ``seed``, the key
    1: ``seed2``, the upper half of the counter
    2: the number of the first block of this run, the lower half of the counter

``Stream.advance(count)`` of the op's state returns the three for a run that draws ``count`` numbers, and moves the
state on as the op's ordinary kernel does: by 256 blocks a number. So each run may take either way, and the stream goes
on.

Block i of the run makes the numbers 4i to 4i + 3, or 2i and 2i + 1 if they have 64 bits: any range of the output can be
made without the ones before it. An item of these kernels is ``BLOCKS_PER_ITEM`` blocks.

Source of the function: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2,
3", SC 2011. Normal numbers are those of Box and Muller, Annals of Mathematical Statistics 29, 1958.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphrt.native.builder import F32, F64, I1, I32, I64, Builder, Type, Value, constant, vector
from graphrt.native.elementary.logarithm import log_of_normal
from graphrt.native.elementary.trigonometric import sine_and_cosine
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, float_type, number_type
from graphrt.native.records import SEEDS, Draw

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
BLOCKS_PER_ITEM = 16
"""A multiple of the blocks that any processor makes at once."""
_SMALLEST_UNIFORM = 1.0e-7
_LOW = 0xFFFFFFFF
_OPERATIONS_PER_BLOCK = 6 * ROUNDS

Numbers = Callable[[Builder, Sequence[Value]], Value]
"""Four words of some blocks to the numbers that they make, in order. A word is the low half of a 64-bit lane; what is
in the upper half has no meaning."""


def blocks_at_once(b: Builder) -> int:
    """As many blocks as 64-bit integers fit into a vector."""
    return max(b.lanes // 2, 1)


@dataclass(frozen=True)
class Generator:
    """The seeds of a run, spread over vectors: made before a loop, used in it."""

    first: Value
    upper: tuple[Value, Value]
    keys: tuple[tuple[Value, Value], ...]


def generator(b: Builder, seeds: Value) -> Generator:
    """Reads the three numbers at the address ``seeds``."""
    seed, seed2, first = (b.load(I64, b.element(seeds, I64, i)) for i in range(SEEDS))
    lanes = blocks_at_once(b)
    half = constant(I64, 32)
    keys = [seed, b.lshr(seed, half)]
    table = []
    for _ in range(ROUNDS):
        table.append((b.splat(keys[0], lanes), b.splat(keys[1], lanes)))
        # Upper halves may hold anything, also after a carry.
        keys = [b.add(key, constant(I64, step)) for key, step in zip(keys, KEY_STEPS, strict=True)]
    upper = (b.splat(seed2, lanes), b.splat(b.lshr(seed2, half), lanes))
    return Generator(first, upper, tuple(table))


def words(b: Builder, source: Generator, block: Value) -> list[Value]:
    """The four words of the run's blocks from number ``block`` (i64) on: vectors of 64-bit lanes, one a block."""
    lanes = blocks_at_once(b)
    wide = vector(I64, lanes)
    half = constant(wide, 32)
    index = b.add(b.splat(b.add(source.first, block), lanes), b.iota(wide))
    state = [index, b.lshr(index, half), *source.upper]
    for keys in source.keys:
        products = [
            b.mul(b.and_(state[2 * row], constant(wide, _LOW)), constant(wide, MULTIPLIERS[row])) for row in range(2)
        ]
        upper = [b.lshr(product, half) for product in products]
        state = [
            b.xor(b.xor(upper[1], state[1]), keys[0]),
            products[1],
            b.xor(b.xor(upper[0], state[3]), keys[1]),
            products[0],
        ]
    return state


def _joined(b: Builder, low: Value, high: Value) -> Value:
    """64-bit lanes of two words."""
    return b.or_(b.and_(low, constant(low.type, _LOW)), b.shl(high, constant(high.type, 32)))


def _interleaved(b: Builder, x: Value, y: Value) -> Value:
    """x[0], y[0], x[1], y[1]..."""
    lanes = x.type.lanes
    if lanes == 1:
        wide = vector(x.type, 2)
        first = b.emit(wide, f"insertelement {wide} poison, {x}, i32 0")
        return b.emit(wide, f"insertelement {first}, {y}, i32 1")
    return b.shuffle(x, y, [lane // 2 + lane % 2 * lanes for lane in range(2 * lanes)])


def _as(b: Builder, x: Value, type: Type) -> Value:
    """The same bits as a vector of another type."""
    return b.emit(type, f"bitcast {x} to {type}")


def _in_order(b: Builder, four: Sequence[Value]) -> Value:
    """The words one block after another, in 32-bit lanes."""
    pairs = _interleaved(b, _joined(b, four[0], four[1]), _joined(b, four[2], four[3]))
    return _as(b, pairs, vector(I32, 2 * pairs.type.lanes))


def _unit_interval(b: Builder, bits: Value, type: Type) -> Value:
    """Numbers in [0, 1) of which the lowest bits of ``bits`` are the mantissa."""
    mantissa, one = (52, 0x3FF0_0000_0000_0000) if type.element == "double" else (23, 0x3F80_0000)
    bits = b.or_(b.and_(bits, constant(bits.type, (1 << mantissa) - 1)), constant(bits.type, one))
    return b.sub(b.bitcast(bits, type), constant(bits.type.of(type), 1.0))


def uniforms(b: Builder, four: Sequence[Value], element: Type) -> Value:
    """The uniform numbers in [0, 1) of these words, in order: four or (double) two for each block."""
    if element.element == "float":
        return _unit_interval(b, _in_order(b, four), F32)
    pairs = [_unit_interval(b, _joined(b, four[i + 1], four[i]), F64) for i in (0, 2)]
    return _interleaved(b, pairs[0], pairs[1])


def normals(b: Builder, four: Sequence[Value], element: Type) -> Value:
    """The standard normal numbers of these words, in order: four or (double) two for each block."""
    if element.element == "float":
        # A pair is made of neighbouring words: words 0 and 2 of all blocks are the first of each pair.
        joined = [_joined(b, four[i], four[i + 2]) for i in (0, 1)]
        bits = [_as(b, value, vector(I32, 2 * value.type.lanes)) for value in joined]
        radius_of, turns = (_unit_interval(b, value, F32) for value in bits)
        angle = full_circle(b, turns)
    else:
        radius_of, turns = (_unit_interval(b, _joined(b, four[i + 1], four[i]), F64) for i in (0, 2))
        angle = b.mul(turns, constant(turns.type, 2 * math.pi))
    smallest = constant(turns.type, _SMALLEST_UNIFORM)
    radius_of = b.select(b.compare("lt", radius_of, smallest), smallest, radius_of)
    radius = b.unary("sqrt", b.mul(log_of_normal(b, radius_of), constant(turns.type, -2.0)))
    sine, cosine = sine_and_cosine(b, angle)
    return _interleaved(b, b.mul(sine, radius), b.mul(cosine, radius))


def full_circle(b: Builder, turns: Value) -> Value:
    """turns * 2 pi in float32, where 2 pi is not: its rest, too, is multiplied. Right for all 2**23 uniforms."""
    high, low = 6.2831854820251465, -1.7484555314695172e-07
    return b.fma(turns, constant(turns.type, high), b.mul(turns, constant(turns.type, low)))


def draw(record: Draw, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Random numbers of float32, float64, or (integers) int32."""
    output = outputs[0]
    count = math.prod(output.shape)
    if not count:
        return None
    if record.distribution == "integers":
        return one(random_integers(count, record.low, record.high)) if number_type(output) == I32 else None
    element = float_type(output)
    kernel_of = {"uniform": random_uniform, "normal": random_normal}[record.distribution]
    return None if element is None else one(kernel_of(count, element))


def random_uniform(count: int, element: Type) -> Kernel:
    """``count`` uniform numbers in [0, 1), float or double: the very bits of the RandomUniform op."""
    return _kernel("uniform", count, element, lambda b, four: uniforms(b, four, element))


def random_normal(count: int, element: Type) -> Kernel:
    """``count`` standard normal numbers, float or double, as the RandomStandardNormal op draws them: 95 % are the
    same bits, and of a million 50 differ by 3 ulp, none by more."""
    return _kernel("normal", count, element, lambda b, four: normals(b, four, element), cost=100)


def random_words(count: int) -> Kernel:
    """``count`` raw words of 32 bits."""
    return _kernel("words", count, I32, _in_order)


def random_integers(count: int, low: int, high: int) -> Kernel:
    """``count`` 32-bit integers in [low, high): the very numbers of the RandomUniformInt op."""

    def numbers(b: Builder, four: Sequence[Value]) -> Value:
        bits = _in_order(b, four)
        span = constant(bits.type, _signed(high - low))
        rest = b.emit(bits.type, f"urem {bits}, {span.name}")
        return b.add(rest, constant(bits.type, low))

    return _kernel("integers", count, I32, numbers)


def _signed(word: int) -> int:
    """The number of the same 32 bits that has a sign."""
    return word - (1 << 32) if word >= 1 << 31 else word


def _kernel(what: str, count: int, element: Type, numbers: Numbers, cost: int = 4) -> Kernel:
    """Pointers: the seeds, then the output."""
    per_block = 16 // element.bytes
    blocks = -(-count // per_block)

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        source = generator(b, pointers[0])
        at_once = blocks_at_once(b)
        size = constant(I64, BLOCKS_PER_ITEM)
        stop = b.minimum(b.mul(end, size), constant(I64, blocks))
        with b.loop(b.mul(begin, size), stop, at_once) as loop:
            made = numbers(b, words(b, source, loop.index))
            at = b.mul(loop.index, constant(I64, per_block))
            _store(b, made, pointers[1], at, count)

    items = -(-blocks // BLOCKS_PER_ITEM)
    flops = float(blocks * (_OPERATIONS_PER_BLOCK + cost * per_block))
    title = f"random {what} {element.element} x {count}"
    return Kernel(title, emit, count=items, flops=flops, bytes=float(count * element.bytes), grain=16)


def _store(b: Builder, made: Value, output: Value, at: Value, count: int) -> None:
    """Stores at element ``at``, but nothing at element ``count`` and after it."""
    lanes = made.type.lanes
    address = b.element(output, Type(made.type.element), at)
    if count % lanes == 0:
        b.store(made, address)
        return
    left = b.sub(constant(I64, count), at)
    whole = b.compare("ge", left, constant(I64, lanes))
    with b.when(whole):
        b.store(made, address)
    with b.when(b.xor(whole, constant(I1, True))):
        b.masked_store(made, address, b.mask(left, lanes))
