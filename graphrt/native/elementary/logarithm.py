"""log and what is made of it: log2, log10, log1p.

All begin with x = 2**n (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), where n is an integer: log(x) = n log 2 + log(1 + f).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from graphrt.native.builder import Builder, Value, constant
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.parts import (
    bits_of,
    format_of,
    from_bits,
    is_double,
    like,
    polynomial,
    sign_of,
    with_sign,
)

LN2_SINGLE = (0.6931471824645996, -1.904654323148236e-09)
LN2_DOUBLE = (0.6931471805599453, 2.3190468138462996e-17)
LOG2E_SINGLE = (1.4426950216293335, 1.9259629911266175e-08)
LOG2E_DOUBLE = (1.4426950408889634, 2.0355273740931033e-17)


def sqrt_half_bits(x: Value) -> int:
    """The bits of sqrt(1/2)."""
    number = math.sqrt(0.5)
    if is_double(x):
        return int(struct.unpack("<q", struct.pack("<d", number))[0])
    return int(struct.unpack("<i", struct.pack("<f", number))[0])


@dataclass(frozen=True)
class Split:
    """x = 2**whole (1 + fraction)."""

    whole: Value
    fraction: Value


def split(b: Builder, x: Value, subnormal: bool = True) -> Split:
    """x must be positive and finite (and a normal number, if not ``subnormal``); of others something comes out that
    nobody must use."""
    form = format_of(x)
    # The biased exponent in the low bits of 2**mantissa is that float, 2**mantissa + exponent.
    bias = like(x, 2.0**form.mantissa + form.bias)
    if subnormal:
        lifted_by = form.mantissa + 2
        tiny = b.compare("lt", x, like(x, form.smallest_normal))
        x = b.select(tiny, b.mul(x, like(x, 2.0**lifted_by)), x)
        bias = b.select(tiny, like(x, 2.0**form.mantissa + form.bias + lifted_by), bias)
    bits = bits_of(b, x)
    root = sqrt_half_bits(x)
    moved = b.add(bits, constant(bits.type, form.one_bits - root))
    whole = b.sub(_biased_exponent(b, moved, x), bias)
    mantissa = b.and_(moved, constant(moved.type, (1 << form.mantissa) - 1))
    ratio = from_bits(b, b.add(mantissa, constant(moved.type, root)), x)
    return Split(whole, b.sub(ratio, like(x, 1.0)))


def _biased_exponent(b: Builder, bits: Value, x: Value) -> Value:
    """2**mantissa + the exponent field of the bits, as a float like x."""
    form = format_of(x)
    base_bits = (form.bias + form.mantissa) << form.mantissa
    exponent = b.or_(b.lshr(bits, constant(bits.type, form.mantissa)), constant(bits.type, base_bits))
    return from_bits(b, exponent, x)


def log_tail(b: Builder, fraction: Value) -> tuple[Value, Value]:
    """fraction**2 and log(1 + fraction) - fraction + fraction**2 / 2."""
    terms = coefficients.LOG_19 if is_double(fraction) else coefficients.LOG_8
    square = b.mul(fraction, fraction)
    return square, b.mul(b.mul(square, fraction), polynomial(b, fraction, terms))


def _log_of_split(b: Builder, parts: Split) -> Value:
    whole, fraction = parts.whole, parts.fraction
    high, low = LN2_DOUBLE if is_double(whole) else LN2_SINGLE
    square, tail = log_tail(b, fraction)
    tail = b.fma(whole, like(whole, low), tail)
    tail = b.fma(square, like(whole, -0.5), tail)
    return b.fma(whole, like(whole, high), b.add(tail, fraction))


def _at_the_ends(b: Builder, x: Value, result: Value, zero: float) -> Value:
    """-inf at ``zero``, nan below it, inf at inf and nan at nan; ``result`` elsewhere."""
    end = like(x, zero)
    low = b.select(b.compare("eq", x, end), like(x, -math.inf), like(x, math.nan))
    result = b.select(b.compare("gt", x, end), result, low)
    return b.select(b.compare("eq", x, like(x, math.inf)), x, result)


def log(b: Builder, x: Value) -> Value:
    """The natural logarithm. Error: 0.9 ulp (float32), 0.9 ulp (float64)."""
    return _at_the_ends(b, x, _log_of_split(b, split(b, x)), 0.0)


def log_of_normal(b: Builder, x: Value) -> Value:
    """The natural logarithm of what is known to be positive, finite and not subnormal: no special cases.

    The last two sums are one, rounded once. Error: 0.7 ulp.
    """
    parts = split(b, x, subnormal=False)
    whole, fraction = parts.whole, parts.fraction
    high, low = LN2_DOUBLE if is_double(x) else LN2_SINGLE
    square, tail = log_tail(b, fraction)
    tail = b.fma(square, like(x, -0.5), b.fma(whole, like(x, low), tail))
    near = b.fma(whole, like(x, high), fraction)
    lost = b.add(b.fma(whole, like(x, high), b.neg(near)), fraction)
    return b.add(near, b.add(tail, lost))


def log2(b: Builder, x: Value) -> Value:
    """The logarithm to the base 2. Error: 1.9 ulp (float32), 1.95 ulp (float64)."""
    parts = split(b, x)
    high, low = LOG2E_DOUBLE if is_double(x) else LOG2E_SINGLE
    square, tail = log_tail(b, parts.fraction)
    tail = b.fma(square, like(x, -0.5), tail)
    tail = b.fma(tail, like(x, high), b.mul(parts.fraction, like(x, low)))
    return _at_the_ends(b, x, b.add(b.fma(parts.fraction, like(x, high), parts.whole), tail), 0.0)


def log1p(b: Builder, x: Value) -> Value:
    """log(1 + x), accurate also where x is close to 0. Error: 1.45 ulp (float32), 1.45 ulp (float64)."""
    form = format_of(x)
    sum_bits = bits_of(b, b.add(x, like(x, 1.0)))
    moved = b.add(sum_bits, constant(sum_bits.type, form.one_bits - sqrt_half_bits(x)))
    exponent_field = constant(moved.type, -(1 << form.mantissa))
    # 2**(2 - n): the 2 keeps it a normal number for the largest n.
    # The exponent field of 2**(2 - n) is 2 bias + 2 less that of 2**n, and 2 bias + 2 there is the sign bit.
    inverse_bits = b.sub(constant(moved.type, form.sign), b.and_(moved, exponent_field))
    inverse = from_bits(b, inverse_bits, x)
    # 1 + x = 2**n (1 + f) is solved for f with one rounding: what 1 + x lost does not matter.
    fraction = b.mul(b.fma(x, inverse, b.sub(inverse, like(x, 4.0))), like(x, 0.25))
    whole = b.sub(_biased_exponent(b, moved, x), like(x, 2.0**form.mantissa + form.bias))
    result = _at_the_ends(b, x, _log_of_split(b, Split(whole, fraction)), -1.0)
    return with_sign(b, result, sign_of(b, x))  # for -0.0
