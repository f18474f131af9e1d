"""One op for several that compute what it computes."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import ADD, is_real, keeps_shape, node


def _spelled_out(op: Operation, x: Tensor) -> Verdict:
    if not is_real(x):
        return False
    total = op.inputs[1].op
    exponential = next(tensor for tensor in total.inputs if tensor.op.type == "Exp")
    return keeps_shape(op, op.inputs[1]) is True and keeps_shape(total, exponential) is True


register(
    "fusions",
    Rule(
        "1 / (1 + exp(-x)) -> sigmoid(x)",
        ("RealDiv", 1, (ADD, ("Exp", ("Neg", "x")), 1)),
        after=lambda x: node("Sigmoid", x),
        when=_spelled_out,
        why="one op instead of four",
    ),
)
