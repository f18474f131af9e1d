"""Addition: add and the operator +."""

from __future__ import annotations

from graphrt.dtypes import string
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.math.broadcast_gradient import summed_to_inputs
from graphrt_ops.shapes import NUMBERS, broadcast

add_opdef = OpDef(
    "Add",
    "x y",
    "z",
    dtypes=(*NUMBERS, string),
    infer=broadcast,
    ufunc="add",
    elementwise=True,
    commutative=True,  # (not of strings, which passes know)
    overwrites=(0, 1),
)
opdef = OpDef(
    "AddV2",
    "x y",
    "z",
    dtypes=NUMBERS,
    infer=broadcast,
    ufunc="add",
    elementwise=True,
    commutative=True,
    overwrites=(0, 1),
)


@add_opdef.scalar
@opdef.scalar
def scalar(m, x, y):
    return x + y


@add_opdef.gradient
@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return summed_to_inputs(op, dy, dy)


@export("add", "math.add")
def add(x, y, name=None):
    """x + y, element by element, broadcasting; strings are joined."""
    return add_opdef(x, y, name=name)


def add_v2(x, y, name=None):
    """x + y as the operator makes it."""
    return opdef(x, y, name=name)
