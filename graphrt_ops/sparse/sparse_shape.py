"""sparse_reshape, sparse_concat, sparse_slice, sparse_fill_empty_rows: SparseTensors of other shapes."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import REQUIRED, OpDef, convert_to_tensor, export, static_value
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.sparse.sparse_tensor import SparseTensor, as_sparse, parts_of
from graphrt_ops.sparse.to_dense import check_parts, flat_places

_VECTOR = TensorShape.of((None,))


def _rank(tensor: Tensor) -> int | None:
    dims = tensor.shape.values
    return None if dims is None else dims[0]


def _joined(op: Operation) -> list[TensorShape]:
    count = op.attrs["N"]
    rows = [tensor.shape.with_rank(1).values[0] for tensor in op.inputs[count : 2 * count]]
    total = None if None in rows else sum(rows)
    rank = _rank(op.inputs[2 * count])
    return [TensorShape.of((total, rank)), TensorShape.of((total,)), TensorShape.of((rank,))]


reshaped = OpDef(
    "SparseReshape",
    "input_indices:int64 input_shape:int64@host new_shape:int64@host",
    "output_indices:int64 output_shape:int64",
    infer=lambda op: [
        TensorShape.of((op.inputs[0].shape.with_rank(2).values[0], _rank(op.inputs[2]))),
        op.inputs[2].shape,
    ],
    differentiable=False,
)
joined = OpDef(
    "SparseConcat",
    "indices:N*int64 values:N*T shapes:N*int64@host",
    "output_indices:int64 output_values output_shape:int64",
    attrs={"concat_dim": REQUIRED},
    infer=_joined,
    differentiable=False,
)
sliced = OpDef(
    "SparseSlice",
    "indices:int64 values shape:int64@host start:int64@host size:int64@host",
    "output_indices:int64 output_values output_shape:int64",
    infer=lambda op: [TensorShape.of((None, _rank(op.inputs[2]))), _VECTOR, op.inputs[2].shape],
)
slice_gradient_opdef = OpDef(
    "SparseSliceGrad",
    "backprop_val_grad input_indices:int64 input_start:int64@host output_indices:int64",
    "val_grad",
    infer=lambda op: TensorShape.of(op.inputs[1].shape.with_rank(2).values[:1]),
    differentiable=False,
)
filled = OpDef(
    "SparseFillEmptyRows",
    "indices:int64 values dense_shape:int64@host default_value",
    "output_indices:int64 output_values empty_row_indicator:bool reverse_index_map:int64",
    infer=lambda op: [
        TensorShape.of((None, op.inputs[0].shape.with_rank(2).values[1])),
        _VECTOR,
        TensorShape.of((static_shape(op.inputs[2]).values or (None,))[:1]),
        op.inputs[1].shape,
    ],
)
filled_gradient_opdef = OpDef(
    "SparseFillEmptyRowsGrad",
    "reverse_index_map:int64 grad_values",
    "d_values d_default_value",
    infer=lambda op: [op.inputs[0].shape, TensorShape(())],
    differentiable=False,
)


@reshaped.kernel
def reshaped_kernel(xp, input_indices, input_shape, new_shape):
    have, wanted = input_shape.tolist(), new_shape.tolist()
    count = int(np.prod(have, dtype=np.int64))
    if wanted.count(-1) == 1:
        rest = int(np.prod([n for n in wanted if n != -1], dtype=np.int64))
        wanted[wanted.index(-1)] = count // rest if rest else 0
    if int(np.prod(wanted, dtype=np.int64)) != count:
        raise ValueError(f"Input to reshape is a tensor with {count} dense values, but the requested shape is {wanted}")
    flat = flat_places(xp, list(input_indices.T), have)
    columns = []
    for length in reversed(wanted):
        columns.insert(0, flat % length)
        flat = flat // length
    places = xp.stack(columns, axis=1) if columns else xp.zeros((len(input_indices), 0), xp.int64)
    return places, xp.asarray(np.array(wanted, np.int64))


@joined.kernel
def joined_kernel(xp, indices, values, shapes, concat_dim):
    for parts in zip(indices, values, shapes, strict=True):
        check_parts(*parts)
    rank = len(shapes[0])
    axis = concat_dim % rank
    if any(len(shape) != rank or np.any(np.delete(shape != shapes[0], axis)) for shape in shapes):
        raise ValueError(
            f"All shapes must match except in concat_dim {axis}, but they are {[shape.tolist() for shape in shapes]}"
        )
    starts = np.cumsum([0] + [int(shape[axis]) for shape in shapes])
    moved = []
    for places, start in zip(indices, starts, strict=False):
        places = places.copy()
        places[:, axis] += int(start)
        moved.append(places)
    shape = np.array(shapes[0])
    shape[axis] = starts[-1]
    places = xp.concatenate(moved)
    order = xp.argsort(flat_places(xp, list(places.T), shape.tolist()), kind="stable")
    return places[order], xp.concatenate(values)[order], xp.asarray(shape)


@sliced.kernel
def sliced_kernel(xp, indices, values, shape, start, size):
    check_parts(indices, values, shape)
    if start.shape != shape.shape or size.shape != shape.shape:
        raise ValueError(
            f"start {start.tolist()} and size {size.tolist()} must have as many entries as the shape {shape.tolist()}"
        )
    ends = np.minimum(start + size, shape)
    first = xp.asarray(start)
    inside = ((indices >= first) & (indices < xp.asarray(ends))).all(1)
    return indices[inside] - first, values[inside], xp.asarray(np.maximum(ends - start, 0))


@slice_gradient_opdef.kernel
def slice_gradient_kernel(xp, backprop_val_grad, input_indices, input_start, output_indices):
    moved = output_indices + xp.asarray(input_start)
    limits = [int(n) + 1 for n in input_indices.max(0)] if len(input_indices) else [1] * input_indices.shape[1]
    flat = flat_places(xp, list(input_indices.T), limits)
    wanted = flat_places(xp, list(moved.T), limits)
    result = xp.zeros(len(input_indices), backprop_val_grad.dtype)
    order = xp.argsort(flat, kind="stable")
    result[order[xp.searchsorted(flat[order], wanted)]] = backprop_val_grad
    return result


@sliced.gradient
def sliced_gradient(op: Operation, _: Tensor, dy: Tensor, __: Tensor):
    of_values = slice_gradient_opdef(dy, op.inputs[0], op.inputs[3], op.outputs[0])
    of_values.set_shape(op.inputs[1].shape)
    return [None, of_values, None, None, None]


@filled.kernel
def filled_kernel(xp, indices, values, dense_shape, default_value):
    check_parts(indices, values, dense_shape)
    if default_value.ndim:
        raise ValueError(f"default_value must be a scalar, saw: {list(default_value.shape)}")
    rows = int(dense_shape[0])
    first = indices[:, 0]
    if first.size and (int(first.min()) < 0 or int(first.max()) >= rows):
        raise ValueError(f"indices(., 0) must be from 0 to {rows - 1}, but are from {first.min()} to {first.max()}")
    empty = xp.bincount(indices[:, 0], minlength=rows) == 0
    added = xp.zeros((int(empty.sum()), indices.shape[1]), indices.dtype)
    added[:, 0] = xp.flatnonzero(empty)
    places = xp.concatenate([indices, added])
    everything = xp.concatenate([values, xp.full(len(added), default_value, values.dtype)])
    order = xp.argsort(places[:, 0], kind="stable")
    where = xp.empty_like(order)
    where[order] = xp.arange(len(order))
    return places[order], everything[order], empty, where[: len(indices)].astype(xp.int64)


@filled_gradient_opdef.kernel
def filled_gradient_kernel(xp, reverse_index_map, grad_values):
    of_values = grad_values[reverse_index_map]
    return of_values, (grad_values.sum() - of_values.sum()).astype(grad_values.dtype)


@filled.gradient
def filled_gradient(op: Operation, _: Tensor, dy: Tensor, __: Tensor, ___: Tensor):
    of_values, of_default = filled_gradient_opdef(op.outputs[3], dy)
    return [None, of_values, None, of_default]


@export("sparse.reshape", "sparse_reshape")
def sparse_reshape(sp_input, shape, name=None):
    """The SparseTensor in another dense shape with as many elements, one entry of which may be -1."""
    sparse = as_sparse(sp_input)
    shape = F.cast(shape, int64)
    with name_scope(name, "SparseReshape", [sparse.values]) as scope:
        indices, new_shape = reshaped(sparse.indices, sparse.dense_shape, shape, name=scope)
        known = static_value(shape)
        if known is not None and sparse.shape.is_fully_defined():
            new_shape = F.constant(_checked_shape(sparse.shape, known.tolist()), dtype=int64)
        return SparseTensor(indices, F.identity(sparse.values), new_shape)


def _checked_shape(have: TensorShape, wanted: list[int]) -> list[int]:
    """``wanted`` with -1 replaced by what follows; ValueError if it does not fit."""
    if wanted.count(-1) > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {wanted}")
    count, rest = have.num_elements(), int(np.prod([n for n in wanted if n != -1], dtype=np.int64))
    result = [count // rest if n == -1 and rest else n for n in wanted]
    if int(np.prod(result, dtype=np.int64)) != count:
        raise ValueError(f"Cannot reshape a tensor with {count} elements to shape {wanted} ({rest} elements).")
    return result


@export("sparse.concat", "sparse_concat")
def sparse_concat(axis, sp_inputs, name=None, expand_nonconcat_dim=False, concat_dim=None, expand_nonconcat_dims=None):
    """SparseTensors joined along dimension ``axis``.

    With ``expand_nonconcat_dims`` the other dimensions may differ: the largest ones count.
    """
    expand = expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims
    axis = deprecated("axis", axis, "concat_dim", concat_dim)
    tensors = [as_sparse(one) for one in sp_inputs]
    if len(tensors) == 1:
        return tensors[0]
    shapes = [one.dense_shape for one in tensors]
    if expand:
        largest = F.reduce_max(F.concat([F.reshape(shape, [1, -1]) for shape in shapes], 0), 0)
        shapes = [_with_length(largest, shape, axis) for shape in shapes]
    indices, values, shape = joined(
        [one.indices for one in tensors], [one.values for one in tensors], shapes, concat_dim=axis, name=name
    )
    known = [static_value(one) for one in shapes]
    if all(value is not None for value in known) and not expand:
        total = known[0].copy()
        total[axis] = sum(int(value[axis]) for value in known)
        shape = convert_to_tensor(total)
    return SparseTensor(indices, values, shape)


def _with_length(largest: Tensor, shape: Tensor, axis: int) -> Tensor:
    last = axis == -1
    return F.concat(
        [largest[:axis], shape[-1:] if last else shape[axis : axis + 1], [] if last else largest[axis + 1 :]], 0
    )


@export("sparse.slice", "sparse_slice")
def sparse_slice(sp_input, start, size, name=None):
    """The block of a SparseTensor that begins at ``start`` and is ``size`` large."""
    sparse = as_sparse(sp_input)
    start, size = convert_to_tensor(start, int64), convert_to_tensor(size, int64)
    with name_scope(name, "SparseSlice", [sparse.values]) as scope:
        return SparseTensor(*sliced(*parts_of(sparse), start, size, name=scope))


@export("sparse.fill_empty_rows", "sparse_fill_empty_rows")
def sparse_fill_empty_rows(sp_input, default_value, name=None):
    """The SparseTensor with ``default_value`` in the first column of each empty row; and which rows were empty."""
    sparse = as_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sparse.values]):
        default_value = convert_to_tensor(default_value, dtype=sparse.values.dtype.base_dtype)
        indices, values, empty, _ = filled(*parts_of(sparse), default_value)
        return SparseTensor(indices, values, sparse.dense_shape), empty
