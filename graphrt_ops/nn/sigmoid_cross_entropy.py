"""Losses of independent yes-no questions, and the Poisson loss."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.nn.named_only import require_names


def _same_shape(first: str, x: Tensor, second: str, y: Tensor) -> None:
    try:
        y.shape.merge_with(x.shape)
    except ValueError:
        raise ValueError(f"{first} and {second} must have the same shape ({x.shape} vs {y.shape})") from None


@export("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    """max(x, 0) - x * z + log(1 + exp(-abs(x))) for logits x and labels z: cross-entropy of independent questions.

    Args:
      labels: probabilities, of the type and shape of ``logits``. logits: a floating tensor. name: a name for the node.

    Raises:
      ValueError: if the arguments are given by position, or the shapes differ.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.sigmoid_cross_entropy_with_logits(labels=[0.0, 1.0], logits=[1000.0, 1000.0])))
    [1000.    0.]
    """
    require_names("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _same_shape("logits", logits, "labels", labels)
        zeros = F.zeros_like(logits, dtype=logits.dtype)
        positive = F.greater_equal(logits, zeros)
        rectified = F.where(positive, logits, zeros)
        minus_abs = F.where(positive, F.negative(logits), logits)
        return F.add(rectified - logits * labels, F.log1p(F.exp(minus_abs)), name=scope)


@export("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy_with_logits(labels=None, logits=None, pos_weight=None, name=None, targets=None):
    """Sigmoid cross-entropy in which the cost of a positive example that is missed is multiplied by ``pos_weight``.

    Args:
      labels: probabilities, of the type and shape of ``logits``; ``targets`` is the older name.
      logits: a floating tensor. pos_weight: a number or a tensor that broadcasts. name: a name for the node.
    """
    if targets is not None:
        if labels is not None:
            raise ValueError("Cannot specify both 'labels' and 'targets'")
        labels = targets
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _same_shape("logits", logits, "labels", labels)
        weight = 1 + (pos_weight - 1) * labels
        missed = (1 - labels) * logits
        softplus = F.log1p(F.exp(-F.abs(logits))) + F.relu(-logits)
        return F.add(missed, weight * softplus, name=scope)


@export("nn.log_poisson_loss")
def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(log_input) - log_input * targets: the Poisson loss, up to a constant.

    Args:
      targets: counts, of the type and shape of ``log_input``. log_input: the logarithm of the expected count.
      compute_full_loss: adds Stirling's approximation of log(targets!) where targets > 1. name: a name for the node.
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        _same_shape("log_input", log_input, "targets", targets)
        result = F.exp(log_input) - log_input * targets
        if compute_full_loss:
            half = convert_to_tensor(0.5, dtype=targets.dtype)
            tau = convert_to_tensor(2 * math.pi, dtype=targets.dtype)
            stirling = targets * F.log(targets) - targets + half * F.log(tau * targets)
            zeros = F.zeros_like(targets, dtype=targets.dtype)
            ones = F.ones_like(targets, dtype=targets.dtype)
            small = F.logical_and(targets >= zeros, targets <= ones)
            result = result + F.where(small, zeros, stirling)
        return result
