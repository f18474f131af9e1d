"""matrix_band_part: some diagonals of a matrix, zeros elsewhere; trace and adjoint."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt_ops.shapes import unchanged

opdef = OpDef(
    "MatrixBandPart",
    "input num_lower:Tindex@host num_upper:Tindex@host",
    "band",
    dtypes={"Tindex": (int32, int64)},
    attrs={"Tindex": int64},
    infer=unchanged,
)


@opdef.kernel
def kernel(xp, input, num_lower, num_upper):
    if input.ndim < 2:
        raise ValueError(f"input must be at least 2-dim, received shape: {list(input.shape)}")
    rows, columns = input.shape[-2:]
    lower, upper = int(num_lower), int(num_upper)
    for name, count, limit in (("num_lower", lower, rows), ("num_upper", upper, columns)):
        if count > limit:
            raise ValueError(
                f"{name} must be negative or less or equal to the number of rows or columns ({limit}) got: {count}"
            )
    above = xp.arange(columns)[None, :] - xp.arange(rows)[:, None]
    inside = xp.ones((rows, columns), bool)
    if lower >= 0:
        inside &= above >= -lower
    if upper >= 0:
        inside &= above <= upper
    return xp.where(inside, input, input.dtype.type(0))


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Band

    below, above = (static_value(tensor) for tensor in op.inputs[1:3])
    shape = op.inputs[0].shape.values
    if below is None or above is None or len(shape) < 2 or below > shape[-2] or above > shape[-1]:
        return None  # the ordinary kernel says what is wrong
    below, above = int(below), int(above)
    return Band(below if 0 <= below < shape[-2] else None, above if 0 <= above < shape[-1] else None)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [F.matrix_band_part(dy, op.inputs[1], op.inputs[2]), None, None]


@export("matrix_band_part", "linalg.band_part")
def matrix_band_part(input, num_lower, num_upper, name=None):
    """The central band of matrices: what is further from the diagonal becomes 0.

    Args:
      input: [..., rows, columns], of any type.
      num_lower, num_upper: how many diagonals to keep below and above the main one; negative for all of them.
      name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_band_part(tf.ones([3, 3]), 0, -1)))
    [[1. 1. 1.]
     [0. 1. 1.]
     [0. 0. 1.]]
    """
    return opdef(input, num_lower, num_upper, name=name)


@export("trace", "linalg.trace")
def trace(x, name=None):
    """The sum of the main diagonal of each matrix: [..., m, n] becomes [...]."""
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return F.reduce_sum(F.matrix_diag_part(x), [-1], name=scope)


@export("linalg.adjoint")
def adjoint(matrix, name=None):
    """The conjugate transpose of each matrix: [..., m, n] becomes [..., n, m]."""
    with name_scope(name, "adjoint", [matrix]):
        return F.matrix_transpose(convert_to_tensor(matrix, name="matrix"), conjugate=True)
