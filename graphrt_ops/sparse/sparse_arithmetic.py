"""sparse_add, and a SparseTensor times or divided by a dense tensor."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.array.gather_nd import coordinates
from graphrt_ops.array.scattering import apply_at
from graphrt_ops.sparse.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse, parts_of
from graphrt_ops.sparse.to_dense import check_parts, flat_places

opdef = OpDef(
    "SparseAdd",
    "a_indices:int64 a_values a_shape:int64@host b_indices:int64 b_values b_shape:int64@host thresh:Treal@host",
    "sum_indices:int64 sum_values sum_shape:int64",
    dtypes={"T": NUMBERS},
    infer=lambda op: [TensorShape.of((None, _rank(op))), TensorShape.of((None,)), op.inputs[2].shape],
)
gradient_opdef = OpDef(
    "SparseAddGrad",
    "backprop_val_grad a_indices:int64 b_indices:int64 sum_indices:int64",
    "a_val_grad b_val_grad",
    dtypes=NUMBERS,
    infer=lambda op: [TensorShape.of(op.inputs[i].shape.with_rank(2).values[:1]) for i in (1, 2)],
    differentiable=False,
)
dense_add = OpDef(
    "SparseTensorDenseAdd",
    "a_indices:Tindices a_values a_shape:Tindices@host b",
    "output",
    dtypes={"T": NUMBERS, "Tindices": (int32, int64)},
    infer=lambda op: op.inputs[3].shape,
)


def _rank(op: Operation) -> int | None:
    shape = op.inputs[2].shape
    return None if shape.rank is None else shape.values[0]


@opdef.kernel
def kernel(xp, a_indices, a_values, a_shape, b_indices, b_values, b_shape, thresh):
    check_parts(a_indices, a_values, a_shape)
    check_parts(b_indices, b_values, b_shape)
    if a_shape.tolist() != b_shape.tolist():
        raise ValueError(f"Operands' shapes do not match: {a_shape.tolist()} and {b_shape.tolist()}")
    indices, values = xp.concatenate([a_indices, b_indices]), xp.concatenate([a_values, b_values])
    flat = flat_places(xp, list(indices.T), a_shape.tolist())
    _, first, places = xp.unique(flat, return_index=True, return_inverse=True)
    sums = xp.zeros(len(first), values.dtype)
    apply_at(xp, "add", sums, places.reshape(-1), values)
    kept = xp.abs(sums) >= thresh.item()
    return indices[first][kept], sums[kept], xp.array(a_shape)


@gradient_opdef.kernel
def gradient_kernel(xp, backprop_val_grad, a_indices, b_indices, sum_indices):
    everything = xp.concatenate([a_indices, b_indices])
    shape = [int(n) + 1 for n in everything.max(0)] if len(everything) else [1] * everything.shape[1]
    there = flat_places(xp, list(sum_indices.T), shape)
    result = []
    for indices in (a_indices, b_indices):
        wanted = flat_places(xp, list(indices.T), shape)
        place = xp.searchsorted(there, wanted)
        inside = xp.minimum(place, max(len(there) - 1, 0))
        found = there[inside] == wanted if len(there) else xp.zeros(len(wanted), bool)
        # An element that the threshold dropped has no gradient.
        taken = backprop_val_grad[inside] if len(there) else xp.zeros(len(wanted), backprop_val_grad.dtype)
        result.append(xp.where(found, taken, backprop_val_grad.dtype.type(0)))
    return tuple(result)


@opdef.gradient
def gradient(op: Operation, _: Tensor, dy: Tensor, __: Tensor):
    a, b = gradient_opdef(dy, op.inputs[0], op.inputs[3], op.outputs[0])
    return [None, a, None, None, b, None, None]


@dense_add.kernel
def dense_add_kernel(xp, a_indices, a_values, a_shape, b):
    check_parts(a_indices, a_values, a_shape)
    if tuple(a_shape.tolist()) != b.shape:
        raise ValueError(f"Dimensions do not match: a's shape {a_shape.tolist()}, b's {list(b.shape)}")
    result = b.copy()
    apply_at(xp, "add", result, coordinates(xp, a_indices, b.shape), a_values)
    return result


@dense_add.gradient
def dense_add_gradient(op: Operation, dy: Tensor):
    return [None, F.gather_nd(dy, op.inputs[0]), None, dy]


def _elementwise(type_name: str, ufunc: str) -> OpDef:
    made = OpDef(
        type_name,
        "sp_indices:int64 sp_values sp_shape:int64@host dense",
        "output",
        dtypes=NUMBERS,
        infer=lambda op: op.inputs[1].shape,
    )

    @made.kernel
    def elementwise_kernel(xp, sp_indices, sp_values, sp_shape, dense):
        check_parts(sp_indices, sp_values, sp_shape)
        try:
            there = xp.broadcast_to(dense, sp_shape.tolist())
        except ValueError:
            raise ValueError(
                "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
                f"{sp_shape.tolist()} vs. {list(dense.shape)}"
            ) from None
        where = coordinates(xp, sp_indices, there.shape)
        return getattr(xp, ufunc)(sp_values, there[where]).astype(sp_values.dtype, copy=False)

    return made


times = _elementwise("SparseDenseCwiseMul", "multiply")
divided = _elementwise("SparseDenseCwiseDiv", "divide")


@times.gradient
@divided.gradient
def elementwise_gradient(op: Operation, dy: Tensor):
    """The dense operand was broadcast: what came of one element is added up again."""
    indices, values, shape, dense = op.inputs
    dense_shape = F.cast(F.shape(dense), int64)
    added = F.expand_dims(F.size(shape) - F.size(dense_shape), 0)
    scaling = shape // F.concat([F.ones(added, int64), dense_shape], 0)
    places = F.slice(indices // scaling, F.concat([[0], added], 0), [-1, -1])
    others = F.gather_nd(dense, places)
    if op.type == times.type:
        of_values, of_dense = dy * others, dy * values
    else:
        of_values, of_dense = dy / others, dy * (-values / F.square(others))
    return [None, of_values, None, sparse_add(F.zeros_like(dense), SparseTensor(places, of_dense, dense_shape))]


@export("sparse.add", "sparse_add")
def sparse_add(a, b, threshold=None, thresh=None):
    """The sum of two tensors, at least one of which is a SparseTensor; it is sparse if both are.

    Elements of a sparse sum smaller than ``threshold`` (0; ``thresh`` is its old name) are left out.
    """
    threshold = thresh if threshold is None else threshold
    kinds = (SparseTensor, SparseTensorValue)
    if not isinstance(a, kinds) and not isinstance(b, kinds):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if isinstance(a, kinds) and isinstance(b, kinds):
        a, b = as_sparse(a), as_sparse(b)
        limit = convert_to_tensor(
            0 if threshold is None else threshold, dtype=a.values.dtype.real_dtype.base_dtype, name="threshold"
        )
        indices, values, shape = opdef(*parts_of(a), *parts_of(b), limit)
        static = a.shape.merge_with(b.shape)
        return SparseTensor(indices, values, static.as_list() if static.is_fully_defined() else shape)
    sparse, dense = (a, b) if isinstance(a, kinds) else (b, a)
    return dense_add(*parts_of(as_sparse(sparse)), dense)


def _operator(made: OpDef, scope: str):
    def operator(sparse: SparseTensor, dense) -> SparseTensor:
        with name_scope(None, scope, [sparse.values]) as name:
            dense = convert_to_tensor(dense, dtype=sparse.dtype.base_dtype, name="y")
            values = made(*parts_of(sparse), dense, name=name)
        return SparseTensor(sparse.indices, values, sparse.dense_shape)

    return operator


multiplied_by = _operator(times, "mul")
divided_by = _operator(divided, "truediv")
