"""Pools of signals, of any rank, and dilated ones."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv import avg_pool as averages
from graphrt_ops.conv import max_pool as maxima
from graphrt_ops.conv.arguments import per_axis
from graphrt_ops.conv.convolution import strides_and_rates
from graphrt_ops.conv.max_pool import pool_attributes
from graphrt_ops.conv.space_to_batch import with_space_to_batch


def _pool1d(opdef, op_type: str, default_name: str, input, ksize, strides, padding, data_format, name) -> Tensor:
    with name_scope(name, default_name, [input]) as scope:
        layout, row = ("NCHW", 2) if (data_format or "NWC").startswith("NC") else ("NHWC", 1)
        sizes, steps = (_with_row(per_axis(v, 1, layout, n), row) for v, n in ((ksize, "ksize"), (strides, "strides")))
        image = F.expand_dims(input, row)
        result = opdef(image, name=scope, **pool_attributes(op_type, sizes, steps, padding, layout))
        return F.squeeze(result, [row])


def _with_row(values: list[int], row: int) -> list[int]:
    return [*values[:row], 1, *values[row:]]


@export("nn.max_pool1d")
def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """The maximum of every window of signals [batch, length, channels]; arguments as in ``max_pool``."""
    return _pool1d(maxima.opdef, "MaxPool", "MaxPool1d", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool1d")
def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """The mean of every window of signals [batch, length, channels]; arguments as in ``avg_pool``."""
    return _pool1d(averages.opdef, "AvgPool", "AvgPool1D", input, ksize, strides, padding, data_format, name)


def _spatial_count(input, data_format, function: str) -> int:
    rank = convert_to_tensor(input).shape.rank if data_format is None else len(data_format)
    if rank not in (3, 4, 5):
        raise ValueError(f"{function} pools 1, 2 or 3 spatial axes, so the rank must be 3, 4 or 5; it is {rank}")
    return rank - 2


@export("nn.max_pool_v2")
def max_pool_v2(input, ksize, strides, padding, data_format=None, name=None):
    """The maximum of every window of signals, images or volumes; arguments as in ``max_pool``."""
    count = _spatial_count(input, data_format, "max_pool_v2")
    if count == 1:
        return max_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    function = maxima.max_pool if count == 2 else maxima.max_pool3d
    return function(input, ksize, strides, padding, data_format or ("NHWC", "NDHWC")[count - 2], name)


@export("nn.avg_pool_v2")
def avg_pool_v2(input, ksize, strides, padding, data_format=None, name=None):
    """The mean of every window of signals, images or volumes; arguments as in ``avg_pool``."""
    count = _spatial_count(input, data_format, "avg_pool_v2")
    if count == 1:
        return avg_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    function = averages.avg_pool if count == 2 else averages.avg_pool3d
    return function(input, ksize, strides, padding, data_format or ("NHWC", "NDHWC")[count - 2], name)


_KINDS = {
    ("MAX", 2): ("MaxPool", maxima.opdef),
    ("MAX", 3): ("MaxPool3D", maxima.volume_opdef),
    ("AVG", 2): ("AvgPool", averages.opdef),
    ("AVG", 3): ("AvgPool3D", averages.volume_opdef),
}


@export("nn.pool")
def pool(
    input,
    window_shape,
    pooling_type,
    padding,
    dilation_rate=None,
    strides=None,
    name=None,
    data_format=None,
    dilations=None,
):
    """A pool of 1 to 3 spatial axes, possibly strided or dilated.

    Args:
      input: a tensor of rank 3, 4 or 5. window_shape: one size a spatial axis. pooling_type: "MAX" or "AVG".
      padding: "SAME" or "VALID" (only "VALID" with a dilation). strides: one integer a spatial axis.
      dilation_rate: one integer a spatial axis, not with strides above 1; ``dilations`` is another name.
      name: a name for the scope of the nodes. data_format: None or "N...C", or "NC..." for channels first.
    """
    rate = deprecated("dilations", dilations, "dilation_rate", dilation_rate)
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be 'MAX' or 'AVG', got {pooling_type!r}")
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        count = len(window_shape)
        if count not in (1, 2, 3):
            raise ValueError(f"It is required that 1 <= len(window_shape) <= 3, got {count}")
        strides, rates = strides_and_rates(count, data_format, strides, rate)
        if padding == "SAME" and max(rates) > 1:
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        for window, stride in zip(window_shape, strides, strict=True):
            if stride > window:
                raise ValueError("strides > window_shape not supported due to inconsistency between CPU and GPU")

        def undilated(images: Tensor, num_spatial_dims: int, padding: str) -> Tensor:
            return _plain(images, window_shape, strides, pooling_type, padding, data_format, scope)

        return with_space_to_batch(input, rates, padding, undilated, data_format=data_format)


def _plain(images: Tensor, window_shape, strides, kind: str, padding: str, data_format, name: str) -> Tensor:
    """The undilated pool; a signal is made into an image of one row for it."""
    first = (data_format or "NWC").startswith("NC")
    sizes, steps = list(window_shape), list(strides)
    row = None
    if len(sizes) == 1:
        row = 2 if first else 1
        images = F.expand_dims(images, row)
        sizes, steps = [1, *sizes], [1, *steps]
    op_type, opdef = _KINDS[kind, len(sizes)]
    layout = {(2, False): "NHWC", (2, True): "NCHW", (3, False): "NDHWC", (3, True): "NCDHW"}[len(sizes), first]
    result = opdef(images, name=name, **pool_attributes(op_type, sizes, steps, padding, layout, len(sizes)))
    return result if row is None else F.squeeze(result, [row])
