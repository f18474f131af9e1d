"""fused_batch_norm: batch normalization of images as one op, as TF1 makes it for layers of rank 4."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.autodiff.gradients import gradients
from graphrt.dtypes import bfloat16, float16, float32
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.nn.checks import of_rank, same_dimension

_LEAST_EPSILON = 1.001e-5  # TF1 raises a smaller one, as cuDNN wants it
_ATTRS = {"U": float32, "epsilon": 0.0001, "data_format": "NHWC", "is_training": True}
_TYPES = {"T": (float16, bfloat16, float32), "U": (float32,)}


def _channels(op: Operation, vectors: range) -> tuple[TensorShape, int, int | None]:
    """The shape of the image, its axis of channels, and how many there are, by all inputs that say so."""
    image = of_rank(op.inputs[0].shape, 4)
    axis = 1 if op.attrs["data_format"] == "NCHW" else 3
    channels = image.values[axis]
    for i in vectors:
        channels = same_dimension(channels, of_rank(op.inputs[i].shape, 1).values[0])
    return image, axis, channels


def _infer(op: Operation) -> list[TensorShape]:
    image, axis, channels = _channels(op, range(1, 3 if op.attrs["is_training"] else 5))
    y = TensorShape.of((*image.values[:axis], channels, *image.values[axis + 1 :]))
    vector = TensorShape.of((channels,))
    # TF1 does not say that the last one, which only cuDNN fills, is empty; native code must know every shape.
    return [y, vector, vector, vector, vector, TensorShape.of((0,))][: len(op.outputs)]


def _infer_grad(op: Operation) -> list[TensorShape]:
    image, axis, channels = _channels(op, range(2, 5))
    dx = TensorShape.of((*image.values[:axis], channels, *image.values[axis + 1 :]))
    vector = TensorShape.of((channels,))
    return [dx, vector, vector, TensorShape.of((0,)), TensorShape.of((0,))]


def _opdef(version: str, kind: str, reserve: str) -> OpDef:
    """The op of one of TF1's three versions, which differ in their types and in what they hand to the gradient."""
    return OpDef(
        f"FusedBatchNorm{version}",
        f"x scale:{kind} offset:{kind} mean:{kind} variance:{kind}",
        f"y batch_mean:{kind} batch_variance:{kind} reserve_space_1:{kind} reserve_space_2:{kind}{reserve}",
        dtypes=_TYPES,
        attrs={key: value for key, value in _ATTRS.items() if key != "U"},
        infer=_infer,
    )


def _grad_opdef(version: str, kind: str, scale: str, reserve: str) -> OpDef:
    return OpDef(
        f"FusedBatchNormGrad{version}",
        f"y_backprop x scale:{scale} reserve_space_1:{kind} reserve_space_2:{kind}{reserve}",
        f"x_backprop scale_backprop:{kind} offset_backprop:{kind} reserve_space_3:{kind} reserve_space_4:{kind}",
        dtypes=_TYPES,
        attrs={key: value for key, value in _ATTRS.items() if key != "U"},
        infer=_infer_grad,
    )


opdef = _opdef("V3", "U", " reserve_space_3:U")
opdef_v2 = _opdef("V2", "U", "")
opdef_v1 = _opdef("", "T", "")
grad_opdef = _grad_opdef("V3", "U", "float32", " reserve_space_3:U")
grad_opdef_v2 = _grad_opdef("V2", "U", "float32", "")
grad_opdef_v1 = _grad_opdef("", "T", "T", "")


def _rows(xp, image, data_format: str):
    """The image as a matrix of float32 or wider with a column a channel."""
    if data_format == "NCHW":
        image = xp.moveaxis(image, 1, 3)
    rows = image.reshape(-1, image.shape[-1])
    return rows.astype(np.float32) if rows.dtype.itemsize < 4 else rows


def _as_image(xp, rows, like, data_format: str):
    if data_format == "NCHW":
        n, c, h, w = like.shape
        rows = xp.ascontiguousarray(xp.moveaxis(rows.reshape(n, h, w, c), 3, 1))
    return rows.reshape(like.shape).astype(like.dtype, copy=False)


def _column_sums(xp, rows):
    # A matrix-vector product: several times as fast as sum(0), and with more partial sums.
    return xp.matmul(xp.ones(rows.shape[0], rows.dtype), rows)


