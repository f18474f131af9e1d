"""Which elements are nan, infinite, or neither."""

from __future__ import annotations

from graphrt.dtypes import FLOATS
from graphrt_ops.math.families import unary

is_nan = unary(
    "IsNan",
    "is_nan math.is_nan debugging.is_nan",
    """True where x is nan.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.is_nan([1.0, np.nan])))
    [False  True]
    """,
    dtypes=FLOATS,
    ufunc="isnan",
    scalar=lambda m, x: x != x,
    output="y:bool",
)
is_inf = unary(
    "IsInf",
    "is_inf math.is_inf debugging.is_inf",
    """True where x is inf or -inf.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.is_inf([1.0, -np.inf])))
    [False  True]
    """,
    dtypes=FLOATS,
    ufunc="isinf",
    scalar=lambda m, x: m.abs(x) == m.inf,
    output="y:bool",
)
is_finite = unary(
    "IsFinite",
    "is_finite math.is_finite debugging.is_finite",
    """True where x is neither infinite nor nan.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.is_finite([1.0, np.inf, np.nan])))
    [ True False False]
    """,
    dtypes=FLOATS,
    ufunc="isfinite",
    scalar=lambda m, x: m.abs(x) < m.inf,
    output="y:bool",
)
