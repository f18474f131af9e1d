"""matrix_solve_ls: the x that makes |A x - b|^2 + l2 |x|^2 smallest."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.linalg.square import MATRIX_TYPES, attempted


def _solution(op: Operation) -> TensorShape:
    matrix, rhs = op.inputs[0].shape.with_rank_at_least(2), op.inputs[1].shape.with_rank_at_least(2)
    if matrix.values is None or rhs.values is None:
        return UNKNOWN
    matrix[-2:-1].assert_is_compatible_with(rhs[-2:-1])
    return matrix[:-2].merge_with(rhs[:-2]).concatenate(matrix[-1:]).concatenate(rhs[-1:])


opdef = OpDef(
    "MatrixSolveLs",
    "matrix rhs l2_regularizer:float64@host",
    "output",
    dtypes=MATRIX_TYPES,
    attrs={"fast": True},
    infer=_solution,
)


@opdef.kernel
def kernel(xp, matrix, rhs, l2_regularizer, fast):
    if matrix.shape[:-1] != rhs.shape[:-1]:
        raise ValueError(f"matrix and rhs must have the same rows: {list(matrix.shape)} and {list(rhs.shape)}")
    if fast:
        raise ValueError("MatrixSolveLs(fast=True) is not made by tf.matrix_solve_ls, and not supported")
    inverse = attempted(xp, "pinv", "The input might not be valid.", matrix)
    return xp.matmul(inverse, rhs).astype(rhs.dtype)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    raise ValueError("Gradient not defined for fast=False")


def _gramian_factor(matrix: Tensor, l2, tall: bool) -> Tensor:
    """The Cholesky factor of A^H A + l2 I for a tall matrix, of A A^H + l2 I for a wide one."""
    gramian = F.matmul(matrix, matrix, adjoint_a=tall, adjoint_b=not tall)
    if isinstance(l2, Tensor) or l2 != 0:
        shape = F.shape(matrix)
        stack = shape[:-2]
        identity = F.eye(shape[-1] if tall else shape[-2], batch_shape=stack, dtype=matrix.dtype)
        gramian += l2 * identity
    return F.cholesky(gramian)


def _tall_solution(matrix: Tensor, rhs, l2) -> Tensor:
    """More equations than unknowns: x = (A^H A + l2 I)^-1 A^H b."""
    return F.cholesky_solve(_gramian_factor(matrix, l2, tall=True), F.matmul(matrix, rhs, adjoint_a=True))


def _wide_solution(matrix: Tensor, rhs, l2) -> Tensor:
    """More unknowns than equations: x = A^H (A A^H + l2 I)^-1 b."""
    return F.matmul(matrix, F.cholesky_solve(_gramian_factor(matrix, l2, tall=False), rhs), adjoint_a=True)


@export("matrix_solve_ls", "linalg.lstsq")
def matrix_solve_ls(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """Solves linear least squares problems: the x for which |matrix x - rhs|^2 + l2_regularizer |x|^2 is smallest.

    Args:
      matrix: [..., m, n], float32, float64 or complex. rhs: [..., m, k].
      l2_regularizer: a number that is at least 0 (not used without ``fast``).
      fast: solve the normal equations; without it the pseudo-inverse is used, which also takes matrices that are not
        of full rank, and has no gradient.
      name: a name for the node.

    Returns:
      ``x``, [..., n, k].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_solve_ls([[1.0], [1.0]], [[1.0], [3.0]])))
    [[2.]]
    """
    if not fast:
        return opdef(matrix, rhs, l2_regularizer, fast=False, name=name)
    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        matrix = convert_to_tensor(matrix, name="matrix")
        sizes = matrix.shape[-2:]
        if sizes.is_fully_defined():
            solution = _tall_solution if sizes.values[0] >= sizes.values[1] else _wide_solution
            return solution(matrix, rhs, l2_regularizer)
        rows_and_columns = F.shape(matrix)[-2:]
        return F.cond(
            rows_and_columns[0] >= rows_and_columns[1],
            lambda: _tall_solution(matrix, rhs, l2_regularizer),
            lambda: _wide_solution(matrix, rhs, l2_regularizer),
        )
