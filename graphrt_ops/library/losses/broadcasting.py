"""Weights against values: a weight is a scalar, or has the rank of the values and sizes that are theirs or 1."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import convert_to_tensor
from graphrt_ops.sparse.set_operation import opdef as set_operation

_WRONG = "weights can not be broadcast to values."


def assert_broadcastable(weights, values) -> Operation:
    """The operation that fails if ``weights`` do not fit ``values``; ValueError where that is known at once."""
    with name_scope(None, "assert_broadcastable", (weights, values)) as scope:
        weights = convert_to_tensor(weights, name="weights")
        weights_shape = F.shape(weights, name="weights/shape")
        weights_rank = F.rank(weights, name="weights/rank")
        values = convert_to_tensor(values, name="values")
        values_shape = F.shape(values, name="values/shape")
        values_rank = F.rank(values, name="values/rank")
        checked = _checked_statically(weights, values)
        if checked:
            return F.no_op(name=checked)
        is_scalar = F.equal(0, weights_rank, name="is_scalar")
        is_valid = F.cond(
            is_scalar,
            lambda: is_scalar,
            lambda: _has_valid_shape(weights_rank, weights_shape, values_rank, values_shape),
            name="is_valid_shape",
        )
        data = [_WRONG, "weights.shape=", weights.name, weights_shape, "values.shape=", values.name, values_shape]
        return F.Assert(is_valid, [*data, "is_scalar=", is_scalar], name=scope)


def _checked_statically(weights: Tensor, values: Tensor) -> str:
    """The name of the check that the declaration alone decides well; empty if it does not decide."""
    if weights.shape.rank is None or values.shape.rank is None:
        return ""
    if weights.shape.rank == 0:
        return "static_scalar_check_success"
    ranks = f"values.rank={values.shape.rank}. weights.rank={weights.shape.rank}."
    if weights.shape.rank != values.shape.rank:
        raise ValueError(f"{_WRONG} {ranks} values.shape={values.shape}. weights.shape={weights.shape}.")
    if not (weights.shape.is_fully_defined() and values.shape.is_fully_defined()):
        return ""
    sizes = zip(weights.shape.as_list(), values.shape.as_list(), strict=True)
    for i, (weight_size, value_size) in enumerate(sizes):
        if weight_size not in (1, value_size):
            raise ValueError(
                f"{_WRONG} Mismatch at dim {i}. values.shape={values.shape}. weights.shape={weights.shape}."
            )
    return "static_dims_check_success"


def _has_valid_shape(weights_rank: Tensor, weights_shape: Tensor, values_rank: Tensor, values_shape: Tensor) -> Tensor:
    with name_scope(
        None, "has_valid_nonscalar_shape", (weights_rank, weights_shape, values_rank, values_shape)
    ) as scope:
        same_rank = F.equal(values_rank, weights_rank, name="is_same_rank")
        return F.cond(same_rank, lambda: _has_valid_sizes(weights_shape, values_shape), lambda: same_rank, name=scope)


def _has_valid_sizes(weights_shape: Tensor, values_shape: Tensor) -> Tensor:
    """True if each size of the weights is 1 or that of the values: none is left of {weight} - {value, 1}."""
    with name_scope(None, "has_invalid_dims", (weights_shape, values_shape)) as scope:
        values_column = F.expand_dims(values_shape, -1)
        valid = F.concat([values_column, F.ones_like(values_column)], 1)
        invalid = set_operation(F.expand_dims(weights_shape, -1), valid, set_operation="a-b")[1]
        return F.equal(0, F.size(invalid, name="num_invalid_dims"), name=scope)


def broadcast_weights(weights, values) -> Tensor:
    """``weights`` in the shape of ``values``."""
    with name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        if weights.shape.is_fully_defined() and values.shape.is_fully_defined() and weights.shape == values.shape:
            return weights
        with control_dependencies([assert_broadcastable(weights, values)]):
            return F.multiply(weights, F.ones_like(values), name=scope)
