"""Reductions that are made of others: logsumexp, variance, standard deviation, count_nonzero; the Euclidean norm."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, as_dtype, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.reduce.reduction import SIGNATURE, axes_of, one_of, reduce_with, reduced, to_scalar

_euclidean = OpDef(
    "EuclideanNorm",
    SIGNATURE,
    "output",
    dtypes={"T": NUMBERS, "Tidx": (int32, int64)},
    attrs={"keep_dims": False, "Tidx": int32},
    infer=reduced,
)


@_euclidean.kernel
def _euclidean_kernel(xp, input, reduction_indices, keep_dims):
    axes = axes_of(input, reduction_indices)
    if not axes:
        return input.copy()  # TF1 does not even take the absolute value where nothing is reduced
    squares = (input * input.conj()).real if input.dtype.kind == "c" else input * input
    total = squares.sum(axes, squares.dtype, None, keep_dims)
    return xp.sqrt(total).astype(input.dtype)


@_euclidean.gradient
def _euclidean_gradient(op: Operation, dy: Tensor):
    return [None, None]


@export("math.reduce_euclidean_norm")
def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of the sum of squares over some axes. As in TF1 it has no gradient; ``tf.norm`` has one."""
    return reduce_with(_euclidean, input_tensor, axis, bool(keepdims), name)


@export("reduce_logsumexp", "math.reduce_logsumexp")
def reduce_logsumexp(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """log(sum(exp(x))) over some axes, computed so that no exponential overflows.

    The arguments are those of ``reduce_sum``.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reduce_logsumexp([1000.0, 1000.0])))
    1000.6932
    """
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    input_tensor = convert_to_tensor(input_tensor)
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        largest = F.reduce_max(input_tensor, axis=axis, keepdims=True)
        shift = F.stop_gradient(F.where(F.is_finite(largest), largest, F.zeros_like(largest)))
        result = F.log(F.reduce_sum(F.exp(F.subtract(input_tensor, shift)), axis=axis, keepdims=keepdims))
        if not keepdims:
            shift = F.reshape(shift, F.shape(result))
        return to_scalar(F.add(result, shift), axis, keepdims)


@export("math.reduce_variance")
def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean of the squared distances from the mean, over some axes."""
    with name_scope(name or "reduce_variance"):
        means = F.reduce_mean(input_tensor, axis=axis, keepdims=True)
        return F.reduce_mean(F.square(input_tensor - means), axis=axis, keepdims=keepdims)


@export("math.reduce_std")
def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of the variance, over some axes."""
    with name_scope(name or "reduce_std"):
        return F.sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


@export("count_nonzero", "math.count_nonzero")
def count_nonzero(
    input_tensor=None,
    axis=None,
    keepdims=None,
    dtype=int64,
    name=None,
    reduction_indices=None,
    keep_dims=None,
    input=None,
):
    """How many elements over some axes are not zero (not False, not the empty string).

    Args:
      input_tensor: numbers, bools or strings; its later name is ``input``.
      axis, keepdims, reduction_indices, keep_dims: as for ``reduce_sum``.
      dtype: the type of the result. name: a name for the nodes.
    """
    keepdims = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    input_tensor = one_of("input", input, "input_tensor", input_tensor)
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    dtype = as_dtype(dtype)
    with name_scope(name, "count_nonzero", [input_tensor]):
        input_tensor = convert_to_tensor(input_tensor, name="input")
        zero = b"" if input_tensor.dtype.base_dtype.name == "string" else input_tensor.dtype.base_dtype.numpy.type(0)
        zero = F.constant(zero, dtype=input_tensor.dtype.base_dtype, name="zeros")
        ones = F.cast(F.not_equal(input_tensor, zero), int64)
        counted = F.reduce_sum(ones, axis=axis, keepdims=keepdims)
        return F.cast(counted, dtype)
