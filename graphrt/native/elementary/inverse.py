"""asin, acos, atan and atan2."""

from __future__ import annotations

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary import coefficients
from graphrt.native.elementary.parts import flipped, is_double, like, polynomial, sign_of, with_sign
from graphrt.native.elementary.trigonometric import HALF_PI_DOUBLE, HALF_PI_SINGLE


def _half_pi(x: Value) -> tuple[float, float]:
    """pi/2 in two parts."""
    return (HALF_PI_DOUBLE if is_double(x) else HALF_PI_SINGLE)[:2]


def _half_pi_less(b: Builder, times: int, x: Value) -> Value:
    """times pi/2 - x."""
    high, low = _half_pi(x)
    return b.sub(like(x, times * high), b.sub(x, like(x, times * low)))


def _arc_sine(b: Builder, magnitude: Value) -> tuple[Value, Value]:
    """Whether |x| > 1/2; and asin(|x|), or there asin(sqrt((1 - |x|) / 2)), which is half of acos(|x|)."""
    large = b.compare("gt", magnitude, like(magnitude, 0.5))
    halved = b.fma(magnitude, like(magnitude, -0.5), like(magnitude, 0.5))
    square = b.select(large, halved, b.mul(magnitude, magnitude))
    root = b.select(large, b.unary("sqrt", halved), magnitude)
    terms = coefficients.ASIN_12 if is_double(magnitude) else coefficients.ASIN_5
    return large, b.fma(b.mul(root, square), polynomial(b, square, terms), root)


def asin(b: Builder, x: Value) -> Value:
    """The angle in [-pi/2, pi/2] with sine x; nan outside [-1, 1]. Error: 2.4 ulp (float32), 2.4 ulp (float64)."""
    large, angle = _arc_sine(b, b.unary("fabs", x))
    return with_sign(b, b.select(large, _half_pi_less(b, 1, b.add(angle, angle)), angle), sign_of(b, x))


def acos(b: Builder, x: Value) -> Value:
    """The angle in [0, pi] with cosine x; nan outside [-1, 1]. Error: 1.3 ulp (float32), 1.3 ulp (float64)."""
    large, angle = _arc_sine(b, b.unary("fabs", x))
    doubled = b.add(angle, angle)
    outer = b.select(b.compare("lt", x, like(x, 0.0)), _half_pi_less(b, 2, doubled), doubled)
    return b.select(large, outer, _half_pi_less(b, 1, flipped(b, angle, sign_of(b, x))))


def _arc_tangent(b: Builder, ratio: Value) -> Value:
    """atan of numbers in [-1, 1]."""
    square = b.mul(ratio, ratio)
    terms = coefficients.ATAN_20 if is_double(ratio) else coefficients.ATAN_9
    return b.fma(b.mul(ratio, square), polynomial(b, square, terms), ratio)


def atan(b: Builder, x: Value) -> Value:
    """The angle in [-pi/2, pi/2] with tangent x. Error: 1.4 ulp (float32), 1.8 ulp (float64)."""
    magnitude = b.unary("fabs", x)
    one = like(x, 1.0)
    large = b.compare("gt", magnitude, one)
    angle = _arc_tangent(b, b.select(large, b.div(one, magnitude), magnitude))
    return with_sign(b, b.select(large, _half_pi_less(b, 1, angle), angle), sign_of(b, x))


def atan2(b: Builder, y: Value, x: Value) -> Value:
    """The angle of the point (x, y) in [-pi, pi], as C has it. Error: 1.6 ulp (float32), 1.8 ulp (float64)."""
    high, wide = b.unary("fabs", y), b.unary("fabs", x)
    steep = b.compare("gt", high, wide)
    top, bottom = b.select(steep, wide, high), b.select(steep, high, wide)
    zero, one = like(x, 0.0), like(x, 1.0)
    ratio = b.select(b.compare("eq", top, bottom), one, b.div(top, bottom))  # also of two infinite numbers
    ratio = b.select(b.compare("eq", b.add(top, bottom), zero), zero, ratio)
    angle = _arc_tangent(b, ratio)
    angle = b.select(steep, _half_pi_less(b, 1, angle), angle)
    left = b.compare("lt", b.intrinsic("copysign", x.type, one, x), zero)
    return with_sign(b, b.select(left, _half_pi_less(b, 2, angle), angle), sign_of(b, y))
