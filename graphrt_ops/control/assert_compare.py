"""assert_equal, assert_less, assert_positive, assert_near and the like: comparisons that must hold for all elements."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.errors import InvalidArgumentError
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value


def _values(*items) -> list:
    """What a name scope asks for its graph."""
    return [item for item in items if isinstance(item, Tensor)]


def _checked(sign: str, scope: str, compare: str, x, y, data, summarize, message, name):
    """An assertion that ``x sign y``; raises at once if both are known and it does not hold."""
    with name_scope(name, scope, _values(x, y)):
        x, y = convert_to_tensor(x, name="x"), convert_to_tensor(y, name="y")
        if data is None:
            data = [f"Condition x {sign} y did not hold element-wise:", f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        if message is not None:
            data = [message, *data]
        condition = F.reduce_all(getattr(F, compare)(x, y))
        _check_known(compare, x, y, data)
        return F.Assert(condition, data, summarize=summarize)


def _check_known(compare: str, x: Tensor, y: Tensor, data) -> None:
    known_x, known_y = static_value(x), static_value(y)
    if known_x is None or known_y is None or getattr(np, compare)(known_x, known_y).all():
        return
    lines = [item if not isinstance(item, Tensor) else str(_shown(item)) for item in data]
    raise InvalidArgumentError(None, None, "\n".join(str(line) for line in lines))


def _shown(tensor: Tensor):
    value = static_value(tensor)
    return tensor if value is None else value


def _against_zero(sign: str, scope: str, function, x, data, summarize, message, name, zero_first: bool = False):
    """An assertion about every element of ``x`` and 0."""
    with name_scope(name, scope, _values(x)):
        x = convert_to_tensor(x, name="x")
        if data is None:
            lines = [f"Condition x {sign} 0 did not hold element-wise:", f"x ({x.name}) = "]
            # TF1 runs the two lines together here, which makes a node less.
            data = [message or "", *(["".join(lines)] if sign == "<=" else lines), x]
        zero = convert_to_tensor(0, dtype=x.dtype.base_dtype)
        pair = (zero, x) if zero_first else (x, zero)
        return function(*pair, data=data, summarize=summarize)


@export("assert_equal", "debugging.assert_equal")
def assert_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x == y for all (broadcast) elements.

    Args:
      x, y: numeric tensors of one type. data: what the message shows instead of x and y.
      summarize: how many elements of each tensor to show. message: text in front of it. name: a name scope.

    Raises:
      InvalidArgumentError: at once, if both are known statically and it does not hold.
    """
    with name_scope(name, "assert_equal", _values(x, y)):
        if x is y:
            return F.no_op()
    return _checked("==", "assert_equal", "equal", x, y, data, summarize, message, name)


@export("assert_none_equal", "debugging.assert_none_equal")
def assert_none_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x != y for all elements; as ``assert_equal``."""
    return _checked("!=", "assert_none_equal", "not_equal", x, y, data, summarize, message, name)


@export("assert_less", "debugging.assert_less")
def assert_less(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x < y for all elements; as ``assert_equal``."""
    return _checked("<", "assert_less", "less", x, y, data, summarize, message, name)


@export("assert_less_equal", "debugging.assert_less_equal")
def assert_less_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x <= y for all elements; as ``assert_equal``."""
    return _checked("<=", "assert_less_equal", "less_equal", x, y, data, summarize, message, name)


@export("assert_greater", "debugging.assert_greater")
def assert_greater(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x > y for all elements; as ``assert_equal``."""
    return _checked(">", "assert_greater", "greater", x, y, data, summarize, message, name)


@export("assert_greater_equal", "debugging.assert_greater_equal")
def assert_greater_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless x >= y for all elements; as ``assert_equal``."""
    return _checked(">=", "assert_greater_equal", "greater_equal", x, y, data, summarize, message, name)


@export("assert_negative", "debugging.assert_negative")
def assert_negative(x, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless all elements are negative; as ``assert_equal``."""
    return _against_zero("<", "assert_negative", assert_less, x, data, summarize, message, name)


@export("assert_positive", "debugging.assert_positive")
def assert_positive(x, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless all elements are positive; as ``assert_equal``."""
    return _against_zero(">", "assert_positive", assert_less, x, data, summarize, message, name, zero_first=True)


@export("assert_non_negative", "debugging.assert_non_negative")
def assert_non_negative(x, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError if an element is negative; as ``assert_equal``."""
    return _against_zero(">=", "assert_non_negative", assert_less_equal, x, data, summarize, message, name, True)


@export("assert_non_positive", "debugging.assert_non_positive")
def assert_non_positive(x, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError if an element is positive; as ``assert_equal``."""
    return _against_zero("<=", "assert_non_positive", assert_less_equal, x, data, summarize, message, name)


@export("assert_near", "debugging.assert_near")
def assert_near(x, y, rtol=None, atol=None, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless |x - y| < atol + rtol * |y| for all elements.

    Both tolerances are 10 times the type's epsilon, if they are not given; the other arguments as for ``assert_equal``.
    """
    with name_scope(name, "assert_near", _values(x, y)):
        x = convert_to_tensor(x, name="x")
        kind = x.dtype.base_dtype
        y = convert_to_tensor(y, name="y", dtype=kind)
        usual = 10 * np.finfo(kind.as_numpy_dtype).eps
        rtol = convert_to_tensor(usual if rtol is None else rtol, name="rtol", dtype=kind)
        atol = convert_to_tensor(usual if atol is None else atol, name="atol", dtype=kind)
        if data is None:
            what = f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}"
            data = [message or "", what, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        allowed = atol + rtol * F.abs(y)
        condition = F.reduce_all(F.less(F.abs(x - y), allowed))
        return F.Assert(condition, data, summarize=summarize)
