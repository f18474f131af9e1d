"""Matrix products: of two matrices (MatMul), of stacks of matrices that broadcast (BatchMatMulV2), with a vector."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt import dtypes
from graphrt.backends.blas import BLAS_THREADS
from graphrt.dtypes import COMPLEX, FLOATS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt.shapes import broadcast as broadcast_shapes
from graphrt_ops.math.broadcast_gradient import opdef as broadcast_gradient_args

_TYPES = (*FLOATS, int32, int64, *COMPLEX)


def _same_dimension(m: int | None, n: int | None) -> None:
    if m is not None and n is not None and m != n:
        raise ValueError(f"Dimensions must be equal, but are {m} and {n}")


def _matrix_product(op: Operation) -> TensorShape:
    matrices = []
    for tensor in op.inputs:
        if tensor.shape.rank not in (None, 2):
            raise ValueError(f"Shape must be rank 2 but is rank {tensor.shape.rank}")
        matrices.append(tensor.shape.values or (None, None))
    (a_rows, a_columns), (b_rows, b_columns) = matrices
    if op.attrs["transpose_a"]:
        a_rows, a_columns = a_columns, a_rows
    if op.attrs["transpose_b"]:
        b_rows, b_columns = b_columns, b_rows
    _same_dimension(a_columns, b_rows)
    return TensorShape.of((a_rows, b_columns))


def _stacked_product(op: Operation) -> TensorShape:
    x, y = (tensor.shape.values for tensor in op.inputs)
    for dims in (x, y):
        if dims is not None and len(dims) < 2:
            raise ValueError(f"Shape must be at least rank 2 but is rank {len(dims)}")
    if x is None or y is None:
        return UNKNOWN
    rows, x_inner = reversed(x[-2:]) if op.attrs["adj_x"] else x[-2:]
    y_inner, columns = reversed(y[-2:]) if op.attrs["adj_y"] else y[-2:]
    _same_dimension(x_inner, y_inner)
    stack = broadcast_shapes(TensorShape.of(x[:-2]), TensorShape.of(y[:-2]))
    return TensorShape.of((*stack.values, rows, columns))


opdef = OpDef(
    "MatMul", "a b", "product", dtypes=_TYPES, attrs={"transpose_a": False, "transpose_b": False}, infer=_matrix_product
)
stacked = OpDef(
    "BatchMatMulV2", "x y", "output", dtypes=_TYPES, attrs={"adj_x": False, "adj_y": False}, infer=_stacked_product,
    name="BatchMatMulV2",
)  # fmt: skip


def _multiplied(xp, a, b):
    """``a @ b``; 16-bit floats are added up in 32 bits."""
    if xp is np:
        BLAS_THREADS.for_product(a.size * b.shape[-1])
    if a.dtype.itemsize == 2 and a.dtype.kind not in "iu":
        return xp.matmul(a.astype("float32"), b.astype("float32")).astype(a.dtype)
    return xp.matmul(a, b)


@opdef.kernel
def kernel(xp, a, b, transpose_a, transpose_b):
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"In[0] and In[1] must be matrices, got shapes {list(a.shape)} and {list(b.shape)}")
    if transpose_a:
        a = a.T
    if transpose_b:
        b = b.T
    try:
        return _multiplied(xp, a, b)
    except ValueError as error:
        # Looking for this first would cost more than many products of small matrices do.
        raise ValueError(f"Matrix size-incompatible: In[0]: {_told(a)}, In[1]: {_told(b)}") from error


def _told(array) -> str:
    return "[" + ",".join(map(str, array.shape)) + "]"


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Product

    return Product(op.attrs["transpose_a"], op.attrs["transpose_b"])


@stacked.lower
def lower_stacked(op: Operation):
    from graphrt.native.records import Product

    return Product(op.attrs["adj_x"], op.attrs["adj_y"])


def _adjoint(x):
    x = x.swapaxes(-1, -2)
    return x.conj() if x.dtype.kind == "c" else x


@stacked.kernel
def stacked_kernel(xp, x, y, adj_x, adj_y):
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(f"In[0] and In[1] must have rank 2 at least, got shapes {list(x.shape)} and {list(y.shape)}")
    x, y = _adjoint(x) if adj_x else x, _adjoint(y) if adj_y else y
    try:
        return _multiplied(xp, x, y)
    except ValueError as error:
        raise ValueError(f"In[0] mismatch In[1] shape: {_told(x)} and {_told(y)}") from error


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    a, b = F.conj(op.inputs[0]), F.conj(op.inputs[1])
    match op.attrs["transpose_a"], op.attrs["transpose_b"]:
        case False, False:
            return [opdef(dy, b, transpose_b=True), opdef(a, dy, transpose_a=True)]
        case False, True:
            return [opdef(dy, b), opdef(dy, a, transpose_a=True)]
        case True, False:
            return [opdef(b, dy, transpose_b=True), opdef(a, dy)]
    return [opdef(b, dy, transpose_a=True, transpose_b=True), opdef(dy, a, transpose_a=True, transpose_b=True)]


@stacked.gradient
def stacked_gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    match op.attrs["adj_x"], op.attrs["adj_y"]:
        case False, False:
            to_x, to_y = F.matmul(dy, y, adjoint_b=True), F.matmul(x, dy, adjoint_a=True)
        case False, True:
            to_x, to_y = F.matmul(dy, y), F.matmul(dy, x, adjoint_a=True)
        case True, False:
            to_x, to_y = F.matmul(y, dy, adjoint_b=True), F.matmul(x, dy)
        case _:
            to_x = F.matmul(y, dy, adjoint_a=True, adjoint_b=True)
            to_y = F.matmul(dy, x, adjoint_a=True, adjoint_b=True)
    shape_x, shape_y = F.shape(x), F.shape(y)
    over_x, over_y = broadcast_gradient_args(shape_x[:-2], shape_y[:-2])
    return [F.reshape(F.reduce_sum(to_x, over_x), shape_x), F.reshape(F.reduce_sum(to_y, over_y), shape_y)]


@export("matmul", "linalg.matmul")
def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    name=None,
):
    """The matrix product a b; of stacks of matrices where a rank is larger than 2.

    Args:
      a, b: numbers of one type, of rank 2 or more; the last two axes are the matrix, the others broadcast.
      transpose_a, transpose_b: take the transpose of that side.
      adjoint_a, adjoint_b: take its conjugate transpose.
      a_is_sparse, b_is_sparse: that side is expected to hold many zeros. As in TF1, two matrices of float32 or
        bfloat16 then become a SparseMatMul, which gives the same values; elsewhere it is without effect.
      name: a name for the node.

    Raises:
      ValueError: for a rank below 2, unequal inner dimensions, or both transpose and adjoint of one side.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.matmul([[1, 2]], [[3], [4]])))
    [[11]]
    """
    with name_scope(name, "MatMul", [a, b]) as scope:
        if transpose_a and adjoint_a:
            raise ValueError("Only one of transpose_a and adjoint_a can be True.")
        if transpose_b and adjoint_b:
            raise ValueError("Only one of transpose_b and adjoint_b can be True.")
        a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
        sparse = a_is_sparse or b_is_sparse
        if not sparse and (a.shape.rank is None or a.shape.rank > 2 or b.shape.rank is None or b.shape.rank > 2):
            # This op knows adjoints only: the transpose is the adjoint of the conjugate.
            a = F.conj(a) if transpose_a else a
            b = F.conj(b) if transpose_b else b
            return stacked(a, b, adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b, name=scope)
        a = F.conj(a) if adjoint_a else a
        b = F.conj(b) if adjoint_b else b
        flags = {"transpose_a": transpose_a or adjoint_a, "transpose_b": transpose_b or adjoint_b}
        kinds = (a.dtype.base_dtype, b.dtype.base_dtype)
        if sparse and all(kind in (dtypes.bfloat16, dtypes.float32) for kind in kinds):
            product = F.sparse_matmul(a, b, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=scope, **flags)
            return F.cast(product, dtypes.bfloat16) if kinds == (dtypes.bfloat16, dtypes.bfloat16) else product
        return opdef(a, b, name=scope, **flags)


@export("linalg.matvec")
def matvec(
    a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None
):  # fmt: skip
    """The product of matrices and vectors: ``a`` has the shape [..., m, n], ``b`` [..., n].

    The other arguments are those of ``matmul``.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.linalg.matvec([[1, 2], [3, 4]], [1, 1])))
    [3 7]
    """
    with name_scope(name, "MatVec", [a, b]):
        product = F.matmul(
            a,
            F.expand_dims(b, axis=-1),
            transpose_a=transpose_a,
            adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )
        return F.squeeze(product, axis=-1)
