"""Eigenvalues and eigenvectors of Hermitian matrices."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.linalg.square import MATRIX_TYPES, attempted, check_square, square

_FAILED = "Self-adjoint eigen decomposition was not successful. The input might not be valid."


def _shapes(op: Operation) -> list[TensorShape]:
    shape = square(op.inputs[0].shape)
    vectors = shape if op.attrs["compute_v"] else TensorShape.of((0,))
    return [UNKNOWN if shape.values is None else TensorShape.of(shape.values[:-1]), vectors]


opdef = OpDef("SelfAdjointEigV2", "input", "e v", dtypes=MATRIX_TYPES, attrs={"compute_v": True}, infer=_shapes)


@opdef.kernel
def kernel(xp, input, compute_v):
    check_square(input)
    if not compute_v:
        values = attempted(xp, "eigvalsh", _FAILED, input)
        return values.astype(input.dtype), xp.zeros(0, input.dtype)
    values, vectors = attempted(xp, "eigh", _FAILED, input)
    return values.astype(input.dtype), vectors.astype(input.dtype)


@opdef.gradient
def gradient(op: Operation, d_values: Tensor, d_vectors: Tensor):
    """Giles, "An extended collection of matrix derivative results" (2008), section 3.1, of the lower triangle."""
    values = op.outputs[0]
    with control_dependencies([d_values, d_vectors]):
        if op.attrs["compute_v"]:
            vectors = op.outputs[1]
            gaps = F.expand_dims(values, -2) - F.expand_dims(values, -1)
            inverse_gaps = F.matrix_set_diag(F.reciprocal(gaps), F.zeros_like(values))
            inner = F.matrix_diag(d_values) + inverse_gaps * F.matmul(vectors, d_vectors, adjoint_a=True)
        else:
            _, vectors = F.self_adjoint_eig(op.inputs[0])
            inner = F.matrix_diag(d_values)
        whole = F.matmul(vectors, F.matmul(inner, vectors, adjoint_b=True))
        lower = F.matrix_band_part(whole + F.adjoint(whole), -1, 0)
        return F.matrix_set_diag(lower, 0.5 * F.matrix_diag_part(lower))


@export("self_adjoint_eig", "linalg.eigh")
def self_adjoint_eig(tensor, name=None):
    """Eigenvalues and eigenvectors of each Hermitian matrix.

    Args:
      tensor: [..., m, m], float32, float64 or complex; its lower triangle is read. name: a name for the node.

    Returns:
      (e, v): the eigenvalues in rising order [..., m], and the eigenvectors as columns [..., m, m].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.self_adjoint_eig([[1.0, 0.0], [0.0, 2.0]])[0]))
    [1. 2.]
    """
    return opdef(tensor, compute_v=True, name=name)


@export("self_adjoint_eigvals", "linalg.eigvalsh")
def self_adjoint_eigvals(tensor, name=None):
    """The eigenvalues of each Hermitian matrix, in rising order: [..., m, m] becomes [..., m]."""
    values, _ = opdef(tensor, compute_v=False, name=name)
    return values
