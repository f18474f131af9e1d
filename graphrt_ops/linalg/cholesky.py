"""cholesky: A = L L^H of Hermitian positive definite matrices, and what is solved with it."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt_ops.linalg.square import MATRIX_TYPES, attempted, check_square, square_unchanged

opdef = OpDef("Cholesky", "input", "output", dtypes=MATRIX_TYPES, infer=square_unchanged)


@opdef.kernel
def kernel(xp, input):
    check_square(input)
    return attempted(
        xp,
        "cholesky",
        "Cholesky decomposition was not successful. The input might not be valid.",
        input,
    )


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """Murray, "Differentiation of the Cholesky decomposition" (2016), section 3.1."""
    factor = op.outputs[0]
    rows = F.shape(factor)[-1]
    stack = F.shape(factor)[:-2]
    inverse = F.matrix_triangular_solve(factor, F.eye(rows, batch_shape=stack, dtype=factor.dtype))
    middle = F.matmul(factor, dy, adjoint_a=True)
    middle = F.matrix_set_diag(middle, 0.5 * F.matrix_diag_part(middle))
    middle = F.matrix_band_part(middle, -1, 0)
    half = F.matmul(F.matmul(inverse, middle, adjoint_a=True), inverse)
    return (half + F.adjoint(half)) * 0.5


@export("cholesky", "linalg.cholesky")
def cholesky(input, name=None):
    """The lower triangular L with ``input = L L^H``, for each matrix.

    Args:
      input: [..., m, m], float32, float64 or complex, Hermitian and positive definite; its lower triangle is read.
      name: a name for the node.

    Raises:
      InvalidArgumentError: if a matrix is not positive definite.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.cholesky([[4.0, 2.0], [2.0, 10.0]])))
    [[2. 0.]
     [1. 3.]]
    """
    return opdef(input, name=name)


@export("cholesky_solve", "linalg.cholesky_solve")
def cholesky_solve(chol, rhs, name=None):
    """Solves ``A @ x = rhs``, where ``chol = cholesky(A)``: [..., m, m] and [..., m, k] give [..., m, k]."""
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        half_way = F.matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return F.matrix_triangular_solve(chol, half_way, adjoint=True, lower=True)
