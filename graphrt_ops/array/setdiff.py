"""setdiff1d: the elements of one vector that another does not have."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import as_dtype, int32, int64
from graphrt.opdef import OpDef, export
from graphrt.shapes import TensorShape

opdef = OpDef(
    "ListDiff",
    "x@host y@host",
    "out idx:out_idx",
    dtypes={"out_idx": (int32, int64)},
    attrs={"out_idx": int32},
    infer=lambda op: [TensorShape.of((None,))] * 2,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, x, y, out_idx):
    for vector in (x, y):
        if vector.ndim != 1:
            raise ValueError(f"x and y should be 1D vectors, got shapes {x.shape} and {y.shape}")
    kept = np.flatnonzero(~np.isin(x, y))
    return x[kept], kept.astype(out_idx.as_numpy_dtype)


@export("setdiff1d")
def setdiff1d(x, y, index_dtype=int32, name=None):
    """The elements of ``x`` that are not in ``y``, in their order, and where in ``x`` they are.

    Args:
      x, y: vectors of one type. index_dtype: tf.int32 or tf.int64. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tuple(tf.setdiff1d([1, 2, 3, 4], [2, 4]))))
    (array([1, 3], dtype=int32), array([0, 2], dtype=int32))
    """
    return opdef(x, y, out_idx=as_dtype(index_dtype), name=name)
