"""What singular values tell: the pseudo-inverse and the rank of matrices."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor, export


def _checked(a, validate_args: bool):
    """``a`` as a tensor of floats that holds matrices.

    Raises:
      TypeError: if it holds no floats. ValueError: if it is known to be a vector or a scalar.
    """
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    if a.shape.rank is not None:
        if a.shape.rank < 2:
            raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {a.shape.rank}).")
        return a
    if not validate_args:
        return a
    with control_dependencies([F.assert_rank_at_least(a, 2, message="Input `a` must have at least 2 dimensions.")]):
        return F.identity(a)


def _longer_side(a):
    """The larger number of rows and columns: a number if it is known, a tensor elsewhere."""
    sizes = a.shape[-2:]
    if sizes.is_fully_defined():
        return max(sizes.values)
    return F.reduce_max(F.shape(a)[-2:])


@export("linalg.pinv")
def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose pseudo-inverse of each matrix, by its singular values.

    Args:
      a: [..., m, n], float32 or float64.
      rcond: singular values of at most ``rcond`` times the largest one count as 0; 10 max(m, n) eps without it.
      validate_args: check the rank of ``a`` when it runs, where it is not known before. name: a name for the nodes.

    Returns:
      [..., n, m].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]])))
    [[0.5 0. ]
     [0.  0. ]]
    """
    with name_scope(name or "pinv"):
        a = _checked(convert_to_tensor(a, name="a"), validate_args)
        kind = a.dtype.base_dtype
        if rcond is None:
            eps = np.finfo(kind.as_numpy_dtype).eps
            longer = _longer_side(a)
            rcond = 10.0 * (float(longer) if isinstance(longer, int) else F.cast(longer, kind)) * eps
        rcond = convert_to_tensor(rcond, dtype=kind, name="rcond")
        values, left, right = F.svd(a, full_matrices=False, compute_uv=True)
        cutoff = F.expand_dims(rcond * F.reduce_max(values, axis=-1), -1)
        values = F.where_v2(values > cutoff, values, np.array(np.inf, kind.as_numpy_dtype))
        inverse = F.matmul(right / F.expand_dims(values, -2), left, adjoint_b=True)
        if a.shape.rank is not None:
            inverse.set_shape(a.shape[:-2].concatenate([a.shape.values[-1], a.shape.values[-2]]))
        return inverse


@export("linalg.matrix_rank")
def matrix_rank(a, tol=None, validate_args=False, name=None):
    """How many singular values of each matrix are larger than ``tol``.

    Args:
      a: [..., m, n], float32 or float64.
      tol: the largest singular value that counts as 0; eps max(m, n) times the largest one without it.
      validate_args: check the rank of ``a`` when it runs, where it is not known before. name: a name for the nodes.

    Returns:
      An int32 tensor [...].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]])))
    1
    """
    with name_scope(name or "matrix_rank"):
        a = _checked(convert_to_tensor(a, name="a"), validate_args)
        values = F.svd(a, compute_uv=False)
        if tol is None:
            longer = _longer_side(a)
            longer = np.int64(longer) if isinstance(longer, int) else longer
            eps = np.finfo(a.dtype.base_dtype.as_numpy_dtype).eps
            tol = eps * F.cast(longer, a.dtype.base_dtype) * F.reduce_max(values, axis=-1, keepdims=True)
        return F.reduce_sum(F.cast(values > tol, int32), axis=-1)
