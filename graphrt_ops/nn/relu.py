"""relu and relu6: rectified linear units."""

from __future__ import annotations

from functools import partial

import numpy as np

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.shapes import REALS, check_equal_shapes, merged, unchanged

opdef = OpDef("Relu", "features", "activations", dtypes=REALS, infer=unchanged, elementwise=True, overwrites=(0,))
opdef6 = OpDef("Relu6", "features", "activations", dtypes=REALS, infer=unchanged, elementwise=True, overwrites=(0,))
grad_opdef = OpDef(
    "ReluGrad",
    "gradients features",
    "backprops",
    dtypes=REALS,
    infer=merged,
    elementwise=True,
    overwrites=(0,),
    same_shapes=True,
)
grad6_opdef = OpDef(
    "Relu6Grad",
    "gradients features",
    "backprops",
    dtypes=REALS,
    infer=merged,
    elementwise=True,
    overwrites=(0,),
    same_shapes=True,
)


@opdef.kernel
def kernel(xp, features, out=None):
    return xp.maximum(features, 0, out=out)


@opdef.specialize
def specialize(op: Operation, xp, features):
    """NumPy compares with an array of the same type in half the time that a Python number takes it."""
    if xp is not np or features is not None:
        return None
    return partial(np.maximum, np.zeros((), op.inputs[0].dtype.base_dtype.numpy))


@opdef.scalar
def scalar(m, x):
    return m.max(x, 0)


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return grad_opdef(dy, op.outputs[0])


@grad_opdef.kernel
def grad_kernel(xp, gradients, features, out=None):
    check_equal_shapes(gradients, features)
    return xp.multiply(gradients, features > 0, out=out)


@grad_opdef.specialize
def specialize_grad(op: Operation, xp, gradients, features):
    if xp is not np or gradients is not None or features is not None:
        return None
    zero = np.zeros((), op.inputs[1].dtype.base_dtype.numpy)

    def kernel(gradients, features):
        if gradients.shape != features.shape:
            check_equal_shapes(gradients, features)
        return np.multiply(gradients, np.greater(features, zero))

    return kernel


@grad_opdef.scalar
def grad_scalar(m, dy, x):
    return m.where(x > 0, dy, dy * 0)  # a gradient that is infinite or no number is none here either, as in TF1


@grad_opdef.gradient
def grad_gradient(op: Operation, dy: Tensor):
    x = op.inputs[1]
    return [grad_opdef(dy, x), F.zeros(F.shape(x), x.dtype)]


@opdef6.kernel
def kernel6(xp, features, out=None):
    positive = xp.maximum(features, 0, out=out)
    return xp.minimum(positive, 6, out=positive if getattr(positive, "ndim", 0) else None)


@opdef6.scalar
def scalar6(m, x):
    return m.min(m.max(x, 0), 6)


@opdef6.gradient
def gradient6(op: Operation, dy: Tensor) -> Tensor:
    return grad6_opdef(dy, op.outputs[0])


@grad6_opdef.kernel
def grad6_kernel(xp, gradients, features, out=None):
    check_equal_shapes(gradients, features)
    return xp.multiply(gradients, (features > 0) & (features < 6), out=out)


@grad6_opdef.scalar
def grad6_scalar(m, dy, x):
    return m.where(x > 0, m.where(x < 6, dy, dy * 0), dy * 0)


@grad6_opdef.gradient
def grad6_gradient(op: Operation, dy: Tensor):
    x = op.inputs[1]
    return [grad6_opdef(dy, x), F.zeros(F.shape(x), x.dtype)]


@export("nn.relu")
def relu(features, name=None):
    """max(features, 0), element by element; its gradient at 0 is 0.

    Args:
      features: a real tensor of any shape. name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.relu([-1.0, 2.0])))
    [0. 2.]
    """
    return opdef(features, name=name)


@export("nn.relu6")
def relu6(features, name=None):
    """min(max(features, 0), 6), element by element; its gradient is 0 at 0 and at 6."""
    with name_scope(name, "Relu6", [features]) as scope:
        return opdef6(convert_to_tensor(features, name="features"), name=scope)


@export("nn.crelu")
def crelu(features, name=None, axis=-1):
    """relu of ``features`` and of its negative, side by side along ``axis``, which gets twice as long."""
    with name_scope(name, "CRelu", [features]) as scope:
        features = convert_to_tensor(features, name="features")
        both = F.concat([features, F.negative(features)], axis, name=scope)
        return relu(both)
