"""sin, cos and tan.

x = n pi/2 + r, |r| <= pi/4. The product is subtracted in three parts (Cody and Waite), each by a fma; the first
difference is exact, as it is a multiple of the last place of n times the first part. Numbers that are so large that n
is no longer small go to the C library, lane by lane, in a branch that is taken only if there are any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from graphrt.native.builder import Builder, Value, constant
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.parts import (
    bits_of,
    flipped,
    format_of,
    is_double,
    like,
    mended,
    polynomial,
    sign_of,
)

HALF_PI_SINGLE = (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15)
HALF_PI_DOUBLE = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)
# The same with a second part that is shorter by 4 bits: its products with numbers below 8 are exact.
SHORT_HALF_PI_SINGLE = (1.5707963705062866, -4.3711395392165286e-08, 5.390302953474238e-15)
SHORT_HALF_PI_DOUBLE = (1.5707963267948966, 6.123233995736757e-17, 8.4784276603689e-32)
LARGE_SINGLE = 2.0**17
LARGE_DOUBLE = 2.0**24


@dataclass(frozen=True)
class Quadrant:
    """|x| = n pi/2 + rest; n is in the low bits of the integer ``bits``."""

    bits: Value
    rest: Value
    square: Value


def reduced(b: Builder, x: Value) -> Quadrant:
    """Of numbers that are not negative."""
    rounder = like(x, format_of(x).rounder)
    shifted = b.fma(x, like(x, 2 / math.pi), rounder)
    whole = b.sub(shifted, rounder)
    rest = x
    for part in HALF_PI_DOUBLE if is_double(x) else HALF_PI_SINGLE:
        rest = b.fma(whole, like(x, -part), rest)
    return Quadrant(bits_of(b, shifted), rest, b.mul(rest, rest))


def _is_large(b: Builder, magnitude: Value) -> Value:
    return b.compare("ge", magnitude, like(magnitude, LARGE_DOUBLE if is_double(magnitude) else LARGE_SINGLE))


def _sine(b: Builder, parts: Quadrant) -> Value:
    terms = coefficients.SIN_5 if is_double(parts.rest) else coefficients.SIN_2
    return b.fma(b.mul(parts.square, parts.rest), polynomial(b, parts.square, terms), parts.rest)


def _cosine(b: Builder, parts: Quadrant) -> Value:
    terms = coefficients.COS_5 if is_double(parts.rest) else coefficients.COS_2
    return polynomial(b, parts.square, (*terms, -0.5, 1.0))


def _odd(b: Builder, bits: Value) -> Value:
    """Whether n is odd."""
    one = constant(bits.type, 1)
    return b.compare("eq", b.and_(bits, one), one)


def _second_bit_as_sign(b: Builder, bits: Value) -> Value:
    width = bits.type.bits
    return b.shl(b.lshr(bits, constant(bits.type, 1)), constant(bits.type, width - 1))


def sin(b: Builder, x: Value) -> Value:
    """The sine of x in radians. Error: 1.6 ulp (float32), 1.6 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    parts = reduced(b, magnitude)
    value = b.select(_odd(b, parts.bits), _cosine(b, parts), _sine(b, parts))
    sign = b.xor(_second_bit_as_sign(b, parts.bits), sign_of(b, x))
    return mended(b, flipped(b, value, sign), _is_large(b, magnitude), "sin", x)


def cos(b: Builder, x: Value) -> Value:
    """The cosine of x in radians. Error: 1.6 ulp (float32), 1.6 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    parts = reduced(b, magnitude)
    value = b.select(_odd(b, parts.bits), _sine(b, parts), _cosine(b, parts))
    next_quadrant = b.add(parts.bits, constant(parts.bits.type, 1))
    return mended(b, flipped(b, value, _second_bit_as_sign(b, next_quadrant)), _is_large(b, magnitude), "cos", x)


def tan(b: Builder, x: Value) -> Value:
    """The tangent of x in radians. Error: 2.8 ulp (float32), 2.8 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    parts = reduced(b, magnitude)
    terms = coefficients.TAN_14 if is_double(x) else coefficients.TAN_6
    tangent = b.fma(b.mul(parts.square, parts.rest), polynomial(b, parts.square, terms), parts.rest)
    odd = _odd(b, parts.bits)
    top = b.select(odd, like(x, -1.0), tangent)
    bottom = b.select(odd, tangent, like(x, 1.0))
    return mended(b, flipped(b, b.div(top, bottom), sign_of(b, x)), _is_large(b, magnitude), "tan", x)


def sine_and_cosine(b: Builder, x: Value) -> tuple[Value, Value]:
    """Both of 0 <= x < 8, a little more accurately than sin and cos: what rounding took from the reduced argument is
    used, too. Error: 0.9 ulp (of all float32 that are an angle of the normal distribution)."""
    rounder = like(x, format_of(x).rounder)
    shifted = b.fma(x, like(x, 2 / math.pi), rounder)
    whole = b.sub(shifted, rounder)
    first, second, third = SHORT_HALF_PI_DOUBLE if is_double(x) else SHORT_HALF_PI_SINGLE
    exact = b.fma(whole, like(x, -first), x)
    rest = b.fma(whole, like(x, -second), exact)
    lost = b.fma(whole, like(x, -third), b.fma(whole, like(x, -second), b.sub(exact, rest)))
    square = b.mul(rest, rest)
    sine_terms, cosine_terms = (
        (coefficients.SIN_5, coefficients.COS_5) if is_double(x) else (coefficients.SIN_2, coefficients.COS_2)
    )
    cubed = b.mul(square, rest)
    sine = b.add(rest, b.fma(cubed, polynomial(b, square, sine_terms), lost))
    # 1 - square / 2 is rounded; what that took comes back with the small terms.
    half = b.mul(square, like(x, 0.5))
    near = b.sub(like(x, 1.0), half)
    taken = b.sub(b.sub(like(x, 1.0), near), half)
    small = b.fma(b.mul(square, square), polynomial(b, square, cosine_terms), taken)
    cosine = b.add(near, b.fma(rest, b.neg(lost), small))
    bits = bits_of(b, shifted)
    odd = _odd(b, bits)
    next_bits = b.add(bits, constant(bits.type, 1))
    return (
        flipped(b, b.select(odd, cosine, sine), _second_bit_as_sign(b, bits)),
        flipped(b, b.select(odd, sine, cosine), _second_bit_as_sign(b, next_bits)),
    )
