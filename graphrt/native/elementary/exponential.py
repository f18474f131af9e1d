"""exp and what is made of it: exp2, expm1, sigmoid, tanh, sinh, cosh.

All begin with x = n log 2 + r, |r| <= log(2)/2, where n is an integer: exp(x) = 2**n exp(r). The product n log 2 is
subtracted in two parts (Cody and Waite, "Software Manual for the Elementary Functions", 1980), each by a fma.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from graphrt.native.builder import Builder, Value, constant
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.parts import (
    bits_of,
    clamped,
    format_of,
    from_bits,
    is_double,
    like,
    polynomial,
    sign_of,
    with_sign,
)

LN2_HIGH_SINGLE, LN2_LOW_SINGLE = 0.693145751953125, 1.428606820309417e-06
LN2_HIGH_DOUBLE, LN2_LOW_DOUBLE = 0.6931471805599453, 2.3190468138462996e-17


@dataclass(frozen=True)
class Reduced:
    """x = n log 2 + r: n is in the low bits of the integer ``bits`` (above them is a constant), and in ``whole``."""

    bits: Value
    whole: Value
    rest: Value


def reduced(b: Builder, x: Value) -> Reduced:
    """|x| must be below 2**20."""
    high, low = (LN2_HIGH_DOUBLE, LN2_LOW_DOUBLE) if is_double(x) else (LN2_HIGH_SINGLE, LN2_LOW_SINGLE)
    rounder = like(x, format_of(x).rounder)
    shifted = b.fma(x, like(x, 1 / math.log(2)), rounder)
    whole = b.sub(shifted, rounder)
    rest = b.fma(whole, like(x, -high), x)
    return Reduced(bits_of(b, shifted), whole, b.fma(whole, like(x, -low), rest))


def exp_of_rest(b: Builder, rest: Value) -> Value:
    terms = coefficients.EXP_9 if is_double(rest) else coefficients.EXP_4
    return polynomial(b, rest, (*terms, 1.0, 1.0))


def expm1_of_rest(b: Builder, rest: Value) -> Value:
    # One degree more than exp needs: here the polynomial is no small part of the result.
    terms = coefficients.EXP_10 if is_double(rest) else coefficients.EXP_5
    return b.fma(b.mul(rest, rest), polynomial(b, rest, terms), rest)


def power_of_two(b: Builder, bits: Value, x: Value, less: int = 0) -> Value:
    """2**(n - less) as a float like x, where n is in the low bits of ``bits``; exponents must be those of normals."""
    form = format_of(x)
    shifted = b.shl(bits, constant(bits.type, form.mantissa))
    return from_bits(b, b.add(shifted, constant(bits.type, (form.bias - less) << form.mantissa)), x)


def scaled(b: Builder, x: Value, bits: Value, nothing: Value) -> Value:
    """x * 2**n, right also where that overflows, or is subnormal: in two steps, of which only the last rounds.

    Where ``nothing`` is true it is 0: processors take a hundred times as long for a product that is too small.
    """
    form = format_of(x)
    width = constant(bits.type, form.mantissa)
    # The constant above n in `bits` is a multiple of a power of two that survives neither shift.
    half = b.shl(b.lshr(bits, constant(bits.type, 1)), width)
    rest = b.sub(b.shl(bits, width), half)
    one = constant(bits.type, form.one_bits)
    first = from_bits(b, b.add(half, one), x)
    second = from_bits(b, b.add(rest, one), x)
    return b.mul(b.mul(b.select(nothing, like(x, 0.0), x), first), second)


def exp(b: Builder, x: Value) -> Value:
    """e**x. Error: 0.95 ulp (float32), 0.95 ulp (float64)."""
    low, high = (-746.0, 710.0) if is_double(x) else (-104.0, 89.0)
    parts = reduced(b, clamped(b, x, low, high))
    return scaled(b, exp_of_rest(b, parts.rest), parts.bits, b.compare("le", x, like(x, low)))


def exp2(b: Builder, x: Value) -> Value:
    """2**x. Error: 1.0 ulp (float32), 1.0 ulp (float64)."""
    low, high = (-1076.0, 1025.0) if is_double(x) else (-151.0, 129.0)
    bounded = clamped(b, x, low, high)
    rounder = like(x, format_of(x).rounder)
    shifted = b.add(bounded, rounder)
    rest = b.mul(b.sub(bounded, b.sub(shifted, rounder)), like(x, math.log(2)))
    return scaled(b, exp_of_rest(b, rest), bits_of(b, shifted), b.compare("le", x, like(x, low)))


def expm1(b: Builder, x: Value) -> Value:
    """e**x - 1, accurate also where that is close to 0. Error: 1.5 ulp (float32), 1.9 ulp (float64)."""
    low, high = (-40.0, 710.0) if is_double(x) else (-20.0, 89.0)
    bound = clamped(b, x, low, high)
    parts = reduced(b, bound)
    # Half of it, so that the power of two does not overflow before the result does.
    power = power_of_two(b, parts.bits, x, less=1)
    half = b.fma(power, expm1_of_rest(b, parts.rest), b.sub(power, like(x, 0.5)))
    # Tiny numbers, among them -0.0, are their own result.
    tiny = b.compare("lt", b.unary("fabs", x), like(x, 2.0 ** -(format_of(x).mantissa + 2)))
    return b.select(tiny, x, b.add(half, half))


def sigmoid(b: Builder, x: Value) -> Value:
    """1 / (1 + e**-x), made as e / (1 + e) with e = e**x: nothing cancels.

    Error: 2.45 ulp (float32), 2.45 ulp (float64).
    """
    low, high = (-746.0, 700.0) if is_double(x) else (-104.0, 80.0)
    parts = reduced(b, clamped(b, x, low, high))
    e = scaled(b, exp_of_rest(b, parts.rest), parts.bits, b.compare("le", x, like(x, low)))
    return b.div(e, b.add(e, like(x, 1.0)))


def tanh(b: Builder, x: Value) -> Value:
    """The hyperbolic tangent, m / (m + 2) with m = e**2x - 1. Error: 2.5 ulp (float32), 2.5 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    doubled = clamped(b, b.add(magnitude, magnitude), None, 40.0 if is_double(x) else 20.0)
    parts = reduced(b, doubled)
    power = power_of_two(b, parts.bits, x)
    m = b.fma(power, expm1_of_rest(b, parts.rest), b.sub(power, like(x, 1.0)))
    bottom = b.add(m, like(x, 2.0))
    # Where m is not small, bottom - 2 (exact) is the better m: rounding errors of top and bottom then cancel.
    top = b.select(b.compare("gt", m, like(x, 1.0)), b.sub(bottom, like(x, 2.0)), m)
    return with_sign(b, b.div(top, bottom), sign_of(b, x))
