"""norm: the length of vectors and matrices."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.reduce.reduction import one_of

_MATRIX_ORDERS = ("euclidean", "fro", 1, 2, np.inf)
_VECTOR_ORDERS = "'euclidean', 1, 2, np.inf or any positive real number"


def _check_order(order, is_matrix: bool) -> None:
    if is_matrix:
        if order not in _MATRIX_ORDERS:
            raise ValueError(f"'ord' must be a supported matrix norm in {list(_MATRIX_ORDERS)}, got {order}")
        return
    if order != "euclidean" and (isinstance(order, str) or not order > 0):
        raise ValueError(f"'ord' must be a supported vector norm ({_VECTOR_ORDERS}), got {order}")


def _axes(axis) -> tuple[object, bool]:
    """(the axes, whether they are those of matrices)"""
    if not isinstance(axis, (tuple, list)):
        return axis, False
    if len(axis) != 2 or axis[0] == axis[1]:
        raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
    return tuple(axis), True


@export("norm", "linalg.norm")
def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None, keep_dims=None):
    """The norm of a tensor as one vector, of its vectors along an axis, or of its matrices along two.

    Args:
      tensor: floats or complex numbers.
      ord: for vectors "euclidean" (or 2), 1, np.inf or any positive number p; for matrices "euclidean" or "fro"
        (Frobenius), 1 (largest column sum), np.inf (largest row sum) or 2 (largest singular value).
      axis: None for all elements as one vector, an integer, or two of them for matrices.
      keepdims: leave the reduced axes in the shape, with length 1; ``keep_dims`` is its old name.
      name: a name for the nodes.

    Raises:
      ValueError: for an order or axes that are not among those.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.norm([[3.0, 4.0], [6.0, 8.0]], axis=1)))
    [ 5. 10.]
    """
    keepdims = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    axis, is_matrix = _axes(axis)
    _check_order(ord, is_matrix)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if is_matrix and ord == 2:
            result = _largest_singular_value(tensor, axis)
        elif ord in ("fro", "euclidean", 2):
            axes = [axis] if isinstance(axis, int) else axis  # TF1 makes a vector of it for some orders
            result = F.sqrt(F.reduce_sum(tensor * F.conj(tensor), axes, keepdims=True))
            if tensor.dtype.is_complex:
                result = F.real(result)
        else:
            result = _of_sizes(F.abs(tensor), ord, axis, is_matrix)
        return result if keepdims else F.squeeze(result, axis)


@export("linalg.normalize")
def normalize(tensor, ord="euclidean", axis=None, name=None):
    """A tensor divided by its norm; the arguments are those of ``norm``.

    Returns:
      (the scaled tensor, the norm with its axes kept).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.linalg.normalize([3.0, 4.0])[0]))
    [0.6 0.8]
    """
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        length = F.cast(norm(tensor, ord, axis, keepdims=True), tensor.dtype.base_dtype)
        return tensor / length, length


def _of_sizes(sizes: Tensor, order, axis, is_matrix: bool) -> Tensor:
    if order == 1:
        sums = F.reduce_sum(sizes, axis[0] if is_matrix else axis, keepdims=True)
        return F.reduce_max(sums, axis[-1], keepdims=True) if is_matrix else sums
    if order == np.inf:
        if is_matrix:
            sizes = F.reduce_sum(sizes, axis[1], keepdims=True)
            return F.reduce_max(sizes, axis[0], keepdims=True)
        return F.reduce_max(sizes, axis, keepdims=True)
    axes = [axis] if isinstance(axis, int) else axis
    return F.pow(F.reduce_sum(F.pow(sizes, order), axes, keepdims=True), 1.0 / order)


def _largest_singular_value(tensor: Tensor, axis: tuple[int, int]) -> Tensor:
    rank = tensor.shape.rank
    if rank is None:
        raise ValueError("norm(ord=2) of matrices needs a tensor of known rank")
    matrix = [i % rank for i in axis]
    order = [i for i in range(rank) if i not in matrix] + matrix
    values = F.svd(F.transpose(tensor, order), compute_uv=False)
    largest = F.expand_dims(F.reduce_max(F.abs(values), axis=-1, keepdims=True), -1)
    return F.transpose(largest, [order.index(i) for i in range(rank)])
