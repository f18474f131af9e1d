"""matrix_inverse, and systems of linear equations with a square matrix."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.linalg.square import MATRIX_TYPES, attempted, check_square, square, square_unchanged

_SINGULAR = "Input matrix is not invertible."

opdef = OpDef("MatrixInverse", "input", "output", dtypes=MATRIX_TYPES, attrs={"adjoint": False}, infer=square_unchanged)


def _solution(op: Operation) -> TensorShape:
    matrix, rhs = square(op.inputs[0].shape), op.inputs[1].shape.with_rank_at_least(2)
    if matrix.values is None or rhs.values is None:
        return UNKNOWN
    rows = TensorShape.of(matrix.values[-1:]).merge_with(rhs[-2:-1])
    stack = TensorShape.of(matrix.values[:-2]).merge_with(rhs[:-2])
    return stack.concatenate(rows).concatenate(rhs[-1:])


solve_opdef = OpDef(
    "MatrixSolve", "matrix rhs", "output", dtypes=MATRIX_TYPES, attrs={"adjoint": False}, infer=_solution
)


def _adjoint(xp, matrix):
    return xp.conj(xp.swapaxes(matrix, -1, -2))


def _check_numbers(xp, matrix) -> None:
    """TF1 finds nan among the pivots; LAPACK does not. (A device would have to be waited for.)"""
    if xp is np and np.isnan(matrix).any():
        raise ValueError(_SINGULAR)


@opdef.kernel
def kernel(xp, input, adjoint):
    check_square(input)
    _check_numbers(xp, input)
    return attempted(xp, "inv", _SINGULAR, _adjoint(xp, input) if adjoint else input)


@solve_opdef.kernel
def solve_kernel(xp, matrix, rhs, adjoint):
    check_square(matrix)
    if matrix.shape[:-1] != rhs.shape[:-1]:
        raise ValueError(f"Input matrix and rhs are incompatible: {list(matrix.shape)} and {list(rhs.shape)}")
    if not rhs.size:
        return xp.zeros_like(rhs)
    _check_numbers(xp, matrix)
    return attempted(xp, "solve", _SINGULAR, _adjoint(xp, matrix) if adjoint else matrix, rhs)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """From dA^-1 = -A^-1 dA A^-1. (TF1 forgets ``adjoint``: its second derivatives of determinants are wrong.)"""
    inverse, adjoint = op.outputs[0], op.attrs["adjoint"]
    product = F.matmul(dy, inverse, adjoint_a=adjoint, adjoint_b=not adjoint)
    return -F.matmul(inverse, product, adjoint_a=not adjoint)


@solve_opdef.gradient
def solve_gradient(op: Operation, dy: Tensor):
    """From x = A^-1 b: db = A^-H dy, dA = -db x^H."""
    solution, adjoint = op.outputs[0], op.attrs["adjoint"]
    d_rhs = F.matrix_solve(op.inputs[0], dy, adjoint=not adjoint)
    if adjoint:
        return [-F.matmul(solution, d_rhs, adjoint_b=True), d_rhs]
    return [-F.matmul(d_rhs, solution, adjoint_b=True), d_rhs]


@export("matrix_inverse", "linalg.inv")
def matrix_inverse(input, adjoint=False, name=None):
    """The inverse of each square matrix.

    Args:
      input: [..., m, m], float32, float64 or complex. adjoint: invert the conjugate transpose.
      name: a name for the node.

    Raises:
      InvalidArgumentError: if a matrix is not invertible.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]])))
    [[0.5  0.  ]
     [0.   0.25]]
    """
    return opdef(input, adjoint=adjoint, name=name)


@export("matrix_solve", "linalg.solve")
def matrix_solve(matrix, rhs, adjoint=False, name=None):
    """Solves ``matrix @ x = rhs``.

    Args:
      matrix: [..., m, m], float32, float64 or complex. rhs: [..., m, k].
      adjoint: solve with the conjugate transpose of ``matrix``. name: a name for the node.

    Returns:
      ``x``, [..., m, k].

    Raises:
      InvalidArgumentError: if a matrix is not invertible.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]])))
    [[1. ]
     [0.5]]
    """
    return solve_opdef(matrix, rhs, adjoint=adjoint, name=name)
