"""erf and erfc.

erf is x + x p(x*x) where |x| <= 1 and 1 - exp(-q(|x|)) beyond. erfc(a) of a >= 0 is exp(-a*a) s(t) / (a + 2), where the
polynomial s in t = (a - 2) / (a + 2) covers all that do not underflow (such a t is
an idea of M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x*x) erfc x", Mathematics of
Computation 36, 1981).
"""

from __future__ import annotations

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.exponential import exp_of_rest, power_of_two, reduced, scaled
from graphrt.native.elementary.parts import clamped, is_double, like, polynomial, sign_of, with_sign


def _near_zero(b: Builder, x: Value) -> Value:
    """erf where |x| <= 1."""
    return b.fma(x, polynomial(b, b.mul(x, x), coefficients.ERF_11 if is_double(x) else coefficients.ERF_6), x)


def erf(b: Builder, x: Value) -> Value:
    """The error function. Error: 1.2 ulp (float32), 1.2 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    one = like(x, 1.0)
    bound, terms = (6.0, coefficients.ERF_FAR_17) if is_double(x) else (4.0, coefficients.ERF_FAR_6)
    parts = reduced(b, b.neg(polynomial(b, b.sub(clamped(b, magnitude, None, bound), one), terms)))
    far = b.fma(b.neg(power_of_two(b, parts.bits, x)), exp_of_rest(b, parts.rest), one)
    return with_sign(b, b.select(b.compare("gt", magnitude, one), far, _near_zero(b, magnitude)), sign_of(b, x))


def erfc(b: Builder, x: Value) -> Value:
    """1 - erf(x), accurate also where that is close to 0. Error: 4.4 ulp (float32), 4.4 ulp (float64)."""
    double = is_double(x)
    distance = b.unary("fabs", x)
    magnitude = clamped(b, distance, None, 28.0 if double else 10.5)
    inverse = b.div(like(x, 1.0), b.add(magnitude, like(x, 2.0)))
    t = b.mul(b.sub(magnitude, like(x, 2.0)), inverse)
    factor = b.mul(polynomial(b, t, coefficients.ERFC_25 if double else coefficients.ERFC_11), inverse)
    # exp(-a*a): what rounding took from a*a comes back at the end of the reduction, where it is not lost.
    square = b.mul(magnitude, magnitude)
    parts = reduced(b, b.neg(square))
    rest = b.sub(parts.rest, b.fma(magnitude, magnitude, b.neg(square)))
    positive = scaled(
        b, b.mul(exp_of_rest(b, rest), factor), parts.bits, b.compare("ge", distance, like(x, 28.0 if double else 10.5))
    )
    far = b.select(b.compare("lt", x, like(x, 0.0)), b.sub(like(x, 2.0), positive), positive)
    near = b.sub(like(x, 1.0), _near_zero(b, x))
    return b.select(b.compare("lt", distance, like(x, 0.5)), near, far)
