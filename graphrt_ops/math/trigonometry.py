"""Trigonometric functions and their inverses; angles are in radians."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import FLOATS
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import OpDef, export
from graphrt_ops.math.broadcast_gradient import opdef as broadcast_gradient_args
from graphrt_ops.math.families import after, unary
from graphrt_ops.shapes import broadcast

sin = unary(
    "Sin",
    "sin math.sin",
    """The sine of an angle in radians.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.sin([0.0, 1.0])), 3))
    [0.    0.841]
    """,
    ufunc="sin",
    scalar=lambda m, x: m.sin(x),
    gradient=after(lambda x, y, dy: dy * F.cos(F.conj(x))),
)
cos = unary(
    "Cos",
    "cos math.cos",
    """The cosine of an angle in radians.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.cos([0.0, 1.0])), 3))
    [1.   0.54]
    """,
    ufunc="cos",
    scalar=lambda m, x: m.cos(x),
    gradient=after(lambda x, y, dy: -dy * F.sin(F.conj(x))),
)
tan = unary(
    "Tan",
    "tan math.tan",
    """The tangent of an angle in radians.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.tan([0.0, 1.0])), 3))
    [0.    1.557]
    """,
    ufunc="tan",
    scalar=lambda m, x: m.tan(x),
    gradient=after(lambda x, y, dy: F.square(F.reciprocal(F.cos(F.conj(x)))) * dy),
)


def _acos_gradient(x: Tensor, y: Tensor, dy: Tensor):
    slope = _slope_of_arcs(x)
    return -dy * slope


def _slope_of_arcs(x: Tensor) -> Tensor:
    """1 / sqrt(1 - x^2)"""
    squared = F.square(F.conj(x))
    return F.reciprocal(F.sqrt(F.subtract(F.constant(1, dtype=x.dtype.base_dtype), squared)))


asin = unary(
    "Asin",
    "asin math.asin",
    """The angle in [-pi/2, pi/2] whose sine is x; nan outside of [-1, 1].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.asin([0.0, 1.0])), 3))
    [0.    1.571]
    """,
    ufunc="arcsin",
    scalar=lambda m, x: m.asin(x),
    gradient=after(lambda x, y, dy: dy * _slope_of_arcs(x)),
)


def _acos_gradient(x: Tensor, y: Tensor, dy: Tensor):
    slope = _slope_of_arcs(x)
    return -dy * slope


acos = unary(
    "Acos",
    "acos math.acos",
    """The angle in [0, pi] whose cosine is x; nan outside of [-1, 1].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.acos([1.0, 0.0])), 3))
    [0.    1.571]
    """,
    ufunc="arccos",
    scalar=lambda m, x: m.acos(x),
    gradient=after(_acos_gradient),
)


def _atan_gradient(x: Tensor, y: Tensor, dy: Tensor):
    squared = F.square(F.conj(x))
    return dy * F.reciprocal(F.add(F.constant(1, dtype=x.dtype.base_dtype), squared))


atan = unary(
    "Atan",
    "atan math.atan",
    """The angle in [-pi/2, pi/2] whose tangent is x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.atan([0.0, 1.0])), 3))
    [0.    0.785]
    """,
    ufunc="arctan",
    scalar=lambda m, x: m.atan(x),
    gradient=after(_atan_gradient),
)

_atan2 = OpDef(
    "Atan2", "y x", "z", dtypes=FLOATS, infer=broadcast, ufunc="arctan2", elementwise=True, overwrites=(0, 1)
)


@_atan2.scalar
def _atan2_scalar(m, y, x):
    return m.atan2(y, x)


@_atan2.gradient
def _atan2_gradient(op: Operation, dz: Tensor):
    y, x = op.inputs
    with control_dependencies([dz]):
        scaled = dz / (F.square(x) + F.square(y))
        to_y = x * scaled
        to_x = -y * scaled
    return [_summed_to(y, to_y), _summed_to(x, to_x)]


def _summed_to(input: Tensor, gradient: Tensor) -> Tensor:
    """``gradient`` in the shape of ``input``.

    TF1 forgets these sums, and so cannot differentiate an atan2 that broadcasts; elsewhere no node is added to its.
    """
    mine, whole = input.shape.values, gradient.shape.values
    if mine is None or whole is None:
        return gradient
    if len(mine) == len(whole) and not any(m == 1 and n not in (1, None) for m, n in zip(mine, whole, strict=True)):
        return gradient
    shape = F.shape(input)
    axes, _ = broadcast_gradient_args(shape, F.shape(gradient))
    return F.reshape(F.reduce_sum(gradient, axes), shape)


@export("atan2", "math.atan2")
def atan2(y, x, name=None):
    """The angle in [-pi, pi] of the point (x, y), element by element, broadcasting.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.atan2([1.0, -1.0], -1.0)))
    [ 2.3561945 -2.3561945]
    """
    return _atan2(y, x, name=name)
