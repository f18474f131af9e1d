"""matrix_triangular_solve: a system of linear equations with a triangular matrix."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape


def _infer(op: Operation) -> TensorShape:
    matrix, rhs = (tensor.shape.with_rank_at_least(2) for tensor in op.inputs)
    if matrix.rank is None or rhs.rank is None:
        return UNKNOWN
    *batch, rows, columns = matrix.values
    size = TensorShape.of((rows,)).merge_with(TensorShape.of((columns,))).merge_with(rhs[-2:-1])
    return TensorShape.of(tuple(batch)).merge_with(rhs[:-2]).concatenate(size).concatenate(rhs[-1:])


opdef = OpDef(
    "MatrixTriangularSolve",
    "matrix rhs",
    "output",
    dtypes=(float32, float64, *COMPLEX),
    attrs={"lower": True, "adjoint": False},
    infer=_infer,
)


@opdef.kernel
def kernel(xp, matrix, rhs, lower, adjoint):
    if matrix.shape[:-1] != rhs.shape[:-1] or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"Input matrices must be square and fit: got {list(matrix.shape)} and {list(rhs.shape)}")
    triangle = xp.tril(matrix) if lower else xp.triu(matrix)
    if not rhs.size:
        return xp.zeros_like(rhs)
    if not (xp.abs(xp.diagonal(triangle, axis1=-2, axis2=-1)) > 0).all():  # nan is refused, too
        raise ValueError("Input matrix is not invertible.")
    if adjoint:
        triangle = xp.conj(xp.swapaxes(triangle, -1, -2))
    return xp.linalg.solve(triangle, rhs)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """From x = A^-1 b: db = A^-H dy, dA = -db x^H, of which only the triangle counts."""
    matrix, solution = op.inputs[0], op.outputs[0]
    lower, adjoint = op.attrs["lower"], op.attrs["adjoint"]
    d_rhs = F.matrix_triangular_solve(matrix, dy, lower=lower, adjoint=not adjoint)
    product = F.matmul(solution, d_rhs, adjoint_b=True) if adjoint else F.matmul(d_rhs, solution, adjoint_b=True)
    d_matrix = -product
    return F.matrix_band_part(d_matrix, *((-1, 0) if lower else (0, -1))), d_rhs


@export("matrix_triangular_solve", "linalg.triangular_solve")
def matrix_triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """Solves ``matrix @ x = rhs`` for triangular matrices.

    Args:
      matrix: float or complex tensor [..., m, m]; only the lower triangle is read (the upper, if not ``lower``).
      rhs: tensor [..., m, k].
      lower: which triangle of ``matrix`` counts.
      adjoint: solve with the conjugate transpose of the triangle.
      name: a name for the node.

    Returns:
      ``x``, tensor [..., m, k].

    Raises:
      InvalidArgumentError: (running) if there is a zero on the diagonal.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_triangular_solve([[2., 0.], [1., 4.]], [[2.], [9.]])))
    [[1.]
     [2.]]
    """
    return opdef(matrix, rhs, lower=lower, adjoint=adjoint, name=name)
