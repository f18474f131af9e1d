"""qr: a matrix as an orthogonal one times an upper triangular one."""

from __future__ import annotations

from graphrt.dtypes import COMPLEX, float32, float64
from graphrt.graph import Operation
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


@export("qr", "linalg.qr")
def qr(input, full_matrices=False, name=None):
    """The factors ``q`` (orthonormal columns) and ``r`` (upper triangular) of the matrices in the last two dimensions.

    Args:
      input: float or complex tensor [..., m, n].
      full_matrices: if True q is [..., m, m] and r [..., m, n]; else q is [..., m, p] and r [..., p, n], p = min(m, n).
      name: a name for the node.

    Returns:
      The pair (q, r) with ``input = q @ r``. It has no gradient yet.
    """
    return opdef(input, full_matrices=full_matrices, name=name)
