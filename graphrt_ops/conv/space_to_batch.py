"""Dilated convolution and pooling by way of the batch: with_space_to_batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph import Tensor
from graphrt.opdef import convert_to_tensor, export, static_value


@export("nn.with_space_to_batch")
def with_space_to_batch(input, dilation_rate, padding, op, filter_shape=None, spatial_dims=None, data_format=None):
    """``op`` at a dilation rate: pixels that are ``dilation_rate`` apart become images of their own for it.

    Args:
      input: a tensor of images. dilation_rate: one integer a spatial axis. padding: "SAME" or "VALID".
      op: a function ``op(input, num_spatial_dims, padding)`` that computes the undilated operation.
      filter_shape: the shape of the filter, which "SAME" needs. spatial_dims: the spatial axes of ``input``.
      data_format: the order of the axes; a string that starts with "NC" has its channels before the spatial axes.
    """
    tensor = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, int32, name="dilation_rate")
    count = rate.shape.with_rank(1).as_list()[0]
    first = 2 if data_format is not None and data_format.startswith("NC") else 1
    dims = list(range(first, count + first) if spatial_dims is None else spatial_dims)
    if dims != sorted(set(dims)) or any(dim < 1 for dim in dims):
        raise ValueError("spatial_dims must be a monotonically increasing sequence of positive integers")
    known_rate = static_value(rate)
    if known_rate is not None and np.any(known_rate < 1):
        raise ValueError("dilation_rate must be positive")
    if known_rate is not None and np.all(known_rate == 1):
        return op(tensor, num_spatial_dims=count, padding=padding)
    paddings = _base_paddings(padding, rate, filter_shape, count)
    paddings, crops = F.required_space_to_batch_paddings(
        input_shape=_spatial_shape(tensor, dims), base_paddings=paddings, block_shape=rate
    )
    block_shape = _over_all(rate, 1, dims)
    paddings, crops = _over_all(paddings, 0, dims), _over_all(crops, 0, dims)
    images = F.space_to_batch_nd(tensor, block_shape, paddings)
    result = op(images, num_spatial_dims=count, padding="VALID")
    return F.batch_to_space_nd(result, block_shape, crops)


def _base_paddings(padding: str, rate: Tensor, filter_shape, count: int):
    if padding == "VALID":
        return np.zeros([count, 2], np.int32)
    if padding != "SAME":
        raise ValueError(f'Invalid padding method {padding!r}: it must be "SAME" or "VALID"')
    if filter_shape is None:
        raise ValueError("filter_shape must be specified for SAME padding")
    shape = convert_to_tensor(filter_shape, name="filter_shape")
    sizes, rates = (tensor if static_value(tensor) is None else static_value(tensor) for tensor in (shape, rate))
    extra = rates * (sizes[:count] - 1)
    before = extra // 2
    after = extra - before
    return F.stack([[before[i], after[i]] for i in range(count)])


def _spatial_shape(tensor: Tensor, dims: Sequence[int]):
    known = None if tensor.shape.values is None else [tensor.shape.values[dim] for dim in dims]
    if known is not None and None not in known:
        return known
    shape = F.shape(tensor)
    return F.stack([shape[dim] for dim in dims])


def _over_all(values: Tensor, fill: int, dims: Sequence[int]):
    """``values`` (one row a spatial axis) with rows of ``fill`` for the axes from 1 on that are not spatial."""
    known = static_value(values)
    rows: Tensor | np.ndarray = values if known is None else known
    filler = np.full([1, *values.shape.as_list()[1:]], fill, np.int32)
    parts = []
    position, last = 0, 0
    while position < len(dims):
        start = position
        parts.extend([filler] * (dims[start] - last - 1))
        while position + 1 < len(dims) and dims[position + 1] == dims[position] + 1:
            position += 1
        last = dims[position]
        position += 1
        parts.append(rows[start:position])
    return F.concat(parts, 0) if known is None else np.concatenate(parts)
