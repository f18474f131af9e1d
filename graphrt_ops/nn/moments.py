"""Means and variances, weighted or not, and batch normalization made of them."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float16, float32
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.arguments import deprecated


@export("nn.moments")
def moments(x, axes, shift=None, name=None, keep_dims=None, keepdims=None):
    """The mean and the (population) variance over some axes.

    Args:
      x: a floating tensor; float16 is computed in float32. axes: the axes to average over.
      shift: not used; TF1 has it for compatibility with itself, too. name: a name for the scope of the nodes.
      keepdims: leave the axes in the shape, with length 1; ``keep_dims`` is the older name.

    Returns:
      (mean, variance). The gradient flows through both.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.moments(tf.constant([1.0, 3.0]), [0])))
    (np.float32(2.0), np.float32(1.0))
    """
    keepdims = deprecated("keepdims", keepdims, "keep_dims", keep_dims)
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x)
        y = F.cast(x, float32) if x.dtype is float16 else x
        mean = F.reduce_mean(y, axes, keepdims=True, name="mean")
        # The derivative with respect to this mean is zero: deviations sum to nothing.
        deviation = F.squared_difference(y, F.stop_gradient(mean))
        variance = F.reduce_mean(deviation, axes, keepdims=True, name="variance")
        return _finished(mean, variance, axes, keepdims, x)


def _finished(mean: Tensor, variance: Tensor, axes, keepdims, x: Tensor) -> tuple[Tensor, Tensor]:
    if not keepdims:
        mean, variance = F.squeeze(mean, axes), F.squeeze(variance, axes)
    if x.dtype is float16:
        return F.cast(mean, float16), F.cast(variance, float16)
    return mean, variance


@export("nn.weighted_moments")
def weighted_moments(x, axes, frequency_weights, name=None, keep_dims=None, keepdims=None):
    """The mean and variance in which every element counts ``frequency_weights`` times.

    Args:
      x: a floating tensor; float16 is computed in float32. axes: the axes to average over.
      frequency_weights: weights that broadcast against ``x``. name: a name for the scope of the nodes.
      keepdims: leave the axes in the shape, with length 1; ``keep_dims`` is the older name.
    """
    keepdims = deprecated("keepdims", keepdims, "keep_dims", keep_dims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        y = F.cast(x, float32) if x.dtype is float16 else x
        if weights.dtype is not y.dtype:
            weights = F.cast(weights, y.dtype)
        total = F.reduce_sum(weights * y, axes, name="weighted_input_sum", keepdims=True)
        # The weights may be broadcast: their sum counts them as often as they are used.
        spread = weights + F.zeros_like(y)
        inverse = F.reciprocal(F.reduce_sum(spread, axes, name="sum_of_weights", keepdims=True), name="inv_weight_sum")
        mean = F.multiply(total, inverse)
        deviation = weights * F.squared_difference(y, mean)
        variance = F.multiply(F.reduce_sum(deviation, axes, name="weighted_distsq", keepdims=True), inverse)
        return _finished(mean, variance, axes, keepdims, x)


@export("nn.sufficient_statistics")
def sufficient_statistics(x, axes, shift=None, keep_dims=None, name=None, keepdims=None):
    """What ``normalize_moments`` needs: the count, the (shifted) sum and sum of squares, and the shift.

    Args:
      x: a floating tensor. axes: the axes to sum over. shift: a value near the mean, against cancellation; or None.
      keepdims: leave the axes in the shape, with length 1; ``keep_dims`` is the older name.
      name: a name for the scope of the nodes.
    """
    axes = sorted(set(axes))
    keepdims = bool(deprecated("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        count = _count(x, axes)
        if shift is None:
            sums, squares = x, F.square(x)
        else:
            shift = convert_to_tensor(shift, name="shift")
            sums, squares = F.subtract(x, shift), F.squared_difference(x, shift)
        sums = F.reduce_sum(sums, axes, keepdims=keepdims, name="mean_ss")
        squares = F.reduce_sum(squares, axes, keepdims=keepdims, name="var_ss")
        return count, sums, squares, shift


def _count(x: Tensor, axes: list[int]) -> Tensor:
    dims = x.shape.values
    if dims is not None and all(dims[axis] is not None for axis in axes):
        count = 1
        for axis in axes:
            count *= dims[axis]
        return F.constant(count, dtype=x.dtype)
    return F.reduce_prod(F.gather(F.cast(F.shape(x), x.dtype), axes), name="count")


@export("nn.normalize_moments")
def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """The mean and variance of ``sufficient_statistics``.

    Args:
      counts: how many elements were summed. mean_ss, variance_ss: the sums of the (shifted) elements and squares.
      shift: what was subtracted from every element, or None. name: a name for the scope of the nodes.
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = F.reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted = F.multiply(mean_ss, divisor, name="mean")
        else:
            shifted = F.multiply(mean_ss, divisor, name="shifted_mean")
            mean = F.add(shifted, shift, name="mean")
        variance = F.subtract(F.multiply(variance_ss, divisor), F.square(shifted), name="variance")
        return mean, variance


@export("nn.batch_normalization")
def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """scale * (x - mean) / sqrt(variance + variance_epsilon) + offset.

    Args:
      x: a floating tensor. mean, variance: statistics that broadcast against it.
      offset, scale: tensors that broadcast against ``x``, or None for 0 and 1.
      variance_epsilon: a small number against division by zero. name: a name for the scope of the nodes.
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inverse = F.rsqrt(variance + variance_epsilon)
        if scale is not None:
            inverse = inverse * scale
        scaled = x * F.cast(inverse, x.dtype)
        shift = offset - mean * inverse if offset is not None else -mean * inverse
        return scaled + F.cast(shift, x.dtype)


@export("nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    t=None,
    m=None,
    v=None,
    beta=None,
    gamma=None,
    variance_epsilon=None,
    scale_after_normalization=None,
    name=None,
    input=None,
    mean=None,
    variance=None,
):
    """The oldest form of ``batch_normalization``; ``scale_after_normalization`` says whether ``gamma`` is used."""
    t = deprecated("input", input, "t", t)
    m = deprecated("mean", mean, "m", m)
    v = deprecated("variance", variance, "v", v)
    scale = gamma if scale_after_normalization else None
    return batch_normalization(t, m, v, beta, scale, variance_epsilon, name)
