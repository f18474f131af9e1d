"""The operators of Tensors: which function each one calls, and under which node name."""

from __future__ import annotations

import graphrt_ops as F
from graphrt_ops.math.add import add_v2
from graphrt_ops.math.operators import binary, install

binary("add", lambda x, y, name: F.add(x, y, name=name) if x.dtype.base_dtype.name == "string" else add_v2(x, y, name))
binary("sub", lambda x, y, name: F.subtract(x, y, name=name))
binary("mul", lambda x, y, name: F.multiply(x, y, name=name))
binary("div", lambda x, y, name: F.div(x, y, name=name))
binary("truediv", lambda x, y, name: F.truediv(x, y, name=name))
binary("floordiv", lambda x, y, name: F.floordiv(x, y, name=name))
binary("mod", lambda x, y, name: F.floormod(x, y, name=name))
binary("pow", lambda x, y, name: F.pow(x, y, name=name))
binary("matmul", lambda x, y, name: F.matmul(x, y, name=name))
binary("and", lambda x, y, name: F.logical_and(x, y, name=name))
binary("or", lambda x, y, name: F.logical_or(x, y, name=name))
binary("xor", lambda x, y, name: F.logical_xor(x, y, name=name))

install("__lt__", lambda x, y: F.less(x, y))
install("__le__", lambda x, y: F.less_equal(x, y))
install("__gt__", lambda x, y: F.greater(x, y))
install("__ge__", lambda x, y: F.greater_equal(x, y))
install("__neg__", lambda x: F.negative(x))
install("__abs__", lambda x: F.abs(x))
install("__invert__", lambda x: F.logical_not(x))
