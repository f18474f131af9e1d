"""The incomplete gamma and beta functions, regularized. They are computed in the host's memory."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import OpDef, export
from graphrt.shapes import TensorShape
from graphrt_ops.math.broadcast_gradient import opdef as broadcast_gradient_args
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.families import binary
from graphrt_ops.math.gamma import _digamma_kernel, _lgamma_kernel

_TYPES = (float32, float64)
_MOST_TERMS = 5000


def _series(a, x):
    """The sum over k of x^k / ((a + 1) ... (a + k)), and its derivative along a; all terms are positive."""
    term = total = np.ones_like(x)
    slope_of_term = slope = harmonic = np.zeros_like(x)
    finite = x[np.isfinite(x)]
    largest = float(finite.max(initial=0.0))
    for k in range(1, min(int(largest + 12 * math.sqrt(largest)) + 60, _MOST_TERMS)):
        term = term * (x / (a + k))
        harmonic = harmonic + 1 / (a + k)
        slope_of_term = -term * harmonic
        total, slope = total + term, slope + slope_of_term
    return total, slope


def _tail(a, x):
    """Q(a, x) e^x x^-a gamma(a) for x > a + 1, by its continued fraction (Numerical Recipes, section 6.2)."""
    b = x + 1 - a
    c = np.full_like(x, 1e300)
    d = 1 / b
    result = d
    for i in range(1, 500):
        numerator = -i * (i - a)
        b = b + 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        result = result * d * c
        if np.all(np.abs(d * c - 1) < 1e-16):
            break
    return result


def _lower_and_upper(a, x):
    """P(a, x) and Q(a, x) = 1 - P(a, x), each accurate where it is small."""
    a, x = np.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
    is_zero = x == 0  # TF1 asks this first: P is then 0 for any a
    valid = (a > 0) & (x >= 0)
    a, x = np.where(valid, a, 1.0), np.where(valid, x, 1.0)
    far = x > a + 1
    near = np.where(far, 0.5, x)
    lower = np.exp(a * np.log(near) - near - _lgamma_kernel(np, a + 1)) * _series(a, near)[0]
    distant = np.where(far & np.isfinite(x), x, a + 2)
    upper = np.exp(a * np.log(distant) - distant - _lgamma_kernel(np, a)) * _tail(a, distant)
    upper = np.where(np.isinf(x), 0.0, upper)
    lower, upper = np.where(far, 1 - upper, lower), np.where(far, upper, 1 - lower)
    return np.where(is_zero, 0.0, np.where(valid, lower, np.nan)), np.where(valid, upper, np.nan)


def _slope_along_a(xp, a, x):
    kind = x.dtype
    a, x = np.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
    valid = (a > 0) & (x >= 0)
    safe_a, safe_x = np.where(valid, a, 1.0), np.where(valid & (x > 0), x, 1.0)
    total, slope = _series(safe_a, safe_x)
    factor = np.exp(safe_a * np.log(safe_x) - safe_x - _lgamma_kernel(np, safe_a + 1))
    result = factor * (total * (np.log(safe_x) - _digamma_kernel(np, safe_a + 1)) + slope)
    return np.where(valid, np.where(x > 0, result, 0.0), np.nan).astype(kind)


igamma_grad_a = binary(
    "IgammaGradA",
    "_igamma_grad_a",
    """The derivative of igamma(a, x) along a.""",
    dtypes=_TYPES,
    inputs="a x",
    host_only=True,
    kernel=_slope_along_a,
)


def _lower_gradient(op: Operation, dy: Tensor):
    a, x = op.inputs
    slopes: list[Tensor] = []

    def with_respect_to_a():
        with control_dependencies([dy]):
            along_a = igamma_grad_a(a, x)
            slopes.append(F.exp(-x + (a - 1) * F.log(x) - F.lgamma(a)))
            return along_a * dy

    return summed(op, with_respect_to_a, lambda: slopes[0] * dy)


igamma = binary(
    "Igamma",
    "igamma math.igamma",
    """The lower incomplete gamma function, divided by gamma(a): it rises from 0 at x = 0 to 1. nan for a <= 0 or x < 0.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.igamma(1.0, [0.0, 1.0])), 3))
    [0.    0.632]
    """,
    dtypes=_TYPES,
    inputs="a x",
    host_only=True,
    kernel=lambda xp, a, x: _lower_and_upper(a, x)[0].astype(x.dtype),
    gradient=_lower_gradient,
)
igammac = binary(
    "Igammac",
    "igammac math.igammac",
    """The upper incomplete gamma function, divided by gamma(a): 1 - igamma(a, x), accurate where that is small.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.igammac(1.0, [0.0, 1.0])), 3))
    [1.    0.368]
    """,
    dtypes=_TYPES,
    inputs="a x",
    host_only=True,
    kernel=lambda xp, a, x: _lower_and_upper(a, x)[1].astype(x.dtype),
    gradient=lambda op, dy: [-gradient for gradient in _lower_gradient(op, dy)],
)


def _same_or_scalars(op: Operation) -> TensorShape:
    shape = TensorShape.of(())
    for tensor in op.inputs:
        if tensor.shape.rank is None:
            return TensorShape(None)
        if tensor.shape.rank > 0:
            shape = tensor.shape if shape.rank == 0 else shape.merge_with(tensor.shape)
    return shape


_betainc = OpDef("Betainc", "a b x", "z", dtypes=_TYPES, infer=_same_or_scalars, elementwise=True, host_only=True)


def _fraction(a, b, x):
    """The continued fraction of the incomplete beta function (Numerical Recipes, section 6.4)."""
    c, d = np.ones_like(x), 1 / (1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 1000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + numerator * d)
            c = 1 + numerator / c
            result = result * d * c
        if np.all(np.abs(d * c - 1) < 1e-16):
            break
    return result


@_betainc.kernel
def _betainc_kernel(xp, a, b, x):
    kind = x.dtype
    shapes = {value.shape for value in (a, b, x) if value.ndim}
    if len(shapes) > 1:
        raise ValueError(f"Shapes of a, b and x are inconsistent: {' vs. '.join(map(str, map(list, sorted(shapes))))}")
    a, b, x = np.broadcast_arrays(*(value.astype(np.float64) for value in (a, b, x)))
    valid = (a > 0) & (b > 0) & (x >= 0) & (x <= 1)
    inside = valid & (x > 0) & (x < 1)
    a, b, y = (np.where(inside, value, 0.5) for value in (a, b, x))
    # The fraction converges below the mean; beyond it, the other tail is computed.
    flipped = y > (a + 1) / (a + b + 2)
    a, b, y = np.where(flipped, b, a), np.where(flipped, a, b), np.where(flipped, 1 - y, y)
    beta = _lgamma_kernel(np, a) + _lgamma_kernel(np, b) - _lgamma_kernel(np, a + b)
    tail = np.exp(a * np.log(y) + b * np.log1p(-y) - beta) * _fraction(a, b, y) / a
    result = np.where(flipped, 1 - tail, tail)
    return np.where(inside, result, np.where(valid, x, np.nan)).astype(kind)


@_betainc.gradient
def _betainc_gradient(op: Operation, dz: Tensor):
    """TF1 has the derivative along x only."""
    a, b, x = op.inputs
    shape_a, shape_x = F.shape(a), F.shape(x)
    _, over_x = broadcast_gradient_args(shape_a, shape_x)
    logarithm = F.lgamma(a) + F.lgamma(b) - F.lgamma(a + b)
    density = F.exp((b - 1) * F.log(1 - x) + (a - 1) * F.log(x) - logarithm)
    return [None, None, F.reshape(F.reduce_sum(density * dz, over_x), shape_x)]


@export("betainc", "math.betainc")
def betainc(a, b, x, name=None):
    """The incomplete beta function, divided by beta(a, b): it rises from 0 at x = 0 to 1 at x = 1.

    Args:
      a, b, x: float32 or float64; all of one shape, or scalars. nan unless a, b > 0 and 0 <= x <= 1.
      name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.betainc(1.0, 1.0, [0.0, 0.25, 1.0])))
    [0.   0.25 1.  ]
    """
    return _betainc(a, b, x, name=name)
