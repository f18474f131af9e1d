"""Remainders: of floor division (Python's %) and of truncating division (C's)."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.division import check_divisor, truncated_quotient
from graphrt_ops.math.families import binary

_TYPES = (int32, int64, *FLOATS)


def _floor_remainder(m, x, y):
    """Of floats; ``m`` is a code generator's module or an array library. Exact but for the last addition.

    It is neither x - floor(x / y) * y, which loses what x / y rounds off, nor NumPy's remainder, which gives a zero the
    sign of y, where TF1 leaves it that of x.
    """
    rest = m.fmod(x, y)
    return m.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


def _floor_kernel(xp, x, y):
    check_divisor(xp, x, y)
    return xp.remainder(x, y) if x.dtype.kind in "iu" else _floor_remainder(xp, x, y)


def _floor_gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    # The quotient comes between the sums' axes and the sums.
    quotient: list[Tensor] = []

    def with_respect_to_x():
        quotient.append(F.floor_div(x, y))
        return dy

    return summed(op, with_respect_to_x, lambda: dy * F.negative(quotient[0]))


floormod = binary(
    "FloorMod",
    "floormod math.floormod mod math.mod",
    """x - floor(x / y) * y: the remainder that has the sign of y, as Python's %.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.floormod([-7, 7], [2, -2])))
    [ 1 -1]

    Raises:
      InvalidArgumentError: when integers are divided by zero.
    """,
    dtypes=_TYPES,
    kernel=_floor_kernel,
    scalar=_floor_remainder,
    gradient=_floor_gradient,
)
mod = floormod


def _truncating_kernel(xp, x, y):
    check_divisor(xp, x, y)
    if xp is not np and x.dtype.kind in "iu":
        return x - truncated_quotient(xp, x, y) * y  # CuPy's fmod of integers goes by way of float64
    return xp.fmod(x, y)


truncatemod = binary(
    "TruncateMod",
    "truncatemod",
    """The remainder of the division toward zero, which has the sign of x, as C's %.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.truncatemod([-7, 7], 3)))
    [-1  1]

    Raises:
      InvalidArgumentError: when integers are divided by zero.
    """,
    dtypes=_TYPES,
    kernel=_truncating_kernel,
    scalar=lambda m, x, y: m.fmod(x, y),
)
