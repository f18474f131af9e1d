"""sparse_to_dense and sparse.to_dense: sparse values written into a dense tensor."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt.opdef.static import static_shape
from graphrt_ops.array.gather_nd import coordinates
from graphrt_ops.array.scattering import assign_at
from graphrt_ops.sparse.sparse_tensor import SparseTensor, as_sparse

opdef = OpDef(
    "SparseToDense",
    "sparse_indices:Tindices output_shape:Tindices@host sparse_values default_value",
    "dense",
    dtypes={"Tindices": (int32, int64)},
    attrs={"validate_indices": True},
    infer=lambda op: static_shape(op.inputs[1]),
)


@opdef.kernel
def kernel(xp, sparse_indices, output_shape, sparse_values, default_value, validate_indices):
    if sparse_values.ndim > 1 or (sparse_values.ndim and sparse_values.shape != sparse_indices.shape[:1]):
        wanted = list(sparse_indices.shape[:1])
        raise ValueError(f"sparse_values has incorrect shape {list(sparse_values.shape)}, should be [] or {wanted}")
    if default_value.ndim:
        raise ValueError(f"default_value should be a scalar, but has shape {list(default_value.shape)}")
    shape = output_shape.tolist()
    places = sparse_indices.reshape(-1, 1) if sparse_indices.ndim < 2 else sparse_indices
    if places.shape[-1] != len(shape):
        raise ValueError(f"output_shape has {len(shape)} dimensions, the indices have {places.shape[-1]} columns")
    where = coordinates(xp, places, shape)
    if validate_indices:
        check_order(xp, where, shape, strictly=True)
    result = xp.full(shape, default_value, sparse_values.dtype)
    assign_at(xp, result, where, sparse_values)
    return result


def check_parts(indices, values, shape) -> None:
    """ValueError unless these are the parts of a SparseTensor: a matrix of places, a vector of as many values, and a
    vector with an entry for each column of the matrix."""
    if indices.ndim != 2 or values.shape != indices.shape[:1] or shape.shape != indices.shape[1:]:
        raise ValueError(
            "A SparseTensor needs indices [n, rank], values [n] and a shape [rank], but has indices "
            f"{list(indices.shape)}, values {list(values.shape)} and a shape {list(shape.shape)}"
        )


def flat_places(xp, where, shape):
    """Where elements lie in row-major order."""
    flat = xp.zeros(len(where[0]) if where else 0, xp.int64)
    for places, length in zip(where, shape, strict=True):
        flat = flat * length + places
    return flat


def check_order(xp, where, shape, strictly: bool) -> None:
    """ValueError unless the places are in row-major order (and none comes twice)."""
    flat = flat_places(xp, where, shape)
    steps = flat[1:] - flat[:-1]
    if (steps < 0).any():
        at = int((steps < 0).argmax()) + 1
        raise ValueError(f"indices[{at}] = {[int(p[at]) for p in where]} is out of order")
    if strictly and (steps == 0).any():
        at = int((steps == 0).argmax()) + 1
        raise ValueError(f"indices[{at}] = {[int(p[at]) for p in where]} is repeated")


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    values = F.gather_nd(dy, op.inputs[0])
    default = F.reduce_sum(dy) - F.reduce_sum(values)
    return [F.zeros_like(op.inputs[0]), F.zeros_like(op.inputs[1]), values, default]


@export("sparse_to_dense")
def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None):
    """A dense tensor of ``output_shape`` with ``sparse_values`` at ``sparse_indices`` and ``default_value`` elsewhere.

    With ``validate_indices`` it is an error (when it runs) if indices repeat or are not in order.
    """
    return opdef(
        sparse_indices, output_shape, sparse_values, default_value, validate_indices=validate_indices, name=name
    )


@export("sparse.to_dense", "sparse_tensor_to_dense")
def sparse_tensor_to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor that a SparseTensor stands for, with ``default_value`` (0) in place of its zeros."""
    sparse: SparseTensor = as_sparse(sp_input)
    if default_value is None:
        default_value = F.zeros([], dtype=sparse.dtype)
    return sparse_to_dense(
        sparse.indices, sparse.dense_shape, sparse.values, default_value, validate_indices, name=name
    )


@export("sparse.to_indicator", "sparse_to_indicator")
def sparse_to_indicator(sp_input, vocab_size, name=None):
    """A bool tensor that is true at ``[..., v]`` where the last dimension of a SparseTensor of ids has the value v."""
    sparse = as_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [sparse.values]) as scope:
        count = F.shape(sparse.indices)[0]
        ones = F.fill(F.expand_dims(count, 0), True)
        ids = F.expand_dims(F.cast(sparse.values, int64), 1)
        size = F.cast(vocab_size, int64)
        places = F.concat([sparse.indices[:, :-1], ids], 1)
        shape = F.concat([sparse.dense_shape[:-1], [size]], 0)
        ordered = F.sparse_reorder(SparseTensor(places, ones, shape))
        return F.sparse_tensor_to_dense(ordered, default_value=False, validate_indices=False, name=scope)
