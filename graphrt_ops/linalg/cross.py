"""cross: the vector product of three-dimensional vectors."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.shapes import REALS, merged

opdef = OpDef("Cross", "a b", "product", dtypes=REALS, infer=merged)


@opdef.kernel
def kernel(xp, a, b):
    if a.shape != b.shape or not a.ndim or a.shape[-1] != 3:
        raise ValueError(f"Both inputs must be of same shape, and the last axis 3: {list(a.shape)} vs. {list(b.shape)}")
    return xp.cross(a, b).astype(a.dtype)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    a, b = op.inputs
    return [F.cross(b, dy), F.cross(dy, a)]


@export("cross", "linalg.cross")
def cross(a, b, name=None):
    """The vector product along the last axis, which has length 3; the shapes must be equal.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])))
    [0. 0. 1.]
    """
    return opdef(a, b, name=name)
