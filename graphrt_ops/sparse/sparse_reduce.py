"""sparse_reduce_sum and sparse_reduce_max: sparse tensors reduced to dense ones."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, REALS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_value
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.array.segments import reduced
from graphrt_ops.reduce.reduction import kept_shape
from graphrt_ops.sparse.sparse_tensor import as_sparse
from graphrt_ops.sparse.to_dense import check_parts, flat_places


def _reduced_shape(op: Operation) -> TensorShape:
    """The dense shape without the axes (or with ones in their place)."""
    shape, axes = static_shape(op.inputs[2]), static_value(op.inputs[3])
    if not shape.is_fully_defined() or axes is None:
        return UNKNOWN
    over = {int(axis) % shape.rank for axis in axes.reshape(-1)}
    if op.attrs["keep_dims"]:
        return TensorShape.of(tuple([1 if i in over else d for i, d in enumerate(shape.values)]))
    return TensorShape.of(tuple([d for i, d in enumerate(shape.values) if i not in over]))


def _reduction(type_name: str, ufunc: str, dtypes) -> OpDef:
    opdef = OpDef(
        type_name,
        "input_indices:int64 input_values input_shape:int64@host reduction_axes:int32@host",
        "output",
        dtypes=dtypes,
        attrs={"keep_dims": False},
        infer=_reduced_shape,
    )

    @opdef.kernel
    def kernel(xp, input_indices, input_values, input_shape, reduction_axes, keep_dims):
        check_parts(input_indices, input_values, input_shape)
        shape = input_shape.tolist()
        for axis in reduction_axes.reshape(-1).tolist():
            if not -len(shape) <= axis < len(shape):
                raise ValueError(f"Invalid reduction dimension {axis}, for input with {len(shape)} dimensions.")
        over = {axis % len(shape) for axis in reduction_axes.reshape(-1).tolist()}
        kept = [axis for axis in range(len(shape)) if axis not in over]
        lengths = [shape[axis] for axis in kept]
        rows = flat_places(xp, [input_indices[:, axis] for axis in kept], lengths)
        if not kept:
            rows = xp.zeros(len(input_values), xp.int64)
        result = reduced(xp, ufunc, input_values, rows, int(np.prod(lengths, dtype=np.int64)), 0)
        return result.reshape([1 if i in over else d for i, d in enumerate(shape)] if keep_dims else lengths)

    return opdef


sum_opdef = _reduction("SparseReduceSum", "add", NUMBERS)
max_opdef = _reduction("SparseReduceMax", "maximum", REALS)
max_opdef.has_gradient_rule = True  # that it has none


@sum_opdef.gradient
def sum_gradient(op: Operation, dy: Tensor):
    indices, _, shape, axes = op.inputs
    kept = kept_shape(shape, axes)
    spread = F.reshape(dy, kept)
    scale = shape // F.cast(kept, int64)
    return [None, F.gather_nd(spread, indices // scale), None, None]


def _reduce(opdef: OpDef, sp_input, axis, keepdims, reduction_axes, keep_dims):
    sparse = as_sparse(sp_input)
    axis = deprecated("axis", axis, "reduction_axes", reduction_axes)
    keepdims = deprecated("keepdims", keepdims, "keep_dims", keep_dims)
    if axis is None:
        rank = sparse.shape.rank
        axis = F.range(0, F.rank(sparse)) if rank is None else F.constant(list(range(rank)), int32)
    return opdef(sparse.indices, sparse.values, sparse.dense_shape, axis, keep_dims=bool(keepdims))


@export("sparse.reduce_sum", "sparse_reduce_sum")
def sparse_reduce_sum(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """The sum of the elements of a SparseTensor over ``axis`` (all dimensions, without it), as a dense tensor."""
    return _reduce(sum_opdef, sp_input, axis, keepdims, reduction_axes, keep_dims)


@export("sparse.reduce_max", "sparse_reduce_max")
def sparse_reduce_max(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
    """The largest of the elements that are there, over ``axis``; 0 where there is none."""
    return _reduce(max_opdef, sp_input, axis, keepdims, reduction_axes, keep_dims)
