"""sparse_placeholder: a SparseTensor that is fed."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int64
from graphrt.graph import Tensor
from graphrt.opdef import export
from graphrt.shapes import as_shape
from graphrt_ops.sparse.sparse_tensor import SparseTensor


@export("sparse_placeholder", "sparse.placeholder")
def sparse_placeholder(dtype, shape=None, name=None):
    """A SparseTensor that must be fed: by a SparseTensorValue, or by a tuple (indices, values, dense_shape).

    Args:
      dtype: the type of the values. shape: the dense shape, with None for what may vary; without it any may be fed.
      name: a prefix for the names of the three nodes.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     s = tf.sparse_placeholder(tf.float32)
    ...     print(sess.run(tf.sparse_reduce_sum(s), {s: ([[0, 0], [1, 2]], [1., 2.], [2, 3])}))
    3.0
    """

    def named(part: str) -> str | None:
        return None if name is None else f"{name}/{part}"

    rank = None
    if shape is None:
        dense_shape = F.placeholder(int64, shape=[None], name=named("shape"))
    elif isinstance(shape, Tensor):
        rank = None if shape.shape.rank is None else shape.shape.values[0]
        dense_shape = shape
    else:
        known = as_shape(shape)
        rank = known.rank
        if known.is_fully_defined():
            dense_shape = F.constant(known.as_list(), int64, name=named("shape") or "Const")
        else:
            dense_shape = F.placeholder(int64, shape=[rank], name=named("shape"))
    values = F.placeholder(dtype, shape=[None], name=named("values"))
    indices = F.placeholder(int64, shape=[None, rank], name=named("indices"))
    return SparseTensor(indices, values, dense_shape)
