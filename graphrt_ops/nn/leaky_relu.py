"""leaky_relu: relu with a small slope below zero."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.shapes import FLOATS, check_equal_shapes, merged, unchanged

opdef = OpDef(
    "LeakyRelu",
    "features",
    "activations",
    dtypes=FLOATS,
    attrs={"alpha": 0.2},
    infer=unchanged,
    elementwise=True,
    overwrites=(0,),
)
grad_opdef = OpDef(
    "LeakyReluGrad",
    "gradients features",
    "backprops",
    dtypes=FLOATS,
    attrs={"alpha": 0.2},
    infer=merged,
    elementwise=True,
)


@opdef.kernel
def kernel(xp, features, alpha, out=None):
    return xp.maximum(features, features * features.dtype.type(alpha), out=out)


@opdef.scalar
def scalar(m, x, alpha):
    return m.max(x, x * alpha)


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return grad_opdef(dy, op.inputs[0], alpha=op.attrs["alpha"])


@grad_opdef.kernel
def grad_kernel(xp, gradients, features, alpha):
    check_equal_shapes(gradients, features)
    return xp.where(features > 0, gradients, gradients * gradients.dtype.type(alpha))


@grad_opdef.scalar
def grad_scalar(m, dy, x, alpha):
    return m.where(x > 0, dy, dy * alpha)


@grad_opdef.gradient
def grad_gradient(op: Operation, dy: Tensor):
    x = op.inputs[1]
    return [grad_opdef(dy, x, alpha=op.attrs["alpha"]), F.zeros(F.shape(x), x.dtype)]


@export("nn.leaky_relu")
def leaky_relu(features, alpha=0.2, name=None):
    """features where they are positive, alpha * features elsewhere; its gradient at 0 is alpha.

    Args:
      features: a tensor of any shape; integers are turned into float32.
      alpha: the slope below zero, a Python number (kept as a float32, as in TF1). name: a name for the node.
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = F.cast(features, float32)
        if isinstance(alpha, Tensor):
            raise TypeError(f"Expected float for argument 'alpha' not {alpha!r}.")
        return opdef(features, alpha=float(np.float32(alpha)), name=scope)
