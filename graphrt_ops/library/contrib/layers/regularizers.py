"""Regularizers: functions from weights to the penalty that is added to the loss (None for none)."""

from __future__ import annotations

import numbers
from collections.abc import Callable

import graphrt_ops as F
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


def _check_scale(scale, name: str = "scale") -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale}")


def _is_zero(scale) -> bool:
    return isinstance(scale, numbers.Real) and scale == 0.0


def _scaled(scale, scope, default_name: str, penalty: Callable) -> Callable:
    """The function ``weights -> scale * penalty(weights)``."""
    if _is_zero(scale):
        return lambda _: None

    def regularizer(weights, name=None):
        with name_scope(scope, default_name, [weights]) as name:
            weights = convert_to_tensor(weights)
            factor = convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return F.multiply(factor, penalty(weights), name=name)

    return regularizer


@export("contrib.layers.l1_regularizer")
def l1_regularizer(scale, scope=None) -> Callable:
    """``scale * sum(abs(weights))``; with ``scale=0.0`` a function that returns None.

    Raises:
      ValueError: if ``scale`` is an integer or negative.
    """
    _check_scale(scale)
    return _scaled(scale, scope, "l1_regularizer", lambda weights: F.reduce_sum(F.abs(weights)))


@export("contrib.layers.l2_regularizer")
def l2_regularizer(scale, scope=None) -> Callable:
    """``scale * sum(weights ** 2) / 2``; with ``scale=0.0`` a function that returns None.

    Raises:
      ValueError: if ``scale`` is an integer or negative.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.contrib.layers.l2_regularizer(0.5)(tf.constant([3.0, 4.0]))))
    6.25
    """
    _check_scale(scale)
    return _scaled(scale, scope, "l2_regularizer", F.l2_loss)


@export("contrib.layers.l1_l2_regularizer")
def l1_l2_regularizer(scale_l1=1.0, scale_l2=1.0, scope=None) -> Callable:
    """The sum of an l1 and an l2 regularizer; one whose scale is 0.0 is left out."""
    _check_scale(scale_l1, "scale_l1")
    _check_scale(scale_l2, "scale_l2")
    scope = scope or "l1_l2_regularizer"
    if _is_zero(scale_l1):
        return l2_regularizer(scale_l2, scope)
    if _is_zero(scale_l2):
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)


@export("contrib.layers.sum_regularizer")
def sum_regularizer(regularizer_list, scope=None) -> Callable | None:
    """The sum of several regularizers (None among them, and penalties of None, do not count); None if there is none."""
    regularizers = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not regularizers:
        return None

    def regularizer(weights):
        with name_scope(scope, "sum_regularizer", [weights]) as name:
            penalties = [penalty for penalty in (one(weights) for one in regularizers) if penalty is not None]
            return F.add_n(penalties, name=name) if penalties else None

    return regularizer


@export("contrib.layers.apply_regularization")
def apply_regularization(regularizer, weights_list=None):
    """The sum of the penalties of all weights, added to REGULARIZATION_LOSSES.

    Args:
      regularizer: a function from weights to a scalar, or None. weights_list: by default the collection WEIGHTS.

    Raises:
      ValueError: if there are no weights, or a penalty is no scalar.
    """
    graph = get_default_graph()
    weights_list = weights_list or graph.get_collection(GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("No weights to regularize.")
    with name_scope("get_regularization_penalty", values=weights_list) as scope:
        penalties = [regularizer(weights) for weights in weights_list]
        penalties = [F.constant(0.0) if penalty is None else penalty for penalty in penalties]
        for penalty in penalties:
            if penalty.shape.rank != 0:
                raise ValueError(
                    f"regularizer must return a scalar Tensor instead of a Tensor with rank {penalty.shape.rank}."
                )
        total = F.add_n(penalties, name=scope)
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
        return total
