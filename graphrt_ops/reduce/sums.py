"""reduce_sum and reduce_mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, float32, float64, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import colocate_with
from graphrt.opdef import OpDef, export
from graphrt_ops.declared import declared_value
from graphrt_ops.reduce.reduction import (
    SIGNATURE,
    axes_of,
    constant_axes,
    divided_safely,
    kept_shape,
    known_shapes,
    lowered,
    reduce_with,
    reduced,
)

_TYPES = {"T": NUMBERS, "Tidx": (int32, int64)}
_MANY_ROWS = 64

sum_opdef = OpDef("Sum", SIGNATURE, "output", dtypes=_TYPES, attrs={"keep_dims": False, "Tidx": int32}, infer=reduced)
mean_opdef = OpDef("Mean", SIGNATURE, "output", dtypes=_TYPES, attrs={"keep_dims": False, "Tidx": int32}, infer=reduced)


sum_opdef.lower(partial(lowered, how="add"))
mean_opdef.lower(partial(lowered, how="add", mean=True))


@sum_opdef.kernel
def sum_kernel(xp, input, reduction_indices, keep_dims):
    return input.sum(axes_of(input, reduction_indices), input.dtype, None, keep_dims)


@sum_opdef.specialize
def specialize_sum(op: Operation, xp, input, reduction_indices):
    """NumPy's own reduction, with the axes checked already (for types that it does not widen)."""
    axes = constant_axes(op, reduction_indices)
    if input is not None or axes is None or op.inputs[0].dtype.base_dtype not in (float32, float64):
        return None
    plain = partial(xp.add.reduce, axis=axes, keepdims=op.attrs["keep_dims"])
    rank = op.inputs[0].shape.rank
    leading = len(axes) < rank and {axis % rank for axis in axes} == set(range(len(axes)))
    if xp is not np or not leading or op.attrs["keep_dims"]:
        return plain
    return partial(_sum_of_rows, plain, len(axes))


def _sum_of_rows(plain: Callable[[Any], Any], leading: int, input):
    """The sum over the first axes: of many rows as a product with ones, which is up to five times as fast.

    Gradients of what was broadcast over a batch are such sums. (50176 rows of 32: 0.23 ms in place of 1.25.)
    """
    shape = input.shape
    count = math.prod(shape[:leading])
    if count < _MANY_ROWS or not input.flags.c_contiguous or input.size == 0:
        return plain(input)
    return np.matmul(np.ones(count, input.dtype), input.reshape(count, -1)).reshape(shape[leading:])


@mean_opdef.specialize
def specialize_mean(op: Operation, xp, input, reduction_indices):
    total_of = specialize_sum(op, xp, input, reduction_indices)
    if total_of is None:
        return None

    def mean(input):
        total = total_of(input)
        return total / (input.size // total.size) if total.size and input.size else mean_of(input, total)

    return mean


@mean_opdef.kernel
def mean_kernel(xp, input, reduction_indices, keep_dims):
    total = input.sum(axes_of(input, reduction_indices), input.dtype, None, keep_dims)
    if total.dtype.kind not in "iu" or total.size == 0:
        return mean_of(input, total)
    # Integers: toward zero, as C divides, and not down.
    count = total.dtype.type(max(input.size // total.size, 1))
    quotient = xp.abs(total) // count
    return xp.where(total < 0, -quotient, quotient).astype(total.dtype)


def mean_of(input, total):
    """``total`` of floats divided by how many there were: nan where there were none."""
    return total / total.dtype.type(input.size // total.size) if total.size else total


@sum_opdef.gradient
def sum_gradient(op: Operation, dy: Tensor):
    return [spread(op, dy), None]


@mean_opdef.gradient
def mean_gradient(op: Operation, dy: Tensor):
    gradient = spread(op, dy)
    input, output = op.inputs[0], op.outputs[0]
    if input.shape.is_fully_defined() and output.shape.is_fully_defined():
        count = math.prod(input.shape.values) // max(math.prod(output.shape.values), 1)
        factor = F.constant(count, dtype=gradient.dtype)
    else:
        input_shape, output_shape = F.shape(input), F.shape(output)
        factor = divided_safely(F.reduce_prod(input_shape), F.reduce_prod(output_shape))
    return [F.truediv(gradient, F.cast(factor, gradient.dtype)), None]


def spread(op: Operation, dy: Tensor) -> Tensor:
    """The output's gradient, repeated over the axes that were summed."""
    dims = op.inputs[0].shape.values
    axes = None if dims is None else declared_value(op.inputs[1])
    if axes is not None:
        rank = len(dims)
        if axes.ndim == 1 and axes.tolist() == list(range(rank)):
            dy = F.reshape(dy, [1] * rank)
            return F.tile(dy, F.shape(op.inputs[0]) if None in dims else F.constant(dims, dtype=int32))
        if None not in dims:
            kept, scaling = known_shapes(dims, tuple(axes.ravel().tolist()))
            return F.tile(F.reshape(dy, kept), scaling)
    shape = F.shape(op.inputs[0])
    with colocate_with(shape):
        kept = kept_shape(shape, op.inputs[1])
        scaling = divided_safely(shape, kept)
    return F.tile(F.reshape(dy, kept), scaling)


@export("reduce_sum", "math.reduce_sum")
def reduce_sum(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The sum of the elements over some axes.

    Args:
      input_tensor: numbers of any type.
      axis: an axis or a list of axes, negative ones counted from the end; without it, all are summed. An empty list
        sums nothing.
      keepdims: leave the summed axes in the shape, with length 1.
      name: a name for the node.
      reduction_indices, keep_dims: the old names of ``axis`` and ``keepdims``.

    Returns:
      A tensor of the input's type; the sum of no elements is 0.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reduce_sum([[1, 2, 3], [4, 5, 6]], axis=1)))
    [ 6 15]
    """
    return reduce_with(sum_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_mean", "math.reduce_mean")
def reduce_mean(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The mean of the elements over some axes; the arguments are those of ``reduce_sum``.

    Returns:
      A tensor of the input's type. Integers are divided toward zero; the mean of no elements is nan.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reduce_mean([[1.0, 2.0], [3.0, 6.0]], axis=0)))
    [2. 4.]
    """
    return reduce_with(mean_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)
