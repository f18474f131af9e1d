"""reshape: the same elements in another shape."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_dims, static_value
from graphrt.opdef.static import check_used_for_shape
from graphrt.shapes import UNKNOWN, TensorShape, brackets
from graphrt_ops.sparse.indexed_slices import dense_on_purpose


def _reshaped(op: Operation) -> TensorShape:
    """The requested shape; one unknown dimension follows from the number of elements."""
    check_used_for_shape(static_value(op.inputs[1]))
    wanted = static_dims(op.inputs[1])
    if wanted is None:
        return UNKNOWN
    have = op.inputs[0].shape.num_elements()
    if have is None:
        return TensorShape.of(wanted)
    known = math.prod(d for d in wanted if d is not None)
    missing = wanted.count(None)
    if (missing == 0 and known != have) or (missing == 1 and known and have % known):
        raise ValueError(
            f"Cannot reshape a tensor with {have} elements to shape {brackets(TensorShape.of(wanted))} "
            f"({known} elements)"
        )
    if missing == 1 and known:
        wanted = tuple([have // known if d is None else d for d in wanted])
    return TensorShape.of(wanted)


opdef = OpDef(
    "Reshape",
    "tensor shape:Tshape@host",
    "output",
    dtypes={"Tshape": (int32, int64)},
    attrs={"Tshape": int32},
    infer=_reshaped,
    aliases=0,
)


@opdef.kernel
def kernel(xp, tensor, shape):
    dims = shape.tolist()
    try:
        return tensor.reshape(dims)
    except ValueError:
        requested = math.prod(d for d in dims if d != -1)
        need = "a multiple of " if -1 in dims else ""
        raise ValueError(
            f"Input to reshape is a tensor with {tensor.size} values, but the requested shape has {need}{requested}: "
            f"{list(tensor.shape)} to {dims}"
        ) from None


@opdef.specialize
def specialize(op: Operation, xp, tensor, shape):
    """A constant shape is turned into numbers once."""
    if shape is None or tensor is not None:
        return None
    dims = tuple(shape.tolist())

    def reshaped(tensor):
        try:
            return tensor.reshape(dims)
        except ValueError:
            return kernel(xp, tensor, shape)  # which raises in TF1's words

    return reshaped


@opdef.lower
def lower(op: Operation):
    """Where the shape is known to be right; else the kernel has to look at it."""
    from graphrt.native.kernels import views

    return views.same_elements(op) if static_value(op.inputs[1]) is not None else None


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    shape = F.shape(op.inputs[0])
    with dense_on_purpose(dy):
        return [F.reshape(dy, shape), None]


@export("reshape", "manip.reshape")
def reshape(tensor, shape, name=None):
    """The elements of ``tensor``, in row-major order, in another shape.

    Args:
      tensor: any tensor.
      shape: an integer vector with as many elements in all; one entry may be -1, and follows from the others.
      name: a name for the node.

    Raises:
      ValueError: if the numbers of elements are known and differ (``InvalidArgumentError`` when it runs).

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.reshape([1, 2, 3, 4, 5, 6], [-1, 3])))
    [[1 2 3]
     [4 5 6]]
    """
    return opdef(tensor, shape, name=name)
