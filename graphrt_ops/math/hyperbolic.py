"""Hyperbolic functions and their inverses."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt_ops.math.families import CONTINUOUS, after, binary, unary

sinh = unary(
    "Sinh",
    "sinh math.sinh",
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.sinh([0.0, 1.0])), 3))
    [0.    1.175]
    """,
    ufunc="sinh",
    scalar=lambda m, x: m.sinh(x),
    gradient=after(lambda x, y, dy: dy * F.cosh(F.conj(x))),
)
cosh = unary(
    "Cosh",
    "cosh math.cosh",
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.cosh([0.0, 1.0])), 3))
    [1.    1.543]
    """,
    ufunc="cosh",
    scalar=lambda m, x: m.cosh(x),
    gradient=after(lambda x, y, dy: dy * F.sinh(F.conj(x))),
)
tanh = unary(
    "Tanh",
    "tanh math.tanh nn.tanh",
    """The hyperbolic tangent, which lies between -1 and 1.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.tanh([0.0, 100.0])))
    [0. 1.]
    """,
    ufunc="tanh",
    scalar=lambda m, x: m.tanh(x),
    gradient=after(lambda x, y, dy: tanh_grad(F.conj(y), dy)),
    sparse=True,
)
asinh = unary(
    "Asinh",
    "asinh math.asinh",
    """The number whose hyperbolic sine is x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.asinh([0.0, 1.0])), 3))
    [0.    0.881]
    """,
    ufunc="arcsinh",
    scalar=lambda m, x: m.asinh(x),
    gradient=after(lambda x, y, dy: dy / F.cosh(F.conj(y))),
)
acosh = unary(
    "Acosh",
    "acosh math.acosh",
    """The positive number whose hyperbolic cosine is x; nan where x is less than 1.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.acosh([1.0, 2.0])), 3))
    [0.    1.317]
    """,
    ufunc="arccosh",
    scalar=lambda m, x: m.acosh(x),
    gradient=after(lambda x, y, dy: dy / F.sinh(F.conj(y))),
)


def _atanh_gradient(x: Tensor, y: Tensor, dy: Tensor):
    squared = F.square(F.conj(x))
    return dy * F.reciprocal(F.subtract(F.constant(1, dtype=x.dtype.base_dtype), squared))


atanh = unary(
    "Atanh",
    "atanh math.atanh",
    """The number whose hyperbolic tangent is x; nan outside of [-1, 1].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.atanh([0.0, 0.5])), 3))
    [0.    0.549]
    """,
    ufunc="arctanh",
    scalar=lambda m, x: m.atanh(x),
    gradient=after(_atanh_gradient),
)


def _tanh_grad_kernel(xp, y, dy, out=None):
    slope = y * y
    slope = xp.subtract(1, slope, out=slope if slope.ndim else None)
    return xp.multiply(slope, dy, out=out)


def _tanh_grad_gradient(op: Operation, dz: Tensor):
    def gradient(_, __, dz):
        y, dy = F.conj(op.inputs[0]), F.conj(op.inputs[1])
        return [dz * -2.0 * dy * y, tanh_grad(y, dz)]

    return after(gradient)(op, dz)


tanh_grad = binary(
    "TanhGrad",
    "_tanh_grad",
    """The gradient of y = tanh(x) in terms of y: dy (1 - y^2).""",
    dtypes=CONTINUOUS,
    inputs="y dy",
    kernel=_tanh_grad_kernel,
    scalar=lambda m, y, dy: dy * (1 - y * y),
    gradient=_tanh_grad_gradient,
)
