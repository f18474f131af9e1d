"""Losses of predictions that are numbers."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.arguments import deprecated
from graphrt_ops.library.losses.broadcasting import assert_broadcastable
from graphrt_ops.library.losses.collection import add_loss
from graphrt_ops.library.losses.weighted import Reduction, compute_weighted_loss, number_present


def require(**arguments) -> None:
    """ValueError for an argument that is None."""
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def both(labels, predictions):
    """(labels, predictions) in float32; ValueError if their shapes differ."""
    predictions = F.cast(predictions, float32)
    labels = F.cast(labels, float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


@export("losses.absolute_difference")
def absolute_difference(
    labels,
    predictions,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """``abs(predictions - labels)``; arguments and errors as for ``mean_squared_error``."""
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", (predictions, labels, weights)) as scope:
        labels, predictions = both(labels, predictions)
        losses = F.abs(F.subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.mean_squared_error")
def mean_squared_error(
    labels,
    predictions,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """``(predictions - labels) ** 2``, averaged.

    Args:
      labels, predictions: tensors of one shape (nothing is broadcast); computed in float32.
      weights: a scalar, or a tensor of the same rank whose sizes are 1 or those of ``labels``.
      scope: the name scope of the new nodes. loss_collection: where the loss goes; None for nowhere.
      reduction: one of ``tf.losses.Reduction``.

    Raises:
      ValueError: if an argument is None, the shapes differ, or ``weights`` do not fit.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.losses.mean_squared_error([[1.0, 2.0], [3.0, 4.0]], [[1.5, 2.0], [1.0, 0.0]])))
    5.0625
    """
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", (predictions, labels, weights)) as scope:
        labels, predictions = both(labels, predictions)
        losses = F.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.huber_loss")
def huber_loss(
    labels,
    predictions,
    weights=1.0,
    delta=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """Half the squared error up to an error of ``delta``, and linear beyond (Huber 1964).

    The other arguments and the errors are those of ``mean_squared_error``.
    """
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", (predictions, labels, weights)) as scope:
        labels, predictions = both(labels, predictions)
        error = F.abs(F.subtract(predictions, labels))
        quadratic = F.minimum(error, delta)
        linear = F.subtract(error, quadratic)
        half = convert_to_tensor(0.5, dtype=quadratic.dtype)
        losses = F.add(F.multiply(half, F.multiply(quadratic, quadratic)), F.multiply(delta, linear))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.mean_pairwise_squared_error")
def mean_pairwise_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES):
    """The mean over all pairs of elements of an example of ``((p_i - p_j) - (l_i - l_j)) ** 2``.

    Computed from sums: with errors e of n elements, ``2 * sum(e^2) / (n-1) - 2 * sum(e)^2 / (n * (n-1))``.

    Args:
      labels, predictions: tensors of one shape [batch, ...].
      weights: a scalar, or one weight for each example: of the rank of ``labels``, with sizes of 1 after the first.
      scope: the name scope of the new nodes. loss_collection: where the loss goes; None for nowhere.
    """
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        weights = F.cast(weights, float32)
        labels = F.cast(labels, float32)
        with control_dependencies([assert_broadcastable(weights, labels)]):
            predictions = F.cast(predictions, float32)
            predictions.shape.assert_is_compatible_with(labels.shape)
            errors = F.subtract(predictions, labels)
            loss = _pairwise(errors, weights)
            add_loss(loss, loss_collection)
            return loss


def _pairwise(errors, weights):
    axis = F.range(1, F.rank(errors))
    squares = F.reduce_sum(F.square(errors), axis=axis, keepdims=True)
    count = number_present(errors, weights, per_batch=True)
    first = 2.0 * F.div_no_nan(squares, F.maximum(count - 1, 0), name="value")
    total = F.reduce_sum(errors, axis=axis, keepdims=True)
    square = F.square(total)
    pairs = F.multiply(count, count - 1)
    second = 2.0 * F.div_no_nan(square, F.maximum(pairs, 0), name="value")
    loss = F.reduce_sum(F.multiply(first - second, weights))
    return F.where(F.reduce_sum(count) > 0, loss, F.zeros_like(loss), name="value")


@export("losses.cosine_distance")
def cosine_distance(
    labels,
    predictions,
    axis=None,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim=None,
):
    """``1 - sum(labels * predictions)`` along ``axis`` (``dim`` is its older name); both are unit vectors already.

    The other arguments and the errors are those of ``mean_squared_error``.
    """
    axis = deprecated("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", (predictions, labels, weights)) as scope:
        labels, predictions = both(labels, predictions)
        losses = 1 - F.reduce_sum(F.multiply(predictions, labels), axis=(axis,), keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)
