"""The remainder of a division, exactly.

x = n y + r for a whole n. While n has no more digits than the mantissa, so that n itself is exact, a fma gives the
exact remainder: r is a multiple of the last place of y and no larger than y, and so a number of the format. Larger
quotients go to the C library, lane by lane, in a branch that is taken only if there are any.
"""

from __future__ import annotations

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary.parts import flipped, format_of, like, mended, sign_of


def fmod(b: Builder, x: Value, y: Value) -> Value:
    """The remainder of x / y, rounded towards zero, with the sign of x. Error: 0 ulp (float32), 0 ulp (float64)."""
    dividend, divisor = b.unary("fabs", x), b.unary("fabs", y)
    quotient = b.div(dividend, divisor)
    rest = b.fma(b.neg(b.unary("trunc", quotient)), divisor, dividend)
    # A quotient just below a whole number may have been rounded up to it.
    rest = b.select(b.compare("lt", rest, like(x, 0.0)), b.add(rest, divisor), rest)
    # An infinite divisor has no multiples but 0, which times it is nan.
    rest = b.select(b.compare("lt", dividend, divisor), dividend, rest)
    large = b.compare("ge", quotient, like(x, 2.0 ** format_of(x).mantissa))
    return mended(b, flipped(b, rest, sign_of(b, x)), large, "fmod", x, y)
