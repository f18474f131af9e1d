"""sparse_tensor_dense_matmul: a sparse matrix times a dense one."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.array.segments import reduced
from graphrt_ops.sparse.sparse_tensor import as_sparse
from graphrt_ops.sparse.to_dense import check_parts


def _product(op: Operation) -> TensorShape:
    """[rows of a, columns of b]; the inner dimensions must be equal."""
    a, b = static_shape(op.inputs[2]).with_rank(2).values, op.inputs[3].shape.with_rank(2).values
    rows, inner = (a[1], a[0]) if op.attrs["adjoint_a"] else a
    other, columns = (b[1], b[0]) if op.attrs["adjoint_b"] else b
    if inner is not None and other is not None and inner != other:
        raise ValueError(f"Dimensions must be equal, but are {inner} and {other}")
    return TensorShape.of((rows, columns))


opdef = OpDef(
    "SparseTensorDenseMatMul",
    "a_indices:Tindices a_values a_shape:int64@host b",
    "product",
    dtypes={"T": NUMBERS, "Tindices": (int32, int64)},
    attrs={"adjoint_a": False, "adjoint_b": False},
    infer=_product,
)


@opdef.kernel
def kernel(xp, a_indices, a_values, a_shape, b, adjoint_a, adjoint_b):
    check_parts(a_indices, a_values, a_shape)
    if a_shape.size != 2 or b.ndim != 2:
        raise ValueError(f"Both must be matrices, but their shapes are {a_shape.tolist()} and {list(b.shape)}")
    rows, columns = (a_indices[:, 1], a_indices[:, 0]) if adjoint_a else (a_indices[:, 0], a_indices[:, 1])
    values = a_values.conj() if adjoint_a and a_values.dtype.kind == "c" else a_values
    right = b.conj().T if adjoint_b else b
    count, inner = (int(a_shape[1]), int(a_shape[0])) if adjoint_a else (int(a_shape[0]), int(a_shape[1]))
    if inner != right.shape[0]:
        raise ValueError(
            f"Cannot multiply A and B because inner dimension does not match: {inner} vs. {right.shape[0]}."
        )
    if rows.size and (int(rows.min()) < 0 or int(rows.max()) >= count):
        raise ValueError(f"an index of the sparse matrix is out of range of its shape {a_shape.tolist()}")
    if columns.size and (int(columns.min()) < 0 or int(columns.max()) >= inner):
        raise ValueError(f"an index of the sparse matrix is out of range of its shape {a_shape.tolist()}")
    return reduced(xp, "add", values[:, None] * right[columns], rows, count, 0)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    indices, values, shape, b = op.inputs
    adjoint_a, adjoint_b = op.attrs["adjoint_a"], op.attrs["adjoint_b"]
    b_gradient = opdef(indices, values, shape, dy, adjoint_a=not adjoint_a)
    if adjoint_b:
        b_gradient = F.transpose(b_gradient)
    rows, columns = indices[:, 0], indices[:, 1]
    left = F.gather(dy, columns if adjoint_a else rows)
    right = F.gather(F.transpose(b) if adjoint_b else b, rows if adjoint_a else columns)
    return [None, F.reduce_sum(left * right, axis=1), None, b_gradient]


@export("sparse.sparse_dense_matmul", "sparse.matmul", "sparse_tensor_dense_matmul")
def sparse_tensor_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The dense product of a SparseTensor of rank 2 and a dense matrix.

    Args:
      sp_a: the sparse matrix. b: the dense one, of the same type.
      adjoint_a, adjoint_b: use the (conjugate) transpose. name: a name scope.

    Raises:
      ValueError: if the inner dimensions are known and differ.
    """
    sparse = as_sparse(sp_a)
    with name_scope(name, "SparseTensorDenseMatMul", [sparse.values]):
        b = convert_to_tensor(b, name="b")
        return opdef(sparse.indices, sparse.values, sparse.dense_shape, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)
