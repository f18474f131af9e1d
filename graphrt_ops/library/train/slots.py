"""Slots: variables that an optimizer keeps beside each variable it trains."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import get_default_graph
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.variables.variable_scope import get_variable, variable_scope


def create_slot(primary, value, name, colocate_with_primary=True):
    """A slot that starts from the tensor ``value``; it is named ``<primary>/<name>``."""
    validate = value.get_shape().is_fully_defined()
    return _made(primary, name, colocate_with_primary, initializer=value, validate_shape=validate)


def create_slot_with_initializer(primary, initializer, shape, dtype, name, colocate_with_primary=True):
    """A slot that an initializer starts."""
    return _made(
        primary, name, colocate_with_primary, initializer=initializer, shape=shape, dtype=dtype, validate_shape=True
    )


def create_zeros_slot(primary, name, dtype=None, colocate_with_primary=True):
    """A slot of zeros of the primary's shape."""
    dtype = primary.dtype.base_dtype if dtype is None else dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        initializer = Zeros()
        return create_slot_with_initializer(primary, initializer, shape, dtype, name, colocate_with_primary)
    value = F.zeros(F.shape(primary.initialized_value()), dtype=dtype)
    return create_slot(primary, value, name, colocate_with_primary)


def _made(primary, name, colocate, **arguments):
    with variable_scope(None, f"{primary.op.name}/{name}"):
        # The empty name makes the variable take the scope's name itself.
        if not colocate:
            return get_variable("", trainable=False, **arguments)
        with get_default_graph().colocate_with(primary.op):
            return get_variable("", trainable=False, **arguments)
