"""shape, size and rank: what a tensor's shape is when it runs."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import as_dtype, int32
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt.opdef.bounded import Bounds
from graphrt.opdef.convert import convert_to_tensor
from graphrt.shapes import SCALAR, TensorShape
from graphrt_ops.sparse.sparse_tensor import SparseTensor

shape_opdef = OpDef(
    "Shape",
    "input",
    "output:out_type",
    attrs={"out_type": int32},
    infer=lambda op: TensorShape.of((op.inputs[0].shape.rank,)),
    differentiable=False,
)
size_opdef = OpDef(
    "Size", "input", "output:out_type", attrs={"out_type": int32}, infer=lambda op: SCALAR, differentiable=False
)
shape_n_opdef = OpDef(
    "ShapeN",
    "input:N*T",
    "output:N*out_type",
    attrs={"out_type": int32},
    infer=lambda op: [TensorShape.of((tensor.shape.rank,)) for tensor in op.inputs],
    differentiable=False,
)
rank_opdef = OpDef("Rank", "input", "output:int32", infer=lambda op: SCALAR, differentiable=False)


def _where_it_lives(xp, out_type):
    """The array module for numbers of this type: 32-bit integers stay in host memory."""
    return np if out_type is int32 else xp


@shape_opdef.kernel
def shape_kernel(xp, input, out_type):
    return _where_it_lives(xp, out_type).array(input.shape, out_type.numpy)


@shape_n_opdef.fold
def fold_shape_n(op: Operation):
    """The shapes, once all of them are known."""
    if not all(tensor.shape.is_fully_defined() for tensor in op.inputs):
        return None
    return tuple([np.array(tensor.shape.values, op.attrs["out_type"].numpy) for tensor in op.inputs])


@shape_n_opdef.kernel
def shape_n_kernel(xp, input, out_type):
    module = _where_it_lives(xp, out_type)
    return tuple([module.array(array.shape, out_type.numpy) for array in input])


@size_opdef.kernel
def size_kernel(xp, input, out_type):
    return _where_it_lives(xp, out_type).array(math.prod(input.shape), out_type.numpy)


@rank_opdef.kernel
def rank_kernel(xp, input):
    return np.array(np.ndim(input), np.int32)


@shape_opdef.static
def static_shape(op: Operation):
    shape = op.inputs[0].shape
    return np.array(shape.values, op.attrs["out_type"].as_numpy_dtype) if shape.is_fully_defined() else None


@shape_opdef.bounded
def bounded_shape(op: Operation, bounds: Bounds):
    """The length is the count of the rows, and all else is known."""
    rows = bounds.rows.get(op.inputs[0])
    if rows is None:
        return None
    kind = op.attrs["out_type"]
    return [F.stack([F.cast(rows.count, kind), *rows.tensor.shape.as_list()[1:]])]


@size_opdef.bounded
def bounded_size(op: Operation, bounds: Bounds):
    rows = bounds.rows.get(op.inputs[0])
    if rows is None:
        return None
    return [F.cast(rows.count * math.prod(rows.tensor.shape.as_list()[1:]), op.attrs["out_type"])]


@shape_n_opdef.static_dims
def shape_n_dims(op: Operation):
    return [tensor.shape.values for tensor in op.inputs]


@shape_opdef.static_dims
def shape_dims(op: Operation):
    return op.inputs[0].shape.values


@size_opdef.static
def static_size(op: Operation):
    count = op.inputs[0].shape.num_elements()
    return None if count is None else np.array(count, op.attrs["out_type"].as_numpy_dtype)


@rank_opdef.static
def static_rank(op: Operation):
    rank = op.inputs[0].shape.rank
    return None if rank is None else np.array(rank, np.int32)


@export("shape")
def shape(input, name=None, out_type=int32):
    """The shape of a tensor as a vector of integers, known when it runs (a constant where it is known before)."""
    out_type = as_dtype(out_type)
    with name_scope(name, "Shape", [input]) as scope:
        if isinstance(input, SparseTensor):
            return F.cast(input.dense_shape, out_type)
        tensor = convert_to_tensor(input)
        if tensor.shape.is_fully_defined():
            return F.constant(tensor.shape.as_list(), out_type, name=scope)
        return shape_opdef(tensor, out_type=out_type, name=scope)


def shape_node(tensor, name=None):
    """A Shape node even where the shape is known, as TF1 makes one in gradients and in conditional branches."""
    return shape_opdef(tensor, name=name)


@export("shape_n")
def shape_n(input, out_type=int32, name=None):
    """The shapes of several tensors of one type, as a list of integer vectors."""
    return shape_n_opdef(input, out_type=as_dtype(out_type), name=name)


@export("size")
def size(input, name=None, out_type=int32):
    """The number of elements of a tensor, as an integer scalar (a constant where it is known before anything runs)."""
    out_type = as_dtype(out_type)
    with name_scope(name, "Size", [input]) as scope:
        if isinstance(input, SparseTensor):
            return F.reduce_prod(F.cast(input.dense_shape, out_type), 0, name=scope)
        tensor = convert_to_tensor(input)
        if tensor.shape.is_fully_defined():
            return F.constant(tensor.shape.num_elements(), out_type, name=scope)
        return size_opdef(tensor, out_type=out_type, name=scope)


@export("rank")
def rank(input, name=None):
    """The number of dimensions of a tensor, as an int32 scalar (a constant where it is known before anything runs)."""
    with name_scope(name, "Rank", [input]) as scope:
        if isinstance(input, SparseTensor):
            return size_opdef(input.dense_shape, name=scope)
        tensor = convert_to_tensor(input)
        if tensor.shape.rank is not None:
            return F.constant(tensor.shape.rank, int32, name=scope)
        return rank_opdef(tensor, name=scope)
