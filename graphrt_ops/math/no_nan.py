"""Products and quotients that are 0 where a factor of 0 meets an infinity or a nan."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, float16, float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.broadcast_gradient import same_known_shape, summed
from graphrt_ops.math.families import binary
from graphrt_ops.shapes import broadcast

_TYPES = (float16, float32, float64, *COMPLEX)


def _unless_zero(combined):
    """The kernel and the scalar expression: ``combined(m, x, y)``, and x where that is 0, whatever y is.

    The kernel puts a 1 in the place of such a y, so that NumPy does not warn."""

    def kernel(xp, x, y):
        nothing = x == 0
        return xp.where(nothing, x, combined(xp, x, xp.where(nothing, y.dtype.type(1), y)))

    def scalar(m, x, y):
        return m.where(x == 0, x, combined(m, x, y))

    return {"kernel": kernel, "scalar": scalar}


def _gradient(slope_of_x, slope_of_y):
    def gradient(op: Operation, dy: Tensor):
        x, y = op.inputs
        slopes: list[Tensor] = []

        def with_respect_to_x():
            with control_dependencies([dy]):
                present = F.cast(F.not_equal(x, F.cast(0.0, x.dtype)), x.dtype)
                slopes.extend([slope_of_x(present, y), slope_of_y(x, y)])
                return slopes[0] * dy

        return summed(op, with_respect_to_x, lambda: slopes[1] * dy)

    return gradient


xlogy = binary(
    "Xlogy",
    "math.xlogy",
    """x log(y), and 0 where x is 0.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.math.xlogy([0.0, 2.0], [0.0, 1.0])))
    [0. 0.]
    """,
    dtypes=_TYPES,
    **_unless_zero(lambda m, x, y: x * m.log(y)),
    gradient=_gradient(lambda present, y: F.xlogy(present, y), lambda x, y: F.xdivy(x, y)),
)
xdivy = binary(
    "Xdivy",
    "math.xdivy",
    """x / y, and 0 where x is 0.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.math.xdivy([0.0, 3.0], [0.0, 2.0])))
    [0.  1.5]
    """,
    dtypes=_TYPES,
    **_unless_zero(lambda m, x, y: x / y),
    gradient=_gradient(lambda present, y: F.xdivy(present, y), lambda x, y: F.xdivy(-x, y**2)),
)
_multiply = OpDef("MulNoNan", "x y", "z", dtypes=_TYPES, infer=broadcast, elementwise=True)


@_multiply.kernel
def _multiply_kernel(xp, x, y):
    return xp.where(y == 0, x.dtype.type(0), x * y)


@_multiply.scalar
def _multiply_scalar(m, x, y):
    return m.where(y == 0, 0, x * y)


@_multiply.gradient
def _multiply_gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    if same_known_shape(x, y, dy):
        return [_multiply(dy, y), _multiply(x, dy)]
    return summed(op, lambda: _multiply(dy, y), lambda: _multiply(x, dy))


@export("math.multiply_no_nan")
def multiply_no_nan(x, y, name=None):
    """x y, and 0 where y is 0, even if x is infinite or nan."""
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x = convert_to_tensor(x, name="x")
        return _multiply(x, convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype), name=scope)


@export("math.reciprocal_no_nan")
def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0."""
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return F.div_no_nan(F.constant(1, dtype=x.dtype.base_dtype, name="one"), x, name=scope)
