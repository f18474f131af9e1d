"""avg_pool of images and volumes, and its gradient ops."""

from __future__ import annotations

from typing import Any

import graphrt_ops as F
from graphrt.dtypes import FLOATS
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_dims
from graphrt.shapes import TensorShape, unknown_shape
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv import pooling
from graphrt_ops.conv.geometry import checking_windows, computed_in, from_channels_last, to_channels_last
from graphrt_ops.conv.max_pool import (
    PLANE,
    VOLUME,
    check_pooled,
    lowered,
    lowered_gradient,
    pool_attributes,
    pooled,
    windows_of,
)


def _infer_grad(op: Operation) -> TensorShape:
    dims = static_dims(op.inputs[0])
    return unknown_shape(len(op.attrs["data_format"])) if dims is None else TensorShape.of(dims)


opdef = OpDef("AvgPool", "value", "output", dtypes=FLOATS, attrs=PLANE, infer=checking_windows(pooled))
grad_opdef = OpDef(
    "AvgPoolGrad",
    "orig_input_shape:int32@host grad",
    "output",
    dtypes=FLOATS,
    attrs=PLANE,
    infer=checking_windows(_infer_grad),
)
volume_opdef = OpDef("AvgPool3D", "input", "output", dtypes=FLOATS, attrs=VOLUME, infer=checking_windows(pooled))
volume_grad_opdef = OpDef(
    "AvgPool3DGrad",
    "orig_input_shape:int32@host grad",
    "output",
    dtypes=FLOATS,
    attrs=VOLUME,
    infer=checking_windows(_infer_grad),
)


@volume_opdef.kernel
@opdef.kernel
def kernel(xp, value, ksize, strides, padding, data_format):
    images = to_channels_last(xp, computed_in(value), data_format)
    axes, counts, pads = windows_of(images.shape, ksize, strides, padding, data_format)
    result = pooling.average(xp, images, axes, counts, pads)
    return from_channels_last(xp, result, data_format).astype(value.dtype, copy=False)


@volume_grad_opdef.kernel
@grad_opdef.kernel
def grad_kernel(xp, orig_input_shape, grad, ksize, strides, padding, data_format):
    shape = orig_input_shape.tolist()
    if not data_format.endswith("C"):
        shape.append(shape.pop(1))
    dy = to_channels_last(xp, computed_in(grad), data_format)
    axes, counts, pads = windows_of(shape, ksize, strides, padding, data_format)
    check_pooled(dy, shape, counts, "grad")
    result = pooling.average_gradient(xp, shape, dy, axes, pads)
    return from_channels_last(xp, result, data_format).astype(grad.dtype, copy=False)


@opdef.lower
def lower(op: Operation):
    return lowered("avg", op, op.inputs[0].shape)


@grad_opdef.lower
def lower_gradient(op: Operation):
    return lowered_gradient("avg", op, op.inputs[1].shape)


def _own(op: Operation) -> dict[str, Any]:
    return {key: op.attrs[key] for key in PLANE}


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return grad_opdef(F.shape(op.inputs[0]), dy, **_own(op))


@volume_opdef.gradient
def volume_gradient(op: Operation, dy: Tensor) -> Tensor:
    return volume_grad_opdef(F.shape(op.inputs[0]), dy, **_own(op))


@grad_opdef.gradient
def grad_gradient(op: Operation, dy: Tensor):
    return [F.stop_gradient(op.inputs[0]), opdef(dy, **_own(op))]


@volume_grad_opdef.gradient
def volume_grad_gradient(op: Operation, dy: Tensor):
    return [F.stop_gradient(op.inputs[0]), volume_opdef(dy, **_own(op))]


@export("nn.avg_pool", "nn.avg_pool2d")
def avg_pool(value, ksize, strides, padding, data_format="NHWC", name=None, input=None):
    """The mean of every window of an image; windows at the border of a "SAME" pool average their real cells only.

    Arguments as in ``max_pool``; the type is floating.
    """
    value = deprecated("input", input, "value", value)
    with name_scope(name, "AvgPool", [value]) as scope:
        value = convert_to_tensor(value, name="input")
        return opdef(value, name=scope, **pool_attributes("AvgPool", ksize, strides, padding, data_format))


@export("nn.avg_pool3d")
def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """The mean of every window of a volume of rank 5; arguments as in ``avg_pool``, with one more axis."""
    with name_scope(name, "AvgPool3D", [input]) as scope:
        data_format = data_format or "NDHWC"
        attrs = pool_attributes("AvgPool3D", ksize, strides, padding, data_format, 3)
        return volume_opdef(input, name=scope, **attrs)
