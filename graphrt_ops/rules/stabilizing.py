"""Expressions that overflow, underflow or cancel, as others that do not.

They are not exact: that is what they are for. What they compute is nearer to the true value.
"""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import ADD, is_real, itself, keeps_shape, node, of_reals


def _shape_is_kept(op: Operation, x: Tensor) -> Verdict:
    """True of real numbers where the constant of the sum (``op`` itself, or its input) changes no shape."""
    if not is_real(x):
        return False
    inner = op if len(op.inputs) == 2 else op.inputs[0].op
    summand = inner.inputs[0] if inner.inputs[1].op.opdef.role == "constant" else inner.inputs[1]
    return keeps_shape(inner, summand)


register(
    "stabilizing",
    Rule(
        "log(softmax(x)) -> log_softmax(x)",
        ("Log", ("Softmax", "x")),
        after=lambda x: node("LogSoftmax", x),
        why="a probability underflows where a logit is 104 below the largest one; its logarithm does not",
        exact=False,
        improves=True,
    ),
    Rule(
        "log(sigmoid(x)) -> -softplus(-x)",
        ("Log", ("Sigmoid", "x")),
        after=lambda x: node("Neg", node("Softplus", node("Neg", x))),
        when=of_reals,
        why="sigmoid underflows below -88",
        exact=False,
        improves=True,
    ),
    Rule(
        "log(1 - sigmoid(x)) -> -softplus(x)",
        ("Log", ("Sub", 1, ("Sigmoid", "x"))),
        after=lambda x: node("Neg", node("Softplus", x)),
        when=_shape_is_kept,
        why="1 - sigmoid(x) is 0 above 17",
        exact=False,
        improves=True,
    ),
    Rule(
        "log(1 + exp(x)) -> softplus(x)",
        ("Log", (ADD, ("Exp", "x"), 1)),
        after=lambda x: node("Softplus", x),
        when=_shape_is_kept,
        why="exp overflows above 88",
        exact=False,
        improves=True,
    ),
    Rule(
        "log1p(exp(x)) -> softplus(x)",
        ("Log1p", ("Exp", "x")),
        after=lambda x: node("Softplus", x),
        when=of_reals,
        why="exp overflows above 88",
        exact=False,
        improves=True,
    ),
    Rule(
        "log(exp(x)) -> x",
        ("Log", ("Exp", "x")),
        after=itself,
        when=of_reals,
        why="exp overflows above 88",
        exact=False,
        improves=True,
    ),
    Rule(
        "log(1 + x) -> log1p(x)",
        ("Log", (ADD, "x", 1)),
        after=lambda x: node("Log1p", x),
        when=_shape_is_kept,
        why="1 + x loses the digits of a small x",
        exact=False,
        improves=True,
    ),
    Rule(
        "exp(x) - 1 -> expm1(x)",
        ("Sub", ("Exp", "x"), 1),
        after=lambda x: node("Expm1", x),
        when=_shape_is_kept,
        why="the digits of a small x cancel",
        exact=False,
        improves=True,
    ),
    Rule(
        "exp(x) + (-1) -> expm1(x)",
        (ADD, ("Exp", "x"), -1),
        after=lambda x: node("Expm1", x),
        when=_shape_is_kept,
        why="the digits of a small x cancel",
        exact=False,
        improves=True,
    ),
)
