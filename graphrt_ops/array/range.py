"""range and linspace: sequences of numbers."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS, as_dtype, bfloat16, float32, float64, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.shapes import TensorShape

_HIERARCHY = (int32, int64, float32, float64)


def _counted(op: Operation) -> TensorShape:
    """(limit - start) / delta, rounded up."""
    for tensor, what in zip(op.inputs, ("start", "limit", "delta"), strict=True):
        if tensor.shape.rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.rank} ({what})")
    values = [static_value(tensor) for tensor in op.inputs]
    if any(value is None for value in values):
        return TensorShape.of((None,))
    return TensorShape.of((_count(*[value.item() for value in values]),))


def _count(start, limit, delta) -> int:
    if delta == 0:
        raise ValueError("Requires delta != 0")
    if delta > 0 and start > limit:
        raise ValueError(f"Requires start <= limit when delta > 0: {start}/{limit}")
    if delta < 0 and start < limit:
        raise ValueError(f"Requires start >= limit when delta < 0: {start}/{limit}")
    if isinstance(start, int):
        return -((start - limit) // delta)
    return max(0, math.ceil(abs((limit - start) / delta)))


opdef = OpDef(
    "Range",
    "start:Tidx@host limit:Tidx@host delta:Tidx@host",
    "output:Tidx",
    dtypes={"Tidx": (*_HIERARCHY, bfloat16)},
    attrs={"Tidx": int32},
    infer=_counted,
    differentiable=False,
)
linspace_opdef = OpDef(
    "LinSpace",
    "start@host stop@host num:Tidx@host",
    "output",
    dtypes={"T": FLOATS, "Tidx": (int32, int64)},
    attrs={"Tidx": int32},
    infer=lambda op: _points(op),
    differentiable=False,
)


def _points(op: Operation) -> TensorShape:
    for tensor in op.inputs:
        if tensor.shape.rank not in (None, 0):
            raise ValueError(f"Shape must be rank 0 but is rank {tensor.shape.rank}")
    num = static_value(op.inputs[2])
    if num is not None and num <= 0:
        raise ValueError(f"Requires num > 0: {num}")
    return TensorShape.of((None if num is None else int(num),))


def _check_scalars(**arrays) -> None:
    for name, array in arrays.items():
        if array.ndim:
            raise ValueError(f"{name} must be a scalar, not shape {list(array.shape)}")


@opdef.kernel
def kernel(xp, start, limit, delta):
    _check_scalars(start=start, limit=limit, delta=delta)
    first, step = start.item(), delta.item()
    count = _count(first, limit.item(), step)
    if start.dtype.kind in "iu":
        return xp.arange(first, first + count * step, step, dtype=start.dtype)
    # TF1 adds the step up, in the type of the result; its rounding errors are part of the values.
    steps = np.full(count, delta, start.dtype)
    steps[:1] = start
    return xp.asarray(np.add.accumulate(steps))


@linspace_opdef.kernel
def linspace_kernel(xp, start, stop, num):
    _check_scalars(start=start, stop=stop, num=num)
    count = int(num)
    if count <= 0:
        raise ValueError(f"Requires num > 0: {count}")
    if count == 1:
        return xp.full(1, start, start.dtype)
    step = (stop - start) / start.dtype.type(count - 1)
    result = (start + step * np.arange(count, dtype=start.dtype)).astype(start.dtype)
    result[-1] = stop
    return xp.asarray(result)


@export("range")
def range(start, limit=None, delta=1, dtype=None, name="range"):
    """The numbers ``start, start + delta, ...`` that come before ``limit``; with one argument those before it, from 0.

    Without ``dtype`` the type is the largest of the arguments' (int32, int64, float32, float64, in this order).

    Raises:
      ValueError: if ``delta`` is 0, or leads away from ``limit``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run([tf.range(3), tf.range(5, 0, -2)]))
    [array([0, 1, 2], dtype=int32), array([5, 3, 1], dtype=int32)]
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        wanted = None if dtype is None else as_dtype(dtype)
        parts = [
            convert_to_tensor(value, dtype=wanted, name=part)
            for value, part in ((start, "start"), (limit, "limit"), (delta, "delta"))
        ]
        if wanted is None:
            wanted = max((part.dtype.base_dtype for part in parts), key=_HIERARCHY.index)
        parts = [part if part.dtype.base_dtype is wanted else F.cast(part, wanted) for part in parts]
        return opdef(*parts, name=scope)


@export("linspace", "lin_space")
def linspace(start, stop, num, name=None):
    """``num`` numbers from ``start`` to ``stop`` (both included), equally far apart; floats only."""
    return linspace_opdef(start, stop, num, name=name)
