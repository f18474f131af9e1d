"""pow, sqrt and rsqrt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.exponential import exp_of_rest, scaled
from graphrt.native.elementary.logarithm import split
from graphrt.native.elementary.parts import (
    amended,
    bits_of,
    clamped,
    format_of,
    is_double,
    like,
    polynomial,
    sign_of,
    with_sign,
)

# 2 / log(2) and a third of it, each in two parts.
LINEAR_SINGLE, CUBIC_SINGLE = (2.885390043258667, 3.851926067000022e-08), (0.9617967009544373, -7.028461812552678e-09)
LINEAR_DOUBLE, CUBIC_DOUBLE = (2.8853900817779268, 4.0710547481862066e-17), (0.9617966939259756, 5.0577616648125907e-17)


def sqrt(b: Builder, x: Value) -> Value:
    """The square root, one instruction: nan below 0, -0.0 at -0.0. Error: 0.5 ulp (float32), 0.5 ulp (float64)."""
    return b.unary("sqrt", x)


def rsqrt(b: Builder, x: Value) -> Value:
    """1 / sqrt(x), rounded twice; inf at 0 (-inf at -0.0). Error: 1.5 ulp (float32), 1.5 ulp (float64)."""
    return b.div(like(x, 1.0), b.unary("sqrt", x))


def pow(b: Builder, x: Value, y: Value) -> Value:
    """x**y with all special cases of C. Error: 1.1 ulp (float32), 1.1 ulp (float64).

    It is 2**(y log2 |x|), where the logarithm and the product are sums of two numbers. What is not positive, or not
    finite, is put right in a branch that is taken only if there is any.
    """
    infinity = like(x, math.inf)
    power = _power_of_magnitude(b, b.unary("fabs", x), y)
    ordinary = b.and_(b.compare("gt", x, like(x, 0.0)), b.compare("lt", x, infinity))
    ordinary = b.and_(ordinary, b.compare("lt", b.unary("fabs", y), infinity))
    return amended(b, power, _not(b, ordinary), lambda: _special_power(b, x, y, power))


def _special_power(b: Builder, x: Value, y: Value, power: Value) -> Value:
    """x**y of anything, where ``power`` is |x|**y if x and y are finite and x is not 0."""
    zero, one, infinity = like(x, 0.0), like(x, 1.0), like(x, math.inf)
    magnitude, exponent = b.unary("fabs", x), b.unary("fabs", y)
    grows = b.xor(b.compare("lt", magnitude, one), b.compare("gt", y, zero))
    at_an_end = b.or_(b.compare("eq", magnitude, zero), b.compare("eq", magnitude, infinity))
    at_an_end = b.or_(at_an_end, b.compare("eq", exponent, infinity))
    power = b.select(at_an_end, b.select(grows, infinity, zero), power)
    half = b.mul(y, like(y, 0.5))
    whole = b.compare("eq", b.unary("trunc", y), y)
    even = b.compare("eq", b.unary("trunc", half), half)
    power = b.select(b.and_(whole, _not(b, even)), with_sign(b, power, sign_of(b, x)), power)
    negative = b.and_(b.compare("lt", x, zero), b.compare("lt", magnitude, infinity))
    undefined = b.or_(b.compare("ne", x, x), b.compare("ne", y, y))
    undefined = b.or_(undefined, b.and_(negative, _not(b, whole)))
    power = b.select(undefined, like(x, math.nan), power)
    # 1 to any power, even nan; anything to the power 0; -1 to an infinite power.
    is_one = b.or_(b.compare("eq", x, one), b.compare("eq", y, zero))
    is_one = b.or_(is_one, b.and_(b.compare("eq", magnitude, one), b.compare("eq", exponent, infinity)))
    return b.select(is_one, one, power)


def _not(b: Builder, condition: Value) -> Value:
    return b.xor(condition, like(condition, True))


@dataclass(frozen=True)
class Pair:
    """A number as a sum: ``high`` is it, rounded, and ``low`` is about what rounding took."""

    high: Value
    low: Value


def _sum(b: Builder, x: Value, y: Value, *small: Value) -> Pair:
    """x + y + small, where x is 0 or |x| >= |y| (T. J. Dekker, Numerische Mathematik 18, 1971)."""
    high = b.add(x, y)
    low = b.add(b.sub(x, high), y)
    for value in small:
        low = b.add(low, value)
    return Pair(high, low)


def _product(b: Builder, x: Pair, y: Pair) -> Pair:
    high = b.mul(x.high, y.high)
    low = b.fma(x.high, y.high, b.neg(high))
    return Pair(high, b.fma(x.low, y.high, b.fma(x.high, y.low, low)))


def _pair_of(x: Value, parts: tuple[float, float]) -> Pair:
    return Pair(like(x, parts[0]), like(x, parts[1]))


def _power_of_magnitude(b: Builder, x: Value, y: Value) -> Value:
    """x**y of finite x > 0 and finite y."""
    limit = 1100.0 if is_double(x) else 160.0
    logarithm = _log2(b, x)
    product = b.mul(y, logarithm.high)
    low = b.fma(y, logarithm.low, b.fma(y, logarithm.high, b.neg(product)))
    bounded = clamped(b, product, -limit, limit)
    # A product that overflows has no low part.
    low = b.select(b.compare("eq", bounded, product), low, like(x, 0.0))
    rounder = like(x, format_of(x).rounder)
    shifted = b.add(bounded, rounder)
    rest = b.mul(b.add(b.sub(bounded, b.sub(shifted, rounder)), low), like(x, math.log(2)))
    return scaled(b, exp_of_rest(b, rest), bits_of(b, shifted), b.compare("le", product, like(x, -limit)))


def _log2(b: Builder, x: Value) -> Pair:
    """log2(x) of finite x > 0, with some twelve bits more than x has: of x = 2**n (1 + f), with s = f / (2 + f), it is
    n + s (2 + 2/3 s**2 + s**4 p(s**2)) / log(2)."""
    double = is_double(x)
    linear, cubic = (LINEAR_DOUBLE, CUBIC_DOUBLE) if double else (LINEAR_SINGLE, CUBIC_SINGLE)
    parts = split(b, x)
    f = parts.fraction
    bottom = _sum(b, like(x, 2.0), f)
    inverse = b.div(like(x, 1.0), bottom.high)
    quotient = b.mul(f, inverse)
    missing = b.fma(b.neg(quotient), bottom.low, b.fma(b.neg(quotient), bottom.high, f))
    s = Pair(quotient, b.mul(missing, inverse))
    square = _product(b, s, s)
    tail = b.mul(
        b.mul(square.high, square.high),
        polynomial(b, square.high, coefficients.LOG2_7 if double else coefficients.LOG2_2),
    )
    third = _product(b, square, _pair_of(x, cubic))
    third = _sum(b, third.high, tail, third.low)
    first = _pair_of(x, linear)
    factor = _sum(b, first.high, third.high, b.add(first.low, third.low))
    fraction = _product(b, s, factor)
    return _sum(b, parts.whole, fraction.high, fraction.low)
