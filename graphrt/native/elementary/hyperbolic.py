"""sinh and cosh, of exponentials; asinh, acosh and atanh, of log1p. tanh is with the exponentials."""

from __future__ import annotations

import math

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary.exponential import exp_of_rest, expm1_of_rest, power_of_two, reduced
from graphrt.native.elementary.logarithm import log1p
from graphrt.native.elementary.parts import clamped, format_of, is_double, like, sign_of, with_sign


def _bounded(b: Builder, x: Value) -> Value:
    """|x|, at most a number of which sinh and cosh overflow."""
    return clamped(b, b.unary("fabs", x), None, 710.5 if is_double(x) else 89.5)


def sinh(b: Builder, x: Value) -> Value:
    """The hyperbolic sine, (m + m / (m + 1)) / 2 with m = e**|x| - 1. Error: 2.4 ulp (float32), 2.5 ulp (float64)."""
    parts = reduced(b, _bounded(b, x))
    # A quarter of m, which does not overflow.
    power = power_of_two(b, parts.bits, x, less=2)
    quarter = b.fma(power, expm1_of_rest(b, parts.rest), b.sub(power, like(x, 0.25)))
    half = b.add(quarter, b.div(quarter, b.fma(quarter, like(x, 4.0), like(x, 1.0))))
    tiny = b.compare("lt", b.unary("fabs", x), like(x, 2.0 ** -(format_of(x).mantissa // 2 + 2)))
    return b.select(tiny, x, with_sign(b, b.add(half, half), sign_of(b, x)))


def cosh(b: Builder, x: Value) -> Value:
    """The hyperbolic cosine, (e**|x| + 1 / e**|x|) / 2. Error: 1.4 ulp (float32), 1.4 ulp (float64)."""
    parts = reduced(b, _bounded(b, x))
    quarter = b.mul(power_of_two(b, parts.bits, x, less=2), exp_of_rest(b, parts.rest))
    half = b.add(quarter, b.div(like(x, 0.0625), quarter))
    return b.add(half, half)


def _huge(b: Builder, magnitude: Value) -> Value:
    """Where adding 1 changes nothing, long before the square overflows."""
    return b.compare("gt", magnitude, like(magnitude, 2.0**60 if is_double(magnitude) else 2.0**30))


def _log1p_or_doubled(b: Builder, huge: Value, x: Value, otherwise: Value) -> Value:
    """log(2x) where ``huge``, log1p(otherwise) elsewhere."""
    result = log1p(b, b.select(huge, x, otherwise))
    return b.add(result, b.select(huge, like(x, math.log(2)), like(x, 0.0)))


def asinh(b: Builder, x: Value) -> Value:
    """The inverse of sinh. Error: 1.9 ulp (float32), 1.9 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    one = like(x, 1.0)
    square = b.mul(magnitude, magnitude)
    root = b.unary("sqrt", b.fma(magnitude, magnitude, one))
    beyond = b.add(magnitude, b.div(square, b.add(root, one)))
    return with_sign(b, _log1p_or_doubled(b, _huge(b, magnitude), magnitude, beyond), sign_of(b, x))


def acosh(b: Builder, x: Value) -> Value:
    """The inverse of cosh; nan below 1. Error: 2.5 ulp (float32), 2.6 ulp (float64)."""
    above = b.sub(x, like(x, 1.0))
    root = b.unary("sqrt", b.mul(above, b.add(above, like(x, 2.0))))
    result = _log1p_or_doubled(b, _huge(b, x), x, b.add(above, root))
    return b.select(b.compare("lt", x, like(x, 1.0)), like(x, math.nan), result)


def atanh(b: Builder, x: Value) -> Value:
    """The inverse of tanh; infinite at 1 and -1, nan beyond. Error: 2.1 ulp (float32), 2.1 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    ratio = b.div(b.add(magnitude, magnitude), b.sub(like(x, 1.0), magnitude))
    return with_sign(b, b.mul(log1p(b, ratio), like(x, 0.5)), sign_of(b, x))
