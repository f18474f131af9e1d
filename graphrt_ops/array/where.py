"""where: a choice between two tensors, or the coordinates of what is true."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape, broadcast
from graphrt_ops.math.broadcast_gradient import opdef as broadcast_gradient_args


def _chosen(op: Operation) -> TensorShape:
    """Both tensors have one shape; the condition has it too, or is a vector that chooses rows, or a scalar."""
    condition, x, y = op.inputs
    dims, other = x.shape.values, y.shape.values
    if dims is not None and other is not None:
        if len(dims) != len(other):
            raise ValueError(f"Shapes must be equal rank, but are {len(dims)} and {len(other)}")
        for at, (m, n) in enumerate(zip(dims, other, strict=True)):
            if m is not None and n is not None and m != n:
                raise ValueError(f"Dimension {at} in both shapes must be equal, but are {m} and {n}")
    result = x.shape.merge_with(y.shape)
    if condition.shape.rank is None or result.rank is None or condition.shape.rank == 0:
        return result
    if condition.shape.rank == 1 and result.rank > 1:
        TensorShape.of(result.values[:1]).assert_is_compatible_with(condition.shape)
        return result
    return result.merge_with(condition.shape)


opdef = OpDef("Select", "condition:bool t e", "output", infer=_chosen)
coordinates = OpDef(
    "Where",
    "input",
    "index:int64",
    infer=lambda op: TensorShape.of((None, op.inputs[0].shape.rank)),
    differentiable=False,
)


broadcasting = OpDef(
    "SelectV2",
    "condition:bool t e",
    "output",
    infer=lambda op: broadcast(op.inputs[0].shape, broadcast(op.inputs[1].shape, op.inputs[2].shape)),
    elementwise=True,
)


@opdef.kernel
def kernel(xp, condition, t, e):
    if t.shape != e.shape:
        raise ValueError(
            f"'then' and 'else' must have the same size. but received: {list(t.shape)} vs. {list(e.shape)}"
        )
    if condition.ndim == 1 and t.ndim > 1 and condition.shape[0] == t.shape[0]:
        condition = condition.reshape([-1] + [1] * (t.ndim - 1))
    elif condition.ndim and condition.shape != t.shape:
        raise ValueError(
            f"Inputs to operation Select must have the same shape. condition "
            f"{list(condition.shape)}, then {list(t.shape)}"
        )
    return xp.where(condition, t, e)


@opdef.lower
def lower(op: Operation):
    """A condition that chooses whole rows is left to the kernel."""
    from graphrt.native.records import Map

    condition, x, _ = op.inputs
    if condition.shape.rank and condition.shape.as_list() != x.shape.as_list():
        return None
    return Map(lambda m, condition, t, e: m.where(condition, t, e))


@broadcasting.kernel
def broadcasting_kernel(xp, condition, t, e):
    return xp.where(condition, t, e)


@broadcasting.scalar
def broadcasting_scalar(m, condition, t, e):
    return m.where(condition, t, e)


@broadcasting.gradient
def broadcasting_gradient(op: Operation, dy: Tensor):
    condition, x, y = op.inputs
    zeros = F.zeros([], dtype=dy.dtype.base_dtype)
    of_x = F.where_v2(condition, dy, zeros)
    shape, whole = F.shape(x), F.shape(op.outputs[0])
    of_x = F.reshape(F.reduce_sum(of_x, broadcast_gradient_args(shape, whole)[0], keepdims=True), shape)
    of_y = F.where_v2(condition, zeros, dy)
    shape = F.shape(y)
    of_y = F.reshape(F.reduce_sum(of_y, broadcast_gradient_args(shape, whole)[0], keepdims=True), shape)
    return [None, of_x, of_y]


@coordinates.kernel
def coordinates_kernel(xp, input):
    if input.ndim == 0:
        return xp.zeros([int(input != 0), 0], xp.int64)
    return xp.stack(xp.nonzero(input), axis=1).astype(xp.int64, copy=False)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    condition, x, _ = op.inputs
    zeros = F.zeros_like(x)
    return [None, F.where(condition, dy, zeros), F.where(condition, zeros, dy)]


@export("where")
def where(condition, x=None, y=None, name=None):
    """Elements of ``x`` where ``condition`` holds, of ``y`` elsewhere; without both, the coordinates of what is true.

    Args:
      condition: a bool tensor of the shape of ``x``; a vector chooses whole rows.
      x, y: two tensors of one shape and type (they are not broadcast), or neither.
      name: a name for the node.

    Returns:
      a tensor like ``x``; or an int64 matrix with one row of coordinates for each true element.

    Raises:
      ValueError: if just one of ``x`` and ``y`` is given, or shapes do not fit.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run([tf.where([True, False], [1, 2], [3, 4]), tf.where([[False, True]])]))
    [array([1, 4], dtype=int32), array([[0, 1]])]
    """
    if x is None and y is None:
        return coordinates(convert_to_tensor(condition, preferred_dtype=bool, name="condition"), name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return opdef(condition, x, y, name=name)


@export("where_v2")
def where_v2(condition, x=None, y=None, name=None):
    """As ``where``, but the three tensors are broadcast against each other."""
    if x is None and y is None:
        return where(condition, name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return broadcasting(condition, x, y, name=name)
