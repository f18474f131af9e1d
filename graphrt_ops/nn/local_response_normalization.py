"""Local response normalization across neighbouring channels."""

from __future__ import annotations

import numpy as np

from graphrt.dtypes import bfloat16, float16, float32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt.shapes import TensorShape
from graphrt_ops.nn.checks import of_rank
from graphrt_ops.shapes import check_equal_shapes, merged

_ATTRS = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5}
_TYPES = (float16, bfloat16, float32)


def _infer(op: Operation) -> TensorShape:
    return of_rank(op.inputs[0].shape, 4)


opdef = OpDef("LRN", "input", "output", dtypes=_TYPES, attrs=_ATTRS, infer=_infer)
grad_opdef = OpDef(
    "LRNGrad", "input_grads input_image output_image", "output", dtypes=_TYPES, attrs=_ATTRS, infer=merged
)


def _window_sums(values, radius: int):
    """For every channel the sum over the channels that are at most ``radius`` away."""
    channels = values.shape[-1]
    sums = values.copy()
    for distance in range(1, min(radius, channels - 1) + 1):
        sums[..., distance:] += values[..., :-distance]
        sums[..., :-distance] += values[..., distance:]
    return sums


def _inverse_power(xp, norm, beta: float):
    """norm ** -beta; the usual exponents by square roots, which are ten times as fast as powers."""
    if beta == 0.5:
        return 1 / xp.sqrt(norm)
    if beta == 0.75:
        root = xp.sqrt(norm)
        return 1 / (root * xp.sqrt(root))
    return norm**-beta


@opdef.kernel
def kernel(xp, input, depth_radius, bias, alpha, beta):
    if input.ndim != 4:
        raise ValueError(f"in must be 4-dimensional, got shape {list(input.shape)}")
    norm = _window_sums(input * input, depth_radius) * alpha + bias
    return (input * _inverse_power(xp, norm, beta)).astype(input.dtype, copy=False)


@grad_opdef.kernel
def grad_kernel(xp, input_grads, input_image, output_image, depth_radius, bias, alpha, beta):
    """d/dx_j of sum_i dy_i * x_i * norm_i ** -beta, in which x_j also stands in the norms of its neighbours."""
    check_equal_shapes(input_grads, input_image, output_image)
    norm = _window_sums(input_image * input_image, depth_radius) * alpha + bias
    shared = _window_sums(input_grads * output_image / norm, depth_radius)
    result = input_grads * _inverse_power(xp, norm, beta) - input_image * shared * (2 * alpha * beta)
    return result.astype(input_grads.dtype, copy=False)


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import ResponseNorm

    return ResponseNorm(**_options(op)) if op.attrs["depth_radius"] >= 0 else None


@grad_opdef.lower
def grad_lower(op: Operation):
    from graphrt.native.records import ResponseNormGradient

    shapes = {tensor.shape.values for tensor in op.inputs}
    return ResponseNormGradient(**_options(op)) if len(shapes) == 1 and op.attrs["depth_radius"] >= 0 else None


def _options(op: Operation) -> dict[str, float]:
    return {key.removeprefix("depth_"): op.attrs[key] for key in _ATTRS}


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return grad_opdef(dy, op.inputs[0], op.outputs[0], **{key: op.attrs[key] for key in _ATTRS})


@export("nn.lrn", "nn.local_response_normalization")
def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """input / (bias + alpha * (sum of input ** 2 over the 2 * depth_radius + 1 nearest channels)) ** beta.

    Args:
      input: images of rank 4, channels last. depth_radius, bias, alpha, beta: numbers of the formula (Krizhevsky et
        al., ImageNet classification with deep convolutional networks, 2012; kept as float32).
      name: a name for the node.
    """
    return opdef(
        input,
        depth_radius=depth_radius,
        bias=float(np.float32(bias)),
        alpha=float(np.float32(alpha)),
        beta=float(np.float32(beta)),
        name=name,
    )
