"""l2_loss and l2_normalize."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.arguments import deprecated
from graphrt_ops.shapes import FLOATS, scalar

opdef = OpDef("L2Loss", "t", "output", dtypes=FLOATS, infer=scalar)


@opdef.kernel
def kernel(xp, t):
    flat = t.ravel()
    return xp.dot(flat, flat) * t.dtype.type(0.5)


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import HalfSquare

    return HalfSquare()


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return op.inputs[0] * dy


@export("nn.l2_loss")
def l2_loss(t, name=None):
    """sum(t ** 2) / 2, a scalar."""
    return opdef(t, name=name)


@export("nn.l2_normalize", "math.l2_normalize", "linalg.l2_normalize")
def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """x / sqrt(max(sum(x ** 2, axis), epsilon)): vectors of length 1 along ``axis`` (one, several, or all for None).

    Args:
      x: a floating tensor. axis: the axes that make one vector; ``dim`` is the older name.
      epsilon: the least square of a length that is divided by. name: a name for the scope of the nodes.
    """
    with name_scope(name, "l2_normalize", [x]) as scope:
        axis = deprecated("axis", axis, "dim", dim)
        x = convert_to_tensor(x, name="x")
        square_sum = F.reduce_sum(F.square(x), axis, keepdims=True)
        inverse = F.rsqrt(F.maximum(square_sum, epsilon))
        return F.multiply(x, inverse, name=scope)
