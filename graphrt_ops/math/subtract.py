"""Subtraction: subtract and the operator -."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt_ops.math.broadcast_gradient import summed_to_inputs
from graphrt_ops.math.families import binary
from graphrt_ops.shapes import NUMBERS


def _gradient(op: Operation, dy: Tensor):
    return summed_to_inputs(op, dy, lambda: -dy)


subtract = binary(
    "Sub",
    "subtract math.subtract",
    """x - y, element by element, broadcasting.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.subtract([1, 2], 3)))
    [-2 -1]
    """,
    dtypes=NUMBERS,
    ufunc="subtract",
    scalar=lambda m, x, y: x - y,
    gradient=_gradient,
)
