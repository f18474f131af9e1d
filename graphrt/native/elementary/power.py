"""pow, sqrt and rsqrt."""

from __future__ import annotations

import math

from graphrt.native.builder import F32, F64, Builder, Value
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.exponential import power_of_two
from graphrt.native.elementary.logarithm import Split, split
from graphrt.native.elementary.parts import (
    bits_of,
    clamped,
    format_of,
    is_double,
    lane_by_lane,
    like,
    polynomial,
    sign_of,
    with_sign,
)


def sqrt(b: Builder, x: Value) -> Value:
    """The square root, one instruction: nan below 0, -0.0 at -0.0. Error: 0.5 ulp (float32), 0.5 ulp (float64)."""
    return b.unary("sqrt", x)


def rsqrt(b: Builder, x: Value) -> Value:
    """1 / sqrt(x), rounded twice; inf at 0 (-inf at -0.0). Error: 1.5 ulp (float32), 1.5 ulp (float64)."""
    return b.div(like(x, 1.0), b.unary("sqrt", x))


def pow(b: Builder, x: Value, y: Value) -> Value:
    """x**y with all special cases of C. Error: 0.51 ulp (float32), 0.55 ulp (float64).

    float32 is computed in float64, as 2**(y log2 |x|). float64 calls the C library lane by lane.
    """
    if is_double(x):
        return lane_by_lane(b, "pow", x, y)
    magnitude = b.unary("fabs", x)
    power = b.convert(_power_of_magnitude(b, magnitude, y), F32)
    half = b.mul(y, like(y, 0.5))
    whole = b.compare("eq", b.unary("trunc", y), y)
    even = b.compare("eq", b.unary("trunc", half), half)
    negative = b.compare("lt", x, like(x, 0.0))
    minus_infinity = b.compare("eq", x, like(x, -math.inf))
    signed = with_sign(b, power, sign_of(b, x))
    power = b.select(b.and_(whole, _not(b, even)), signed, power)
    undefined = b.and_(b.and_(negative, _not(b, minus_infinity)), _not(b, whole))
    power = b.select(undefined, like(x, math.nan), power)
    # 1 to any power, even nan; anything to the power 0; -1 to an infinite power (there 0 * inf would be nan).
    one = b.or_(b.compare("eq", x, like(x, 1.0)), b.compare("eq", y, like(y, 0.0)))
    endless = b.compare("eq", b.unary("fabs", y), like(y, math.inf))
    one = b.or_(one, b.and_(b.compare("eq", magnitude, like(x, 1.0)), endless))
    return b.select(one, like(x, 1.0), power)


def _power_of_magnitude(b: Builder, x: Value, y: Value) -> Value:
    """x**y of x >= 0, in float64."""
    parts = split(b, x)
    whole, f = b.convert(parts.whole, F64), b.convert(parts.fraction, F64)
    logarithm = _log2_of_split(b, Split(whole, f))
    infinity = like(x, math.inf)
    wide_infinity = like(f, math.inf)
    logarithm = b.select(b.compare("eq", x, infinity), wide_infinity, logarithm)
    logarithm = b.select(b.compare("eq", x, like(x, 0.0)), like(f, -math.inf), logarithm)
    # nan has lost its way in `split`.
    unordered = b.compare("ne", x, x)
    logarithm = b.select(unordered, like(f, math.nan), logarithm)
    return _exp2_for_single(b, b.mul(b.convert(y, F64), logarithm))


def _exp2_for_single(b: Builder, x: Value) -> Value:
    """2**x in float64, good to some 32 bits, between numbers that float32 rounds to 0 and to infinity."""
    x = clamped(b, x, -160.0, 130.0)
    rounder = like(x, format_of(x).rounder)
    shifted = b.add(x, rounder)
    rest = b.mul(b.sub(x, b.sub(shifted, rounder)), like(x, math.log(2)))
    result = polynomial(b, rest, (*coefficients.EXP_5, 1.0, 1.0))
    return b.mul(result, power_of_two(b, bits_of(b, shifted), x))


def _log2_of_split(b: Builder, parts: Split) -> Value:
    """log2 in float64, good to some 36 bits."""
    f = parts.fraction
    square = b.mul(f, f)
    tail = b.mul(b.mul(square, f), polynomial(b, f, coefficients.LOG_11))
    natural = b.add(b.fma(square, like(f, -0.5), tail), f)
    return b.fma(natural, like(f, 1 / math.log(2)), parts.whole)


def _not(b: Builder, condition: Value) -> Value:
    return b.xor(condition, like(condition, True))
