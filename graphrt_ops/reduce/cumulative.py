"""Running sums and products along an axis."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
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


@sum_opdef.gradient
def sum_gradient(op: Operation, dy: Tensor):
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    return [F.cumsum(dy, op.inputs[1], exclusive=exclusive, reverse=not reverse), None]


@prod_opdef.gradient
def prod_gradient(op: Operation, dy: Tensor):
    x, axis = op.inputs
    exclusive, reverse = op.attrs["exclusive"], op.attrs["reverse"]
    products = F.cumprod(x, axis, exclusive=exclusive, reverse=reverse)
    sums = F.cumsum(products * dy, axis, exclusive=exclusive, reverse=not reverse)
    return [sums / x, None]


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

    As in TF1 the gradient divides by ``x``: it is nan where ``x`` is 0.
    """
    with name_scope(name, "Cumprod", [x]) as scope:
        return prod_opdef(convert_to_tensor(x, name="x"), axis, exclusive=exclusive, reverse=reverse, name=scope)
