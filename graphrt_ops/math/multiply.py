"""Multiplication: multiply and the operator *."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.math.broadcast_gradient import summed_to_inputs
from graphrt_ops.shapes import NUMBERS, broadcast

opdef = OpDef(
    "Mul", "x y", "z", dtypes=NUMBERS, infer=broadcast, ufunc="multiply", elementwise=True, commutative=True, overwrites=(0, 1)
)


@opdef.scalar
def scalar(m, x, y):
    return x * y


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    return summed_to_inputs(op, lambda: opdef(dy, y), lambda: opdef(x, dy))


@export("multiply", "math.multiply")
def multiply(x, y, name=None):
    """x * y, element by element, broadcasting."""
    return opdef(x, y, name=name)
