"""What the elementary functions are made of: number formats, polynomials, bits, and the way out to the C library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphrt.native.builder import F64, I1, I32, I64, Builder, Number, Type, Value, constant


@dataclass(frozen=True)
class Format:
    """A binary floating-point format of IEEE 754.

    Attributes:
      integer: the integer type of the same size.
      mantissa: explicit bits of the mantissa.
      bias: of the exponent.
    """

    integer: Type
    mantissa: int
    bias: int

    @property
    def one_bits(self) -> int:
        """The bits of 1.0."""
        return self.bias << self.mantissa

    @property
    def rounder(self) -> float:
        """Added to a number of moderate size it leaves the nearest integer in the lowest bits: 1.5 * 2**mantissa."""
        return 1.5 * 2.0**self.mantissa

    @property
    def sign(self) -> int:
        """The bit of the sign, as a signed integer."""
        return -(1 << (self.integer.bits - 1))

    @property
    def smallest_normal(self) -> float:
        return float(2.0 ** (1 - self.bias))


_SINGLE = Format(I32, 23, 127)
_DOUBLE = Format(I64, 52, 1023)


def format_of(x: Value) -> Format:
    assert x.type.is_float, f"a function of floats was given {x}"
    return _DOUBLE if x.type.element == "double" else _SINGLE


def is_double(x: Value) -> bool:
    return x.type.element == "double"


def like(x: Value, number: Number) -> Value:
    """``number`` with the type of x."""
    return constant(x.type, number)


def bits_of(b: Builder, x: Value) -> Value:
    return b.bitcast(x, format_of(x).integer)


def from_bits(b: Builder, bits: Value, like_this: Value) -> Value:
    return b.bitcast(bits, Type(like_this.type.element))


def polynomial(b: Builder, x: Value, coefficients: Sequence[float]) -> Value:
    """Horner's scheme, one fma a coefficient; ``coefficients`` begin with the highest power."""
    result = like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result = b.fma(result, x, like(x, coefficient))
    return result


def clamped(b: Builder, x: Value, low: float | None, high: float | None) -> Value:
    """x within bounds; nan stays nan. Each bound is one min or max instruction."""
    if low is not None:
        bound = like(x, low)
        x = b.select(b.compare("gt", bound, x), bound, x)
    if high is not None:
        bound = like(x, high)
        x = b.select(b.compare("lt", bound, x), bound, x)
    return x


def sign_of(b: Builder, x: Value) -> Value:
    """The sign bit of x, as an integer."""
    bits = bits_of(b, x)
    return b.and_(bits, constant(bits.type, format_of(x).sign))


def with_sign(b: Builder, magnitude: Value, sign: Value) -> Value:
    """``magnitude`` (whose sign bit is 0, or equal to the given) with the sign bit that ``sign_of`` returned."""
    return from_bits(b, b.or_(bits_of(b, magnitude), sign), magnitude)


def flipped(b: Builder, x: Value, sign: Value) -> Value:
    """x, negated where the sign bit of the integer ``sign`` is set; its other bits must be 0."""
    return from_bits(b, b.xor(bits_of(b, x), sign), x)


def any_of(b: Builder, condition: Value) -> Value:
    """Whether an i1 is true in any lane, as one i1."""
    if condition.type.lanes == 1:
        return condition
    return b.intrinsic("vector.reduce.or", condition.type, condition, returns=I1)


def lane_by_lane(b: Builder, name: str, *arguments: Value) -> Value:
    """The C library's ``name`` (of doubles) called for one lane after another."""
    first = arguments[0]
    lanes = first.type.lanes

    def called(values: Sequence[Value]) -> Value:
        result = b.call(name, *(b.convert(value, F64) for value in values), returns=F64)
        assert result is not None
        return b.convert(result, Type(first.type.element))

    if lanes == 1:
        return called(arguments)
    with b.loop(0, lanes, carried=[like(first, 0.0)]) as loop:
        one = Type(first.type.element)
        values = [b.emit(one, f"extractelement {x}, {loop.index}") for x in arguments]
        loop.carry([b.emit(first.type, f"insertelement {loop.carried[0]}, {called(values)}, {loop.index}")])
    return loop.results[0]


def amended(b: Builder, result: Value, condition: Value, remedy: Callable[[], Value]) -> Value:
    """``result``, but where ``condition`` is true what ``remedy`` writes, which runs only if there are such lanes.

    The branch is a loop of no or one round, which merges the two ways without a phi of its own.
    """
    rounds = b.emit(I64, f"zext {any_of(b, condition)} to i64")
    with b.loop(0, rounds, carried=[result]) as loop:
        loop.carry([b.select(condition, remedy(), loop.carried[0])])
    return loop.results[0]


def mended(b: Builder, result: Value, condition: Value, name: str, *arguments: Value) -> Value:
    """``result``, but where ``condition`` is true the C library's function."""
    return amended(b, result, condition, lambda: lane_by_lane(b, name, *arguments))
