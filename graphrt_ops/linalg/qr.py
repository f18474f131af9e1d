"""qr: a matrix as an orthogonal one times an upper triangular one."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape


def _factors(op: Operation) -> list[TensorShape]:
    shape = op.inputs[0].shape.with_rank_at_least(2)
    if shape.rank is None:
        return [UNKNOWN, UNKNOWN]
    *batch, rows, columns = shape.values
    inner = rows if op.attrs["full_matrices"] else None if None in (rows, columns) else min(rows, columns)
    return [TensorShape.of((*batch, rows, inner)), TensorShape.of((*batch, inner, columns))]


opdef = OpDef("Qr", "input", "q r", dtypes=(float32, float64, *COMPLEX), attrs={"full_matrices": False}, infer=_factors)


@opdef.kernel
def kernel(xp, input, full_matrices):
    # A namedtuple of both; the signs are those of Householder's method, in LAPACK as in Eigen.
    q, r = xp.linalg.qr(input, mode="complete" if full_matrices else "reduced")
    return q, r


@opdef.gradient
def gradient(op: Operation, dq: Tensor, dr: Tensor) -> Tensor:
    """S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with application in optimum
    experimental design", 2010, section 3.2; as in TensorFlow 1.15 for matrices that are not wide.

    Raises:
      NotImplementedError: for others, and those of which the size is not known.
    """
    q, r = op.outputs
    rows, columns = op.inputs[0].shape.with_rank_at_least(2)[-2:].as_list() if op.inputs[0].shape.rank else (None, None)
    if rows is None or columns is None:
        raise NotImplementedError(f"The gradient of {op.name!r} (Qr) needs to know the size of the matrix.")
    if columns > rows or (op.attrs["full_matrices"] and columns != rows):
        raise NotImplementedError(
            f"The gradient of {op.name!r} (Qr) is there for matrices with at least as many rows as columns, with "
            f"full_matrices=True only for square ones; this one is {rows} by {columns}."
        )
    q_dq = F.matmul(q, dq, adjoint_a=True)
    skew_q = q_dq - F.adjoint(q_dq)
    r_dr = F.matmul(r, dr, adjoint_b=True)
    skew_r = r_dr - F.adjoint(r_dr)
    lower = F.matrix_band_part(skew_q + skew_r, -1, 0)
    inside = F.matmul(q, dr + _times_inverse(lower, r))
    outside = _times_inverse(dq - F.matmul(q, q_dq), r)
    return inside + outside


def _times_inverse(x: Tensor, r: Tensor) -> Tensor:
    """x R^-H of an upper triangular R."""
    return F.adjoint(F.matrix_triangular_solve(r, F.adjoint(x), lower=False, adjoint=False))


@export("qr", "linalg.qr")
def qr(input, full_matrices=False, name=None):
    """The factors ``q`` (orthonormal columns) and ``r`` (upper triangular) of the matrices in the last two dimensions.

    Args:
      input: float or complex tensor [..., m, n].
      full_matrices: if True q is [..., m, m] and r [..., m, n]; else q is [..., m, p] and r [..., p, n], p = min(m, n).
      name: a name for the node.

    Returns:
      The pair (q, r) with ``input = q @ r``.
    """
    return opdef(input, full_matrices=full_matrices, name=name)
