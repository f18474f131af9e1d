"""sparse_matmul: TF1's product of matrices that hold many zeros; here a hint that changes no value."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.linalg.matmul import _matrix_product
from graphrt_ops.linalg.matmul import kernel as dense_kernel

opdef = OpDef(
    "SparseMatMul",
    "a:Ta b:Tb",
    "product:float32",
    dtypes={"Ta": (float32, bfloat16), "Tb": (float32, bfloat16)},
    attrs={"transpose_a": False, "transpose_b": False, "a_is_sparse": False, "b_is_sparse": False},
    infer=_matrix_product,
)


@opdef.kernel
def kernel(xp, a, b, transpose_a, transpose_b):
    return dense_kernel(xp, a.astype("float32"), b.astype("float32"), transpose_a, transpose_b)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    a, b = op.inputs
    transpose_a, transpose_b = op.attrs["transpose_a"], op.attrs["transpose_b"]
    sparse = {id(a): op.attrs["a_is_sparse"], id(b): op.attrs["b_is_sparse"], id(dy): dy.op.type == "ReluGrad"}

    def product(left, right, like, transpose_a=False, transpose_b=False):
        options = {"a_is_sparse": sparse[id(left)], "b_is_sparse": sparse[id(right)]}
        if transpose_b:
            right = F.transpose(right)
        result = F.matmul(left, right, transpose_a=transpose_a, **options)
        return F.cast(result, like) if result.dtype is not like else result

    to_a, to_b = a.dtype.base_dtype, b.dtype.base_dtype
    if not transpose_a and not transpose_b:
        return [product(dy, b, to_a, transpose_b=True), product(a, dy, to_b, transpose_a=True)]
    if not transpose_a:
        return [product(dy, b, to_a), product(dy, a, to_b, transpose_a=True)]
    if not transpose_b:
        return [product(b, dy, to_a, transpose_b=True), product(a, dy, to_b)]
    return [
        product(b, dy, to_a, transpose_a=True, transpose_b=True),
        product(dy, a, to_b, transpose_a=True, transpose_b=True),
    ]


@export("sparse_matmul")
def sparse_matmul(a, b, transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The matrix product of two float32 or bfloat16 matrices, as float32.

    Args:
      a, b: matrices. transpose_a, transpose_b: take the transpose of that side.
      a_is_sparse, b_is_sparse: that side is expected to hold many zeros; kept in the graph, without effect on values.
      name: a name for the node.
    """
    return opdef(
        a,
        b,
        transpose_a=transpose_a,
        transpose_b=transpose_b,
        a_is_sparse=a_is_sparse,
        b_is_sparse=b_is_sparse,
        name=name,
    )
