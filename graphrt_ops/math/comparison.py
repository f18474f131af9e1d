"""Comparisons, element by element, broadcasting."""

from __future__ import annotations

from graphrt import dtypes
from graphrt_ops.math.families import binary
from graphrt_ops.shapes import NUMBERS, REALS

_EQUATABLE = (
    *(t for t in NUMBERS if t not in (dtypes.uint16, dtypes.uint32, dtypes.uint64)),
    dtypes.string,
    dtypes.bool_,
)
_SAME_SHAPES_ONLY = {"incompatible_shape_error": True}

equal = binary(
    "Equal",
    "equal math.equal",
    """True where x is equal to y (never where one is nan). ``==`` on tensors asks whether they are one object.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.equal([1, 2], 2)))
    [False  True]
    """,
    dtypes=_EQUATABLE,
    attrs=_SAME_SHAPES_ONLY,
    ufunc="equal",
    scalar=lambda m, x, y: x == y,
    output="z:bool",
    commutative=True,
)
not_equal = binary(
    "NotEqual",
    "not_equal math.not_equal",
    """True where x is not equal to y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.not_equal([1, 2], 2)))
    [ True False]
    """,
    dtypes=_EQUATABLE,
    attrs=_SAME_SHAPES_ONLY,
    ufunc="not_equal",
    scalar=lambda m, x, y: x != y,
    output="z:bool",
    commutative=True,
)
less = binary(
    "Less",
    "less math.less",
    """True where x < y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.less([1, 2], 2)))
    [ True False]
    """,
    dtypes=REALS,
    ufunc="less",
    scalar=lambda m, x, y: x < y,
    output="z:bool",
)
less_equal = binary(
    "LessEqual",
    "less_equal math.less_equal",
    """True where x <= y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.less_equal([1, 2, 3], 2)))
    [ True  True False]
    """,
    dtypes=REALS,
    ufunc="less_equal",
    scalar=lambda m, x, y: x <= y,
    output="z:bool",
)
greater = binary(
    "Greater",
    "greater math.greater",
    """True where x > y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.greater([1, 2, 3], 2)))
    [False False  True]
    """,
    dtypes=REALS,
    ufunc="greater",
    scalar=lambda m, x, y: x > y,
    output="z:bool",
)
greater_equal = binary(
    "GreaterEqual",
    "greater_equal math.greater_equal",
    """True where x >= y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.greater_equal([1, 2, 3], 2)))
    [False  True  True]
    """,
    dtypes=REALS,
    ufunc="greater_equal",
    scalar=lambda m, x, y: x >= y,
    output="z:bool",
)
