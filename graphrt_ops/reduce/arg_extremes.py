"""argmax and argmin: where along an axis the largest and the smallest element are."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import REALS, int32, int64
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.reduce.reduction import known_axis, one_of
from graphrt_ops.shapes import static_value


def _without_axis(op: Operation) -> TensorShape:
    dims = op.inputs[0].shape.values
    if dims is None:
        return UNKNOWN
    axis = static_value(op.inputs[1])
    if axis is None:
        return TensorShape.of((None,) * (len(dims) - 1)) if dims else UNKNOWN
    axis = int(axis)
    if len(dims) == 0:
        return TensorShape.of(())
    if not -len(dims) <= axis < len(dims):
        raise ValueError(f"Dimension ({axis}) must be in the range [{-len(dims)}, {len(dims)}), where "
                         f"{len(dims)} is the number of dimensions in the input.")  # fmt: skip
    axis %= len(dims)
    return TensorShape.of(dims[:axis] + dims[axis + 1 :])


def _opdef(type: str) -> OpDef:
    return OpDef(
        type,
        "input dimension:Tidx@host",
        "output:output_type",
        dtypes={"T": REALS, "Tidx": (int32, int64), "output_type": (int32, int64)},
        attrs={"output_type": int64, "Tidx": int32},
        infer=_without_axis,
        differentiable=False,
    )


max_opdef = _opdef("ArgMax")
min_opdef = _opdef("ArgMin")


def _may_hold_nan(xp, input) -> bool:
    """A GPU is not asked: that would make the host wait for it."""
    if xp is not np or not input.size:
        return True
    largest = input.max()
    return largest != largest


def _positions(xp, input, dimension, output_type, find, never):
    axis = int(dimension)
    if not -input.ndim <= axis < input.ndim:
        raise ValueError(f"dim must be in the range [{-input.ndim}, {input.ndim}), but was {axis}")
    if input.shape[axis] == 0:
        raise ValueError(f"Reduction axis {axis} is empty in shape {list(input.shape)}")
    if input.dtype.kind == "f" and _may_hold_nan(xp, input):
        # A nan is never chosen; where there is nothing else, the first element is.
        input = xp.where(xp.isnan(input), input.dtype.type(never), input)
    return find(input, axis).astype(output_type.as_numpy_dtype)


@max_opdef.kernel
def max_kernel(xp, input, dimension, output_type):
    return _positions(xp, input, dimension, output_type, xp.argmax, -np.inf)


@min_opdef.kernel
def min_kernel(xp, input, dimension, output_type):
    return _positions(xp, input, dimension, output_type, xp.argmin, np.inf)


@max_opdef.lower
def max_lower(op: Operation):
    return _extreme(op, largest=True)


@min_opdef.lower
def min_lower(op: Operation):
    return _extreme(op, largest=False)


def _extreme(op: Operation, largest: bool):
    from graphrt.native.records import ArgExtreme

    axis = known_axis(op)
    return None if axis is None else ArgExtreme(axis, largest)


def _made(opdef: OpDef, input, axis, dimension, output_type, name):
    axis = one_of("axis", axis, "dimension", dimension)
    return opdef(input, 0 if axis is None else axis, output_type=output_type, name=name)


@export("argmax", "math.argmax")
def argmax(input, axis=None, name=None, dimension=None, output_type=int64):
    """The index of the largest element along an axis; the first one of equals.

    Args:
      input: real numbers. axis: one axis, 0 without it. name: a name for the node.
      dimension: the old name of ``axis``. output_type: tf.int64 or tf.int32.

    Raises:
      InvalidArgumentError: if the axis has no elements.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.argmax([[1, 5, 3], [4, 2, 6]], 1)))
    [1 2]
    """
    return _made(max_opdef, input, axis, dimension, output_type, name)


@export("argmin", "math.argmin")
def argmin(input, axis=None, name=None, dimension=None, output_type=int64):
    """The index of the smallest element along an axis; the arguments are those of ``argmax``."""
    return _made(min_opdef, input, axis, dimension, output_type, name)


@export("arg_max")
def arg_max(input, dimension, output_type=int64, name=None):
    """The older ``argmax``, whose axis must be given."""
    return max_opdef(input, dimension, output_type=output_type, name=name)


@export("arg_min")
def arg_min(input, dimension, output_type=int64, name=None):
    """The older ``argmin``, whose axis must be given."""
    return min_opdef(input, dimension, output_type=output_type, name=name)
