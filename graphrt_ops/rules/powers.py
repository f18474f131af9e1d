"""Powers and quotients as something cheaper: exact where possible, otherwise only where it is at least as accurate."""

from __future__ import annotations

import numpy as np

from graphrt.graph import Operation, Tensor
from graphrt.passes.rule import Rule, Verdict, constant_value, register
from graphrt_ops.rules.parts import constant, is_real, itself, keeps_shape, node, used_once

_NEVER_NEGATIVE = frozenset(
    "Square Abs Exp Sigmoid Softmax Softplus Relu Relu6 SquaredDifference Sqrt Rsqrt Cosh".split()
)
_KEEPS_SIGN = frozenset("Sum Mean Max Min Prod Reshape Transpose Tile ExpandDims Squeeze Identity Cast".split())
_OF_TWO = frozenset("Add AddV2 Mul RealDiv Maximum AddN".split())


def never_negative(tensor: Tensor, steps: int = 8) -> bool:
    """True if no element can be below 0, nor be -0.0 (nan it may be)."""
    pending = [tensor]
    while pending:
        op = pending.pop().op
        steps -= 1
        value = constant_value(op.outputs[0])
        if value is not None:
            if not (value.dtype.kind in "fiu" and value.size and (value > 0).all()):
                return False
        elif op.type in _KEEPS_SIGN:
            pending.append(op.inputs[0])
        elif op.type in _OF_TWO:
            pending.extend(op.inputs)
        elif op.type not in _NEVER_NEGATIVE:
            return False
        if steps < 0:
            return False
    return True


def _root_exists(op: Operation, x: Tensor) -> Verdict:
    if not is_real(x):
        return False
    return keeps_shape(op, x) if never_negative(x) else "x may be -inf, whose power is inf and whose root is nan"


def _real(op: Operation, x: Tensor) -> Verdict:
    return keeps_shape(op, x) if is_real(x) else False


def _not_complex(op: Operation, x: Tensor) -> Verdict:
    return False if x.dtype.base_dtype.is_complex else keeps_shape(op, x)


def _power_of_two(op: Operation, x: Tensor, c: Tensor) -> Verdict:
    """Multiplying by the reciprocal gives the very same result: it is exact itself, and not denormal."""
    value = constant_value(c)
    if value is None or not is_real(x):
        return False
    numbers = np.asarray(value, np.float64)
    with np.errstate(all="ignore"):
        mantissas, exponents = np.frexp(np.abs(numbers))
    if not (np.isfinite(numbers).all() and (mantissas == 0.5).all()):
        return "the divisor is not a power of two, and its reciprocal would be rounded"
    smallest = {2: 14, 4: 126, 8: 1022}[value.dtype.itemsize] if value.dtype.kind == "f" else 126
    return bool((np.abs(exponents) < smallest).all()) or "the reciprocal of the divisor would be denormal"


def _times_reciprocal(x: Tensor, c: Tensor) -> Tensor:
    return node("Mul", x, constant(1 / np.asarray(constant_value(c), np.float64), c.dtype))


def _is_a_real_constant(op: Operation, x: Tensor, c: Tensor) -> Verdict:
    return is_real(x) and constant_value(c) is not None


def _only_here(op: Operation, x: Tensor, y: Tensor) -> Verdict:
    inverse = next(t for t in op.inputs if t.op.type == "Reciprocal" and t.op.inputs[0] is y)
    if not is_real(y):
        return False
    return (
        True if used_once(inverse) else "the reciprocal is needed for something else, too, and multiplying is cheaper"
    )


register(
    "powers",
    Rule("x ** 1 -> x", ("Pow", "x", 1), after=itself, when=keeps_shape),
    Rule("x ** 2 -> square(x)", ("Pow", "x", 2), after=lambda x: node("Square", x), when=_not_complex),
    Rule(
        "x ** 0.5 -> sqrt(x)",
        ("Pow", "x", 0.5),
        after=lambda x: node("Sqrt", x),
        when=_root_exists,
        why="a root is correctly rounded, and cheaper",
        exact=False,
        improves=True,
    ),
    Rule(
        "x ** -1 -> 1 / x",
        ("Pow", "x", -1),
        after=lambda x: node("Reciprocal", x),
        when=_real,
        why="a quotient is correctly rounded, and cheaper",
        exact=False,
        improves=True,
    ),
    Rule(
        "x ** 3 -> square(x) * x",
        ("Pow", "x", 3),
        after=lambda x: node("Mul", node("Square", x), x),
        when=_real,
        why="two products are cheaper than a power, but rounded twice",
        exact=False,
    ),
    Rule(
        "x ** -0.5 -> rsqrt(x)",
        ("Pow", "x", -0.5),
        after=lambda x: node("Rsqrt", x),
        when=_root_exists,
        why="cheaper, but rounded twice",
        exact=False,
    ),
    Rule(
        "x / 2**n -> x * 2**-n",
        ("RealDiv", "x", "c"),
        after=_times_reciprocal,
        when=_power_of_two,
        why="a product is cheaper than a quotient, and the same",
    ),
    Rule(
        "x / c -> x * (1 / c)",
        ("RealDiv", "x", "c"),
        after=_times_reciprocal,
        when=_is_a_real_constant,
        why="a product is cheaper than a quotient, but rounded twice",
        exact=False,
    ),
    Rule(
        "x * (1 / y) -> x / y",
        ("Mul", "x", ("Reciprocal", "y")),
        after=lambda x, y: node("RealDiv", x, y),
        when=_only_here,
        why="rounded once instead of twice",
        exact=False,
        improves=True,
    ),
)
