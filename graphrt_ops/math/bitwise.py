"""Bits of integers: and, or, xor, invert, shifts."""

from __future__ import annotations

import numpy as np

from graphrt import dtypes
from graphrt_ops.math.families import binary, unary

_INTEGERS = (
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64,
)  # fmt: skip

bitwise_and = binary(
    "BitwiseAnd",
    "bitwise.bitwise_and",
    """The bits that x and y both have.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.bitwise_and([5, 12], 6)))
    [4 4]
    """,
    dtypes=_INTEGERS,
    ufunc="bitwise_and",
    scalar=lambda m, x, y: x & y,
    commutative=True,
)
bitwise_or = binary(
    "BitwiseOr",
    "bitwise.bitwise_or",
    """The bits that x or y has.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.bitwise_or([5, 12], 6)))
    [ 7 14]
    """,
    dtypes=_INTEGERS,
    ufunc="bitwise_or",
    scalar=lambda m, x, y: x | y,
    commutative=True,
)
bitwise_xor = binary(
    "BitwiseXor",
    "bitwise.bitwise_xor",
    """The bits that just one of x and y has.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.bitwise_xor([5, 12], 6)))
    [ 3 10]
    """,
    dtypes=_INTEGERS,
    ufunc="bitwise_xor",
    scalar=lambda m, x, y: x ^ y,
    commutative=True,
)
invert = unary(
    "Invert",
    "bitwise.invert",
    """The bits that x does not have.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.invert([0, 5])))
    [-1 -6]
    """,
    dtypes=_INTEGERS,
    ufunc="invert",
    scalar=lambda m, x: ~x,
)


def _distance(xp, x, y):
    """How far to shift: as TF1's kernels, never less than nothing or more than the width less one."""
    return xp.clip(y, 0, np.iinfo(x.dtype).bits - 1).astype(x.dtype)


def _scalar_distance(m, x, y):
    return m.min(m.max(y, 0), np.iinfo(x.dtype).bits - 1)


left_shift = binary(
    "LeftShift",
    "bitwise.left_shift",
    """The bits of x moved up by y places; y is held between 0 and the width of the type less one.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.left_shift([1, 3], 2)))
    [ 4 12]
    """,
    dtypes=_INTEGERS,
    kernel=lambda xp, x, y: xp.left_shift(x, _distance(xp, x, y)),
    scalar=lambda m, x, y: x << _scalar_distance(m, x, y),
)
right_shift = binary(
    "RightShift",
    "bitwise.right_shift",
    """The bits of x moved down by y places, the sign kept; y is held between 0 and the width of the type less one.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.bitwise.right_shift([8, -8], 2)))
    [ 2 -2]
    """,
    dtypes=_INTEGERS,
    kernel=lambda xp, x, y: xp.right_shift(x, _distance(xp, x, y)),
    scalar=lambda m, x, y: x >> _scalar_distance(m, x, y),
)
