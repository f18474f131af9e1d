"""Powers: pow and the operator **."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, FLOATS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt_ops.math.broadcast_gradient import summed_where_needed
from graphrt_ops.shapes import broadcast

opdef = OpDef(
    "Pow", "x y", "z", dtypes=(*FLOATS, int32, int64, *COMPLEX), infer=broadcast, elementwise=True, overwrites=(0,)
)


@opdef.kernel
def kernel(xp, x, y, out=None):
    if x.dtype.kind == "i":
        if xp is np and (y < 0).any():
            raise ValueError("Integers to negative integer powers are not allowed")
    elif xp is np and y.ndim == 0 and x.dtype.kind == "f" and y == 2:
        return xp.multiply(x, x, out=out)  # twenty times faster than pow, and exactly the same
    return xp.power(x, y, out=out)


@opdef.scalar
def scalar(m, x, y):
    return m.pow(x, y)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    z = op.outputs[0]
    conjugates: list[Tensor] = []

    def with_respect_to_x():
        conjugates.extend([F.conj(x), F.conj(y)])
        x_, y_ = conjugates
        return dy * y_ * F.pow(x_, y_ - 1)

    def with_respect_to_y():
        x_, z_ = conjugates[0], F.conj(z)
        # The logarithm is taken only where it is finite (real) or defined (complex).
        positive = F.not_equal(x_, 0) if x_.dtype.is_complex else x_ > 0
        safe = F.where(positive, x_, F.ones_like(x_))
        logarithm = F.where(positive, F.log(safe), F.zeros_like(x_))
        return dy * z_ * logarithm

    return summed_where_needed(op, with_respect_to_x, with_respect_to_y)


@export("pow", "math.pow")
def pow(x, y, name=None):
    """x to the power y, element by element.

    Args:
      x, y: floats, int32, int64 or complex numbers of one type, whose shapes broadcast. name: a name for the node.

    Raises:
      InvalidArgumentError: for a negative power of integers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.pow([2, 3], [8, 2])))
    [256   9]
    """
    with name_scope(name, "Pow", [x]) as scope:
        return opdef(x, y, name=scope)
