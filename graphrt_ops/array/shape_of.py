"""shape, size and rank: what a tensor's shape is when it runs."""

from __future__ import annotations

import math

import numpy as np

from graphrt.dtypes import as_dtype, int32
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.opdef.convert import convert_to_tensor
from graphrt.graph.scopes import name_scope
from graphrt.shapes import SCALAR, TensorShape

import graphrt_ops as F  # noqa: N812

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
rank_opdef = OpDef("Rank", "input", "output:int32", infer=lambda op: SCALAR, differentiable=False)


@shape_opdef.kernel
def shape_kernel(xp, input, out_type):
    return np.array(np.shape(input), out_type.as_numpy_dtype)


@size_opdef.kernel
def size_kernel(xp, input, out_type):
    return np.array(math.prod(np.shape(input)), out_type.as_numpy_dtype)


@rank_opdef.kernel
def rank_kernel(xp, input):
    return np.array(np.ndim(input), np.int32)


@shape_opdef.static
def static_shape(op: Operation):
    shape = op.inputs[0].shape
    return np.array(shape.values, op.attrs["out_type"].as_numpy_dtype) if shape.is_fully_defined() else None


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
def shape(input, name=None, out_type=int32, optimize=True):
    """The shape of a tensor as a vector of integers, known when it runs (a constant where it is known before)."""
    out_type = as_dtype(out_type)
    with name_scope(name, "Shape", [input]) as scope:
        tensor = convert_to_tensor(input)
        if optimize and tensor.shape.is_fully_defined():
            return F.constant(tensor.shape.as_list(), out_type, name=scope)
        return shape_opdef(tensor, out_type=out_type, name=scope)
