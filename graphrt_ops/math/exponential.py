"""Exponentials and logarithms."""

from __future__ import annotations

import graphrt_ops as F
from graphrt_ops.math.families import after, unary

exp = unary(
    "Exp",
    "exp math.exp",
    """e to the power x, element by element.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.exp([0.0, 1.0])), 3))
    [1.    2.718]
    """,
    ufunc="exp",
    scalar=lambda m, x: m.exp(x),
    gradient=after(lambda x, y, dy: dy * F.conj(y)),
)
expm1 = unary(
    "Expm1",
    "expm1 math.expm1",
    """exp(x) - 1, accurate where x is small.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.expm1([0.0, 1.0])), 3))
    [0.    1.718]
    """,
    ufunc="expm1",
    scalar=lambda m, x: m.expm1(x),
    gradient=after(lambda x, y, dy: dy * F.exp(F.conj(x))),
)
log = unary(
    "Log",
    "log math.log",
    """The natural logarithm: -inf at 0, nan for negative real numbers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.log([1.0, 10.0])), 3))
    [0.    2.303]
    """,
    ufunc="log",
    scalar=lambda m, x: m.log(x),
    gradient=after(lambda x, y, dy: dy * F.reciprocal(F.conj(x))),
)
log1p = unary(
    "Log1p",
    "log1p math.log1p",
    """log(1 + x), accurate where x is small.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.log1p([0.0, 1.0])), 3))
    [0.    0.693]
    """,
    ufunc="log1p",
    scalar=lambda m, x: m.log1p(x),
    gradient=after(lambda x, y, dy: dy * F.reciprocal(1 + F.conj(x))),
)