def _normalized(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training):
    if x.ndim != 4:
        raise ValueError(f"input must be 4-dimensional, but has the shape {list(x.shape)}")
    channels = (x.shape[data_format.index("C")],)
    if scale.shape != channels or offset.shape != channels:
        raise ValueError(
            f"scale and offset must be 1-dimensional, with {channels[0]} entries as the input {list(x.shape)} has "
            f"channels, but their shapes are {list(scale.shape)} and {list(offset.shape)}"
        )
    if not is_training and (mean.shape != channels or variance.shape != channels):
        raise ValueError(
            f"mean and variance must be 1-dimensional, with {channels[0]} entries, but their shapes are "
            f"{list(mean.shape)} and {list(variance.shape)}"
        )
    rows = _rows(xp, x, data_format)
    count = max(rows.shape[0], 1)
    if not is_training:
        factor = scale / xp.sqrt(variance + epsilon)
        y = rows * factor
        y += offset - mean * factor
        return _as_image(xp, y, x, data_format), *(vector.copy() for vector in (mean, variance, mean, variance))
    mean = _column_sums(xp, rows) / count
    y = rows - mean
    variance = _column_sums(xp, y * y) / count
    y *= scale / xp.sqrt(variance + epsilon)
    y += offset
    unbiased = variance * (count / max(count - 1, 1))
    # Each output has memory of its own: a plan may write into any of them.
    return _as_image(xp, y, x, data_format), mean, unbiased, mean.copy(), variance


def _differentiated(xp, y_backprop, x, scale, mean, variance, epsilon, data_format, is_training):
    if x.ndim != 4 or y_backprop.shape != x.shape:
        raise ValueError(
            f"x and y_backprop must be 4-dimensional and of one shape: {list(x.shape)} and {list(y_backprop.shape)}"
        )
    dy, rows = _rows(xp, y_backprop, data_format), _rows(xp, x, data_format)
    inverse = 1 / xp.sqrt(variance + epsilon)
    centered = rows - mean
    d_offset = _column_sums(xp, dy)
    d_scale = _column_sums(xp, dy * centered) * inverse
    if is_training:
        count = max(rows.shape[0], 1)
        centered *= -(inverse * d_scale / count)
        centered += dy
        centered -= d_offset / count
        dx = centered
        dx *= scale * inverse
    else:
        dx = dy * (scale * inverse)
    empty = xp.zeros(0, scale.dtype)
    return _as_image(xp, dx, x, data_format), d_scale, d_offset, empty, empty


@opdef_v2.kernel
@opdef_v1.kernel
def kernel(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training):
    return _normalized(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training)


@opdef.kernel
def kernel_v3(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training):
    results = _normalized(xp, x, scale, offset, mean, variance, epsilon, data_format, is_training)
    return (*results, xp.zeros(0, scale.dtype))


@grad_opdef_v2.kernel
@grad_opdef_v1.kernel
def grad_kernel(xp, y_backprop, x, scale, reserve_space_1, reserve_space_2, epsilon, data_format, is_training):
    return _differentiated(
        xp, y_backprop, x, scale, reserve_space_1, reserve_space_2, epsilon, data_format, is_training
    )


@grad_opdef.kernel
def grad_kernel_v3(xp, y_backprop, x, scale, mean, variance, unused, epsilon, data_format, is_training):
    return _differentiated(xp, y_backprop, x, scale, mean, variance, epsilon, data_format, is_training)


@opdef.lower
@opdef_v2.lower
@opdef_v1.lower
def lower(op: Operation):
    from graphrt.native.records import BatchNorm

    training = op.attrs["is_training"]
    fits = _channels_fit(op, op.inputs[1:3] if training else op.inputs[1:5])
    return BatchNorm(op.attrs["epsilon"], training) if fits else None


@grad_opdef.lower
@grad_opdef_v2.lower
@grad_opdef_v1.lower
def grad_lower(op: Operation):
    from graphrt.native.records import BatchNormGradient

    dy, x = op.inputs[:2]
    fits = _channels_fit(op, op.inputs[2:5]) and dy.shape.values == x.shape.values
    return BatchNormGradient(op.attrs["epsilon"], op.attrs["is_training"]) if fits else None


def _channels_fit(op: Operation, vectors) -> bool:
    """True if the channels are last, and each vector has one number for each of them."""
    channels = op.inputs[0].shape.values[3:]
    return op.attrs["data_format"] == "NHWC" and all(tensor.shape.values == channels for tensor in vectors)


