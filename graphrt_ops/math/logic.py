"""Logic on bool tensors, element by element, broadcasting."""

from __future__ import annotations

from graphrt.export import export
from graphrt.opdef import OpDef
from graphrt_ops.math.families import binary
from graphrt_ops.shapes import unchanged

_not = OpDef(
    "LogicalNot", "x:bool", "y:bool", infer=unchanged, ufunc="logical_not", elementwise=True, overwrites=(0,),
    differentiable=False,
)  # fmt: skip


@_not.scalar
def _not_scalar(m, x):
    return ~x


@export("logical_not", "math.logical_not")
def logical_not(x, name=None):
    """True where x is False; the operator ``~``."""
    return _not(x, name=name)


logical_and = binary(
    "LogicalAnd",
    "logical_and math.logical_and",
    """True where x and y are both True; the operator ``&``.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.logical_and([True, False], [True, True])))
    [ True False]
    """,
    dtypes=None,
    inputs="x:bool y:bool",
    output="z:bool",
    ufunc="logical_and",
    scalar=lambda m, x, y: x & y,
    commutative=True,
)
logical_or = binary(
    "LogicalOr",
    "logical_or math.logical_or",
    """True where x or y is True; the operator ``|``.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.logical_or([True, False], [False, False])))
    [ True False]
    """,
    dtypes=None,
    inputs="x:bool y:bool",
    output="z:bool",
    ufunc="logical_or",
    scalar=lambda m, x, y: x | y,
    commutative=True,
)


@export("logical_xor", "math.logical_xor")
def logical_xor(x, y, name="LogicalXor"):
    """True where just one of x and y is True; the operator ``^``."""
    either, both = logical_or(x, y), logical_and(x, y)
    return logical_and(either, logical_not(both), name=name)
