"""reshape: the same elements in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_dims, static_value
from graphrt.opdef.static import check_used_for_shape
from graphrt.shapes import UNKNOWN, TensorShape, brackets
from graphrt_ops.array.movement import same_elements
from graphrt_ops.sparse.indexed_slices import dense_on_purpose


def _reshaped(op: Operation) -> TensorShape:
    """The requested shape; one unknown dimension follows from the number of elements."""
    op.inputs[1].shape.with_rank(1)
    check_used_for_shape(static_value(op.inputs[1]))
    wanted = static_dims(op.inputs[1])
    if wanted is None:
        return UNKNOWN
    value = static_value(op.inputs[1])
    if value is not None and (value < -1).any():
        raise ValueError(f"Invalid value in tensor used for shape: {int(value.min())}")
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


def _without_elements(have: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    """The shape asked for, in which a -1 stands beside a 0: as in TF1 it follows from the dimensions that are not 0."""
    rest = math.prod(d for d in have if d) // math.prod(d for d in wanted if d > 0)
    return tuple([rest if d == -1 else d for d in wanted])


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
    if shape.ndim != 1:
        raise ValueError(f"sizes input must be 1-D, not {list(shape.shape)}")
    dims = shape.tolist()
    if dims and min(dims) < -1:
        raise ValueError(f"Size {dims.index(min(dims))} must be non-negative, not {min(dims)}")
    if tensor.size == 0 and dims.count(-1) == 1 and 0 in dims:
        dims = _without_elements(tensor.shape, dims)
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
    dims = tuple(shape.reshape(-1).tolist())
    if shape.ndim != 1 or any(d < -1 for d in dims):
        return None

    def reshaped(tensor):
        try:
            return tensor.reshape(dims)
        except ValueError:
            return kernel(xp, tensor, shape)  # which raises in TF1's words

    return reshaped


@opdef.lower
def lower(op: Operation):
    """Where the shape is known to be right; else the kernel has to look at it."""
    return same_elements(op) if static_value(op.inputs[1]) is not None else None


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
