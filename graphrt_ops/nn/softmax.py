"""softmax and log_softmax along any axis."""

from __future__ import annotations

from collections.abc import Callable

import graphrt_ops as F
from graphrt import errors
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.nn.checks import of_rank_at_least
from graphrt_ops.nn.rows import row_maxima, row_sums
from graphrt_ops.shapes import FLOATS


def _infer(op: Operation) -> TensorShape:
    return of_rank_at_least(op.inputs[0].shape, 1)


opdef = OpDef("Softmax", "logits", "softmax", dtypes=FLOATS, infer=_infer)
log_opdef = OpDef("LogSoftmax", "logits", "logsoftmax", dtypes=FLOATS, infer=_infer)


@opdef.kernel
def kernel(xp, logits):
    """exp(logits) / sum(exp(logits)) over the last axis, shifted by the maximum against overflow."""
    if logits.size == 0:
        return xp.zeros_like(logits)
    result = xp.exp(logits - row_maxima(xp, logits))
    result /= row_sums(xp, result)
    return result


@log_opdef.kernel
def log_kernel(xp, logits):
    if logits.size == 0:
        return xp.zeros_like(logits)
    shifted = logits - row_maxima(xp, logits)
    shifted -= xp.log(row_sums(xp, xp.exp(shifted)))
    return shifted


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Softmax

    return Softmax()


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    softmax = op.outputs[0]
    total = F.reduce_sum(dy * softmax, -1, keepdims=True)
    return (dy - total) * softmax


@log_opdef.lower
def log_lower(op: Operation):
    from graphrt.native.records import Softmax

    return Softmax(logarithm=True)


@log_opdef.gradient
def log_gradient(op: Operation, dy: Tensor) -> Tensor:
    softmax = F.exp(op.outputs[0])
    total = F.reduce_sum(dy, -1, keepdims=True)
    return dy - total * softmax


@export("nn.softmax", "math.softmax")
def softmax(logits, axis=None, name=None, dim=None):
    """exp(logits) / sum(exp(logits)) along an axis: probabilities that sum to 1.

    Args:
      logits: a floating tensor of rank 1 or more.
      axis: the axis of the classes, the last one by default; ``dim`` is its older name. name: a name for the node.

    Raises:
      ValueError: if both ``axis`` and ``dim`` are given. InvalidArgumentError: if ``axis`` is beyond the rank.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.softmax([0.0, 0.0])))
    [0.5 0.5]
    """
    axis = deprecated("axis", axis, "dim", dim)
    return _along(opdef, logits, -1 if axis is None else axis, name)


@export("nn.log_softmax", "math.log_softmax")
def log_softmax(logits, axis=None, name=None, dim=None):
    """The logarithm of ``softmax``, exact also where a probability underflows. Arguments as there."""
    axis = deprecated("axis", axis, "dim", dim)
    return _along(log_opdef, logits, -1 if axis is None else axis, name)


def _along(compute: Callable[..., Tensor], logits, dim, name: str | None) -> Tensor:
    """``compute`` along any axis: the kernels know the last one only, so another is swapped with it."""
    logits = convert_to_tensor(logits)
    shape = logits.shape
    if dim == -1 or (shape.rank is not None and dim == shape.rank - 1):
        return compute(logits, name=name)
    if shape.rank is None:
        raise TypeError(f"softmax along axis {dim!r} needs logits of a known rank; {logits} has none")
    if not isinstance(dim, Tensor) and not -shape.rank <= dim < shape.rank:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Dimension ({dim}) must be in the range [{-shape.rank}, {shape.rank}) where {shape.rank} is the number of "
            "dimensions in the input.",
        )
    rank = F.rank(logits)
    if not isinstance(dim, Tensor) and dim < 0:
        dim = dim + rank
    rank = F.rank(logits)
    if isinstance(dim, Tensor):
        dim = dim % shape.rank
    swapped = _with_last_swapped(logits, dim, F.subtract(rank, 1))
    result = _with_last_swapped(compute(swapped), dim, F.subtract(rank, 1), name)
    result.set_shape(shape)
    return result


def _with_last_swapped(tensor: Tensor, axis, last: Tensor, name: str | None = None) -> Tensor:
    order = F.concat([F.range(axis), [last], F.range(axis + 1, last), [axis]], 0)
    return F.transpose(tensor, order, name=name)
