"""Labels of shape [n, 1] beside logits of shape [n, k]: the superfluous last axis is taken away."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor


def _may_be_one(tensor: Tensor) -> bool:
    """True if the last size of ``tensor`` is 1, or unknown."""
    return tensor.shape.rank is None or (tensor.shape.rank > 0 and tensor.shape.as_list()[-1] in (1, None))


def _squeezed_if(predicate: Tensor, tensor: Tensor) -> Tensor:
    return F.cond(predicate, lambda: F.squeeze(tensor, [-1]), lambda: tensor)


def without_superfluous_axis(labels, predictions, expected_rank_diff: int = 0) -> tuple[Tensor, Tensor]:
    """Both, so that the ranks differ by ``expected_rank_diff`` if squeezing one last axis can bring that about."""
    with name_scope(None, "remove_squeezable_dimensions", [labels, predictions]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        if labels.shape.rank is not None and predictions.shape.rank is not None:
            difference = predictions.shape.rank - labels.shape.rank
            if difference == expected_rank_diff + 1:
                predictions = F.squeeze(predictions, [-1])
            elif difference == expected_rank_diff - 1:
                labels = F.squeeze(labels, [-1])
            return labels, predictions
        difference = F.rank(predictions) - F.rank(labels)
        if _may_be_one(predictions):
            predictions = _squeezed_if(F.equal(expected_rank_diff + 1, difference), predictions)
        if _may_be_one(labels):
            labels = _squeezed_if(F.equal(expected_rank_diff - 1, difference), labels)
        return labels, predictions


def weights_for(labels: Tensor, weights) -> Tensor:
    """``weights`` without a last axis of size 1 that ``labels`` do not have."""
    weights = convert_to_tensor(weights)
    if labels.shape.rank is not None and weights.shape.rank is not None:
        return F.squeeze(weights, [-1]) if weights.shape.rank - labels.shape.rank == 1 else weights
    difference = F.rank(weights) - F.rank(labels)
    return _squeezed_if(F.equal(1, difference), weights) if _may_be_one(weights) else weights
