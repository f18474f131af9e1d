"""Grey-scale morphology: dilation2d and erosion2d."""

from __future__ import annotations

from typing import Any

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import REQUIRED, OpDef, export
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.conv.arguments import check_padding
from graphrt_ops.conv.geometry import Axis, axes_of
from graphrt_ops.conv.pooling import lowest_of
from graphrt_ops.nn.checks import of_rank, same_dimension
from graphrt_ops.shapes import REALS

_ATTRS = {"strides": REQUIRED, "rates": REQUIRED, "padding": REQUIRED}


def _axes(attrs: dict[str, Any], sizes) -> list[Axis]:
    return axes_of({"strides": attrs["strides"], "dilations": attrs["rates"], "data_format": "NHWC"}, sizes)


def _infer(op: Operation) -> TensorShape:
    image, filters = of_rank(op.inputs[0].shape, 4).values, of_rank(op.inputs[1].shape, 3).values
    depth = same_dimension(image[3], filters[2])
    if None in filters[:2]:
        return TensorShape.of((image[0], None, None, depth))
    axes = _axes(op.attrs, filters[:2])
    rows, columns = (axis.output(n, op.attrs["padding"]) for axis, n in zip(axes, image[1:3], strict=True))
    return TensorShape.of((image[0], rows, columns, depth))


def _same_as(index: int):
    return lambda op: op.inputs[index].shape


opdef = OpDef("Dilation2D", "input filter", "output", dtypes=REALS, attrs=_ATTRS, infer=_infer)
input_opdef = OpDef(
    "Dilation2DBackpropInput",
    "input filter out_backprop",
    "in_backprop",
    dtypes=REALS,
    attrs=_ATTRS,
    infer=_same_as(0),
)
filter_opdef = OpDef(
    "Dilation2DBackpropFilter",
    "input filter out_backprop",
    "filter_backprop",
    dtypes=REALS,
    attrs=_ATTRS,
    infer=_same_as(1),
)


def _windows(xp, input, filter, strides, rates, padding):
    """The padded images, where the images lie in them, the sizes of the output, and for each tap what it sees."""
    if input.ndim != 4 or filter.ndim != 3 or input.shape[3] != filter.shape[2]:
        raise ValueError(
            f"input [batch, height, width, depth] and filter [height, width, depth] must have the same depth, but have "
            f"the shapes {list(input.shape)} and {list(filter.shape)}"
        )
    axes = _axes({"strides": strides, "rates": rates}, filter.shape[:2])
    lengths = input.shape[1:3]
    (top, bottom), (left, right) = (a.paddings(n, padding) for a, n in zip(axes, lengths, strict=True))
    counts = [axis.output(n, padding) for axis, n in zip(axes, lengths, strict=True)]
    sizes = (input.shape[0], lengths[0] + top + bottom, lengths[1] + left + right, input.shape[3])
    padded = xp.full(sizes, lowest_of(input.dtype), input.dtype)
    inside = (slice(None), slice(top, top + lengths[0]), slice(left, left + lengths[1]))
    padded[inside] = input
    taps = []
    for i in range(axes[0].size):
        for j in range(axes[1].size):
            starts = (i * axes[0].dilation, j * axes[1].dilation)
            index = [
                slice(start, start + (count - 1) * axis.stride + 1, axis.stride)
                for start, count, axis in zip(starts, counts, axes, strict=True)
            ]
            taps.append((i, j, (slice(None), *index)))
    return padded, inside, taps


@opdef.kernel
def kernel(xp, input, filter, strides, rates, padding):
    padded, _, taps = _windows(xp, input, filter, strides, rates, padding)
    result = None
    for i, j, index in taps:
        candidate = padded[index] + filter[i, j]
        result = candidate if result is None else xp.maximum(result, candidate, out=result)
    return result


def _winners(xp, padded, filter, taps):
    """For each tap the windows whose (first) maximum it gives."""
    best = None
    for i, j, index in taps:
        candidate = padded[index] + filter[i, j]
        best = candidate if best is None else xp.maximum(best, candidate)
    left = xp.ones(best.shape, bool)
    for i, j, index in taps:
        here = left & (padded[index] + filter[i, j] == best)
        left ^= here
        yield i, j, index, here


@input_opdef.kernel
def input_kernel(xp, input, filter, out_backprop, strides, rates, padding):
    padded, inside, taps = _windows(xp, input, filter, strides, rates, padding)
    result = xp.zeros(padded.shape, out_backprop.dtype)
    for _, _, index, here in _winners(xp, padded, filter, taps):
        result[index] += out_backprop * here
    return xp.ascontiguousarray(result[inside])


@filter_opdef.kernel
def filter_kernel(xp, input, filter, out_backprop, strides, rates, padding):
    padded, _, taps = _windows(xp, input, filter, strides, rates, padding)
    result = xp.zeros(filter.shape, out_backprop.dtype)
    for i, j, _, here in _winners(xp, padded, filter, taps):
        result[i, j] = (out_backprop * here).sum((0, 1, 2))
    return result


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    attrs = {key: op.attrs[key] for key in _ATTRS}
    return [input_opdef(*op.inputs, dy, **attrs), filter_opdef(*op.inputs, dy, **attrs)]


@export("nn.dilation2d")
def dilation2d(input, filter=None, strides=None, rates=None, padding=None, name=None, filters=None, dilations=None):
    """max over a window of input + filter: grey-scale dilation of images, channel by channel.

    Args:
      input: images [batch, height, width, channels]. filter: [height, width, channels]; ``filters`` is another name.
      strides, rates: four integers each, one an axis; ``dilations`` is another name of ``rates``.
      padding: "SAME" or "VALID". name: a name for the node.
    """
    filter = deprecated("filters", filters, "filter", filter)
    rates = deprecated("dilations", dilations, "rates", rates)
    check_padding("Dilation2D", padding)
    return opdef(input, filter, strides=list(strides), rates=list(rates), padding=padding, name=name)


@export("nn.erosion2d")
def erosion2d(value, kernel, strides, rates, padding, name=None):
    """min over a window of value - kernel: the dilation of -value with the mirrored kernel, negated."""
    with name_scope(name, "erosion2d", [value, kernel]) as scope:
        negative = F.negative(value)
        mirrored = F.reverse(kernel, [0, 1])
        return F.negative(dilation2d(negative, mirrored, strides, rates, padding, name=scope))
