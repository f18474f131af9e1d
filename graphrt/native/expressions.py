"""Scalar expressions: what an elementwise op computes, as a graph that code can be written from.

``@opdef.scalar`` functions and optimizers' update rules are ordinary Python functions of numbers. Called with
expressions instead of numbers (and a Tracer instead of a module of functions) they leave behind what they compute.
Equal subexpressions are one object, so that a fused group of ops computes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.native import vector_math
from graphrt.native.builder import F32, F64, I1, I32, I64, Builder, Type, Value, constant, vector

ELEMENTS: dict[str, Type] = {
    np.dtype(name).char: element
    for name, element in (("f4", F32), ("f8", F64), ("i4", I32), ("i8", I64), ("longlong", I64), ("?", I1))
}
"""NumPy's types that code can be written for, by their characters (their names are slow to find out)."""


class CannotLower(Exception):
    """Something has no native code; the message says what and why. ``node`` is the user's node that it is about, if
    it keeps the whole plan in Python."""

    node: Any = None


@dataclass(frozen=True, eq=False)
class Expression:
    """A number that a loop computes for each element."""

    tracer: Tracer
    kind: str  # "input", "constant", or what is done with the arguments
    arguments: tuple[Any, ...]
    dtype: np.dtype[Any]

    __array_ufunc__ = None  # NumPy's scalars leave it to us to combine them with an expression

    def astype(self, dtype: Any) -> Expression:
        return self.tracer.converted(self, np.dtype(dtype))

    def __bool__(self) -> bool:
        raise CannotLower("a Python condition on a value that is known only when it runs")

    def __add__(self, other: Any) -> Expression:
        return self.tracer.binary("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return self.tracer.binary("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return self.tracer.binary("sub", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return self.tracer.binary("sub", other, self)

    def __mul__(self, other: Any) -> Expression:
        return self.tracer.binary("mul", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return self.tracer.binary("mul", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return self.tracer.quotient(self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return self.tracer.quotient(other, self)

    def __pow__(self, other: Any) -> Any:
        return self.tracer.pow(self, other)

    def __neg__(self) -> Expression:
        return self.tracer.unary("neg", self)

    def __abs__(self) -> Any:
        return self.tracer.abs(self)

    def __invert__(self) -> Expression:
        return self.tracer.invert(self)

    def __and__(self, other: Any) -> Expression:
        return self.tracer.binary("and_", self, other)

    def __or__(self, other: Any) -> Expression:
        return self.tracer.binary("or_", self, other)

    def __xor__(self, other: Any) -> Expression:
        return self.tracer.binary("xor", self, other)

    def __lshift__(self, other: Any) -> Expression:
        return self.tracer.binary("shl", self, other)

    def __rshift__(self, other: Any) -> Expression:
        return self.tracer.binary("ashr", self, other)

    def __lt__(self, other: Any) -> Expression:
        return self.tracer.compare("lt", self, other)

    def __le__(self, other: Any) -> Expression:
        return self.tracer.compare("le", self, other)

    def __gt__(self, other: Any) -> Expression:
        return self.tracer.compare("gt", self, other)

    def __ge__(self, other: Any) -> Expression:
        return self.tracer.compare("ge", self, other)

    def __eq__(self, other: object) -> Any:
        return self.tracer.compare("eq", self, other)

    def __ne__(self, other: object) -> Any:
        return self.tracer.compare("ne", self, other)

    __hash__ = object.__hash__


class Tracer:
    """Makes expressions; it stands in for ``m`` of scalar expressions and for ``xp`` of update rules."""

    inf = float("inf")
    nan = float("nan")

    def __init__(self) -> None:
        self._known: dict[Any, Expression] = {}
        self.result: np.dtype[Any] = np.dtype(np.float32)  # of the expression that is being traced

    def _made(self, kind: str, arguments: tuple[Any, ...], dtype: np.dtype[Any]) -> Expression:
        key = (kind, dtype, *[id(a) if isinstance(a, Expression) else repr(a) for a in arguments])
        found = self._known.get(key)
        if found is None:
            if dtype.char not in ELEMENTS:
                raise CannotLower(f"there is no native code for {dtype.name}")
            found = self._known[key] = Expression(self, kind, arguments, dtype)
        return found

    # -- leaves --------------------------------------------------------------------------------------------------------

    def input(self, index: int, dtype: Any) -> Expression:
        """The element of the loop's operand ``index``."""
        return self._made("input", (index,), np.dtype(dtype))

    def number(self, value: Any, dtype: np.dtype[Any]) -> Expression:
        """A constant, which takes the type of what it meets."""
        return self._made("constant", (dtype.type(value).item(),), dtype)

    def _both(self, x: Any, y: Any) -> tuple[Expression, Expression]:
        if not isinstance(x, Expression):
            x = self.number(x, y.dtype if isinstance(y, Expression) else self.result)
        if not isinstance(y, Expression):
            y = self.number(y, x.dtype)
        if x.dtype != y.dtype:
            raise CannotLower(f"{x.dtype} meets {y.dtype}")
        return x, y

    # -- operators -----------------------------------------------------------------------------------------------------

    def unary(self, kind: str, x: Expression) -> Expression:
        return self._made(kind, (x,), x.dtype)

    def binary(self, kind: str, x: Any, y: Any) -> Expression:
        x, y = self._both(x, y)
        return self._made(kind, (x, y), x.dtype)

    def quotient(self, x: Any, y: Any) -> Expression:
        x, y = self._both(x, y)
        if x.dtype.kind != "f":
            raise CannotLower("a quotient of integers")
        return self._made("div", (x, y), x.dtype)

    def compare(self, how: str, x: Any, y: Any) -> Expression:
        x, y = self._both(x, y)
        return self._made("compare", (how, x, y), np.dtype(bool))

    def converted(self, x: Expression, dtype: np.dtype[Any]) -> Expression:
        return x if dtype == x.dtype else self._made("convert", (x,), dtype)

    def invert(self, x: Expression) -> Expression:
        return self._made("xor", (x, self.number(True if x.dtype == bool else -1, x.dtype)), x.dtype)

    # -- functions -----------------------------------------------------------------------------------------------------

    def where(self, condition: Any, x: Any, y: Any) -> Expression:
        x, y = self._both(x, y)
        return self._made("where", (condition, x, y), x.dtype)

    def max(self, x: Any, y: Any) -> Expression:
        return self.binary("maximum", x, y)

    def min(self, x: Any, y: Any) -> Expression:
        return self.binary("minimum", x, y)

    maximum, minimum = max, min

    def clip(self, x: Any, low: Any, high: Any) -> Expression:
        return self.min(self.max(x, low), high)

    def abs(self, x: Any) -> Any:
        if not isinstance(x, Expression):
            return abs(x)
        if x.dtype.kind == "f":
            return self.unary("fabs", x)
        return self.where(x < 0, -x, x)

    def sign(self, x: Any) -> Any:
        if not isinstance(x, Expression):
            return np.sign(x)
        return self.where(x > 0, self.number(1, x.dtype), self.where(x < 0, self.number(-1, x.dtype), x))

    def pow(self, x: Any, y: Any) -> Any:
        if not isinstance(x, Expression) and not isinstance(y, Expression):
            return x**y
        x, y = self._both(x, y)
        return self._floating("pow", (x, y), x.dtype)

    def atan2(self, y: Any, x: Any) -> Expression:
        y, x = self._both(y, x)
        return self._floating("atan2", (y, x), x.dtype)

    def fmod(self, x: Any, y: Any) -> Expression:
        x, y = self._both(x, y)
        if x.dtype.kind == "f":
            return self._floating("fmod", (x, y), x.dtype)
        raise CannotLower("the remainder of integers, which may be divided by 0")

    def cast(self, x: Expression, dtype: Any) -> Expression:
        return self.converted(x, np.dtype(dtype))

    def add(self, x: Any, y: Any) -> Any:
        return x + y

    def subtract(self, x: Any, y: Any) -> Any:
        return x - y

    def square(self, x: Any) -> Any:
        return x * x

    def _floating(self, kind: str, arguments: tuple[Expression, ...], dtype: np.dtype[Any]) -> Expression:
        if dtype.kind != "f" or not (kind in _INSTRUCTIONS or hasattr(vector_math, kind)):
            raise CannotLower(f"there is no native code for {kind} of {dtype}")
        return self._made(kind, arguments, dtype)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The other functions of one float: those that vector_math or the processor has."""
        if name.startswith("_"):
            raise AttributeError(name)

        def function(x: Any) -> Any:
            if not isinstance(x, Expression):
                return getattr(np, name)(x)
            return self._floating(name, (x,), x.dtype)

        return function


_INSTRUCTIONS = {"floor": "floor", "ceil": "ceil", "rint": "roundeven", "trunc": "trunc", "sqrt": "sqrt"}
_METHODS = ("add", "sub", "mul", "div", "and_", "or_", "xor", "shl", "ashr", "minimum", "maximum", "neg")


class Writer:
    """Writes the code of expressions with the same inputs, each subexpression once."""

    def __init__(self, b: Builder, lanes: int, inputs: Callable[[int], Value]) -> None:
        self.b = b
        self.lanes = lanes
        self.inputs = inputs
        self.written: dict[int, Value] = {}

    def value(self, root: Expression) -> Value:
        """The value of an expression (found without recursion: chains may be long)."""
        stack = [root]
        while stack:
            expression = stack[-1]
            if id(expression) in self.written:
                stack.pop()
                continue
            missing = [a for a in expression.arguments if isinstance(a, Expression) and id(a) not in self.written]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self.written[id(expression)] = self._write(expression)
        return self.written[id(root)]

    def _write(self, x: Expression) -> Value:
        kind = x.kind
        type = vector(ELEMENTS[x.dtype.char], self.lanes)
        if kind == "input":
            return self.inputs(x.arguments[0])
        if kind == "constant":
            return constant(type, x.arguments[0])
        given: Sequence[Any] = [self.written[id(a)] if isinstance(a, Expression) else a for a in x.arguments]
        b = self.b
        if kind in _METHODS:
            made: Value = getattr(b, kind)(*given)
            return made
        if kind == "compare":
            return b.compare(*given)
        if kind == "where":
            return b.select(*given)
        if kind == "convert":
            return b.convert(given[0], ELEMENTS[x.dtype.char])
        if kind == "fabs":
            return b.unary("fabs", given[0])
        if kind in _INSTRUCTIONS:
            return b.unary(_INSTRUCTIONS[kind], given[0])
        written: Value = getattr(vector_math, kind)(b, *given)
        return written


def inputs_of(roots: Sequence[Expression]) -> list[int]:
    """The operands that expressions use, in order."""
    seen: set[int] = set()
    found: set[int] = set()
    stack = list(roots)
    while stack:
        expression = stack.pop()
        if id(expression) in seen:
            continue
        seen.add(id(expression))
        if expression.kind == "input":
            found.add(expression.arguments[0])
        stack.extend(a for a in expression.arguments if isinstance(a, Expression))
    return sorted(found)
