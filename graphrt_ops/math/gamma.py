"""The gamma function and its kin: log-gamma, its derivatives, and the zeta function."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS, float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.error_function import element_by_element, in_double_precision_on_device
from graphrt_ops.math.families import after, binary, unary

# B(2k) / (2k), of the asymptotic series of digamma (Abramowitz and Stegun, 6.3.18).
_DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
# B(2k) / (2k (2k - 1)), of Stirling's series (Abramowitz and Stegun, 6.1.40).
_STIRLING_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
# B(2k) / (2k)!, of the Euler-Maclaurin formula for the zeta function (Abramowitz and Stegun, 23.2.3).
_ZETA_SERIES = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
    -3617 / 10670622842880000,
)  # fmt: skip
_LARGE = 10  # the series are exact to double precision from here on


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:  # a pole
        return math.inf
    except OverflowError:
        return math.inf


def _lgamma_by_series(xp, x):
    """By reflection for what is negative, and by the recurrence up to where Stirling's series is exact; in float64."""
    negative = x < 0
    y = xp.where(negative, 1 - x, x)
    product = xp.ones_like(y)
    for _ in range(_LARGE):
        small = y < _LARGE
        product = xp.where(small, product * y, product)
        y = xp.where(small, y + 1, y)
    square = 1 / (y * y)
    series = xp.zeros_like(y)
    for coefficient in reversed(_STIRLING_SERIES):
        series = series * square + coefficient
    result = (y - 0.5) * xp.log(y) - y + 0.5 * math.log(2 * math.pi) + series / y - xp.log(product)
    reflected = xp.log(math.pi / xp.abs(xp.sin(math.pi * (x - xp.floor(x))))) - result
    result = xp.where((x == 1) | (x == 2), 0.0, result)
    return xp.where(xp.isinf(x), np.inf, xp.where(negative, reflected, result))


def _lgamma_kernel(xp, x):
    if xp is np:
        return element_by_element(_lgamma, x)
    return in_double_precision_on_device(xp, "gammaln", lambda wide: _lgamma_by_series(xp, wide), x)


lgamma = unary(
    "Lgamma",
    "lgamma math.lgamma",
    """log(abs(gamma(x))): inf at 0 and at the negative integers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.lgamma([1.0, 4.0])), 3))
    [0.    1.792]
    """,
    dtypes=FLOATS,
    kernel=_lgamma_kernel,
    scalar=lambda m, x: m.lgamma(x),
    gradient=after(lambda x, y, dy: dy * F.digamma(F.conj(x))),
)


def _digamma_kernel(xp, x):
    """By reflection for what is negative, and the recurrence psi(x) = psi(x + 1) - 1 / x up to the series."""
    kind = x.dtype
    x = x.astype(np.float64)
    pole = (x <= 0) & (xp.floor(x) == x)
    negative = x < 0
    y = xp.where(negative, 1 - x, x)
    result = xp.zeros_like(y)
    for _ in range(_LARGE):
        small = y < _LARGE
        result = xp.where(small, result - 1 / xp.where(small, y, 1), result)
        y = xp.where(small, y + 1, y)
    square = 1 / (y * y)
    series = xp.zeros_like(y)
    for coefficient in reversed(_DIGAMMA_SERIES):
        series = (series + coefficient) * square
    result += xp.log(y) - 0.5 / y - series
    # tan has the period pi: reduced first, so that nothing is lost for large x, nor for small.
    result = xp.where(negative, result - np.pi / xp.tan(np.pi * (x - xp.rint(x))), result)
    return xp.where(pole, np.inf, result).astype(kind)


digamma = unary(
    "Digamma",
    "digamma math.digamma",
    """The derivative of lgamma: inf at 0 and at the negative integers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.digamma([1.0, 2.0])), 3))
    [-0.577  0.423]
    """,
    dtypes=FLOATS,
    kernel=_digamma_kernel,
    gradient=after(lambda x, y, dy: dy * F.polygamma(F.constant(1, dtype=x.dtype), F.conj(x))),
)


