"""placeholder: a tensor whose value is fed."""

from __future__ import annotations

from graphrt.dtypes import as_dtype
from graphrt.graph import Tensor
from graphrt.opdef import OpDef, export
from graphrt.runtime.reports import UnfedPlaceholderError
from graphrt.shapes import UNKNOWN, as_shape

opdef = OpDef(
    "Placeholder",
    outputs="output:dtype",
    attrs={"shape": UNKNOWN},
    infer=lambda op: op.attrs["shape"],
    role="placeholder",
    differentiable=False,
)

with_default = OpDef(
    "PlaceholderWithDefault",
    "input:dtype",
    "output:dtype",
    attrs={"shape": UNKNOWN},
    infer=lambda op: op.attrs["shape"],
    name="PlaceholderWithDefault",
    aliases=0,
    role="identity",
)


@opdef.kernel
def kernel(xp):
    raise UnfedPlaceholderError


@export("placeholder")
def placeholder(dtype, shape=None, name=None):
    """A tensor that must be fed: running what needs it without feeding it raises InvalidArgumentError.

    Args:
      dtype: the type of its elements; what is fed is converted to it.
      shape: its shape, with None for a dimension that may vary; without it any shape may be fed.
      name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [None, 2])
    ...     print(sess.run(x * 2, {x: [[1, 2]]}))
    [[2. 4.]]
    """
    return opdef(dtype=as_dtype(dtype).base_dtype, shape=as_shape(shape), name=name)


@with_default.kernel
def with_default_kernel(xp, value):
    return value


@with_default.gradient
def with_default_gradient(op, dy: Tensor) -> Tensor:
    return dy


@export("placeholder_with_default")
def placeholder_with_default(input, shape, name=None):
    """A tensor that has the value ``input`` unless it is fed.

    Args:
      input: the default value. shape: what may be fed, which ``input`` must be compatible with.
      name: a name for the node.
    """
    return with_default(input, shape=as_shape(shape), name=name)
