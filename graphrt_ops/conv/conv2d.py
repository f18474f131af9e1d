"""conv2d, its two gradient ops, and conv2d_transpose."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import FLOATS
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required, static_dims
from graphrt.shapes import TensorShape, unknown_shape
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv import gemm
from graphrt_ops.conv.arguments import check_layout, padding_of, per_axis
from graphrt_ops.conv.backprop import check_backprop, derive
from graphrt_ops.conv.geometry import (
    Axis,
    axes_of,
    channel_axis,
    checking_windows,
    computed_in,
    from_channels_last,
    spatial_axes,
    to_channels_last,
    windowed,
)
from graphrt_ops.nn.checks import of_rank, same_dimension

_ATTRS = {
    "strides": required(list),
    "padding": required(str),
    "use_cudnn_on_gpu": True,
    "explicit_paddings": [],
    "data_format": "NHWC",
    "dilations": [1, 1, 1, 1],
}


def _infer(op: Operation) -> TensorShape:
    image, filters = of_rank(op.inputs[0].shape, 4), of_rank(op.inputs[1].shape, 4).values
    depth, expected = image.values[channel_axis(op.attrs["data_format"])], filters[2]
    if depth is not None and expected and depth % expected:
        raise ValueError(f"Depth of input ({depth}) is not a multiple of input depth of filter ({expected})")
    return windowed(op, filters[:2], filters[3])


def _infer_sizes(index: int):
    def infer(op: Operation) -> TensorShape:
        length = of_rank(op.inputs[index].shape, 1).values[0]
        if length not in (None, 4):
            raise ValueError(f"Shape must be rank 4 but is rank {length}")
        dims = static_dims(op.inputs[index])
        return unknown_shape(4) if dims is None else TensorShape.of(dims)

    return infer


def _infer_input_gradient(op: Operation) -> TensorShape:
    shape = _infer_sizes(0)(op)
    of_rank(op.inputs[1].shape, 4)
    batch = of_rank(op.inputs[2].shape, 4).values[0]
    return TensorShape.of((same_dimension(shape.values[0], batch), *shape.values[1:]))


opdef = OpDef("Conv2D", "input filter", "output", dtypes=FLOATS, attrs=_ATTRS, infer=checking_windows(_infer))
input_opdef = OpDef(
    "Conv2DBackpropInput",
    "input_sizes:int32@host filter out_backprop",
    "output",
    dtypes=FLOATS,
    attrs=_ATTRS,
    infer=checking_windows(_infer_input_gradient),
)
filter_opdef = OpDef(
    "Conv2DBackpropFilter",
    "input filter_sizes:int32@host out_backprop",
    "output",
    dtypes=FLOATS,
    attrs=_ATTRS,
    infer=checking_windows(_infer_sizes(1)),
)


class _Windows:
    """The windows of one convolution of images of ``height`` and ``width``, with a kernel of two ``sizes``."""

    def __init__(self, attrs: dict[str, Any], sizes: tuple[int, ...], height: int, width: int) -> None:
        self.rows, self.columns = (
            axis.within(length) for axis, length in zip(axes_of(attrs, sizes), (height, width), strict=True)
        )
        self.sizes = (height, width)
        self.top, self.bottom = self.rows.paddings(height, attrs["padding"])
        self.left, self.right = self.columns.paddings(width, attrs["padding"])
        self.strides = (self.rows.stride, self.columns.stride)
        self.dilations = (self.rows.dilation, self.columns.dilation)
        self.output = (_count(self.rows, height, attrs), _count(self.columns, width, attrs))

    def padded(self, xp, images):
        height, width = self.sizes
        return gemm.region(
            xp, images, -self.top, height + self.top + self.bottom, -self.left, width + self.left + self.right
        )


def _count(axis: Axis, length: int, attrs: dict[str, Any]) -> int:
    count = axis.output(length, attrs["padding"])
    assert count is not None
    return count


@functools.lru_cache(maxsize=1024)
def _cached_windows(sizes, lengths, padding, data_format, strides, explicit_paddings, dilations) -> _Windows:
    attrs = {
        "strides": strides,
        "padding": padding,
        "explicit_paddings": explicit_paddings,
        "data_format": data_format,
        "dilations": dilations,
    }
    return _Windows(attrs, sizes, *lengths)


def _windows(sizes, lengths, strides, padding, explicit_paddings, data_format, dilations) -> _Windows:
    """The windows of a kernel of ``sizes`` on images of ``lengths``: thought out once, as sizes come again."""
    return _cached_windows(
        tuple(sizes),
        tuple(lengths),
        padding,
        data_format,
        tuple(strides),
        tuple(explicit_paddings),
        tuple(dilations),
    )


@opdef.kernel
def kernel(xp, input, filter, strides, padding, explicit_paddings, data_format, dilations):
    images = to_channels_last(xp, computed_in(input), data_format)
    filters = xp.ascontiguousarray(computed_in(filter))
    if images.shape[3] != filters.shape[2]:
        raise ValueError(
            f"input depth {images.shape[3]} and the depth {filters.shape[2]} of the filter differ: grouped "
            "convolutions are not supported"
        )
    windows = _windows(
        filters.shape[:2], images.shape[1:3], strides, padding, explicit_paddings, data_format, dilations
    )
    result = gemm.correlate(xp, windows.padded(xp, images), filters, windows.strides, windows.dilations)
    return from_channels_last(xp, result, data_format).astype(input.dtype, copy=False)


@input_opdef.kernel
def input_kernel(xp, input_sizes, filter, out_backprop, strides, padding, explicit_paddings, data_format, dilations):
    dy = to_channels_last(xp, computed_in(out_backprop), data_format)
    filters = computed_in(filter)
    if input_sizes.shape != (4,):
        raise ValueError(f"input_sizes must have 4 entries, but has the shape {list(input_sizes.shape)}")
    height, width = (int(input_sizes[i]) for i in spatial_axes(data_format))
    windows = _windows(filters.shape[:2], (height, width), strides, padding, explicit_paddings, data_format, dilations)
    check_backprop(dy.shape, (int(input_sizes[0]), *windows.output, filters.shape[3]))
    if int(input_sizes[channel_axis(data_format)]) != filters.shape[2]:
        raise ValueError(
            f"input depth {int(input_sizes[channel_axis(data_format)])} of input_sizes and {filters.shape[2]} of the "
            "filter must match"
        )
    result = gemm.input_gradient(
        xp, dy, filters, (height, width), (windows.top, windows.left), windows.strides, windows.dilations
    )
    return from_channels_last(xp, result, data_format).astype(out_backprop.dtype, copy=False)


@filter_opdef.kernel
def filter_kernel(xp, input, filter_sizes, out_backprop, strides, padding, explicit_paddings, data_format, dilations):
    images = to_channels_last(xp, computed_in(input), data_format)
    dy = to_channels_last(xp, computed_in(out_backprop), data_format)
    kh, kw, _, channels = (int(size) for size in filter_sizes)
    windows = _windows((kh, kw), images.shape[1:3], strides, padding, explicit_paddings, data_format, dilations)
    check_backprop(dy.shape, (images.shape[0], *windows.output, channels))
    result = gemm.filter_gradient(xp, windows.padded(xp, images), dy, (kh, kw), windows.strides, windows.dilations)
    return result.astype(input.dtype, copy=False)


def _lowered(op: Operation, wanted: str, images: TensorShape, filters: TensorShape, gradient: TensorShape):
    """None for channels first, an empty array, and shapes that do not fit (the ordinary kernel says what is wrong)."""
    from graphrt.native.records import Convolution, Windows

    attrs = op.attrs
    if attrs["data_format"] != "NHWC" or 0 in images.values + filters.values:
        return None
    batch, height, width, channels = images.values
    kh, kw, depth, outputs = filters.values
    windows = _windows(
        (kh, kw),
        (height, width),
        attrs["strides"],
        attrs["padding"],
        attrs["explicit_paddings"],
        "NHWC",
        attrs["dilations"],
    )
    if depth != channels or gradient.values != (batch, *windows.output, outputs):
        return None
    origin = (-windows.top, -windows.left)
    image = (height, width, channels)
    seen = Windows(image, windows.output, (kh, kw), windows.strides, windows.dilations, origin)
    return Convolution(wanted, batch, seen, outputs)


@opdef.lower
def lower(op: Operation):
    return _lowered(op, "output", op.inputs[0].shape, op.inputs[1].shape, op.outputs[0].shape)


@input_opdef.lower
def lower_input_gradient(op: Operation):
    return _lowered(op, "images", op.outputs[0].shape, op.inputs[1].shape, op.inputs[2].shape)


@filter_opdef.lower
def lower_filter_gradient(op: Operation):
    return _lowered(op, "filter", op.inputs[0].shape, op.outputs[0].shape, op.inputs[2].shape)


derive(opdef, input_opdef, filter_opdef, _ATTRS, lambda images, filters: F.shape_n([images, filters]))


def _public(op_type: str, strides, padding, data_format, dilations, use_cudnn_on_gpu) -> dict[str, Any]:
    data_format = data_format or "NHWC"
    strides = per_axis(strides, 2, data_format, "strides")
    dilations = per_axis(dilations, 2, data_format, "dilations")
    padding, explicit = padding_of(op_type, padding, 4)
    check_layout(op_type, data_format)
    return {
        "strides": strides,
        "padding": padding,
        "explicit_paddings": explicit,
        "data_format": data_format,
        "dilations": dilations,
        "use_cudnn_on_gpu": use_cudnn_on_gpu,
    }


@export("nn.conv2d")
def conv2d(
    input,
    filter=None,
    strides=None,
    padding=None,
    use_cudnn_on_gpu=True,
    data_format="NHWC",
    dilations=[1, 1, 1, 1],  # noqa: B006 (TF1's default; it is only read)
    name=None,
    filters=None,
):
    """Convolution (cross-correlation) of images with filters.

    Args:
      input: images [batch, height, width, channels] ("NHWC") or [batch, channels, height, width] ("NCHW"), floating.
      filter: [height, width, channels, outputs], of the same type; ``filters`` is another name of it.
      strides, dilations: one number, two (height, width) or four (one an axis).
      padding: "SAME" (windows around every pixel: the output has ceil(size / stride) rows), "VALID" (only whole
        windows), or a list of four pairs [before, after].
      use_cudnn_on_gpu: whether cuDNN may be used where there is one. data_format: the order of the axes.
      name: a name for the node.

    Raises:
      ValueError: if depths do not fit, or a window does not fit into the image.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     row = tf.reshape(tf.constant([1.0, 2.0, 3.0]), [1, 1, 3, 1])
    ...     kernel = tf.reshape(tf.constant([1.0, 10.0]), [1, 2, 1, 1])
    ...     print(sess.run(tf.nn.conv2d(row, kernel, 1, "SAME")).ravel())
    [21. 32.  3.]
    """
    filter = deprecated("filter", filter, "filters", filters)
    return opdef(
        input, filter, name=name, **_public("Conv2D", strides, padding, data_format, dilations, use_cudnn_on_gpu)
    )


@export("nn.conv2d_backprop_input")
def conv2d_backprop_input(
    input_sizes,
    filter=None,
    out_backprop=None,
    strides=None,
    padding=None,
    use_cudnn_on_gpu=True,
    data_format="NHWC",
    dilations=[1, 1, 1, 1],  # noqa: B006 (TF1's default; it is only read)
    name=None,
    filters=None,
):
    """The gradient of ``conv2d`` with respect to its input, whose shape is ``input_sizes``; the rest as there."""
    filter = deprecated("filter", filter, "filters", filters)
    attrs = _public("Conv2DBackpropInput", strides, padding, data_format, dilations, use_cudnn_on_gpu)
    return input_opdef(input_sizes, filter, out_backprop, name=name, **attrs)


@export("nn.conv2d_backprop_filter")
def conv2d_backprop_filter(
    input,
    filter_sizes,
    out_backprop,
    strides,
    padding,
    use_cudnn_on_gpu=True,
    data_format="NHWC",
    dilations=[1, 1, 1, 1],  # noqa: B006 (TF1's default; it is only read)
    name=None,
):
    """The gradient of ``conv2d`` with respect to its filter, whose shape is ``filter_sizes``; the rest as there."""
    attrs = _public("Conv2DBackpropFilter", strides, padding, data_format, dilations, use_cudnn_on_gpu)
    return filter_opdef(input, filter_sizes, out_backprop, name=name, **attrs)


@export("nn.conv2d_transpose")
def conv2d_transpose(
    value=None,
    filter=None,
    output_shape=None,
    strides=None,
    padding="SAME",
    data_format="NHWC",
    name=None,
    input=None,
    filters=None,
    dilations=None,
):
    """The transpose of ``conv2d``: the gradient of a convolution as a layer of its own, which makes images larger.

    Args:
      value: images with as many channels as the filter has outputs; ``input`` is another name of it.
      filter: [height, width, output channels, input channels]; ``filters`` is another name of it.
      output_shape: the shape of the result, four integers or a tensor of them.
      strides, padding, data_format, dilations, name: as in ``conv2d``.
    """
    value = deprecated("input", input, "value", value)
    filter = deprecated("filters", filters, "filter", filter)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        attrs = _public("Conv2DBackpropInput", strides, padding, data_format, dilations, True)
        sizes = output_shape if isinstance(output_shape, (list, tuple, np.ndarray)) else convert_to_tensor(output_shape)
        return input_opdef(sizes, filter, value, name=scope, **attrs)
