"""Softmax cross-entropy against class numbers."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float16, float32, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.nn.checks import of_rank, same_dimension
from graphrt_ops.nn.named_only import require_names
from graphrt_ops.nn.prevent_gradient import prevent_gradient
from graphrt_ops.nn.rows import row_maxima, row_sums
from graphrt_ops.shapes import FLOATS

NO_SECOND_DERIVATIVE = (
    "Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits due to the "
    "fused implementation's interaction with tf.gradients()"
)


def _infer(op: Operation) -> list[TensorShape]:
    features = of_rank(op.inputs[0].shape, 2).values
    labels = of_rank(op.inputs[1].shape, 1).values
    rows = same_dimension(features[0], labels[0])
    return [TensorShape.of((rows,)), TensorShape.of((rows, features[1]))]


opdef = OpDef(
    "SparseSoftmaxCrossEntropyWithLogits",
    "features labels:Tlabels",
    "loss backprop",
    dtypes={"T": FLOATS, "Tlabels": (int32, int64)},
    infer=_infer,
)


@opdef.kernel
def kernel(xp, features, labels):
    """The loss of every row, and softmax - one_hot(labels), which is its gradient."""
    rows, classes = features.shape
    if classes == 0:
        raise ValueError(f"Must have at least one class, but got logits shape [{rows},{classes}]")
    if rows == 0:
        return xp.zeros(rows, features.dtype), xp.zeros_like(features)
    if xp is np:
        _check_range(labels, features)
    shifted = features - row_maxima(xp, features)
    softmax = xp.exp(shifted)
    total = row_sums(xp, softmax)[:, 0]
    every = xp.arange(rows)
    if xp is not np:
        # As in TF1 a wrong label is an error on the CPU, and gives nan on the GPU, where asking would stop the stream.
        valid = (labels >= 0) & (labels < classes)
        labels = xp.where(valid, labels, 0)
        total = xp.where(valid, total, total.dtype.type(np.nan))
    loss = xp.log(total) - shifted[every, labels]
    softmax /= total[:, None]
    softmax[every, labels] -= 1
    return loss, softmax


def _check_range(labels, features) -> None:
    rows, classes = features.shape
    if labels.shape != (rows,):
        raise ValueError(
            f"logits and labels must have the same first dimension, got logits shape {list(features.shape)} and labels "
            f"shape {list(labels.shape)}"
        )
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        raise ValueError(
            f"Received a label value of {labels[wrong][0]} which is outside the valid range of [0, {classes}).  "
            f"Label values: {' '.join(map(str, labels[:50].tolist()))}"
        )


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import CrossEntropy

    return CrossEntropy(sparse=True)


@opdef.gradient
def gradient(op: Operation, dy: Tensor, _):
    backprop = prevent_gradient(op.outputs[1], message=NO_SECOND_DERIVATIVE)
    return [F.expand_dims(dy, -1) * backprop, None]


@export("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, name=None):
    """-log_softmax(logits)[label] for every example.

    Args:
      labels: class numbers, int32 or int64, of the shape of ``logits`` without the last axis. One that is out of range
        is an InvalidArgumentError when it runs on the CPU, and gives nan on a GPU.
      logits: unscaled log-probabilities, float16 to float64. name: a name for the scope of the nodes.

    Raises:
      ValueError: if the arguments are given by position, or the ranks do not fit.
    """
    require_names("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels)
        logits = convert_to_tensor(logits)
        small = logits.dtype in (float16, bfloat16)
        precise = F.cast(logits, float32) if small else logits
        labels_shape = F.shape(labels)
        _check_shapes(labels.shape, logits.shape)
        if logits.shape.rank == 2:
            cost, _ = opdef(precise, labels, name=name)
        else:
            cost = _of_any_rank(precise, labels, labels_shape, name)
        return F.cast(cost, logits.dtype) if small else cost


def _check_shapes(labels: TensorShape, logits: TensorShape) -> None:
    if logits.rank == 0:
        raise ValueError(f"Logits cannot be scalars - received shape {logits}.")
    if logits.rank is not None and labels.rank is not None and labels.rank != logits.rank - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {labels.rank}) should equal rank of logits minus 1 "
            f"(received {logits.rank})."
        )
    if labels.is_fully_defined() and logits.is_fully_defined() and labels != logits[:-1]:
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {labels}) should equal the shape of logits except for the "
            f"last dimension (received {logits})."
        )


def _of_any_rank(logits: Tensor, labels: Tensor, labels_shape: Tensor, name: str | None) -> Tensor:
    """The losses of logits that are no matrix: flattened, computed, and given the shape of the labels."""
    checks = []
    if not (labels.shape.is_fully_defined() and logits.shape.is_fully_defined()):
        checks.append(F.assert_equal(F.shape(labels), F.shape(logits)[:-1]))
    with control_dependencies(checks):
        classes = F.shape(logits)[F.rank(logits) - 1]
        cost, _ = opdef(F.reshape(logits, [-1, classes]), F.reshape(labels, [-1]), name=name)
    result = F.reshape(cost, labels_shape)
    result.set_shape(labels.shape)
    return result
