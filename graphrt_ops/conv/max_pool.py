"""max_pool of images and volumes, its gradient ops, and max_pool_with_argmax."""

from __future__ import annotations

import functools
from typing import Any

import graphrt_ops as F
from graphrt.dtypes import FLOATS, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.array.scattering import apply_at
from graphrt_ops.conv import pooling
from graphrt_ops.conv.arguments import check_layout, check_padding, per_axis
from graphrt_ops.conv.geometry import (
    axes_of,
    channel_axis,
    checking_windows,
    from_channels_last,
    spatial_axes,
    to_channels_last,
    windowed,
)
from graphrt_ops.nn.checks import of_rank
from graphrt_ops.shapes import REALS

PLANE = {"ksize": required(list), "strides": required(list), "padding": required(str), "data_format": "NHWC"}
VOLUME = {**PLANE, "data_format": "NDHWC"}


def pooled(op: Operation) -> TensorShape:
    """The shape of a pool of the first input."""
    layout = op.attrs["data_format"]
    shape = of_rank(op.inputs[0].shape, len(layout))
    sizes = [op.attrs["ksize"][i] for i in spatial_axes(layout)]
    return windowed(op, sizes, shape.values[channel_axis(layout)])


def second_shape(index: int):
    """The shape of one of the inputs."""
    return lambda op: op.inputs[index].shape


opdef = OpDef("MaxPool", "input", "output", dtypes=REALS, attrs=PLANE, infer=checking_windows(pooled))
grad_opdef = OpDef(
    "MaxPoolGrad",
    "orig_input orig_output grad",
    "output",
    dtypes=REALS,
    attrs=PLANE,
    infer=checking_windows(second_shape(0)),
)
grad_grad_opdef = OpDef(
    "MaxPoolGradGrad",
    "orig_input orig_output grad",
    "output",
    dtypes=REALS,
    attrs=PLANE,
    infer=checking_windows(second_shape(1)),
)
volume_opdef = OpDef("MaxPool3D", "input", "output", dtypes=FLOATS, attrs=VOLUME, infer=checking_windows(pooled))
volume_grad_opdef = OpDef(
    "MaxPool3DGrad",
    "orig_input:TInput orig_output:TInput grad",
    "output",
    dtypes={"T": FLOATS, "TInput": FLOATS},
    attrs=VOLUME,
    infer=checking_windows(second_shape(0)),
)
volume_grad_grad_opdef = OpDef(
    "MaxPool3DGradGrad",
    "orig_input orig_output grad",
    "output",
    dtypes=FLOATS,
    attrs=VOLUME,
    infer=checking_windows(second_shape(1)),
)


def windows_of(images, ksize, strides, padding, data_format):
    """The windows along the spatial axes of images with their channels last, how many there are, and the padding."""
    return _cached_windows(tuple(images[1:-1]), tuple(ksize), tuple(strides), padding, data_format)


@functools.lru_cache(maxsize=1024)
def _cached_windows(lengths, ksize, strides, padding, data_format):
    attrs = {"strides": strides, "data_format": data_format}
    axes = axes_of(attrs, [ksize[i] for i in spatial_axes(data_format)])
    axes = [a.within(n).without_idle_taps(n, padding) for a, n in zip(axes, lengths, strict=True)]
    counts = [axis.output(length, padding) for axis, length in zip(axes, lengths, strict=True)]
    pads = [axis.paddings(length, padding) for axis, length in zip(axes, lengths, strict=True)]
    return axes, counts, pads


def _check_channels_apart(ksize, strides, data_format) -> None:
    for i, letter in enumerate(data_format):
        if letter in "NC" and (ksize[i] != 1 or strides[i] != 1):
            raise ValueError(
                "Pooling over the batch or the channels is not supported: their ksize and stride must be 1"
            )


def check_pooled(array, images, counts, what: str) -> None:
    """ValueError if ``array`` is not of the shape of a pool of images of that shape; all with their channels last."""
    wanted = (images[0], *counts, images[-1])
    if tuple(array.shape) != wanted:
        raise ValueError(f"Expected {what} shape to be {list(wanted)}, but got {list(array.shape)} (channels last)")


@volume_opdef.kernel
@opdef.kernel
def kernel(xp, input, ksize, strides, padding, data_format):
    _check_channels_apart(ksize, strides, data_format)
    images = to_channels_last(xp, input, data_format)
    axes, counts, pads = windows_of(images.shape, ksize, strides, padding, data_format)
    return from_channels_last(xp, pooling.maximum(xp, images, axes, counts, pads), data_format)


@volume_grad_opdef.kernel
@grad_opdef.kernel
def grad_kernel(xp, orig_input, orig_output, grad, ksize, strides, padding, data_format):
    images = to_channels_last(xp, orig_input, data_format)
    maxima, dy = (to_channels_last(xp, array, data_format) for array in (orig_output, grad))
    axes, counts, pads = windows_of(images.shape, ksize, strides, padding, data_format)
    check_pooled(maxima, images.shape, counts, "orig_output")
    check_pooled(dy, images.shape, counts, "grad")
    return from_channels_last(xp, pooling.maximum_gradient(xp, images, maxima, dy, axes, pads), data_format)


