"""eye: identity matrices."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32, int32
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.shapes import Dimension


@export("eye", "linalg.eye")
def eye(num_rows, num_columns=None, batch_shape=None, dtype=float32, name=None):
    """An identity matrix, or a batch of them.

    Args:
      num_rows, num_columns: its size, numbers or int32 scalars; square if ``num_columns`` is not given.
      batch_shape: the dimensions before the last two: a list of numbers, or an int32 vector.
      dtype: the type of the elements. name: a name for the nodes.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.eye(2, 3)))
    [[1. 0. 0.]
     [0. 1. 0.]]
    """
    with name_scope(name, default_name="eye", values=[num_rows, num_columns, batch_shape]):
        square = num_columns is None or num_columns is num_rows
        batch_shape = [] if batch_shape is None else batch_shape
        rows = _size(num_rows)
        columns = rows if square else _size(num_columns)
        if not any(isinstance(part, Tensor) for part in (rows, columns, batch_shape)):
            square = rows == columns
            diagonal_shape = [*batch_shape, min(rows, columns)]
            shape = [*batch_shape, rows, columns]
        else:
            shorter = F.minimum(rows, columns)
            batch_shape = convert_to_tensor(batch_shape, name="shape", dtype=int32)
            diagonal_shape = F.concat((batch_shape, [shorter]), axis=0)
            shape = None if square else F.concat((batch_shape, [rows, columns]), axis=0)
        ones = F.ones(diagonal_shape, dtype=dtype)
        if square:
            return F.matrix_diag(ones)
        return F.matrix_set_diag(F.zeros(shape, dtype=dtype), ones)


def _size(size):
    return size if isinstance(size, Tensor) else int(size.value if isinstance(size, Dimension) else size)