def _zeta_values(xp, x, q):
    """sum over k of (q + k) ** -x, by Euler and Maclaurin, for float64."""
    x, q = xp.broadcast_arrays(x, q)
    total = xp.zeros(x.shape)
    for k in range(_LARGE):
        total = total + (q + k) ** -x
    end = q + _LARGE
    power = end**-x
    total = total + power * end / (x - 1) + power / 2
    factor = x * power / end
    for k, coefficient in enumerate(_ZETA_SERIES):
        total = total + coefficient * factor
        factor = factor * (x + 2 * k + 1) * (x + 2 * k + 2) / (end * end)
    return total


def _zeta_of_any(xp, x, q):
    """As ``_zeta_values``, for negative q too. With f the fraction of -q, the terms below 0 are those of f, f + 1, ...
    up to -q, each with the sign of (-1) ** x; the others begin with 1 - f."""
    negative = q < 0
    if xp is np and not negative.any():
        return _zeta_values(xp, x, q)
    fraction = xp.where(negative, -q - xp.floor(-q), 1.0)
    below = _zeta_values(xp, x, fraction) - _zeta_values(xp, x, xp.where(negative, 1 - q, 1.0))
    above = _zeta_values(xp, x, xp.where(negative, 1 - fraction, q))
    return above + xp.where(negative, xp.where(x % 2 == 0, below, -below), 0.0)


def _zeta_kernel(xp, x, q):
    kind = x.dtype
    x, q = x.astype(np.float64), q.astype(np.float64)
    whole = xp.floor(q) == q
    values = _zeta_of_any(xp, xp.where(x > 1, x, 2.0), q)
    values = xp.where((q <= 0) & whole, np.inf, values)
    values = xp.where((q <= 0) & ~whole & (xp.floor(x) != x), np.nan, values)
    values = xp.where(x == 1, np.inf, values)
    return xp.where((x < 1) | xp.isnan(x) | xp.isnan(q), np.nan, values).astype(kind)


def _zeta_gradient(op: Operation, dy: Tensor):
    x, q = op.inputs

    def with_respect_to_q():
        with control_dependencies([dy]):
            return -x * F.zeta(x + 1, q) * dy

    return summed(op, None, with_respect_to_q)


zeta = binary(
    "Zeta",
    "zeta math.zeta",
    """The Hurwitz zeta function, the sum over k = 0, 1, ... of (q + k) ** -x. No gradient with respect to x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.zeta(2.0, [1.0, 2.0])), 3))
    [1.645 0.645]
    """,
    dtypes=(float32, float64),
    inputs="x q",
    kernel=_zeta_kernel,
    gradient=_zeta_gradient,
)


def _polygamma_kernel(xp, a, x):
    """(-1) ** (a + 1) a! zeta(a + 1, x); digamma for a = 0."""
    order, point = a.astype(np.float64), x.astype(np.float64)
    factorial = element_by_element(_gamma, order + 1) if xp is np else xp.exp(_lgamma_by_series(xp, order + 1))
    values = xp.where(order % 2 == 0, -1.0, 1.0) * factorial * _zeta_kernel(xp, order + 1, point)
    values = xp.where(order == 0, _digamma_kernel(xp, point), values)
    return xp.where((order < 0) | (xp.floor(order) != order), np.nan, values).astype(x.dtype)


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


def _polygamma_gradient(op: Operation, dy: Tensor):
    a, x = op.inputs

    def with_respect_to_x():
        with control_dependencies([dy]):
            return F.polygamma(a + 1, x) * dy

    return summed(op, None, with_respect_to_x)


polygamma = binary(
    "Polygamma",
    "polygamma math.polygamma",
    """The a-th derivative of digamma, for a = 0, 1, 2, ... No gradient with respect to a.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.polygamma(1.0, [1.0, 2.0])), 3))
    [1.645 0.645]
    """,
    dtypes=(float32, float64),
    inputs="a x",
    kernel=_polygamma_kernel,
    gradient=_polygamma_gradient,
)
