"""The error function and its complement."""

from __future__ import annotations

import importlib
import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt_ops.math.families import unary


def element_by_element(function, x):
    """``function`` of Python floats over a NumPy array: NumPy has no such function, the C library does.

    About 60 ns an element, and exact to the last place.
    """
    values = np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size)
    return values.astype(x.dtype).reshape(x.shape)


def in_double_precision_on_device(xp, name, by_array_operations, x):
    """CUDA's own function, one launch, where ``xp`` is CuPy, and ``by_array_operations(x)`` on other devices."""
    wide = x.astype(np.float64)
    if xp.__name__ == "cupy":
        values = getattr(importlib.import_module("cupyx.scipy.special"), name)(wide)
    else:
        values = by_array_operations(wide)
    return values.astype(x.dtype, copy=False)


# Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
# Computation 23 (1969): numerators and denominators, highest power first, for |x| up to 0.46875, up to 4, and beyond.
_SMALL = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_MIDDLE = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
        2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ),
)  # fmt: skip
_LARGE = (
    (
        1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
        1.60837851487422766e-2, 6.58749161529837803e-4,
    ),
    (
        1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
        2.33520497626869185e-3,
    ),
)  # fmt: skip


def _ratio(coefficients, x):
    above, below = coefficients
    numerator, denominator = above[0] * x + above[1], below[0] * x + below[1]
    for a, b in zip(above[2:], below[2:], strict=True):
        numerator, denominator = numerator * x + a, denominator * x + b
    return numerator / denominator


def _erf_and_erfc(xp, x):
    """Both functions by array operations, in float64: for arrays that are not in the host's memory."""
    x = x.astype(np.float64)
    size = xp.abs(x)
    near = xp.where(size < 0.46875, x, 0.0)
    small = near * _ratio(_SMALL, near * near)
    middle = _ratio(_MIDDLE, xp.clip(size, 0.46875, 4.0))
    far = xp.clip(size, 4.0, 27.0)
    inverse_square = 1 / (far * far)
    large = (1 / math.sqrt(math.pi) - inverse_square * _ratio(_LARGE, inverse_square)) / far
    tail = xp.exp(-size * size) * xp.where(size <= 4.0, middle, large)
    tail = xp.where(size > 27.0, 0.0, tail)
    is_small = size < 0.46875
    erf_values = xp.where(is_small, small, xp.where(x < 0, tail - 1, 1 - tail))
    erfc_values = xp.where(is_small, 1 - small, xp.where(x < 0, 2 - tail, tail))
    return xp.where(xp.isnan(x), x, erf_values), xp.where(xp.isnan(x), x, erfc_values)


def _erf_kernel(xp, x):
    if xp is np:
        return element_by_element(math.erf, x)
    return in_double_precision_on_device(xp, "erf", lambda wide: _erf_and_erfc(xp, wide)[0], x)


def _erfc_kernel(xp, x):
    if xp is np:
        return element_by_element(math.erfc, x)
    return in_double_precision_on_device(xp, "erfc", lambda wide: _erf_and_erfc(xp, wide)[1], x)


def _slope(factor: float):
    """dy factor exp(-x^2)"""

    def gradient(op: Operation, dy: Tensor):
        x = op.inputs[0]
        constant = F.constant(factor, dtype=dy.dtype)
        with control_dependencies([dy]):
            return dy * constant * F.exp(-F.square(F.conj(x)))

    return gradient


erf = unary(
    "Erf",
    "erf math.erf",
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.erf([0.0, 1.0])))
    [0.         0.8427008]
    """,
    dtypes=FLOATS,
    kernel=_erf_kernel,
    scalar=lambda m, x: m.erf(x),
    gradient=_slope(2 / math.sqrt(math.pi)),
    sparse=True,
)
erfc = unary(
    "Erfc",
    "erfc math.erfc",
    """1 - erf(x), accurate where x is large.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.erfc([0.0, 1.0])), 3))
    [1.    0.157]
    """,
    dtypes=FLOATS,
    kernel=_erfc_kernel,
    scalar=lambda m, x: m.erfc(x),
    gradient=_slope(-2 / math.sqrt(math.pi)),
)
