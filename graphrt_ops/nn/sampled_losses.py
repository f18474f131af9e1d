"""Losses over many classes that look at the true ones and at a few drawn ones only: nce_loss, sampled_softmax_loss."""

from __future__ import annotations

import graphrt_ops as F  # noqa: N812
from graphrt.dtypes import int32, int64
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import export


@export("nn.nce_loss")
def nce_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=False,
    partition_strategy="mod",
    name="nce_loss",
):
    """The noise-contrastive estimation loss: is this the true class, or one of those drawn as noise?

    Args:
      weights: [num_classes, dim], or a list of tables (see ``embedding_lookup``). biases: [num_classes].
      labels: int64 [batch, num_true], the true classes. inputs: [batch, dim].
      num_sampled: how many classes are drawn for the batch. num_classes: how many there are.
      sampled_values: what a candidate sampler returned; by default the log-uniform one draws, for which the classes
        must be sorted by falling frequency.
      remove_accidental_hits: whether drawn classes that are true ones of an example are left out there.
      partition_strategy: how several tables share the rows. name: a name for the scope of the nodes.

    Returns:
      The loss of every example, [batch]. See Gutmann and Hyvarinen (2010).
    """
    logits, labels = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        None,
    )
    losses = F.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="sampled_losses")
    return _row_sums(losses)


@export("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=True,
    partition_strategy="mod",
    name="sampled_softmax_loss",
    seed=None,
):
    """Softmax cross-entropy over the true and the drawn classes only, for training; arguments as in ``nce_loss``.

    ``seed`` is the op seed of the sampler. See Jean et al. (2014), arXiv:1412.2007.
    """
    logits, labels = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        seed,
    )
    labels = F.stop_gradient(labels, name="labels_stop_gradient")
    return F.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)


def _sampled_logits(
    weights, biases, labels, inputs, count, classes, num_true, sampled, remove_hits, strategy, name, seed
) -> tuple[Tensor, Tensor]:
    """The logits of the true and the drawn classes, less the logarithms of their expected counts, and the labels."""
    weights = list(weights) if hasattr(weights, "_variable_list") else weights
    weights = weights if isinstance(weights, list) else [weights]
    with name_scope(name, "compute_sampled_logits", [*weights, biases, inputs, labels]):
        if labels.dtype is not int64:
            labels = F.cast(labels, int64)
        flat = F.reshape(labels, [-1])
        if sampled is None:
            sampled = F.log_uniform_candidate_sampler(labels, num_true, count, True, classes, seed=seed)
        candidates, true_expected, expected = (F.stop_gradient(part) for part in sampled)
        candidates = F.cast(candidates, int64)
        true_w, sampled_logits, true_b, sampled_b = _looked_up(weights, biases, flat, candidates, inputs, strategy)
        true_logits = _true_logits(inputs, true_w, num_true) + F.reshape(true_b, [-1, num_true])
        sampled_logits = sampled_logits + sampled_b
        if remove_hits:
            hits = F.compute_accidental_hits(labels, candidates, num_true=num_true)
            sampled_logits = sampled_logits + _scattered(hits, labels, count, sampled_logits)
        true_logits = true_logits - F.log(true_expected)
        sampled_logits = sampled_logits - F.log(expected)
        logits = F.concat([true_logits, sampled_logits], 1)
        shares = F.ones_like(true_logits) / num_true
        return logits, F.concat([shares, F.zeros_like(sampled_logits)], 1)


def _looked_up(weights, biases, true_classes: Tensor, candidates: Tensor, inputs, strategy: str):
    """One look-up for true and drawn classes together: weights and biases of the former, logits and biases of these."""
    every = F.concat([true_classes, candidates], 0)
    rows = F.embedding_lookup(weights, every, partition_strategy=strategy)
    true_weights = F.slice(rows, [0, 0], F.stack([F.shape(true_classes)[0], -1]))
    drawn = F.slice(rows, F.stack([F.shape(true_classes)[0], 0]), [-1, -1])
    logits = F.matmul(inputs, drawn, transpose_b=True)
    values = F.embedding_lookup(biases, every, partition_strategy=strategy)
    true_biases = F.slice(values, [0], F.shape(true_classes))
    return true_weights, logits, true_biases, F.slice(values, F.shape(true_classes), [-1])


def _true_logits(inputs, weights: Tensor, num_true: int) -> Tensor:
    """The products of every input with the weights of its true classes, [batch, num_true]."""
    dim = F.shape(weights)[1:2]
    shape = F.concat([[-1, num_true], dim], 0)
    products = F.multiply(F.expand_dims(inputs, 1), F.reshape(weights, shape))
    sums = _row_sums(F.reshape(products, F.concat([[-1], dim], 0)))
    return F.reshape(sums, [-1, num_true])


def _scattered(hits, labels: Tensor, count: int, logits: Tensor) -> Tensor:
    """The weights of accidental hits in a matrix of the shape of the drawn classes' logits."""
    rows, ids, values = hits
    rows = F.reshape(rows, [-1, 1])
    ids = F.reshape(F.cast(ids, int32), [-1, 1])
    places = F.concat([rows, ids], 1, "sparse_indices")
    shape = F.concat([F.shape(labels)[:1], F.expand_dims(count, 0)], 0)
    if logits.dtype is not values.dtype:
        values = F.cast(values, logits.dtype)
    return F.sparse_to_dense(places, shape, values, default_value=0.0, validate_indices=False)


def _row_sums(matrix: Tensor) -> Tensor:
    """The sum of every row, as a product with ones, which TF1 found faster."""
    columns = F.shape(matrix)[1]
    ones = F.ones(F.stack([columns, 1]), matrix.dtype)
    return F.reshape(F.matmul(matrix, ones), [-1])
