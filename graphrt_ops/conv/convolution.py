"""conv1d, convolution of any rank, and dilated ("atrous") convolution."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv.arguments import check_layout, per_axis
from graphrt_ops.conv.conv2d import conv2d, conv2d_transpose, input_opdef
from graphrt_ops.conv.conv2d import opdef as conv2d_opdef
from graphrt_ops.conv.conv3d import conv3d, conv3d_transpose
from graphrt_ops.conv.space_to_batch import with_space_to_batch


def _layout_1d(data_format) -> tuple[str, int]:
    """The layout of the images of one row that a signal is made into, and where the row is put in."""
    if data_format in (None, "NHWC", "NWC"):
        return "NHWC", 1
    if data_format in ("NCHW", "NCW"):
        return "NCHW", 2
    raise ValueError('data_format must be "NWC" or "NCW".')


@export("nn.conv1d")
def conv1d(
    value=None,
    filters=None,
    stride=None,
    padding=None,
    use_cudnn_on_gpu=None,
    data_format=None,
    name=None,
    input=None,
    dilations=None,
):
    """Convolution of signals with filters, as ``conv2d`` of images of one row.

    Args:
      value: signals [batch, length, channels] ("NWC") or [batch, channels, length] ("NCW"); ``input`` is another name.
      filters: [size, channels, outputs]. stride, dilations: one number each (or three, one an axis).
      padding, use_cudnn_on_gpu, name: as in ``conv2d``. data_format: "NWC" or "NCW".
    """
    value = deprecated("input", input, "value", value)
    with name_scope(name, "conv1d", [value, filters]) as scope:
        layout, row = _layout_1d(data_format)
        strides = per_axis(stride, 1, layout, "stride")
        rates = per_axis(dilations, 1, layout, "dilations")
        image = F.expand_dims(value, row)
        kernel = F.expand_dims(filters, 0)
        result = conv2d(
            image,
            kernel,
            strides[:1] + _with_row(strides, layout),
            padding,
            use_cudnn_on_gpu=use_cudnn_on_gpu is not False,
            data_format=layout,
            dilations=rates[:1] + _with_row(rates, layout),
            name=scope,
        )
        return F.squeeze(result, [row])


def _with_row(values: list[int], layout: str) -> list[int]:
    """The strides of a signal (without the one of the batch) as those of an image of one row."""
    return [1, *values[1:]] if layout == "NHWC" else [values[1], 1, values[2]]


@export("nn.conv1d_transpose")
def conv1d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None
):
    """The transpose of ``conv1d``; ``output_shape`` is the shape of the result, the rest as there."""
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        layout, row = _layout_1d(data_format)
        strides = per_axis(strides, 1, layout, "strides")
        rates = per_axis(dilations, 1, layout, "dilations")
        image = F.expand_dims(input, row)
        kernel = F.expand_dims(filters, 0)
        sizes = list(output_shape) if isinstance(output_shape, (list, tuple)) else convert_to_tensor(output_shape)
        shape = F.concat([sizes[:row], [1], sizes[row:]], 0)
        result = conv2d_transpose(
            image,
            kernel,
            shape,
            strides[:1] + _with_row(strides, layout),
            padding,
            layout,
            scope,
            dilations=rates[:1] + _with_row(rates, layout),
        )
        return F.squeeze(result, [row])


@export("nn.convolution")
def convolution(
    input,
    filter,
    padding,
    strides=None,
    dilation_rate=None,
    name=None,
    data_format=None,
    filters=None,
    dilations=None,
):
    """Convolution of signals, images or volumes, possibly strided or dilated.

    Args:
      input: a tensor of rank 3, 4 or 5. filter: one size a spatial axis, channels, outputs (or ``filters``).
      padding: "SAME" or "VALID". strides: one integer a spatial axis.
      dilation_rate: one integer a spatial axis; not together with strides above 1. ``dilations`` is another name.
      name: a name for the scope of the nodes. data_format: None or "N...C", or "NC..." for channels first.
    """
    filter = deprecated("filters", filters, "filter", filter)
    dilation_rate = deprecated("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, "convolution", [input, filter]) as scope:
        input = convert_to_tensor(input, name="input")
        filter = convert_to_tensor(filter, name="filter")
        count = _spatial_count(input, filter)
        strides, rates = strides_and_rates(count, data_format, strides, dilation_rate)

        def undilated(images: Tensor, num_spatial_dims: int, padding: str) -> Tensor:
            return undilated_convolution(images, filter, strides, padding, data_format, scope, num_spatial_dims)

        if all(rate == 1 for rate in rates):
            return undilated(input, count, padding)
        return with_space_to_batch(input, rates, padding, undilated, filter_shape=filter.shape, data_format=data_format)


def _spatial_count(input: Tensor, filter: Tensor) -> int:
    rank = filter.shape.rank if input.shape.rank is None else input.shape.rank
    if rank is None:
        raise ValueError("rank of input or filter must be known")
    if not 3 <= rank <= 5:
        raise ValueError(f"`input` must be of rank 3, 4 or 5 (1, 2 or 3 spatial axes), but was rank {rank}")
    return rank - 2


def strides_and_rates(count: int, data_format, strides, rates) -> tuple[list[int], list[int]]:
    """Strides and dilation rates as lists of one integer a spatial axis."""
    layout = data_format or "NHWC"
    spatial = slice(2, None) if layout.startswith("NC") else slice(1, -1)
    result = []
    for name, values in (("dilation_rate", rates), ("strides", strides)):
        values = per_axis(values, count, layout, name)[spatial]
        if min(values) < 1:
            raise ValueError(f"all values of {name} must be positive")
        result.append(values)
    rates, strides = result
    if max(strides) > 1 and max(rates) > 1:
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return strides, rates


def undilated_convolution(images: Tensor, filter, strides, padding, data_format, name: str, count: int) -> Tensor:
    """The undilated convolution with ``count`` spatial axes."""
    first = data_format is not None and data_format.startswith("NC")
    if count == 1:
        return conv1d(images, filter, strides[0], padding, data_format=data_format or "NWC", name=name)
    every = [1, 1, *strides] if first else [1, *strides, 1]
    if count == 2:
        check_layout("Conv2D", data_format or "NHWC")
        return conv2d_opdef(
            images, filter, strides=every, padding=padding, data_format=data_format or "NHWC", name=name
        )
    return conv3d(images, filter, every, padding, data_format or "NDHWC", name=name)


@export("nn.conv_transpose")
def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None, name=None):
    """The transposed convolution of 1, 2 or 3 spatial axes, as many as ``output_shape`` has."""
    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as scope:
        rank = len(output_shape) if not isinstance(output_shape, Tensor) else output_shape.shape.as_list()[0]
        arguments = {"padding": padding, "dilations": dilations, "name": scope}
        if rank == 3:
            return conv1d_transpose(
                input, filters, output_shape, strides, data_format=data_format or "NWC", **arguments
            )
        if rank == 4:
            return conv2d_transpose(
                input, filters, output_shape, strides, data_format=data_format or "NHWC", **arguments
            )
        if rank == 5:
            return conv3d_transpose(
                input, filters, output_shape, strides, data_format=data_format or "NDHWC", **arguments
            )
        raise ValueError(f"output_shape must have 3, 4 or 5 entries, got {rank}")


@export("nn.atrous_conv2d")
def atrous_conv2d(value, filters, rate, padding, name=None):
    """``conv2d`` whose taps are ``rate`` pixels apart ("with holes"). Chen et al., DeepLab (2016).

    Args:
      value: images [batch, height, width, channels]. filters: [height, width, channels, outputs].
      rate: a positive integer. padding: "SAME" or "VALID". name: a name for the scope of the nodes.
    """
    return convolution(value, filters, padding, dilation_rate=np.broadcast_to(rate, (2,)), name=name)


@export("nn.atrous_conv2d_transpose")
def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The transpose of ``atrous_conv2d``.

    Args:
      value: images [batch, height, width, input channels]. filters: [height, width, output channels, input channels].
      output_shape: the shape of the result. rate, padding, name: as there.
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]):
        value = convert_to_tensor(value, name="value")
        filters = convert_to_tensor(filters, name="filters")
        if rate < 1:
            raise ValueError(f"rate {rate} cannot be less than one")
        if rate == 1:
            return conv2d_transpose(value, filters, output_shape, [1, 1, 1, 1], padding)
        shape = convert_to_tensor(output_shape, name="output_shape")
        return _transposed_at_rate(value, filters, shape, rate, padding)


def _transposed_at_rate(value: Tensor, filters: Tensor, shape: Tensor, rate: int, padding: str) -> Tensor:
    """Pixels ``rate`` apart become images of their own, which are convolved back and put together again."""
    sizes = _entries(shape)
    top, bottom, left, right = 0, 0, 0, 0
    if padding == "SAME":
        height, width = (_integers(filters)[i] for i in range(2))
        rows, columns = (height - 1) * rate, (width - 1) * rate
        top, left = rows // 2, columns // 2
        bottom, right = rows - top, columns - left
    elif padding != "VALID":
        raise ValueError(f'padding must be either "VALID" or "SAME": {padding!r}')
    images = _integers(value)
    pad_rows, pad_columns = (rate - images[1] % rate) % rate, (rate - images[2] % rate) % rate
    value = F.space_to_batch_nd(value, [rate, rate], [[0, pad_rows], [0, pad_columns]])
    crop_rows = (rate - (sizes[1] + top + bottom) % rate) % rate
    crop_columns = (rate - (sizes[2] + left + right) % rate) % rate
    whole = [
        sizes[0] * rate * rate,
        (sizes[1] + top + bottom + crop_rows) // rate,
        (sizes[2] + left + right + crop_columns) // rate,
        sizes[3],
    ]
    sizes = F.stack(whole) if any(isinstance(size, Tensor) for size in whole) else whole
    result = input_opdef(sizes, filters, value, strides=[1, 1, 1, 1], padding="VALID")
    return F.batch_to_space_nd(result, [rate, rate], [[top, bottom + crop_rows], [left, right + crop_columns]])


def _integers(tensor: Tensor) -> list:
    """The four sizes of a tensor: integers where all are known, else scalar tensors."""
    if tensor.shape.is_fully_defined():
        return tensor.shape.as_list()
    return _entries(F.shape(tensor))


def _entries(shape: Tensor) -> list:
    """The four entries of a shape: integers where it is known as a whole, else scalar tensors."""
    known = static_value(shape)
    return [shape[i] for i in range(4)] if known is None else known.tolist()
