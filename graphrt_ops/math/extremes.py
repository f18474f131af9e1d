"""The larger and the smaller of two tensors, element by element."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.families import SIGNED, binary


def _gradient(chosen):
    """All of the gradient goes to the side that was taken; where both are equal, to x."""

    def gradient(op: Operation, dy: Tensor):
        x, y = op.inputs
        shape_x, shape_y = F.shape(x), F.shape(y)
        zeros = F.zeros(F.shape(dy), dy.dtype)
        from_x = chosen(x, y)
        return summed(op, lambda: F.where(from_x, dy, zeros), lambda: F.where(from_x, zeros, dy), (shape_x, shape_y))

    return gradient


maximum = binary(
    "Maximum",
    "maximum math.maximum",
    """The larger of x and y, element by element, broadcasting; nan where either is nan.

    The gradient goes to x where both are equal.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.maximum([-1.0, 2.0], 0.0)))
    [0. 2.]
    """,
    dtypes=SIGNED,
    ufunc="maximum",
    scalar=lambda m, x, y: m.max(x, y),
    gradient=_gradient(lambda x, y: F.greater_equal(x, y)),
)
minimum = binary(
    "Minimum",
    "minimum math.minimum",
    """The smaller of x and y, element by element, broadcasting; nan where either is nan.

    The gradient goes to x where both are equal.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.minimum([-1.0, 2.0], 0.0)))
    [-1.  0.]
    """,
    dtypes=SIGNED,
    ufunc="minimum",
    scalar=lambda m, x, y: m.min(x, y),
    gradient=_gradient(lambda x, y: F.less_equal(x, y)),
)