def _gradient_with(own: OpDef):
    def gradient(op: Operation, dy: Tensor, *_):
        x, scale, _, mean, variance = op.inputs
        training = op.attrs["is_training"]
        reserved = op.outputs[3:5] if training else [mean, variance]
        dx, d_scale, d_offset, d_mean, d_variance = own(
            dy,
            x,
            scale,
            *reserved,
            *op.outputs[5:],
            epsilon=op.attrs["epsilon"],
            data_format=op.attrs["data_format"],
            is_training=training,
        )
        if training:
            return [dx, d_scale, d_offset, d_mean, d_variance]
        return [dx, d_scale, d_offset, None, None]

    return gradient


opdef.gradient(_gradient_with(grad_opdef))
opdef_v2.gradient(_gradient_with(grad_opdef_v2))
opdef_v1.gradient(_gradient_with(grad_opdef_v1))


def _second(op: Operation, *upstream: Tensor):
    """The gradient of the gradient: that of the same formula, made of ops that have gradients of their own."""
    dy, x, scale, mean, variance = op.inputs[:5]
    formula = _training_formula if op.attrs["is_training"] else _inference_formula
    axes = [0, 2, 3] if op.attrs["data_format"] == "NCHW" else [0, 1, 2]
    results = formula(dy, x, scale, mean, variance, op.attrs["epsilon"], axes)
    inputs = [dy, x, scale]
    # The inputs may depend on each other: each is a constant to the gradients of the others.
    found = gradients(list(results), inputs, list(upstream[:3]), stop_gradients=list(op.inputs))
    return [*found, *[None] * (len(op.inputs) - len(inputs))]


def _along_channels(vector: Tensor, axes: list[int]) -> Tensor:
    """A vector with one element a channel, in the shape in which it broadcasts against the image."""
    return vector if axes[-1] == 2 else F.reshape(vector, [1, -1, 1, 1])


def _training_formula(dy, x, scale, _, __, epsilon, axes):
    dy_mean = F.reduce_mean(dy, axes)
    x_mean = F.reduce_mean(x, axes)
    # The mean inside of the variance is a constant to the gradient: deviations sum to nothing.
    constant_mean = _along_channels(F.stop_gradient(x_mean), axes)
    variance = F.reduce_mean(F.squared_difference(x, constant_mean), axes)
    dy_offset = dy - _along_channels(dy_mean, axes)
    x_offset = x - _along_channels(x_mean, axes)
    product = F.reduce_mean(dy * x_offset, axes)
    inverse = F.rsqrt(variance + epsilon)
    correction = _along_channels(F.reciprocal(variance + epsilon) * product, axes) * x_offset
    dx = _along_channels(scale * inverse, axes) * (dy_offset - correction)
    return dx, F.rsqrt(variance + epsilon) * F.reduce_sum(dy * x_offset, axes), F.reduce_sum(dy, axes)


def _inference_formula(dy, x, scale, mean, variance, epsilon, axes):
    d_offset = F.reduce_sum(dy, axes)
    inverse = _along_channels(F.rsqrt(variance + epsilon), axes)
    d_scale = F.reduce_sum(dy * (x - _along_channels(mean, axes)) * inverse, axes)
    return dy * _along_channels(scale, axes) * inverse, d_scale, d_offset


for _own in (grad_opdef, grad_opdef_v2, grad_opdef_v1):
    _own.gradient(_second)


@export("nn.fused_batch_norm")
def fused_batch_norm(
    x, scale, offset, mean=None, variance=None, epsilon=0.001, data_format="NHWC", is_training=True, name=None
):
    """Batch normalization of images over everything but the channels.

    Args:
      x: images of rank 4. scale, offset: float32 vectors, one element a channel.
      mean, variance: the statistics to use when ``is_training`` is False; they must be None when it is True.
      epsilon: is added to the variance; at least 1.001e-5. data_format: "NHWC" or "NCHW".
      is_training: whether the statistics are those of this batch. name: a name for the node.

    Returns:
      (y, batch_mean, batch_variance): the variance is the unbiased one (divided by n - 1), while ``y`` is normalized
      with the population variance.

    Raises:
      ValueError: if statistics are given for training.
    """
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if mean is None:
        mean = F.constant([], dtype=scale.dtype)
    if variance is None:
        variance = F.constant([], dtype=scale.dtype)
    epsilon = float(np.float32(max(epsilon, _LEAST_EPSILON)))
    outputs = opdef(
        x,
        scale,
        offset,
        mean,
        variance,
        epsilon=epsilon,
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return outputs[:3]
