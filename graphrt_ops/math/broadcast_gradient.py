"""Gradients of broadcasting ops: what was broadcast is summed back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import graphrt_ops as F  # noqa: N812
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef
from graphrt.shapes import TensorShape

opdef = OpDef(
    "BroadcastGradientArgs",
    "s0:T@host s1:T@host",
    "r0 r1",
    dtypes=(int32, int64),
    infer=lambda op: [TensorShape.of((None,))] * 2,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, s0, s1):
    """Over which axes each side must be summed, for shapes s0 and s1 that broadcast against each other."""
    rank = max(len(s0), len(s1))
    x = [1] * (rank - len(s0)) + s0.tolist()
    y = [1] * (rank - len(s1)) + s1.tolist()
    over_x, over_y = [], []
    for axis, (m, n) in enumerate(zip(x, y, strict=True)):
        # An axis that both have as one is summed on both sides, which costs nothing and is what TF1 does.
        if m == 1 and (n != 1 or m == n):
            over_x.append(axis)
        if n == 1 and (m != 1 or m == n):
            over_y.append(axis)
        if m != n and m != 1 and n != 1:
            raise ValueError(f"Incompatible shapes: {s0.tolist()} vs. {s1.tolist()}")
    return np.array(over_x, s0.dtype), np.array(over_y, s0.dtype)


def summed_to_inputs(
    op: Operation, dx: Tensor | Callable[[], Tensor | None] | None, dy: Tensor | Callable[[], Tensor | None] | None
) -> list[Tensor | None]:
    """The gradients of a broadcasting op of two inputs, given those with respect to the broadcast inputs.

    A callable is called when its turn comes, so that nodes are made in TF1's order.
    """
    x, y = op.inputs
    gradient = next((g for g in (dx, dy) if isinstance(g, Tensor)), None)
    if same_known_shape(x, y, gradient if gradient is not None else x):
        return [_made(dx), _made(dy)]
    shape_x, shape_y = F.shape(x), F.shape(y)
    over_x, over_y = opdef(shape_x, shape_y)
    return [_summed(dx, over_x, shape_x), _summed(dy, over_y, shape_y)]


def same_known_shape(*tensors: Tensor) -> bool:
    """True if all shapes are fully known and equal: nothing was broadcast."""
    first = tensors[0].shape
    return first.is_fully_defined() and all(tensor.shape == first for tensor in tensors[1:])


def _made(gradient) -> Tensor | None:
    return gradient() if callable(gradient) else gradient


def _summed(gradient, axes: Tensor, shape: Tensor) -> Tensor | None:
    made = _made(gradient)
    return None if made is None else F.reshape(F.reduce_sum(made, axes), shape)
