"""The logistic function and its logarithm."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.families import CONTINUOUS, after, binary
from graphrt_ops.shapes import unchanged

opdef = OpDef("Sigmoid", "x", "y", dtypes=CONTINUOUS, infer=unchanged, elementwise=True, overwrites=(0,))


@opdef.kernel
def kernel(xp, x, out=None):
    if x.ndim == 0:
        return x.dtype.type(1) / (1 + xp.exp(-x))
    result = xp.negative(x, out=out)
    xp.exp(result, out=result)
    result += 1
    return xp.reciprocal(result, out=result)


@opdef.scalar
def scalar(m, x):
    return m.sigmoid(x)


@opdef.gradient
@after
def gradient(x: Tensor, y: Tensor, dy: Tensor):
    return sigmoid_grad(F.conj(y), dy)


def _sigmoid_grad_kernel(xp, y, dy, out=None):
    product = xp.multiply(dy, y)  # in this order, as large numbers may overflow in another one
    slope = 1 - y
    return xp.multiply(product, slope, out=out)


def _sigmoid_grad_gradient(op: Operation, dz: Tensor):
    def gradient(_, __, dz):
        y, dy = F.conj(op.inputs[0]), F.conj(op.inputs[1])
        both = dz * dy
        return [both - 2.0 * both * y, sigmoid_grad(y, dz)]

    return after(gradient)(op, dz)


sigmoid_grad = binary(
    "SigmoidGrad",
    "_sigmoid_grad",
    """The gradient of y = sigmoid(x) in terms of y: dy y (1 - y).""",
    dtypes=CONTINUOUS,
    inputs="y dy",
    kernel=_sigmoid_grad_kernel,
    scalar=lambda m, y, dy: dy * y * (1 - y),
    gradient=_sigmoid_grad_gradient,
)


@export("sigmoid", "math.sigmoid", "nn.sigmoid")
def sigmoid(x, name=None):
    """1 / (1 + exp(-x)), element by element.

    Args:
      x: floats or complex numbers. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.sigmoid([-1000.0, 0.0, 1000.0])))
    [0.  0.5 1. ]
    """
    with name_scope(name, "Sigmoid", [x]) as scope:
        return opdef(convert_to_tensor(x, name="x"), name=scope)


@export("log_sigmoid", "math.log_sigmoid")
def log_sigmoid(x, name=None):
    """log(sigmoid(x)), computed as -softplus(-x), which does not underflow."""
    with name_scope(name, "LogSigmoid", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return F.negative(F.softplus(-x), name=scope)
