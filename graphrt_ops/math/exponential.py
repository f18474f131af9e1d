"""Exponentials and logarithms."""

from __future__ import annotations

import graphrt_ops as F
from graphrt_ops.math.families import after, unary

exp = unary(
    "Exp",
    "exp math.exp",
    """e to the power x, element by element.""",
    ufunc="exp",
    scalar=lambda m, x: m.exp(x),
    gradient=after(lambda x, y, dy: dy * F.conj(y)),
)
expm1 = unary(
    "Expm1",
    "expm1 math.expm1",
    """exp(x) - 1, accurate where x is small.""",
    ufunc="expm1",
    scalar=lambda m, x: m.expm1(x),
    gradient=after(lambda x, y, dy: dy * F.exp(F.conj(x))),
)
log = unary(
    "Log",
    "log math.log",
    """The natural logarithm: -inf at 0, nan for negative real numbers.""",
    ufunc="log",
    scalar=lambda m, x: m.log(x),
    gradient=after(lambda x, y, dy: dy * F.reciprocal(F.conj(x))),
)
log1p = unary(
    "Log1p",
    "log1p math.log1p",
    """log(1 + x), accurate where x is small.""",
    ufunc="log1p",
    scalar=lambda m, x: m.log1p(x),
    gradient=after(lambda x, y, dy: dy * F.reciprocal(1 + F.conj(x))),
)
