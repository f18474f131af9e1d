"""conv3d, its gradient ops, and conv3d_transpose: a volume is convolved plane by plane of the kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrt.dtypes import FLOATS, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv import gemm
from graphrt_ops.conv.arguments import check_layout, check_padding, per_axis
from graphrt_ops.conv.backprop import check_backprop, derive, sizes_given
from graphrt_ops.conv.geometry import (
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

_ATTRS = {"strides": required(list), "padding": required(str), "data_format": "NDHWC", "dilations": [1, 1, 1, 1, 1]}


def _infer(op: Operation) -> TensorShape:
    image, filters = of_rank(op.inputs[0].shape, 5), of_rank(op.inputs[1].shape, 5).values
    same_dimension(image.values[channel_axis(op.attrs["data_format"])], filters[3])
    return windowed(op, filters[:3], filters[4])


opdef = OpDef("Conv3D", "input filter", "output", dtypes=FLOATS, attrs=_ATTRS, infer=checking_windows(_infer))
input_opdef = OpDef(
    "Conv3DBackpropInputV2",
    "input_sizes:Tshape@host filter out_backprop",
    "output",
    dtypes={"T": FLOATS, "Tshape": (int32, int64)},
    attrs=_ATTRS,
    infer=checking_windows(sizes_given(0, 5)),
)
filter_opdef = OpDef(
    "Conv3DBackpropFilterV2",
    "input filter_sizes:int32@host out_backprop",
    "output",
    dtypes=FLOATS,
    attrs=_ATTRS,
    infer=checking_windows(sizes_given(1, 5)),
)


class _Planes:
    """A volume seen plane by plane: which planes every kernel plane meets."""

    def __init__(self, strides, padding, data_format, dilations, sizes, lengths) -> None:
        attrs = {"strides": strides, "data_format": data_format, "dilations": dilations}
        self.axes = [axis.within(n) for axis, n in zip(axes_of(attrs, sizes), lengths, strict=True)]
        self.lengths = tuple(lengths)
        self.pads = [axis.paddings(length, padding) for axis, length in zip(self.axes, lengths, strict=True)]
        self.output = tuple(axis.output(length, padding) for axis, length in zip(self.axes, lengths, strict=True))
        self.strides = (self.axes[1].stride, self.axes[2].stride)
        self.dilations = (self.axes[1].dilation, self.axes[2].dilation)

    @property
    def depth(self) -> int:
        """How many planes there are with the padding."""
        return self.lengths[0] + sum(self.pads[0])

    def met(self, tap: int) -> slice:
        """The planes that kernel plane ``tap`` meets."""
        start = tap * self.axes[0].dilation
        return slice(start, start + (self.output[0] - 1) * self.axes[0].stride + 1, self.axes[0].stride)

    def padded(self, xp, volume):
        """The volume with zeros around it."""
        if not any(before or after for before, after in self.pads):
            return volume
        sizes = [length + sum(pad) for length, pad in zip(self.lengths, self.pads, strict=True)]
        result = xp.zeros((volume.shape[0], *sizes, volume.shape[4]), volume.dtype)
        inside = [slice(before, before + length) for length, (before, _) in zip(self.lengths, self.pads, strict=True)]
        result[(slice(None), *inside)] = volume
        return result


def _as_images(xp, planes):
    return xp.ascontiguousarray(planes).reshape(-1, *planes.shape[2:])


@opdef.kernel
def kernel(xp, input, filter, strides, padding, data_format, dilations):
    volume = to_channels_last(xp, computed_in(input), data_format)
    filters = xp.ascontiguousarray(computed_in(filter))
    planes = _Planes(strides, padding, data_format, dilations, filters.shape[:3], volume.shape[1:4])
    padded = planes.padded(xp, volume)
    total = None
    for tap in range(len(filters)):
        part = gemm.correlate(
            xp, _as_images(xp, padded[:, planes.met(tap)]), filters[tap], planes.strides, planes.dilations
        )
        total = part if total is None else xp.add(total, part, out=total)
    result = total.reshape(volume.shape[0], *planes.output, filters.shape[4])
    return from_channels_last(xp, result, data_format).astype(input.dtype, copy=False)


@input_opdef.kernel
def input_kernel(xp, input_sizes, filter, out_backprop, strides, padding, data_format, dilations):
    dy = to_channels_last(xp, computed_in(out_backprop), data_format)
    filters = computed_in(filter)
    lengths = [int(input_sizes[i]) for i in spatial_axes(data_format)]
    planes = _Planes(strides, padding, data_format, dilations, filters.shape[:3], lengths)
    check_backprop(dy.shape, (int(input_sizes[0]), *planes.output, filters.shape[4]))
    result = xp.zeros((len(dy), planes.depth, *lengths[1:], filters.shape[3]), dy.dtype)
    before = (planes.pads[1][0], planes.pads[2][0])
    gradients = _as_images(xp, dy)
    for tap in range(len(filters)):
        part = gemm.input_gradient(
            xp, gradients, filters[tap], tuple(lengths[1:]), before, planes.strides, planes.dilations
        )
        result[:, planes.met(tap)] += part.reshape(len(dy), planes.output[0], *part.shape[1:])
    first = planes.pads[0][0]
    inside = xp.ascontiguousarray(result[:, first : first + lengths[0]])
    return from_channels_last(xp, inside, data_format).astype(out_backprop.dtype, copy=False)


@filter_opdef.kernel
def filter_kernel(xp, input, filter_sizes, out_backprop, strides, padding, data_format, dilations):
    volume = to_channels_last(xp, computed_in(input), data_format)
    dy = to_channels_last(xp, computed_in(out_backprop), data_format)
    sizes = filter_sizes.tolist()
    planes = _Planes(strides, padding, data_format, dilations, sizes[:3], volume.shape[1:4])
    check_backprop(dy.shape, (len(volume), *planes.output, sizes[4]))
    padded = planes.padded(xp, volume)
    gradients = _as_images(xp, dy)
    parts = [
        gemm.filter_gradient(
            xp,
            _as_images(xp, padded[:, planes.met(tap)]),
            gradients,
            tuple(sizes[1:3]),
            planes.strides,
            planes.dilations,
        )
        for tap in range(sizes[0])
    ]
    return xp.stack(parts).astype(input.dtype, copy=False)


derive(opdef, input_opdef, filter_opdef, _ATTRS)


def _public(op_type: str, strides, padding, data_format, dilations) -> dict[str, Any]:
    check_layout(op_type, data_format, ("NDHWC", "NCDHW"))
    check_padding(op_type, padding)
    return {
        "strides": per_axis(strides, 3, data_format, "strides"),
        "padding": padding,
        "data_format": data_format,
        "dilations": per_axis(dilations, 3, data_format, "dilations"),
    }


@export("nn.conv3d")
def conv3d(
    input,
    filter=None,
    strides=None,
    padding=None,
    data_format="NDHWC",
    dilations=[1, 1, 1, 1, 1],  # noqa: B006 (TF1's default; it is only read)
    name=None,
    filters=None,
):
    """Convolution of volumes [batch, depth, height, width, channels] with filters; arguments as in ``conv2d``."""
    filter = deprecated("filter", filter, "filters", filters)
    return opdef(input, filter, name=name, **_public("Conv3D", strides, padding, data_format, dilations))


@export("nn.conv3d_backprop_filter", "nn.conv3d_backprop_filter_v2")
def conv3d_backprop_filter(
    input,
    filter_sizes,
    out_backprop,
    strides,
    padding,
    data_format="NDHWC",
    dilations=[1, 1, 1, 1, 1],  # noqa: B006 (TF1's default; it is only read)
    name=None,
):
    """The gradient of ``conv3d`` with respect to its filter, whose shape is ``filter_sizes``."""
    attrs = _public("Conv3DBackpropFilterV2", strides, padding, data_format, dilations)
    return filter_opdef(input, filter_sizes, out_backprop, name=name, **attrs)


@export("nn.conv3d_transpose")
def conv3d_transpose(
    value,
    filter=None,
    output_shape=None,
    strides=None,
    padding="SAME",
    data_format="NDHWC",
    name=None,
    input=None,
    filters=None,
    dilations=None,
):
    """The transpose of ``conv3d``: its gradient as a layer of its own; arguments as in ``conv2d_transpose``."""
    value = deprecated("input", input, "value", value)
    filter = deprecated("filters", filters, "filter", filter)
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        attrs = _public("Conv3DBackpropInputV2", strides, padding, data_format, dilations)
        sizes = output_shape if isinstance(output_shape, (list, tuple, np.ndarray)) else convert_to_tensor(output_shape)
        return input_opdef(sizes, filter, value, name=scope, **attrs)
