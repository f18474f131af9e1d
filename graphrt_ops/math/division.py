"""The divisions of TF1: true, floor, truncating, Python 2's, and the one that gives 0 for a divisor of 0."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt import dtypes
from graphrt.dtypes import COMPLEX, FLOATS, NUMBERS
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.families import binary, no_gradient
from graphrt_ops.shapes import broadcast

_QUOTIENT_TYPES = {
    **dict.fromkeys((dtypes.uint8, dtypes.int8, dtypes.uint16, dtypes.int16), dtypes.float32),
    **dict.fromkeys((dtypes.int32, dtypes.int64), dtypes.float64),
    **dict.fromkeys((*FLOATS, *COMPLEX)),
}
"""Which floats ``truediv`` divides numbers as; None for those that it takes as they are."""


def check_divisor(xp, x, y) -> None:
    """Integers cannot be divided by zero. A GPU does not say so: looking would make the host wait for it."""
    if xp is np and y.dtype.kind in "iu" and not y.all() and x.size:
        raise ValueError("Integer division by zero")


def _quotient_gradient(divide):
    """The gradients of x / y, of which ``divide`` is the forward function."""

    def gradient(op: Operation, dy: Tensor):
        x, y = op.inputs
        conjugates: list[Tensor] = []

        def with_respect_to_x():
            conjugates.extend([F.conj(x), F.conj(y)])
            return divide(dy, conjugates[1])

        def with_respect_to_y():
            x, y = conjugates
            return dy * divide(divide(-x, y), y)

        return summed(op, with_respect_to_x, with_respect_to_y)

    return gradient


realdiv = binary(
    "RealDiv",
    "realdiv",
    """x / y, element by element, broadcasting; for floats and complex numbers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.realdiv([1.0, 6.0], 4.0)))
    [0.25 1.5 ]
    """,
    dtypes=(*FLOATS, *COMPLEX),
    ufunc="true_divide",
    scalar=lambda m, x, y: x / y,
    gradient=_quotient_gradient(lambda x, y: F.realdiv(x, y)),
)


def _floor_kernel(xp, x, y):
    if x.dtype.kind in "iu":
        check_divisor(xp, x, y)
        return xp.floor_divide(x, y)
    # Not NumPy's floor_divide, which corrects the rounding of the quotient (1 // 0.1 is 9 there, 10 in TF1).
    return xp.floor(xp.true_divide(x, y))


floor_div = binary(
    "FloorDiv",
    "floor_div",
    """The largest integers that are at most x / y, in the type of x and y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.floor_div([-7, 7], 2)))
    [-4  3]

    Raises:
      InvalidArgumentError: when integers are divided by zero.
    """,
    dtypes=tuple(t for t in NUMBERS if t not in COMPLEX),
    kernel=_floor_kernel,
    scalar=lambda m, x, y: m.floor(x / y),
    gradient=no_gradient,
)


def _truncating_kernel(xp, x, y):
    if x.dtype.kind not in "iu":
        return xp.trunc(xp.true_divide(x, y))
    check_divisor(xp, x, y)
    return truncated_quotient(xp, x, y)


def truncated_quotient(xp, x, y):
    """x / y of integers, toward zero."""
    down = xp.floor_divide(x, y)
    return (down + ((down < 0) & (down * y != x))).astype(x.dtype)


truncatediv = binary(
    "TruncateDiv",
    "truncatediv",
    """x / y of integers, rounded toward zero.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.truncatediv([-7, 7], 2)))
    [-3  3]

    Raises:
      InvalidArgumentError: when something is divided by zero.
    """,
    dtypes=tuple(t for t in NUMBERS if t not in COMPLEX),
    kernel=_truncating_kernel,
    scalar=lambda m, x, y: m.trunc(x / y),
)

_no_nan = OpDef(
    "DivNoNan", "x y", "z", dtypes=(dtypes.float16, dtypes.float32, dtypes.float64, *COMPLEX), infer=broadcast,
    name="div_no_nan", elementwise=True,
)  # fmt: skip


@_no_nan.kernel
def _no_nan_kernel(xp, x, y):
    return xp.where(y == 0, x.dtype.type(0), xp.true_divide(x, y))


@_no_nan.scalar
def _no_nan_scalar(m, x, y):
    return m.where(y == 0, 0, x / y)


_no_nan.gradient(_quotient_gradient(lambda x, y: F.div_no_nan(x, y)))


@export("div_no_nan", "math.divide_no_nan")
def div_no_nan(x, y, name=None):
    """x / y, but 0 where y is 0; float16, float32, float64 or complex.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.div_no_nan([1.0, 1.0], [0.0, 2.0])))
    [0.  0.5]
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        return _no_nan(x, y, name=scope)


@export("truediv", "math.truediv")
def truediv(x, y, name=None):
    """x / y as Python 3 divides: small integers as float32, int32 and int64 as float64.

    Args:
      x, y: numbers of one type (a Python number keeps its own type here; the operator ``/`` adapts it).
      name: a name for the node.

    Raises:
      TypeError: if the types differ.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.truediv(7, 2)))
    3.5
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
        kind = x.dtype.base_dtype
        if kind is not y.dtype.base_dtype:
            raise TypeError(f"x and y must have the same dtype, got {kind!r} != {y.dtype.base_dtype!r}")
        if kind not in _QUOTIENT_TYPES:
            raise TypeError(f"Invalid dtype {kind!r} in __truediv__. Expected one of {set(_QUOTIENT_TYPES)}.")
        divided_as = _QUOTIENT_TYPES[kind]
        if divided_as is not None:
            x, y = F.cast(x, divided_as), F.cast(y, divided_as)
        return F.realdiv(x, y, name=scope)


@export("div")
def div(x, y, name=None):
    """x / y as Python 2 divides: integers give the floor of the quotient in their own type.

    Raises:
      TypeError: if the types differ.
    """
    with name_scope(name, "div", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        kind = x.dtype.base_dtype
        if kind is not y.dtype.base_dtype:
            raise TypeError(f"x and y must have the same dtype, got {kind!r} != {y.dtype.base_dtype!r}")
        if kind.is_floating or kind.is_complex:
            return F.realdiv(x, y, name=scope)
        return F.floor_div(x, y, name=scope)


@export("divide", "math.divide")
def divide(x, y, name=None):
    """x / y, as the operator ``/`` divides them; with a ``name``, as ``truediv`` does."""
    if name is None:
        return x / y
    with name_scope(name, None, [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        return truediv(x, convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y"), name=scope)


@export("floordiv", "math.floordiv")
def floordiv(x, y, name=None):
    """x // y: the largest integers that are at most x / y.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.floordiv([-7, 7], 2)))
    [-4  3]

    Raises:
      InvalidArgumentError: when integers are divided by zero.
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        return F.floor_div(x, y, name=scope)
