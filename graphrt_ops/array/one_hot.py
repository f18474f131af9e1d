"""one_hot: indices as rows with a single entry."""

from __future__ import annotations

from graphrt.dtypes import as_dtype, float32, int32, int64, uint8
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import UNKNOWN, TensorShape


def _widened(op: Operation) -> TensorShape:
    """The shape of the indices with ``depth`` put in at ``axis``."""
    indices, depth = op.inputs[:2]
    if depth.shape.rank not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {depth.shape.rank}")
    dims = indices.shape.values
    if dims is None:
        return UNKNOWN
    axis = op.attrs["axis"]
    if not -1 <= axis <= len(dims):
        raise ValueError(f"axis must be -1 or in [0, {len(dims)}], got {axis}")
    at = len(dims) if axis == -1 else axis
    length = static_value(depth)
    if length is not None and length < 0:
        raise ValueError(f"Dimension size, given by depth, must be non-negative but is {int(length)}")
    return TensorShape.of((*dims[:at], None if length is None else int(length), *dims[at:]))


opdef = OpDef(
    "OneHot",
    "indices:TI depth:int32@host on_value off_value",
    "output",
    dtypes={"TI": (uint8, int32, int64)},
    attrs={"axis": -1, "TI": int64},
    infer=_widened,
    name="one_hot",
    differentiable=False,
)


@opdef.kernel
def kernel(xp, indices, depth, on_value, off_value, axis):
    if depth.ndim or depth < 0:
        raise ValueError(f"depth must be a scalar and non-negative, got: {depth.tolist()}")
    places = xp.arange(int(depth), dtype=indices.dtype)
    if axis == -1 or axis == indices.ndim:
        hot = indices[..., None] == places
    else:
        hot = xp.expand_dims(indices, axis) == places.reshape([-1] + [1] * (indices.ndim - axis))
    return xp.where(hot, on_value, off_value)


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import OneHot

    return OneHot(op.inputs[0].shape.rank if op.attrs["axis"] == -1 else op.attrs["axis"])


@export("one_hot")
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """Rows of ``depth`` entries: ``on_value`` at the index, ``off_value`` elsewhere (all of it, for an index outside).

    Args:
      indices: integers of any shape. depth: the length of the new dimension.
      on_value, off_value: scalars, 1 and 0 by default.
      axis: where the new dimension goes (default: last).
      dtype: the type of the result; by default that of the values, or float32.
      name: a name for the node.

    Raises:
      TypeError: if the types of ``on_value``, ``off_value`` and ``dtype`` differ.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.one_hot([1, -1], 3)))
    [[0. 1. 0.]
     [0. 0. 0.]]
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value, axis, dtype]) as scope:
        wanted = None if dtype is None else as_dtype(dtype).base_dtype
        on_type = _type_of(on_value, wanted)
        off_type = _type_of(off_value, wanted)
        if on_type is None and off_type is None:
            wanted = wanted or float32
        else:
            wanted = _agreed(on_type, off_type, wanted)
        if on_value is None:
            on_value = convert_to_tensor(1, wanted, name="on_value")
            on_type = wanted
        if off_value is None:
            off_value = convert_to_tensor(0, wanted, name="off_value")
            off_type = wanted
        if on_type is not None and off_type is not None and on_type is not off_type:
            raise TypeError(f"dtype {on_type.name} of on_value does not match dtype {off_type.name} of off_value")
        return opdef(indices, depth, on_value, off_value, axis=-1 if axis is None else axis, name=scope)


def _type_of(value, wanted):
    """The type of a value that was given; making the constant that tells it is part of TF1's graph."""
    return None if value is None else convert_to_tensor(value, dtype_hint=wanted).dtype.base_dtype


def _agreed(on_type, off_type, wanted):
    for found, what in ((on_type, "on_value"), (off_type, "off_value")):
        if found is not None and wanted is not None and found is not wanted:
            raise TypeError(f"dtype {found.name} of {what} does not match dtype parameter {wanted.name}")
    return wanted or on_type or off_type
