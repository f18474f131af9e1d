"""svd: the singular values and vectors of matrices."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.linalg.square import MATRIX_TYPES, attempted

_EMPTY = TensorShape.of((0,))


def _shapes(op: Operation) -> list[TensorShape]:
    shape = op.inputs[0].shape.with_rank_at_least(2)
    if shape.values is None:
        return [UNKNOWN] * 3 if op.attrs["compute_uv"] else [UNKNOWN, _EMPTY, _EMPTY]
    *stack, m, n = shape.values
    p = None if m is None or n is None else min(m, n)
    values = TensorShape.of((*stack, p))
    if not op.attrs["compute_uv"]:
        return [values, _EMPTY, _EMPTY]
    u, v = (m, n) if op.attrs["full_matrices"] else (p, p)
    return [values, TensorShape.of((*stack, m, u)), TensorShape.of((*stack, n, v))]


opdef = OpDef(
    "Svd", "input", "s u v", dtypes=MATRIX_TYPES, attrs={"compute_uv": True, "full_matrices": False}, infer=_shapes
)


@opdef.kernel
def kernel(xp, input, compute_uv, full_matrices):
    if input.ndim < 2:
        raise ValueError(f"Input must have rank >= 2, got shape {list(input.shape)}")
    message = "Singular value decomposition was not successful. The input might not be valid."
    if xp is np and not np.isfinite(input).all():
        raise ValueError(message)  # LAPACK's routine never comes to an end with an infinity
    if not compute_uv:
        values = attempted(xp, "svd", message, input, compute_uv=False)
        return values.astype(input.dtype), xp.zeros(0, input.dtype), xp.zeros(0, input.dtype)
    u, values, adjoint_v = attempted(xp, "svd", message, input, full_matrices=full_matrices)
    return values.astype(input.dtype), u, xp.conj(xp.swapaxes(adjoint_v, -1, -2))


@opdef.gradient
def gradient(op: Operation, ds: Tensor, du: Tensor, dv: Tensor):
    """Giles, "An extended collection of matrix derivative results" (2008), section 3.2, and for rectangular matrices
    Townsend, "Differentiating the singular value decomposition" (2016)."""
    a = op.inputs[0]
    d_diagonal = F.matrix_diag(ds)
    if not op.attrs["compute_uv"]:
        _, u, v = F.svd(a, compute_uv=True)
        result = F.matmul(u, F.matmul(d_diagonal, v, adjoint_b=True))
        result.set_shape(a.shape)
        return result
    m, n = _known_sizes(a, op.attrs["full_matrices"])
    s, u, v = op.outputs
    flipped = m > n
    if flipped:
        m, n = n, m
        u, v, du, dv = v, u, dv, du
    with control_dependencies([ds, du, dv]):
        result = _wide_gradient(s, u, v, d_diagonal, du, dv, m, n)
        return F.matrix_transpose(result, conjugate=True) if flipped else result


def _known_sizes(a: Tensor, full_matrices: bool) -> tuple[int, int]:
    if a.shape.rank is None or None in a.shape.values[-2:]:
        raise NotImplementedError("SVD gradient has not been implemented for input with unknown inner matrix shape.")
    m, n = a.shape.values[-2:]
    if full_matrices and m != n:
        raise NotImplementedError(
            f"svd(full_matrices=True) of a {m} x {n} matrix has no gradient here; full_matrices=False has one"
        )
    return m, n


def _wide_gradient(s, u, v, d_diagonal, du, dv, m: int, n: int) -> Tensor:
    """The gradient for matrices with m rows and n columns, m <= n."""
    diagonal = F.matrix_diag(s)
    squares = F.square(s)
    shape = F.shape(s)
    identity = F.eye(shape[-1], batch_shape=shape[:-1], dtype=s.dtype)
    gaps = F.expand_dims(squares, -2) - F.expand_dims(squares, -1)
    inverse_gaps = F.matrix_set_diag(F.reciprocal(gaps + identity), F.zeros_like(s))
    inverse_diagonal = F.matrix_diag(F.reciprocal(s))
    v1, dv1 = v[..., :, :m], dv[..., :, :m]
    turned_u, turned_v = F.matmul(u, du, adjoint_a=True), F.matmul(v1, dv1, adjoint_a=True)
    from_u, from_v = inverse_gaps * turned_u, inverse_gaps * turned_v
    inner = d_diagonal + F.matmul(from_u + F.adjoint(from_u), diagonal) + F.matmul(diagonal, from_v + F.adjoint(from_v))
    result = F.matmul(u, F.matmul(inner, v1, adjoint_b=True))
    if m == n:
        return result
    transposed = F.matrix_transpose(dv1, conjugate=True)
    outside = transposed - F.matmul(F.matmul(transposed, v1), v1, adjoint_b=True)
    return result + F.matmul(F.matmul(u, inverse_diagonal), outside)


@export("svd", "linalg.svd")
def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """The singular value decomposition ``tensor = u @ diag(s) @ v^H`` of each matrix.

    Args:
      tensor: [..., m, n], float32, float64 or complex; p = min(m, n).
      full_matrices: give all m and n singular vectors, and not p of each.
      compute_uv: False gives the singular values only.
      name: a name for the node.

    Returns:
      (s, u, v) with the singular values in falling order [..., p], and the vectors as columns [..., m, p] and
      [..., n, p]; or s alone.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False)))
    [2. 1.]
    """
    s, u, v = opdef(tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (s, u, v) if compute_uv else s
