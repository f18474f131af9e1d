"""What gradients of common expressions boil down to.

TF1's gradients of sigmoid, tanh, exp, sqrt and softmax take the forward value, so that nothing is computed twice. But
the logarithm of a probability, differentiated step by step, divides by the probability and then multiplies by it again:
nan where it has underflowed.
"""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import constant, is_real, known_ints, node

_WHY = "the quotient is nan where the probability has underflowed"


def _quotients(numerator, denominator):
    """The two ways in which a quotient may be written down."""
    return (("RealDiv", numerator, denominator), ("Mul", numerator, ("Reciprocal", denominator)))


def _of_softmax(op: Operation, dy: Tensor, s: Tensor, axes: Tensor) -> Verdict:
    total = next(tensor.op for tensor in op.inputs if tensor.op.type == "Sub").inputs[1].op
    last = known_ints(axes) in ([-1], [(s.shape.rank or 0) - 1])
    return s.op.type == "Softmax" and last and bool(total.attrs["keep_dims"])


def _of_log_softmax(dy: Tensor, s: Tensor, axes: Tensor) -> Tensor:
    return node("Sub", dy, node("Mul", node("Sum", dy, axes, keep_dims=True), s))


def _of_sigmoid(op: Operation, dy: Tensor, y: Tensor) -> Verdict:
    return is_real(y) and (y.op.type == "Sigmoid")


def _minus(dy: Tensor, y: Tensor) -> Tensor:
    return node("Neg", node("Mul", dy, y))


def _one_minus(dy: Tensor, y: Tensor) -> Tensor:
    return node("Mul", dy, node("Sub", constant(1, y.dtype), y))


_BY_HAND = [
    rule
    for quotient in _quotients("dy", "s")
    for rule in (
        Rule(
            f"gradient of log(softmax(x)), by {'quotient' if quotient[0] == 'RealDiv' else 'reciprocal'}"
            " -> dy - sum(dy) * softmax(x)",
            ("Mul", ("Sub", quotient, ("Sum", ("Mul", quotient, "s"), "axes")), "s"),
            after=_of_log_softmax,
            when=_of_softmax,
            why=_WHY,
            exact=False,
            improves=True,
        ),
    )
]

register(
    "gradients",
    *_BY_HAND,
    *(
        Rule(
            f"gradient of log(sigmoid(x)), by {'quotient' if quotient[0] == 'RealDiv' else 'reciprocal'}"
            " -> dy * (1 - sigmoid(x))",
            ("SigmoidGrad", "y", quotient),
            after=_one_minus,
            when=_of_sigmoid,
            why=_WHY,
            exact=False,
            improves=True,
        )
        for quotient in _quotients("dy", "y")
    ),
    *(
        Rule(
            f"gradient of log(1 - sigmoid(x)), by {'quotient' if quotient[0] == 'RealDiv' else 'reciprocal'}"
            " -> -dy * sigmoid(x)",
            ("SigmoidGrad", "y", ("Neg", quotient)),
            after=_minus,
            when=_of_sigmoid,
            why=_WHY,
            exact=False,
            improves=True,
        )
        for quotient in _quotients("dy", ("Sub", 1, "y"))
    ),
)
