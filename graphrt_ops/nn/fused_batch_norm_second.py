"""The second derivative of fused_batch_norm: its gradient written out in plain ops, and differentiated as those are."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.autodiff.gradients import gradients
from graphrt.dtypes import float32
from graphrt.graph import Operation, Tensor
from graphrt_ops.nn.fused_batch_norm import grad_opdef, grad_opdef_v1, grad_opdef_v2


@grad_opdef.gradient
@grad_opdef_v2.gradient
@grad_opdef_v1.gradient
def gradient(op: Operation, d_dx: Tensor, d_scale: Tensor, d_offset: Tensor, *_):
    """The derivatives with respect to dy, x and scale; the statistics count as constants where they were given."""
    dy, x, scale = op.inputs[:3]
    results = _first_derivatives(op)
    sources = [dy, x, scale]
    # What dy itself was computed from is not followed here: these are partial derivatives.
    partial = gradients(results, sources, grad_ys=[d_dx, d_scale, d_offset], stop_gradients=sources)
    return [*partial, *[None] * (len(op.inputs) - 3)]


def _first_derivatives(op: Operation) -> tuple[Tensor, Tensor, Tensor]:
    """dx, d_scale and d_offset as functions of dy, x, scale and the statistics.

    With n values a channel, s = 1 / sqrt(variance + epsilon), c = x - mean and means taken over all but the channels:
    dx = scale s (dy - mean(dy) - s^2 c mean(dy c)) in training, and dx = scale s dy with given statistics.
    """
    dy, x, scale, mean, variance = op.inputs[:5]
    kind = x.dtype.base_dtype
    dy, x = F.cast(dy, float32), F.cast(x, float32)
    channels_first = op.attrs["data_format"] == "NCHW"
    axes = [0, 2, 3] if channels_first else [0, 1, 2]

    def vector(value: Tensor) -> Tensor:
        return F.reshape(value, [1, -1, 1, 1]) if channels_first else value

    if op.attrs["is_training"]:
        mean = F.reduce_mean(x, axes, keepdims=True)
        variance = F.reduce_mean(F.squared_difference(x, F.stop_gradient(mean)), axes, keepdims=True)
    else:
        mean, variance = vector(mean), vector(variance)
    slope = F.rsqrt(variance + op.attrs["epsilon"])
    centered = x - mean
    d_scale = F.reduce_sum(dy * centered * slope, axes)
    inner = dy
    if op.attrs["is_training"]:
        common = F.reduce_mean(dy * centered, axes, keepdims=True) * F.square(slope)
        inner = dy - F.reduce_mean(dy, axes, keepdims=True) - centered * common
    return F.cast(vector(scale) * slope * inner, kind), d_scale, F.reduce_sum(dy, axes)
