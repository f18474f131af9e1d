"""Running sums and products along an axis."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, float16, float32, float64, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.reduce.reduction import known_axis
from graphrt_ops.shapes import unchanged


def _opdef(type: str) -> OpDef:
    return OpDef(
        type,
        "x axis:Tidx@host",
        "out",
        dtypes={"T": NUMBERS, "Tidx": (int32, int64)},
        attrs={"exclusive": False, "reverse": False, "Tidx": int32},
        infer=unchanged,
    )


sum_opdef = _opdef("Cumsum")
prod_opdef = _opdef("Cumprod")


def _running(xp, x, axis, exclusive, reverse, accumulate, first):
    axis = int(axis)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"ScanOp: Expected scan axis in the range [{-x.ndim}, {x.ndim}), but got {axis}")
    if reverse:
        x = xp.flip(x, axis)
    result = accumulate(x, axis, x.dtype)
    if exclusive and x.shape[axis]:
        shifted = xp.empty_like(result)
        lead = (slice(None),) * (axis % x.ndim)
        shifted[(*lead, slice(0, 1))] = first
        shifted[(*lead, slice(1, None))] = result[(*lead, slice(None, -1))]
        result = shifted
    return xp.flip(result, axis) if reverse else result


@sum_opdef.kernel
def sum_kernel(xp, x, axis, exclusive, reverse):
    return _running(xp, x, axis, exclusive, reverse, xp.cumsum, 0)


@prod_opdef.kernel
def prod_kernel(xp, x, axis, exclusive, reverse):
    return _running(xp, x, axis, exclusive, reverse, xp.cumprod, 1)


@sum_opdef.lower
def sum_lower(op: Operation):
    return _scan(op, "add")


@prod_opdef.lower
def prod_lower(op: Operation):
    return _scan(op, "mul")


def _scan(op: Operation, how: str):
    from graphrt.native.records import Scan

    axis = known_axis(op)
    return None if axis is None else Scan(how, axis, op.attrs["exclusive"], op.attrs["reverse"])


@sum_opdef.gradient
def sum_gradient(op: Operation, dy: Tensor):
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    return [F.cumsum(dy, op.inputs[1], exclusive=exclusive, reverse=not reverse), None]


@prod_opdef.gradient
def prod_gradient(op: Operation, dy: Tensor):
    """Each element gets the products it is a factor of, without itself: sums of products divided by the element.

    TF1 divides everywhere, and makes nan where there is a zero. What has a zero before it gets nothing; the first zero
    itself is left out of the products, and not divided by.
    """
    x, axis = op.inputs
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]

    def sums(factors: Tensor) -> Tensor:
        products = F.cumprod(factors, axis, exclusive=exclusive, reverse=reverse)
        return F.cumsum(products * dy, axis, exclusive=exclusive, reverse=not reverse)

    is_zero = F.equal(x, F.zeros_like(x))
    zeros_so_far = F.cumsum(F.cast(is_zero, int32), axis, reverse=reverse)
    is_first_zero = F.logical_and(is_zero, F.equal(zeros_so_far, 1))
    divided = sums(x) / F.where(is_zero, F.ones_like(x), x)
    others = F.where(zeros_so_far > 0, F.zeros_like(x), divided)
    return [F.where(is_first_zero, sums(F.where(is_first_zero, F.ones_like(x), x)), others), None]


@export("cumsum", "math.cumsum")
def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """The sums of the elements up to each one, along an axis.

    Args:
      x: numbers. axis: the axis. exclusive: without the element itself. reverse: from the end. name: a name.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run([tf.cumsum([1, 2, 3]), tf.cumsum([1, 2, 3], exclusive=True, reverse=True)]))
    [array([1, 3, 6], dtype=int32), array([5, 3, 0], dtype=int32)]
    """
    with name_scope(name, "Cumsum", [x]) as scope:
        return sum_opdef(convert_to_tensor(x, name="x"), axis, exclusive=exclusive, reverse=reverse, name=scope)


@export("cumprod", "math.cumprod")
def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """The products of the elements up to each one, along an axis; the arguments are those of ``cumsum``.

    The gradient is right where ``x`` is 0, too, where TF1 makes nan of it.
    """
    with name_scope(name, "Cumprod", [x]) as scope:
        return prod_opdef(convert_to_tensor(x, name="x"), axis, exclusive=exclusive, reverse=reverse, name=scope)


logsumexp_opdef = OpDef(
    "CumulativeLogsumexp",
    "x axis:Tidx@host",
    "out",
    dtypes={"T": (float16, float32, float64), "Tidx": (int32, int64)},
    attrs={"exclusive": False, "reverse": False, "Tidx": int32},
    infer=unchanged,
)


@logsumexp_opdef.kernel
def logsumexp_kernel(xp, x, axis, exclusive, reverse):
    def accumulate(x, axis, dtype):
        """By doubling: after k steps each place has the sum of the 2^k elements that end there."""
        result = xp.moveaxis(x, axis, 0).copy()
        distance = 1
        while distance < len(result):
            result[distance:] = xp.logaddexp(result[distance:], result[:-distance].copy())
            distance *= 2
        return xp.moveaxis(result, 0, axis)

    return _running(xp, x, axis, exclusive, reverse, accumulate, np.finfo(x.dtype).min)


@logsumexp_opdef.gradient
def logsumexp_gradient(op: Operation, dy: Tensor):
    """In logarithms, and so apart for the positive and the negative part of ``dy``."""
    x, axis = op.inputs
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    lowest = float(np.finfo(dy.dtype.as_numpy_dtype).min)
    positive = F.where_v2(F.greater(dy, 0), F.log(dy), lowest)
    negative = F.where_v2(F.less(dy, 0), F.log(-dy), lowest)

    def spread(part: Tensor) -> Tensor:
        shifted = part - op.outputs[0]
        return F.exp(F.cumulative_logsumexp(shifted, axis=axis, reverse=not reverse, exclusive=exclusive) + x)

    from_positive = spread(positive)
    return [from_positive - spread(negative), None]


@export("math.cumulative_logsumexp")
def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """log(sum(exp(x))) of the elements up to each one, along an axis; the arguments are those of ``cumsum``.

    The exclusive sum of no elements is the lowest number of the type.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(np.round(sess.run(tf.math.cumulative_logsumexp([1000.0, 1000.0])), 3))
    [1000.    1000.693]
    """
    with name_scope(name, "CumulativeLogsumexp", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return logsumexp_opdef(x, axis, exclusive=exclusive, reverse=reverse, name=scope)
