"""Losses of predictions that are classes, or probabilities of them."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.library.losses.regression import both, require
from graphrt_ops.library.losses.squeezing import weights_for, without_superfluous_axis
from graphrt_ops.library.losses.weighted import Reduction, compute_weighted_loss


@export("losses.hinge_loss")
def hinge_loss(
    labels,
    logits,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """``max(0, 1 - y * logits)`` with ``y = 2 * labels - 1``, so that labels are 0 or 1.

    The other arguments and the errors are those of ``mean_squared_error``.
    """
    require(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", (logits, labels, weights)) as scope:
        labels, logits = both(labels, logits)
        ones = F.ones_like(labels)
        signs = F.subtract(2 * labels, ones)
        losses = F.relu(F.subtract(ones, F.multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.log_loss")
def log_loss(
    labels,
    predictions,
    weights=1.0,
    epsilon=1e-7,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """``-labels * log(predictions + epsilon) - (1 - labels) * log(1 - predictions + epsilon)``.

    The other arguments and the errors are those of ``mean_squared_error``.
    """
    require(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", (predictions, labels, weights)) as scope:
        labels, predictions = both(labels, predictions)
        of_ones = -F.multiply(labels, F.log(predictions + epsilon))
        losses = of_ones - F.multiply(1 - labels, F.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """Cross-entropy of independent yes-no questions.

    Args:
      multi_class_labels: numbers from 0 to 1 in the shape of ``logits``. logits: [batch, classes].
      label_smoothing: s turns labels z into ``z * (1 - s) + s / 2``.
      weights, scope, loss_collection, reduction: as for ``mean_squared_error``.
    """
    require(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(scope, "sigmoid_cross_entropy_loss", (logits, multi_class_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = F.cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = F.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """Cross-entropy against a distribution over the classes.

    Args:
      onehot_labels: of the shape of ``logits``; no gradient flows into them. logits: [batch, classes].
      weights: a scalar, or one for each example: [batch].
      label_smoothing: s turns labels z into ``z * (1 - s) + s / classes``.
      scope, loss_collection, reduction: as for ``mean_squared_error``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.losses.softmax_cross_entropy([[0.0, 1.0]], logits=[[1000.0, 0.0]])))
    1000.0
    """
    require(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", (logits, onehot_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = F.cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = F.cast(F.shape(labels)[-1], logits.dtype)
            spread = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + spread
        labels = F.stop_gradient(labels, name="labels_stop_gradient")
        losses = F.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels,
    logits,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """Cross-entropy against class numbers.

    Args:
      labels: int32 or int64, of the shape of ``logits`` without the last axis; one more axis of size 1 is taken away.
      logits: [..., classes]. weights: a scalar, or of the shape of the labels.
      scope, loss_collection, reduction: as for ``mean_squared_error``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.losses.sparse_softmax_cross_entropy(labels=[1, 0], logits=[[9.0, 0.0], [9.0, 9.0]])))
    4.846635
    """
    require(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as scope:
        labels, logits = without_superfluous_axis(labels, logits, expected_rank_diff=1)
        weights = weights_for(labels, weights)
        losses = F.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)