@volume_grad_grad_opdef.kernel
@grad_grad_opdef.kernel
def grad_grad_kernel(xp, orig_input, orig_output, grad, ksize, strides, padding, data_format):
    images, maxima, values = (to_channels_last(xp, a, data_format) for a in (orig_input, orig_output, grad))
    axes, counts, pads = windows_of(images.shape, ksize, strides, padding, data_format)
    check_pooled(maxima, images.shape, counts, "orig_output")
    if values.shape != images.shape:
        raise ValueError(
            f"Expected grad shape to be {list(images.shape)}, but got {list(values.shape)} (channels last)"
        )
    return from_channels_last(xp, pooling.at_maximum(xp, images, maxima, values, axes, pads), data_format)


def seen_windows(op: Operation, images: TensorShape, pools: TensorShape):
    """The Windows that a node pools; None for channels first, an empty array, and shapes that do not fit."""
    from graphrt.native.records import Windows

    attrs = op.attrs
    if attrs["data_format"] != "NHWC" or 0 in images.values:
        return None
    apart = all(attrs[key][i] == 1 for key in ("ksize", "strides") for i in (0, 3))
    axes, counts, pads = windows_of(images.values, attrs["ksize"], attrs["strides"], attrs["padding"], "NHWC")
    if not apart or pools.values != (images.values[0], *counts, images.values[3]):
        return None
    taps, strides = (tuple(getattr(axis, part) for axis in axes) for part in ("size", "stride"))
    origin = tuple(-before for before, _ in pads)
    return Windows(images.values[1:], tuple(counts), taps, strides, (1, 1), origin)


def lowered(how: str, op: Operation, images: TensorShape):
    """What a pool of ``images`` says of itself to native code; ``how`` is "max" or "avg"."""
    from graphrt.native.records import Pool

    windows = seen_windows(op, images, op.outputs[0].shape)
    return None if windows is None else Pool(how, images.values[0], windows)


def lowered_gradient(how: str, op: Operation, pools: TensorShape):
    """What the gradient of ``pools`` says of itself to native code."""
    from graphrt.native.records import PoolGradient

    images = op.outputs[0].shape
    windows = seen_windows(op, images, pools)
    return None if windows is None else PoolGradient(how, images.values[0], windows)


@opdef.lower
def lower(op: Operation):
    return lowered("max", op, op.inputs[0].shape)


@grad_opdef.lower
def lower_gradient(op: Operation):
    return lowered_gradient("max", op, op.inputs[2].shape) if op.inputs[1].shape == op.inputs[2].shape else None


def _own(op: Operation) -> dict[str, Any]:
    return {key: op.attrs[key] for key in PLANE}


def _gradient_with(own: OpDef):
    return lambda op, dy: own(op.inputs[0], op.outputs[0], dy, **_own(op))


def _second_with(own: OpDef):
    def gradient(op: Operation, dy: Tensor):
        images, maxima, _ = op.inputs
        zeros = [F.zeros(F.shape(tensor), tensor.dtype) for tensor in (images, maxima)]
        return [*zeros, own(images, maxima, dy, **_own(op))]

    return gradient


opdef.gradient(_gradient_with(grad_opdef))
volume_opdef.gradient(_gradient_with(volume_grad_opdef))
grad_opdef.gradient(_second_with(grad_grad_opdef))
grad_grad_opdef.gradient(_second_with(grad_opdef))
volume_grad_opdef.gradient(_second_with(volume_grad_grad_opdef))
volume_grad_grad_opdef.gradient(_second_with(volume_grad_opdef))


def pool_attributes(op_type: str, ksize, strides, padding, data_format, count: int = 2) -> dict[str, Any]:
    """The attributes of a pool from the arguments of a public function."""
    layouts = ("NHWC", "NCHW", "NCHW_VECT_C") if count == 2 else ("NDHWC", "NCDHW")
    check_layout(op_type, data_format, layouts)
    check_padding(op_type, padding)
    return {
        "ksize": per_axis(ksize, count, data_format, "ksize"),
        "strides": per_axis(strides, count, data_format, "strides"),
        "padding": padding,
        "data_format": data_format,
    }


@export("nn.max_pool")
def max_pool(value, ksize, strides, padding, data_format="NHWC", name=None, input=None):
    """The maximum of every window of an image.

    Args:
      value: images of rank 4; ``input`` is another name of it.
      ksize, strides: the size of the windows and how far apart they are: one number, two (height, width) or four.
      padding: "SAME" or "VALID"; cells beyond the border never are the maximum. data_format: "NHWC" or "NCHW".
      name: a name for the node.

    Its gradient goes to the first maximum of a window.
    """
    value = deprecated("input", input, "value", value)
    with name_scope(name, "MaxPool", [value]) as scope:
        value = convert_to_tensor(value, name="input")
        return opdef(value, name=scope, **pool_attributes("MaxPool", ksize, strides, padding, data_format))


