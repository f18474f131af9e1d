"""The modified Bessel functions of the first kind, of orders 0 and 1, also scaled by exp(-abs(x))."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS, as_dtype
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.math.families import after, unary

_NODES = 128  # of the trapezoidal rule, which is exact to the last place for periodic functions up to abs(x) = 100
_LARGE = 100.0


def _scaled(xp, x, order: int):
    """exp(-abs(x)) I(order, x).

    Up to ``_LARGE`` by the integral of exp(x cos(t)) cos(order t) over a circle (Abramowitz and Stegun, 9.6.19), beyond
    it by the asymptotic series (9.7.1).
    """
    kind = x.dtype
    size = xp.abs(x.astype(np.float64))
    angles = 2 * np.pi * np.arange(_NODES) / _NODES
    near = xp.where(size < _LARGE, size, 0.0)
    total = xp.zeros_like(size)
    for cosine, weight in zip(np.cos(angles).tolist(), np.cos(order * angles).tolist(), strict=True):
        total = total + weight * xp.exp(near * (cosine - 1))
    far = xp.where(size < _LARGE, _LARGE, size)
    term = series = xp.ones_like(far)
    for k in range(1, 9):
        term = term * ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * far)
        series = series + term
    result = xp.where(size < _LARGE, total / _NODES, series / (math.sqrt(2 * math.pi) * xp.sqrt(far)))
    # The absolute value: rounding may leave a negative zero at 0.
    return (xp.sign(x) * xp.abs(result) if order else result).astype(kind)


bessel_i0e = unary(
    "BesselI0e",
    "math.bessel_i0e",
    """exp(-abs(x)) times the modified Bessel function I0(x).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.math.bessel_i0e([0.0, 1.0])), 3))
    [1.    0.466]
    """,
    dtypes=FLOATS,
    kernel=lambda xp, x: _scaled(xp, x, 0),
    gradient=after(lambda x, y, dy: dy * (F.bessel_i1e(x) - F.sign(x) * y)),
)


def _i1e_gradient(op: Operation, dy: Tensor):
    x, y = op.inputs[0], op.outputs[0]
    with control_dependencies([dy]):
        zeros = F.zeros_like(x)
        epsilon = float(np.finfo(as_dtype(x.dtype).as_numpy_dtype).eps)
        is_safe = F.abs(x) > epsilon
        safe = F.where(is_safe, x, epsilon + zeros)
        slope = F.bessel_i0e(safe) - y * (F.sign(safe) + F.reciprocal(safe))
        return dy * F.where(is_safe, slope, 0.5 + zeros)


bessel_i1e = unary(
    "BesselI1e",
    "math.bessel_i1e",
    """exp(-abs(x)) times the modified Bessel function I1(x).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.math.bessel_i1e([0.0, 1.0])), 3))
    [0.    0.208]
    """,
    dtypes=FLOATS,
    kernel=lambda xp, x: _scaled(xp, x, 1),
    gradient=_i1e_gradient,
)


@export("math.bessel_i0")
def bessel_i0(x, name=None):
    """The modified Bessel function I0(x), element by element."""
    with name_scope(name, "bessel_i0", [x]):
        x = convert_to_tensor(x, name="x")
        return F.exp(F.abs(x)) * F.bessel_i0e(x)


@export("math.bessel_i1")
def bessel_i1(x, name=None):
    """The modified Bessel function I1(x), element by element."""
    with name_scope(name, "bessel_i1", [x]):
        x = convert_to_tensor(x, name="x")
        return F.exp(F.abs(x)) * F.bessel_i1e(x)
