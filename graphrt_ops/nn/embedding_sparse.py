"""embedding_lookup_sparse: for every row of a sparse matrix of ids, its embeddings combined."""

from __future__ import annotations

import graphrt_ops as F  # noqa: N812
from graphrt.dtypes import int32
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import export
from graphrt.shapes import TensorShape
from graphrt_ops.sparse.sparse_tensor import SparseTensor

_COMBINERS = ("mean", "sqrtn", "sum")


@export("nn.embedding_lookup_sparse")
def embedding_lookup_sparse(
    params, sp_ids, sp_weights, partition_strategy="mod", name=None, combiner=None, max_norm=None
):
    """The embeddings of the ids of every row, combined into one.

    Args:
      params, partition_strategy, max_norm: as in ``embedding_lookup``.
      sp_ids: an int64 SparseTensor [rows, any]: the ids of every row; every row must have one.
      sp_weights: a SparseTensor of weights at the same places, or None for ones.
      name: a name for the scope of the nodes.
      combiner: "sum" (of weight * embedding), "mean" (the default: divided by the sum of the weights) or "sqrtn"
        (divided by the root of the sum of their squares).

    Raises:
      ValueError: for another combiner. TypeError: if the ids or weights are no SparseTensors.
    """
    combiner = "mean" if combiner is None else combiner
    if combiner not in _COMBINERS:
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    _check(sp_ids, sp_weights)
    tables = list(params) if isinstance(params, (list, tuple)) or hasattr(params, "_variable_list") else [params]
    with name_scope(name, "embedding_lookup_sparse", [*tables, sp_ids.values]) as scope:
        rows = F.cast(sp_ids.indices[:, 0], int32)
        ids, places = F.unique(sp_ids.values)
        found = F.embedding_lookup(tables, ids, partition_strategy=partition_strategy, max_norm=max_norm)
        if sp_weights is not None:
            return _weighted(found, places, rows, sp_weights.values, combiner, scope)
        function = {
            "sum": F.sparse_segment_sum,
            "mean": F.sparse_segment_mean,
            "sqrtn": F.sparse_segment_sqrt_n,
        }[combiner]
        return function(found, places, rows, name=scope)


def _check(sp_ids, sp_weights) -> None:
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is None:
        return
    if not isinstance(sp_weights, SparseTensor):
        raise TypeError("sp_weights must be either None or SparseTensor")
    for part in ("values", "indices", "dense_shape"):
        getattr(sp_ids, part).shape.assert_is_compatible_with(getattr(sp_weights, part).shape)


def _weighted(found: Tensor, places: Tensor, rows: Tensor, weights: Tensor, combiner: str, name: str) -> Tensor:
    embeddings = F.gather(found, places)
    if weights.dtype is not embeddings.dtype:
        weights = F.cast(weights, embeddings.dtype)
    ones = F.fill(F.expand_dims(F.rank(embeddings) - 1, 0), 1)
    known = weights.shape
    weights = F.reshape(weights, F.concat([F.shape(weights), ones], 0))
    if embeddings.shape.rank is not None:
        weights.set_shape(known.concatenate(TensorShape([1] * (embeddings.shape.rank - 1))))
    embeddings = embeddings * weights
    if combiner == "sum":
        return F.segment_sum(embeddings, rows, name=name)
    total = F.segment_sum(embeddings, rows)
    if combiner == "mean":
        return F.divide(total, F.segment_sum(weights, rows), name=name)
    squares = F.segment_sum(F.pow(weights, 2), rows)
    return F.divide(total, F.sqrt(squares), name=name)
