"""Multiplication: multiply, scalar_mul and the operator *."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32, int32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt_ops.math.broadcast_gradient import same_known_shape, summed, summed_where_needed
from graphrt_ops.shapes import NUMBERS, broadcast

opdef = OpDef(
    "Mul",
    "x y",
    "z",
    dtypes=NUMBERS,
    infer=broadcast,
    ufunc="multiply",
    elementwise=True,
    commutative=True,
    overwrites=(0, 1),
)


@opdef.scalar
def scalar(m, x, y):
    return x * y


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    x, y = op.inputs
    if same_known_shape(x, y, dy) and dy.dtype.base_dtype in (float32, int32):
        return [opdef(dy, y), opdef(dy, x)]
    conjugates: list[Tensor] = []

    def with_respect_to_x():
        conjugates.extend([F.conj(x), F.conj(y)])
        return opdef(dy, conjugates[1])

    rule = summed if isinstance(dy, IndexedSlices) else summed_where_needed
    return rule(op, with_respect_to_x, lambda: opdef(conjugates[0], dy))


@export("multiply", "math.multiply")
def multiply(x, y, name=None):
    """x * y, element by element.

    Args:
      x, y: numbers of one type, whose shapes broadcast. name: a name for the node.

    Returns:
      A tensor of their type and of the broadcast shape. Integers wrap around where they overflow.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.multiply([[1.0], [2.0]], [3.0, 4.0])))
    [[3. 4.]
     [6. 8.]]
    """
    return opdef(x, y, name=name)


@export("scalar_mul", "math.scalar_mul")
def scalar_mul(scalar, x, name=None):
    """A scalar times a Tensor or IndexedSlices.

    Raises:
      ValueError: if ``scalar`` is not known to be a scalar.
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar.shape.rank != 0:
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(opdef(scalar, x.values, name=name), x.indices, x.dense_shape)
    return opdef(scalar, x, name=name)
