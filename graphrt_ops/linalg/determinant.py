"""Determinants and their logarithms."""

from __future__ import annotations

from collections.abc import Callable

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt_ops.linalg.square import MATRIX_TYPES, check_square, one_a_matrix

opdef = OpDef("MatrixDeterminant", "input", "output", dtypes=MATRIX_TYPES, infer=one_a_matrix)
log_opdef = OpDef(
    "LogMatrixDeterminant",
    "input",
    "sign log_abs_determinant",
    dtypes=MATRIX_TYPES,
    infer=lambda op: [one_a_matrix(op)] * 2,
)


@opdef.kernel
def kernel(xp, input):
    check_square(input)
    return xp.asarray(xp.linalg.det(input), input.dtype)


@log_opdef.kernel
def log_kernel(xp, input):
    check_square(input)
    sign, logarithm = xp.linalg.slogdet(input)
    return xp.asarray(sign, input.dtype), xp.asarray(logarithm, input.dtype)


def _scaled_inverse(op: Operation, factor: Callable[[], Tensor], like: Tensor) -> Tensor:
    """factor() times A^-H; the factor's nodes come after those of the inverse."""
    inverse = F.matrix_inverse(op.inputs[0], adjoint=True)
    return F.reshape(factor(), F.concat([F.shape(like), [1, 1]], 0)) * inverse


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    """d det(A) = det(A) tr(A^-1 dA)"""
    determinant = op.outputs[0]
    return _scaled_inverse(op, lambda: dy * determinant, determinant)


@log_opdef.gradient
def log_gradient(op: Operation, d_sign: Tensor, d_logarithm: Tensor):
    """d log det(A) = tr(A^-1 dA); the sign is constant almost everywhere."""
    return _scaled_inverse(op, lambda: d_logarithm, op.outputs[1])


@export("matrix_determinant", "linalg.det")
def matrix_determinant(input, name=None):
    """The determinant of each square matrix: [..., m, m] becomes [...].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print("%.1f" % sess.run(tf.matrix_determinant([[2.0, 1.0], [1.0, 3.0]])))
    5.0
    """
    return opdef(input, name=name)


@export("linalg.slogdet")
def slogdet(input, name=None):
    """(the sign of the determinant, the logarithm of its absolute value) of each square matrix."""
    return log_opdef(input, name=name)


@export("linalg.logdet")
def logdet(matrix, name=None):
    """The logarithm of the determinant of each Hermitian positive definite matrix, by its Cholesky factor.

    Raises:
      InvalidArgumentError: if a matrix is not positive definite.
    """
    with name_scope(name, "logdet", [matrix]):
        factor = F.cholesky(matrix)
        return 2.0 * F.reduce_sum(F.log(F.real(F.matrix_diag_part(factor))), axis=[-1])
