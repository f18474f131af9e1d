"""compute_weighted_loss: from one loss an element to the number that is minimized."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.graph import Tensor
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.library.losses.broadcasting import assert_broadcastable, broadcast_weights
from graphrt_ops.library.losses.collection import add_loss


@export("losses.Reduction")
class Reduction:
    """How weighted losses become one number."""

    NONE = "none"
    """Not at all: the weighted losses themselves."""
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    """The sum over the number of losses."""
    MEAN = "weighted_mean"
    """The sum over the sum of the weights."""
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    """The sum over the number of losses whose weight is not 0."""
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key) -> None:
        """ValueError if ``key`` is no reduction."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def safe_mean(losses: Tensor, count: Tensor) -> Tensor:
    """The sum of ``losses`` over ``count``; 0 where the count is 0."""
    return F.div_no_nan(F.reduce_sum(losses), count, name="value")


def number_present(losses: Tensor, weights: Tensor, per_batch: bool = False) -> Tensor:
    """How many losses have a weight that is not 0: in all, or in each example of the batch."""
    with name_scope(None, "num_present", (losses, weights)) as scope:
        weights = F.cast(weights, float32)
        present = F.where(F.equal(weights, 0.0), F.zeros_like(weights), F.ones_like(weights))
        present = broadcast_weights(present, losses)
        if per_batch:
            return F.reduce_sum(present, axis=F.range(1, F.rank(present)), keepdims=True, name=scope)
        return F.reduce_sum(present, name=scope)


def _number_of_elements(losses: Tensor) -> Tensor:
    with name_scope(None, "num_elements", [losses]) as scope:
        return F.cast(F.size(losses, name=scope), losses.dtype)


def _reduced(losses: Tensor, weighted: Tensor, weights: Tensor, reduction: str) -> Tensor:
    if reduction == Reduction.NONE:
        return weighted
    total = F.reduce_sum(weighted)
    if reduction == Reduction.MEAN:
        return safe_mean(total, F.reduce_sum(F.ones_like(losses) * weights))
    if reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
        return safe_mean(total, number_present(losses, weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return safe_mean(total, _number_of_elements(losses))
    return total


@export("losses.compute_weighted_loss")
def compute_weighted_loss(
    losses,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
):
    """``losses * weights``, reduced; the result is added to a collection.

    Args:
      losses: a tensor, as a rule with one entry for each example; computed in float32, whatever its type.
      weights: a scalar, or a tensor of the same rank whose sizes are 1 or those of ``losses``.
      scope: the name scope of the new nodes. loss_collection: where the result goes; None for nowhere.
      reduction: one of ``Reduction``; by default the sum divided by the number of weights that are not 0.

    Returns:
      A scalar of the type of ``losses``, or with ``Reduction.NONE`` a tensor of their shape.

    Raises:
      ValueError: if ``weights`` do not fit, or are None, or the reduction is unknown.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", (losses, weights)):
        with control_dependencies([assert_broadcastable(weights, losses)]):
            losses = convert_to_tensor(losses)
            dtype = losses.dtype
            losses = F.cast(losses, float32)
            weights = F.cast(weights, float32)
            loss = _reduced(losses, F.multiply(losses, weights), weights, reduction)
            loss = F.cast(loss, dtype)
        add_loss(loss, loss_collection)
        return loss
