"""squared_difference: (x - y) ** 2 in one step."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt_ops.math.broadcast_gradient import same_known_shape, summed_where_needed
from graphrt_ops.math.families import SIGNED_AND_COMPLEX, binary


def _kernel(xp, x, y):
    difference = xp.subtract(x, y)
    return difference * (difference.conj() if difference.dtype.kind == "c" else difference)


def _gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    with control_dependencies([dy]):
        dx = F.scalar_mul(2.0, dy) * (x - y)
    if same_known_shape(x, y, dy):
        return [dx, -dx]
    to_x, to_y = summed_where_needed(op, dx, dx)
    return [to_x, -to_y]


squared_difference = binary(
    "SquaredDifference",
    "squared_difference math.squared_difference",
    """(x - y) * (x - y), element by element, broadcasting (with the conjugate of one factor for complex numbers).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.squared_difference([1.0, 4.0], 2.0)))
    [1. 4.]
    """,
    dtypes=SIGNED_AND_COMPLEX,
    kernel=_kernel,
    scalar=lambda m, x, y: (x - y) * (x - y),
    gradient=_gradient,
    commutative=True,
)
