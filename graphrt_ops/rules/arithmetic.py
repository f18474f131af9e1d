"""Operations that do nothing, or undo each other. All are exact (but for the sign of a zero to which 0 is added).

x * 0 is not among them: it is nan where x is infinite or nan. Nor is x - x, nor -(x - y), whose zero has another sign.
"""

from __future__ import annotations

import numpy as np

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, register
from graphrt_ops.rules.parts import ADD, constant, itself, keeps_shape, node, same_type


def _integers_of_known_shape(op: Operation, x: Tensor) -> Verdict:
    if not x.dtype.base_dtype.is_integer:
        return "x may be infinite or nan, and then x * 0 is nan" if x.dtype.base_dtype.is_floating else False
    return True if op.outputs[0].shape.is_fully_defined() else "the shape is not known"


def _zeros(op: Operation, x: Tensor) -> Tensor:
    return constant(np.zeros(op.outputs[0].shape.as_list()), x.dtype)


def _has_types_of(*types: str):
    """The same unary op again: nothing changes."""
    return [
        Rule(f"{kind.lower()}({kind.lower()}(x)) -> {kind.lower()}(x)", (kind, (kind, "x")), after=_inner(kind))
        for kind in types
    ]


def _inner(kind: str):
    return lambda x: node(kind, x)


_ZEROS = (0, ("ZerosLike", "y"), ("Fill", "y", 0))
_ONES = (1, ("OnesLike", "y"), ("Fill", "y", 1))
_NAMES = ("", " (zeros like y)", " (filled)")
_NAMES_OF_ONES = ("", " (ones like y)", " (filled)")

register(
    "arithmetic",
    *(
        Rule(f"x + 0 -> x{name}", (ADD, "x", zero), after=itself, when=keeps_shape)
        for zero, name in zip(_ZEROS, _NAMES, strict=True)
    ),
    *(
        Rule(f"x - 0 -> x{name}", ("Sub", "x", zero), after=itself, when=keeps_shape)
        for zero, name in zip(_ZEROS, _NAMES, strict=True)
    ),
    *(
        Rule(f"x * 1 -> x{name}", ("Mul", "x", one), after=itself, when=keeps_shape)
        for one, name in zip(_ONES, _NAMES_OF_ONES, strict=True)
    ),
    Rule("x / 1 -> x", ("RealDiv", "x", 1), after=itself, when=keeps_shape),
    Rule(
        "x * (-1) -> -x",
        ("Mul", "x", -1),
        after=lambda x: node("Neg", x),
        when=lambda op, x: False if x.dtype.base_dtype.is_unsigned else keeps_shape(op, x),
    ),
    Rule("x / (-1) -> -x", ("RealDiv", "x", -1), after=lambda x: node("Neg", x), when=keeps_shape),
    Rule(
        "x * 0 -> 0, of integers",
        ("Mul", "x", 0),
        after=_zeros,
        when=_integers_of_known_shape,
    ),
    Rule("-(-x) -> x", ("Neg", ("Neg", "x")), after=itself),
    Rule("x - (-y) -> x + y", ("Sub", "x", ("Neg", "y")), after=lambda x, y: node("AddV2", x, y)),
    Rule("x + (-y) -> x - y", (ADD, "x", ("Neg", "y")), after=lambda x, y: node("Sub", x, y)),
    Rule("(-x) * (-y) -> x * y", ("Mul", ("Neg", "x"), ("Neg", "y")), after=lambda x, y: node("Mul", x, y)),
    Rule("(-x) / (-y) -> x / y", ("RealDiv", ("Neg", "x"), ("Neg", "y")), after=lambda x, y: node("RealDiv", x, y)),
    Rule("abs(-x) -> abs(x)", ("Abs", ("Neg", "x")), after=lambda x: node("Abs", x)),
    Rule("square(-x) -> square(x)", ("Square", ("Neg", "x")), after=lambda x: node("Square", x)),
    Rule("square(abs(x)) -> square(x)", ("Square", ("Abs", "x")), after=lambda x: node("Square", x), when=same_type),
    Rule("not not x -> x", ("LogicalNot", ("LogicalNot", "x")), after=itself),
    *(
        Rule(f"{kind.lower()}(x, x) -> x", (kind, "x", "x"), after=itself)
        for kind in ("Maximum", "Minimum", "LogicalAnd", "LogicalOr")
    ),
    *_has_types_of("Abs", "Relu", "Floor", "Ceil", "Sign"),
)
