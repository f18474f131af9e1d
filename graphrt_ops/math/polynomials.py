"""polyval, lbeta and nextafter."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.shapes import broadcast


@export("math.polyval")
def polyval(coeffs, x, name=None):
    """The polynomial ``coeffs[0] x^n + ... + coeffs[n]``, by Horner's rule.

    Args:
      coeffs: a list of tensors, the highest power's first. x: a tensor. name: a name for the nodes.

    Raises:
      ValueError: if ``coeffs`` is not a list.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.math.polyval([1.0, 0.0, -2.0], 3.0)))
    7.0
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type, found {type(coeffs)}.")
    with name_scope(name, "polyval", [*coeffs, x]) as scope:
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return F.zeros_like(x, name=scope)
        terms = [convert_to_tensor(value, name=f"coeff_{i}") for i, value in enumerate(coeffs)]
        result = terms[0]
        for term in terms[1:]:
            result = term + result * x
        return result


@export("lbeta", "math.lbeta")
def lbeta(x, name=None):
    """log(abs(beta(x))) along the last axis: the sum of lgamma(x) less lgamma of the sum of x."""
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        logarithms = F.reduce_sum(F.lgamma(x), axis=[-1])
        return logarithms - F.lgamma(F.reduce_sum(x, axis=[-1]))


_next_after = OpDef(
    "NextAfter", "x1 x2", "output", dtypes=(float32, float64), infer=broadcast, ufunc="nextafter", elementwise=True
)


@_next_after.gradient
def _next_after_gradient(op: Operation, dy: Tensor):
    """The step is as small as can be: all of the gradient goes to where it started."""
    x1, x2 = op.inputs
    shapes = F.shape(x1), F.shape(x2)
    partials: list[Tensor] = []

    def with_respect_to_x1():
        with control_dependencies([dy]):
            partials.extend([F.ones(shapes[0], dtype=x1.dtype), F.zeros(shapes[1], dtype=x2.dtype)])
            return partials[0] * dy

    return summed(op, with_respect_to_x1, lambda: partials[1] * dy, shapes)


@export("math.nextafter")
def nextafter(x1, x2, name=None):
    """The number next to x1 that the type can hold, in the direction of x2."""
    return _next_after(x1, x2, name=name)
