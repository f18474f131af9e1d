"""sparse_reorder, sparse_transpose, sparse_retain: the elements of a SparseTensor in another order or place."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt_ops.sparse.sparse_tensor import SparseTensor, as_sparse
from graphrt_ops.sparse.to_dense import check_parts, flat_places

opdef = OpDef(
    "SparseReorder",
    "input_indices:int64 input_values input_shape:int64@host",
    "output_indices:int64 output_values",
    infer=lambda op: [op.inputs[0].shape, op.inputs[1].shape],
)


@opdef.kernel
def kernel(xp, input_indices, input_values, input_shape):
    check_parts(input_indices, input_values, input_shape)
    flat = flat_places(xp, list(input_indices.T), input_shape.tolist())
    order = xp.argsort(flat, kind="stable")
    return input_indices[order], input_values[order]


@opdef.gradient
def gradient(op: Operation, _: Tensor, dy: Tensor):
    """The gradient in the order that the values had before."""
    indices, _, shape = op.inputs
    places = F.range(F.shape(indices)[0])
    ordered = F.sparse_reorder(SparseTensor(indices, places, shape))
    return [None, F.gather(dy, F.invert_permutation(ordered.values)), None]


@export("sparse.reorder", "sparse_reorder")
def sparse_reorder(sp_input, name=None):
    """The same SparseTensor with its elements in row-major order."""
    sparse = as_sparse(sp_input)
    indices, values = opdef(sparse.indices, sparse.values, sparse.dense_shape, name=name)
    shape = sparse.shape
    if shape.is_fully_defined():
        return SparseTensor(indices, values, shape.as_list())
    return SparseTensor(indices, values, F.identity(sparse.dense_shape))


@export("sparse.transpose", "sparse_transpose")
def sparse_transpose(sp_input, perm=None, name=None):
    """The SparseTensor with its dimensions in the order ``perm`` (reversed, without it)."""
    with name_scope(name, "SparseTranspose"):
        sparse = as_sparse(sp_input)
        if perm is None:
            rank = F.rank(sparse)
            perm = (rank - 1) - F.range(0, rank, 1)
        columns = F.transpose(F.gather(F.transpose(sparse.indices), perm))
        perm = convert_to_tensor(perm)
        if perm.op.opdef.role == "constant" and sparse.shape.is_fully_defined():
            shape = [sparse.shape.as_list()[axis] for axis in static_value(perm)]
            return sparse_reorder(SparseTensor(columns, sparse.values, shape))
        shape = F.gather(sparse.dense_shape, perm)
        indices, values = opdef(columns, sparse.values, shape)
        return SparseTensor(indices, values, F.identity(shape))


@export("sparse.retain", "sparse_retain")
def sparse_retain(sp_input, to_retain):
    """The SparseTensor with only those elements for which the bool vector ``to_retain`` is true."""
    sparse = as_sparse(sp_input)
    to_retain = convert_to_tensor(to_retain)
    to_retain.shape.assert_is_compatible_with(sparse.values.shape)
    kept = F.reshape(F.where(to_retain), [-1])
    indices, values = F.gather(sparse.indices, kept), F.gather(sparse.values, kept)
    return SparseTensor(indices, values, F.identity(sparse.dense_shape))
