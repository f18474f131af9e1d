"""Rounding to whole numbers; no gradient flows through it."""

from __future__ import annotations

from graphrt.dtypes import FLOATS
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.families import SIGNED_AND_COMPLEX, no_gradient, unary
from graphrt_ops.shapes import unchanged

floor = unary(
    "Floor",
    "floor math.floor",
    """The largest whole number that is at most x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.floor([1.7, -1.2])))
    [ 1. -2.]
    """,
    dtypes=FLOATS,
    ufunc="floor",
    scalar=lambda m, x: m.floor(x),
    gradient=no_gradient,
)
ceil = unary(
    "Ceil",
    "ceil math.ceil",
    """The smallest whole number that is at least x.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.ceil([1.2, -1.7])))
    [ 2. -1.]
    """,
    dtypes=FLOATS,
    ufunc="ceil",
    scalar=lambda m, x: m.ceil(x),
    gradient=no_gradient,
)
rint = unary(
    "Rint",
    "rint math.rint",
    """The nearest whole number, halves to the even one.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.rint([0.5, 1.5, 2.6])))
    [0. 2. 3.]
    """,
    dtypes=FLOATS,
    ufunc="rint",
    scalar=lambda m, x: m.rint(x),
    gradient=no_gradient,
)
_round = OpDef("Round", "x", "y", dtypes=SIGNED_AND_COMPLEX, infer=unchanged, ufunc="rint", elementwise=True)
_round.gradient(no_gradient)
_round.scalar(lambda m, x: m.rint(x))


@export("round", "math.round")
def round(x, name=None):
    """The nearest whole number, halves to the even one; integers as they are.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.round([0.5, 1.5, 2.5, -1.5])))
    [ 0.  2.  2. -2.]
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else _round(x, name=name)
