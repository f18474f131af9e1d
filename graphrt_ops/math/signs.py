"""negative, abs and sign."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, float32, float64, int8, int16
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.families import SIGNED, SIGNED_AND_COMPLEX, taking_sparse, unary
from graphrt_ops.shapes import unchanged

negative = unary(
    "Neg",
    "negative math.negative",
    """-x, element by element.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.negative([1.0, -2.0])))
    [-1.  2.]
    """,
    dtypes=SIGNED_AND_COMPLEX,
    ufunc="negative",
    scalar=lambda m, x: -x,
    gradient=lambda op, dy: -dy,
    sparse=True,
)


def _sign_kernel(xp, x):
    if x.dtype.kind == "c":
        size = xp.abs(x)
        return xp.where(size == 0, x.dtype.type(0), x / xp.where(size == 0, 1, size)).astype(x.dtype)
    if x.dtype.kind in "iu":
        return xp.sign(x)
    return xp.subtract(x > 0, x < 0, dtype=x.dtype)  # nan has no sign: 0, as in TF1


def _sign_gradient(op: Operation, dy: Tensor):
    x = op.inputs[0]
    return F.zeros(F.shape(x), dtype=x.dtype)


sign = unary(
    "Sign",
    "sign math.sign",
    """-1, 0 or 1, as x is negative, zero or positive (0 for nan); x / abs(x) for complex numbers.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.sign([-2.5, 0.0, 3.0])))
    [-1.  0.  1.]
    """,
    dtypes=SIGNED_AND_COMPLEX,
    kernel=_sign_kernel,
    scalar=lambda m, x: m.where(x > 0, 1, m.where(x < 0, -1, 0)),
    gradient=_sign_gradient,
    sparse=True,
)

_abs = OpDef(
    "Abs", "x", "y", dtypes=(*SIGNED, int8, int16), infer=unchanged, ufunc="absolute", elementwise=True, overwrites=(0,)
)
_complex_abs = OpDef(
    "ComplexAbs",
    "x",
    "y:Tout",
    dtypes={"T": COMPLEX, "Tout": (float32, float64)},
    infer=unchanged,
    ufunc="absolute",
    elementwise=True,
)


@_abs.scalar
def _scalar(m, x):
    return m.abs(x)


@_abs.gradient
def _gradient(op: Operation, dy: Tensor):
    return dy * F.sign(op.inputs[0])


@_complex_abs.gradient
def _complex_gradient(op: Operation, dy: Tensor):
    size = op.outputs[0]
    scaled = F.complex(dy, F.zeros_like(dy)) * op.inputs[0]
    return F.div_no_nan(scaled, F.complex(size, F.zeros_like(size)))


@taking_sparse
def _abs_of(x, name=None):
    with name_scope(name, "Abs", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return _complex_abs(x, Tout=x.dtype.base_dtype.real_dtype, name=scope)
        return _abs(x, name=scope)


@export("abs", "math.abs")
def abs(x, name=None):
    """The absolute value, element by element; a real tensor for a complex one; SparseTensors too.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.abs([-2.0, 3.0])), sess.run(tf.abs(3 + 4j)))
    [2. 3.] 5.0
    """
    return _abs_of(x, name=name)