@export("nn.max_pool2d")
def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """As ``max_pool``."""
    with name_scope(name, "MaxPool2d", [input]) as scope:
        data_format = data_format or "NHWC"
        return opdef(input, name=scope, **pool_attributes("MaxPool", ksize, strides, padding, data_format))


@export("nn.max_pool3d")
def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """The maximum of every window of a volume of rank 5; arguments as in ``max_pool``, with one more axis."""
    with name_scope(name, "MaxPool3D", [input]) as scope:
        data_format = data_format or "NDHWC"
        attrs = pool_attributes("MaxPool3D", ksize, strides, padding, data_format, 3)
        return volume_opdef(input, name=scope, **attrs)


argmax_opdef = OpDef(
    "MaxPoolWithArgmax",
    "input",
    "output argmax:Targmax",
    dtypes={"T": REALS, "Targmax": (int32, int64)},
    attrs={
        "ksize": required(list),
        "strides": required(list),
        "Targmax": int64,
        "padding": required(str),
        "include_batch_in_index": False,
    },
    infer=checking_windows(lambda op: [_plain(op), _plain(op)]),
)
argmax_grad_opdef = OpDef(
    "MaxPoolGradWithArgmax",
    "input grad argmax:Targmax",
    "output",
    dtypes={"T": REALS, "Targmax": (int32, int64)},
    attrs={
        "ksize": required(list),
        "strides": required(list),
        "padding": required(str),
        "include_batch_in_index": False,
    },
    infer=checking_windows(second_shape(0)),
)


def _plain(op: Operation) -> TensorShape:
    shape = of_rank(op.inputs[0].shape, 4).values
    axes = axes_of({**op.attrs, "data_format": "NHWC"}, op.attrs["ksize"][1:3])
    rows, columns = (axis.output(n, op.attrs["padding"]) for axis, n in zip(axes, shape[1:3], strict=True))
    return TensorShape.of((shape[0], rows, columns, shape[3]))


@argmax_opdef.kernel
def argmax_kernel(xp, input, ksize, strides, Targmax, padding, include_batch_in_index):
    _check_channels_apart(ksize, strides, "NHWC")
    images = xp.ascontiguousarray(input)
    axes, counts, pads = windows_of(images.shape, ksize, strides, padding, "NHWC")
    maxima = pooling.maximum(xp, images, axes, counts, pads)
    positions = pooling.argmax(xp, images, maxima, axes, pads, include_batch_in_index)
    return maxima, positions.astype(Targmax.as_numpy_dtype)


@argmax_grad_opdef.kernel
def argmax_grad_kernel(xp, input, grad, argmax, include_batch_in_index):
    n, h, w, c = input.shape
    if grad.shape != argmax.shape or grad.shape[0] != n:
        raise ValueError(f"grad {list(grad.shape)} must have the shape of argmax {list(argmax.shape)}, for {n} images")
    positions = argmax.astype("int64")
    if not include_batch_in_index:
        positions = positions + (xp.arange(n, dtype="int64") * (h * w * c)).reshape(n, 1, 1, 1)
    if positions.size and (int(positions.min()) < 0 or int(positions.max()) >= input.size):
        raise ValueError(
            f"argmax must be from 0 to {input.size - 1}, but is from {positions.min()} to {positions.max()}"
        )
    result = xp.zeros(input.size, grad.dtype)
    apply_at(xp, "add", result, positions.ravel(), grad.ravel())
    return result.reshape(input.shape)


@argmax_opdef.gradient
def argmax_gradient(op: Operation, dy: Tensor, _):
    attrs = {key: op.attrs[key] for key in ("ksize", "strides", "padding", "include_batch_in_index")}
    return argmax_grad_opdef(op.inputs[0], dy, op.outputs[1], **attrs)


@export("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input,
    ksize,
    strides,
    padding,
    data_format="NHWC",
    Targmax=None,
    name=None,
    output_dtype=None,
    include_batch_in_index=False,
):
    """The maximum of every window, and where in its image it stands: (y * width + x) * channels + channel.

    Args:
      input, ksize, strides, padding, name: as in ``max_pool``. data_format: "NHWC" only.
      Targmax: the type of the positions, int64 or int32; ``output_dtype`` is another name of it.
      include_batch_in_index: whether the number of the image counts in the position, too.

    Returns:
      (maxima, positions).
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    kind = deprecated("Targmax", Targmax, "output_dtype", output_dtype)
    attrs = pool_attributes("MaxPoolWithArgmax", ksize, strides, padding, data_format)
    del attrs["data_format"]
    kind = int64 if kind is None else kind
    return argmax_opdef(input, Targmax=kind, include_batch_in_index=include_batch_in_index, name=name, **attrs)
