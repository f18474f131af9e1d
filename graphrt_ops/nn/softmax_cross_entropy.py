"""Softmax cross-entropy against a distribution over the classes."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float16, float32
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import TensorShape, broadcast
from graphrt_ops.arguments import deprecated
from graphrt_ops.nn.checks import of_rank
from graphrt_ops.nn.named_only import require_names
from graphrt_ops.nn.rows import row_maxima, row_sums
from graphrt_ops.shapes import FLOATS


def _infer(op: Operation) -> list[TensorShape]:
    both = of_rank(broadcast(op.inputs[0].shape, op.inputs[1].shape), 2)
    return [both[:1], both]


opdef = OpDef("SoftmaxCrossEntropyWithLogits", "features labels", "loss backprop", dtypes=FLOATS, infer=_infer)


@opdef.kernel
def kernel(xp, features, labels):
    """The loss of every row, and softmax - labels, which its gradient needs."""
    if features.size == 0:
        return xp.zeros(features.shape[0], features.dtype), features - labels
    shifted = features - row_maxima(xp, features)
    softmax = xp.exp(shifted)
    total = row_sums(xp, softmax)
    softmax /= total
    shifted -= xp.log(total)
    return -row_sums(xp, labels * shifted)[:, 0], softmax - labels


@opdef.lower
def lower(op: Operation):
    """Where the shapes are equal; what is broadcast is left to the kernel."""
    from graphrt.native.records import CrossEntropy

    return CrossEntropy() if op.inputs[0].shape.values == op.inputs[1].shape.values else None


@opdef.gradient
def gradient(op: Operation, dy: Tensor, d_backprop: Tensor | None):
    """The gradient of the loss, and (where somebody differentiates the gradient) of softmax - labels."""
    logits, softmax_minus_labels = op.inputs[0], op.outputs[1]
    d_logits = F.expand_dims(dy, -1) * softmax_minus_labels
    if d_backprop is not None and not _known_to_be_zero(d_backprop):
        softmax = F.softmax(logits)
        inner = F.matmul(F.expand_dims(d_backprop, 1), F.expand_dims(softmax, 2))
        d_logits = d_logits + (d_backprop - F.squeeze(inner, axis=1)) * softmax
    minus_log_softmax = F.negative(F.log_softmax(logits))
    return [d_logits, F.expand_dims(dy, -1) * minus_log_softmax]


def _known_to_be_zero(tensor: Tensor) -> bool:
    if tensor.op.type in ("Zeros", "ZerosLike"):
        return True
    value = static_value(tensor)
    return value is not None and not value.any()


@export("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
    """As ``softmax_cross_entropy_with_logits_v2``, but no gradient flows into ``labels``.

    Raises:
      ValueError: if labels or logits are given by position: their order has changed since TF 0.x.
    """
    require_names("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    if axis is None:
        axis = dim
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = F.stop_gradient(labels, name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, axis=axis, name=scope)


@export("nn.softmax_cross_entropy_with_logits_v2")
def softmax_cross_entropy_with_logits_v2(labels, logits, axis=None, name=None, dim=None):
    """-sum(labels * log_softmax(logits)) along the axis of the classes.

    Args:
      labels: a distribution over the classes for every example, of the shape of ``logits``. Its gradient is
        -log_softmax(logits). That of the logits is softmax(logits) - labels, whether or not the labels sum to 1.
      logits: unscaled log-probabilities; float16 and bfloat16 are computed in float32.
      axis: the axis of the classes, the last one by default; ``dim`` is its older name. name: a name for the node.

    Returns:
      A tensor of the shape of ``logits`` without the axis of the classes.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.softmax_cross_entropy_with_logits_v2(labels=[0.0, 1.0], logits=[1000.0, 0.0])))
    1000.0
    """
    axis = deprecated("axis", axis, "dim", dim)
    if axis is None:
        axis = -1
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        small = logits.dtype in (float16, bfloat16)
        precise = F.cast(logits, float32) if small else logits
        labels = F.cast(labels, precise.dtype)
        rank = F.rank(precise)
        shape = logits.shape
        if axis != -1:
            precise = _with_last(precise, axis, rank)
            labels = _with_last(labels, axis, rank)
        input_shape = F.shape(precise)
        cost, _ = opdef(_as_rows(precise), _as_rows(labels), name=scope)
        output_shape = F.slice(input_shape, [0], [F.subtract(rank, 1)])
        cost = F.reshape(cost, output_shape)
        cost.set_shape(_without_axis(shape, axis))
        return F.cast(cost, logits.dtype) if small else cost


def _with_last(tensor: Tensor, axis: int, rank: Tensor) -> Tensor:
    """``tensor`` with ``axis`` moved to the end."""
    order = F.concat([F.range(axis), F.range(axis + 1, rank), [axis]], 0)
    return F.transpose(tensor, order)


def _as_rows(tensor: Tensor) -> Tensor:
    """``tensor`` with all axes but the last made into one."""
    rank = F.rank(tensor)
    last = F.slice(F.shape(tensor), [F.subtract(rank, 1)], [1])
    rows = F.reshape(tensor, F.concat([[-1], last], 0))
    if tensor.shape.rank:
        rows.set_shape([tensor.shape[:-1].num_elements(), tensor.shape[-1]])
    return rows


def _without_axis(shape: TensorShape, axis: int) -> TensorShape | None:
    dims = shape.values
    if not dims:
        return None
    left = list(dims)
    del left[axis]
    return TensorShape(left)
