"""The arithmetic operators of Tensors."""

from __future__ import annotations

from graphrt_ops.math.add import add_v2
from graphrt_ops.math.multiply import multiply
from graphrt_ops.math.operators import binary

binary("add", add_v2)
binary("mul", multiply)
