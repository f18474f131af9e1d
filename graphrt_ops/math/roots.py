"""Squares, roots and reciprocals, and the ops in which TF1 writes their gradients."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt_ops.math.families import CONTINUOUS, SIGNED_AND_COMPLEX, after, binary, unary


def _square_gradient(x: Tensor, y: Tensor, dy: Tensor):
    x = F.conj(x)
    return F.multiply(dy, F.multiply(x, F.constant(2.0, dtype=x.dtype)))


square = unary(
    "Square",
    "square math.square",
    """x * x, element by element.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.square([2.0, -3.0])))
    [4. 9.]
    """,
    dtypes=SIGNED_AND_COMPLEX,
    ufunc="square",
    scalar=lambda m, x: x * x,
    gradient=after(_square_gradient),
    sparse=True,
)
sqrt = unary(
    "Sqrt",
    "sqrt math.sqrt",
    """The square root; nan for negative real numbers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.sqrt([4.0, 9.0])))
    [2. 3.]
    """,
    ufunc="sqrt",
    scalar=lambda m, x: m.sqrt(x),
    gradient=lambda op, dy: sqrt_grad(op.outputs[0], dy),
    sparse=True,
)


def _rsqrt_kernel(xp, x, out=None):
    if x.ndim == 0:
        return x.dtype.type(1) / xp.sqrt(x)
    root = xp.sqrt(x, out=out)
    return xp.true_divide(x.dtype.type(1), root, out=root)


rsqrt = unary(
    "Rsqrt",
    "rsqrt math.rsqrt",
    """1 / sqrt(x), element by element.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.rsqrt([4.0, 16.0])))
    [0.5  0.25]
    """,
    kernel=_rsqrt_kernel,
    scalar=lambda m, x: 1 / m.sqrt(x),
    gradient=lambda op, dy: rsqrt_grad(op.outputs[0], dy),
)
reciprocal = unary(
    "Reciprocal",
    "reciprocal math.reciprocal",
    """1 / x, element by element.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reciprocal([4.0, -0.5])))
    [ 0.25 -2.  ]
    """,
    ufunc="reciprocal",
    scalar=lambda m, x: 1 / x,
    gradient=lambda op, dy: reciprocal_grad(op.outputs[0], dy),
)


def _conjugate(y):
    return y.conj() if y.dtype.kind == "c" else y


def _where_any(gradient):
    """The kernel and the scalar expression of ``gradient(y, dy)``. No gradient stays none: 0 times an infinite slope
    is 0 here, as in TF1."""

    def scalar(m, y, dy):
        return m.where(dy == 0, dy, gradient(y, dy))

    return {"kernel": lambda xp, y, dy: scalar(xp, _conjugate(y), dy), "scalar": scalar}


def _sqrt_grad_gradient(op: Operation, dz: Tensor):
    y, z = op.inputs[0], op.outputs[0]

    def gradient(_, __, dz):
        scaled = dz / y
        return [-F.conj(scaled) * z, 0.5 * scaled]

    return after(gradient)(op, dz)


sqrt_grad = binary(
    "SqrtGrad",
    "_sqrt_grad",
    """The gradient of y = sqrt(x) in terms of y: dy / (2 y), and 0 where dy is 0.""",
    dtypes=CONTINUOUS,
    inputs="y dy",
    **_where_any(lambda y, dy: 0.5 * dy / y),
    gradient=_sqrt_grad_gradient,
)


def _rsqrt_grad_gradient(op: Operation, dz: Tensor):
    y, dy = op.inputs

    def gradient(_, __, dz):
        y_, dz_ = F.conj(y), F.conj(dz)
        return [-1.5 * dz_ * dy * F.square(y_), rsqrt_grad(y_, dz)]

    return after(gradient)(op, dz)


rsqrt_grad = binary(
    "RsqrtGrad",
    "_rsqrt_grad",
    """The gradient of y = 1 / sqrt(x) in terms of y: -dy y^3 / 2, and 0 where dy is 0.""",
    dtypes=CONTINUOUS,
    inputs="y dy",
    **_where_any(lambda y, dy: -0.5 * dy * (y * y * y)),
    gradient=_rsqrt_grad_gradient,
)


def _reciprocal_grad_gradient(op: Operation, dz: Tensor):
    y, dy = op.inputs

    def gradient(_, __, dz):
        y_, dz_ = F.conj(y), F.conj(dz)
        return [dz_ * -2.0 * dy * y_, reciprocal_grad(y_, dz)]

    return after(gradient)(op, dz)


reciprocal_grad = binary(
    "ReciprocalGrad",
    "_reciprocal_grad",
    """The gradient of y = 1 / x in terms of y: -dy y^2, and 0 where dy is 0.""",
    dtypes=CONTINUOUS,
    inputs="y dy",
    **_where_any(lambda y, dy: -dy * (y * y)),
    gradient=_reciprocal_grad_gradient,
)
