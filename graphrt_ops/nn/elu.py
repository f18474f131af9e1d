"""elu and selu: exponential linear units."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.shapes import FLOATS, check_equal_shapes, merged, unchanged

# Klambauer et al., Self-Normalizing Neural Networks (2017): the fixed point of mean 0 and variance 1.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


def _opdef(type_name: str) -> OpDef:
    return OpDef(
        type_name, "features", "activations", dtypes=FLOATS, infer=unchanged, elementwise=True, overwrites=(0,)
    )


def _grad_opdef(type_name: str) -> OpDef:
    return OpDef(type_name, "gradients outputs", "backprops", dtypes=FLOATS, infer=merged, elementwise=True)


opdef, grad_opdef = _opdef("Elu"), _grad_opdef("EluGrad")
selu_opdef, selu_grad_opdef = _opdef("Selu"), _grad_opdef("SeluGrad")


@opdef.kernel
def kernel(xp, features, out=None):
    negative = xp.expm1(xp.minimum(features, 0))
    return xp.add(negative, xp.maximum(features, 0), out=out)


@opdef.scalar
def scalar(m, x):
    return m.where(x < 0, m.expm1(x), x)


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return grad_opdef(dy, op.outputs[0])


@grad_opdef.kernel
def grad_kernel(xp, gradients, outputs):
    check_equal_shapes(gradients, outputs)
    return xp.where(outputs < 0, gradients * (outputs + 1), gradients)


@grad_opdef.scalar
def grad_scalar(m, dy, y):
    return m.where(y < 0, dy * (y + 1), dy)


@selu_opdef.kernel
def selu_kernel(xp, features, out=None):
    kind = features.dtype.type  # bfloat16 times a Python number would be float32
    negative = xp.expm1(xp.minimum(features, 0)) * kind(SELU_SCALE_ALPHA)
    return xp.add(negative, xp.maximum(features, 0) * kind(SELU_SCALE), out=out)


@selu_opdef.scalar
def selu_scalar(m, x):
    return m.where(x < 0, SELU_SCALE_ALPHA * m.expm1(x), SELU_SCALE * x)


@selu_opdef.gradient
def selu_gradient(op: Operation, dy: Tensor) -> Tensor:
    return selu_grad_opdef(dy, op.outputs[0])


@selu_grad_opdef.kernel
def selu_grad_kernel(xp, gradients, outputs):
    check_equal_shapes(gradients, outputs)
    kind = outputs.dtype.type
    return xp.where(outputs < 0, gradients * (outputs + kind(SELU_SCALE_ALPHA)), gradients * kind(SELU_SCALE))


@selu_grad_opdef.scalar
def selu_grad_scalar(m, dy, y):
    return m.where(y < 0, dy * (y + SELU_SCALE_ALPHA), dy * SELU_SCALE)


def _second(own: OpDef):
    """The gradient of a gradient op ``dy * (outputs + constant)``: only where the output is negative it bends."""

    def second(op: Operation, ddx: Tensor):
        dy, outputs = op.inputs
        first = own(ddx, outputs)
        bent = F.where(F.less(outputs, 0), ddx * dy, F.zeros_like(outputs))
        return [first, bent]

    return second


grad_opdef.gradient(_second(grad_opdef))
selu_grad_opdef.gradient(_second(selu_grad_opdef))


@export("nn.elu")
def elu(features, name=None):
    """exp(features) - 1 where negative, features elsewhere. See Clevert et al. (2015), arXiv:1511.07289."""
    return opdef(features, name=name)


@export("nn.selu")
def selu(features, name=None):
    """scale * elu with a slope that keeps mean 0 and variance 1. See Klambauer et al. (2017), arXiv:1706.02515."""
    return selu_opdef(features, name=name)
