"""tensordot: the sum of products over given axes, as one matrix product."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


@export("tensordot", "linalg.tensordot")
def tensordot(a, b, axes, name=None):
    """Sums the products of ``a`` and ``b`` over some axes of each.

    Args:
      a, b: tensors of one type.
      axes: how many of the last axes of ``a`` and the first ones of ``b``; or a pair: the axes of ``a`` (one or a list)
        and those of ``b``; or a tensor of such a pair.
      name: a name for the nodes.

    Returns:
      A tensor of the axes of ``a`` that are left and those of ``b`` that are left.

    Raises:
      ValueError: if the axes are not such a pair, or there are not that many.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.tensordot([[1, 2], [3, 4]], [[1, 2], [3, 4]], axes=2)))
    30
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as scope:
        a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
        axes_a, axes_b = _axes(a, axes)
        matrix_a, free_a, free_dims_a = _as_matrix(a, axes_a)
        matrix_b, free_b, free_dims_b = _as_matrix(b, axes_b, summed_first=True)
        product = F.matmul(matrix_a, matrix_b)
        if isinstance(free_a, list) and isinstance(free_b, list):
            return F.reshape(product, np.array(free_a + free_b, np.int32), name=scope)
        free_a, free_b = (convert_to_tensor(free, dtype=int32) for free in (free_a, free_b))
        result = F.reshape(product, F.concat([free_a, free_b], 0), name=scope)
        if free_dims_a is not None and free_dims_b is not None:
            result.set_shape(free_dims_a + free_dims_b)
        return result


def _axes(a: Tensor, axes: Any) -> tuple[Any, Any]:
    """The summed axes of each side."""
    if isinstance(axes, (int, np.integer)):
        if axes < 0:
            raise ValueError("'axes' must be at least 0.")
        rank = a.shape.rank
        if rank is not None:
            if axes > rank:
                raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {a}.")
            return list(range(rank - axes, rank)), list(range(axes))
        rank = F.rank(a)
        return F.range(rank - axes, rank, dtype=int32), F.range(axes, dtype=int32)
    if isinstance(axes, Iterable) and not isinstance(axes, Tensor):
        if len(axes) != 2:
            raise ValueError("'axes' must be an integer or have length 2.")
        first, second = ([side] if isinstance(side, (int, np.integer)) else side for side in axes)
        if not isinstance(first, Tensor) and not isinstance(second, Tensor) and len(first) != len(second):
            raise ValueError(
                f"Different number of contraction axes {first} and {second}, {len(first)} != {len(second)}."
            )
        return first, second
    axes = convert_to_tensor(axes, name="axes", dtype=int32)
    return axes[0], axes[1]


def _as_matrix(x: Tensor, axes: Any, summed_first: bool = False) -> tuple[Tensor, Any, list[int | None] | None]:
    """``x`` with the summed axes on one side and the others on the other.

    Returns:
      The matrix; the lengths of the axes that are left, as a list or a tensor; and what is known of those lengths.
    """
    dims = x.shape.values
    if dims is None or not isinstance(axes, (list, tuple, np.ndarray)):
        return _as_matrix_of_unknown_rank(x, axes, summed_first)
    axes = [int(axis) % len(dims) for axis in axes]
    free = [i for i in range(len(dims)) if i not in axes]
    free_dims = [dims[i] for i in free]
    order = axes + free if summed_first else free + axes
    if None not in dims:
        sizes = [math.prod(free_dims), math.prod(dims[i] for i in axes)]
        shape = sizes[::-1] if summed_first else sizes
        permuted = F.transpose(x, np.array(order, np.int32))
        return F.reshape(permuted, np.array(shape, np.int32)), free_dims, free_dims
    axes = convert_to_tensor(np.array(axes, np.int32), name="axes")
    free = convert_to_tensor(np.array(free, np.int32), name="free")
    matrix, sizes = _reordered(x, F.shape(x), axes, free, summed_first)
    return matrix, sizes, free_dims


def _as_matrix_of_unknown_rank(x: Tensor, axes: Any, summed_first: bool) -> tuple[Tensor, Any, list[int | None] | None]:
    left = None
    if x.shape.rank is not None and isinstance(axes, (list, tuple)):
        left = [d for i, d in enumerate(x.shape.values) if i not in [axis % x.shape.rank for axis in axes]]
    shape, rank = F.shape(x), F.rank(x)
    axes = convert_to_tensor(axes, dtype=int32, name="axes")
    axes = F.where(axes >= 0, axes, axes + rank)
    free, _ = F.setdiff1d(F.range(rank), axes)
    matrix, sizes = _reordered(x, shape, axes, free, summed_first)
    return matrix, sizes, left


def _reordered(x: Tensor, shape: Tensor, axes: Tensor, free: Tensor, summed_first: bool) -> tuple[Tensor, Tensor]:
    free_dims, axes_dims = F.gather(shape, free), F.gather(shape, axes)
    free_size, axes_size = F.reduce_prod(free_dims), F.reduce_prod(axes_dims)
    if summed_first:
        order, sizes = F.concat([axes, free], 0), F.stack([axes_size, free_size])
    else:
        order, sizes = F.concat([free, axes], 0), F.stack([free_size, axes_size])
    return F.reshape(F.transpose(x, order), sizes), free_dims
