"""What the rules are written with: conditions on nodes, and ways to make nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrt.graph import Operation, Tensor, get_default_graph
from graphrt.opdef import static_value
from graphrt.opdef.registry import opdef_named
from graphrt.passes.intrinsics import CONSTANT
from graphrt.passes.rule import Verdict
from graphrt.shapes import absorbs

ADD = "Add|AddV2"


def node(op_type: str, *inputs: Any, **attrs: Any) -> Any:
    """A node of exactly this type: public functions may make several."""
    return opdef_named(op_type)(*inputs, **attrs)


def constant(value: Any, dtype: Any) -> Tensor:
    """A constant of a program."""
    graph = get_default_graph()
    array = np.asarray(value, dtype.base_dtype.as_numpy_dtype)
    attrs = {"dtype": dtype.base_dtype, "value": array}
    made: Tensor = graph.add_operation(CONSTANT, (), attrs, graph.unique_name("constant")).outputs[0]
    made.set_shape(array.shape)
    return made


def itself(x: Tensor, **_: Tensor) -> Tensor:
    """The rule's result is ``x``."""
    return x


def keeps_shape(op: Operation, x: Tensor, **_: Tensor) -> Verdict:
    """True if the other inputs of a broadcasting op cannot change the shape of ``x``."""
    if all(other is x or other.shape.rank == 0 or absorbs(x.shape, other.shape) for other in op.inputs):
        return True
    if x.shape.is_fully_defined() and all(other.shape.is_fully_defined() for other in op.inputs):
        return False  # it does broadcast
    return f"the shape of {x.op.name!r}, {x.shape}, might change by broadcasting"


def is_real(tensor: Tensor) -> bool:
    """True of floating-point numbers that are not complex."""
    return bool(tensor.dtype.base_dtype.is_floating)


def of_reals(op: Operation, **_: Tensor) -> Verdict:
    return is_real(op.outputs[0])


def same_type(op: Operation, x: Tensor, **_: Tensor) -> Verdict:
    return not x.dtype.base_dtype.is_complex


def used_once(tensor: Tensor) -> bool:
    """True if one node only uses the tensor. (A node that has been replaced since may still count.)"""
    return len(set(tensor._consumers)) == 1


def known_ints(tensor: Tensor) -> list[int] | None:
    """The elements of a vector (or the one of a scalar) that is known before anything runs."""
    value = static_value(tensor)
    return None if value is None else [int(item) for item in value.reshape(-1)]


def known_axes(axes: Tensor, rank: int | None) -> set[int] | None:
    """The axes of a reduction, counted from the first one; None where they are not known or not valid."""
    values = known_ints(axes)
    if values is None or rank is None or any(not -rank <= axis < rank for axis in values):
        return None
    return {axis % rank for axis in values}
