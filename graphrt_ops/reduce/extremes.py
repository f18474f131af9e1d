"""reduce_max and reduce_min."""

from __future__ import annotations

from functools import partial

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import REALS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.reduce.reduction import SIGNATURE, axes_of, constant_axes, kept_shape, lowered, reduce_with, reduced

_TYPES = {"T": REALS, "Tidx": (int32, int64)}

max_opdef = OpDef("Max", SIGNATURE, "output", dtypes=_TYPES, attrs={"keep_dims": False, "Tidx": int32}, infer=reduced)
min_opdef = OpDef("Min", SIGNATURE, "output", dtypes=_TYPES, attrs={"keep_dims": False, "Tidx": int32}, infer=reduced)

max_opdef.lower(partial(lowered, how="maximum"))
min_opdef.lower(partial(lowered, how="minimum"))


@max_opdef.kernel
def max_kernel(xp, input, reduction_indices, keep_dims):
    axes = axes_of(input, reduction_indices)
    if input.size == 0:
        return _of_nothing(xp, input, axes, keep_dims, -np.inf if input.dtype.kind != "i" else "min")
    return input.max(axes, None, keep_dims)


@min_opdef.kernel
def min_kernel(xp, input, reduction_indices, keep_dims):
    axes = axes_of(input, reduction_indices)
    if input.size == 0:
        return _of_nothing(xp, input, axes, keep_dims, np.inf if input.dtype.kind not in "iu" else "max")
    return input.min(axes, None, keep_dims)


def _of_nothing(xp, input, axes, keep_dims, limit):
    """The value that every other one would replace: an infinity, or the end of an integer type's range."""
    if input.dtype.kind == "u" and limit == -np.inf:
        limit = 0
    elif isinstance(limit, str):
        limit = getattr(np.iinfo(input.dtype), limit)
    gone = {axis % input.ndim for axis in axes} if input.ndim else set()
    dims = [1 if i in gone else d for i, d in enumerate(input.shape) if keep_dims or i not in gone]
    return xp.full(dims, limit, input.dtype)


def _specialized(kernel, ufunc: str):
    def specialize(op: Operation, xp, input, reduction_indices):
        """NumPy's own reduction, with the axes checked already."""
        axes, keep_dims = constant_axes(op, reduction_indices), op.attrs["keep_dims"]
        if input is not None or axes is None or xp is not np:
            return None
        reduce = getattr(np, ufunc).reduce

        def extreme(input):
            if not input.size:
                return kernel(np, input, reduction_indices, keep_dims)
            return reduce(input, axis=axes, keepdims=keep_dims)

        return extreme

    return specialize


max_opdef.specialize(_specialized(max_kernel, "maximum"))
min_opdef.specialize(_specialized(min_kernel, "minimum"))


@max_opdef.gradient
@min_opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """Shared in equal parts by the elements that are equal to the result."""
    input, indices = op.inputs
    kept = kept_shape(F.shape(input), indices)
    result = F.reshape(op.outputs[0], kept)
    dy = F.reshape(dy, kept)
    chosen = F.cast(F.equal(result, input), dy.dtype)
    count = F.reshape(F.reduce_sum(chosen, indices), kept)
    return [chosen / count * dy, None]


@export("reduce_max", "math.reduce_max")
def reduce_max(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The largest element over some axes; the arguments are those of ``reduce_sum``.

    The gradient is shared in equal parts by elements that are equally large. The largest of no elements is -inf (the
    smallest number of an integer type).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reduce_max([[1, 5, 3], [4, 2, 6]], axis=1)))
    [5 6]
    """
    return reduce_with(max_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@export("reduce_min", "math.reduce_min")
def reduce_min(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The smallest element over some axes; the arguments are those of ``reduce_sum``.

    The gradient is shared in equal parts by elements that are equally small. The smallest of no elements is inf (the
    largest number of an integer type).
    """
    return reduce_with(min_opdef, input_tensor, axis, keepdims, name, reduction_indices, keep_dims)
