"""Pooling layers."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.opdef import export
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.layers.base import InputSpec, Layer
from graphrt_ops.layers.convolutional import checked_data_format, checked_padding, output_length, tuple_of


class _Pooling2D(Layer):
    """What max and average pooling share."""

    @staticmethod
    def pool(*arguments, **keywords):
        """The op that pools; subclasses set it."""
        raise NotImplementedError

    def __init__(self, pool_size, strides, padding="valid", data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        self.pool_size = tuple_of(pool_size, 2, "pool_size")
        self.strides = tuple_of(strides, 2, "strides")
        self.padding = checked_padding(padding)
        self.data_format = checked_data_format(data_format)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs):
        first = self.data_format == "channels_first"
        window = (1, 1, *self.pool_size) if first else (1, *self.pool_size, 1)
        strides = (1, 1, *self.strides) if first else (1, *self.strides, 1)
        return self.pool(inputs, window, strides, padding=self.padding.upper(), data_format="NCHW" if first else "NHWC")

    def compute_output_shape(self, input_shape):
        dims = as_shape(input_shape).as_list()
        first = self.data_format == "channels_first"
        space = dims[2:] if first else dims[1:3]
        lengths = [
            output_length(n, k, self.padding, s) for n, k, s in zip(space, self.pool_size, self.strides, strict=True)
        ]
        return TensorShape([dims[0], dims[1], *lengths] if first else [dims[0], *lengths, dims[3]])


@export("layers.MaxPooling2D")
class MaxPooling2D(_Pooling2D):
    """The largest value of each window.

    Args:
      pool_size, strides: one number or two (height, width).
      padding: "valid" or "same". data_format: "channels_last" or "channels_first". name: as for every layer.
    """

    @staticmethod
    def pool(*arguments, **keywords):
        return F.max_pool(*arguments, **keywords)


@export("layers.AveragePooling2D")
class AveragePooling2D(_Pooling2D):
    """The mean of each window, of the cells that are inside the input; the arguments are those of ``MaxPooling2D``."""

    @staticmethod
    def pool(*arguments, **keywords):
        return F.avg_pool(*arguments, **keywords)


@export("layers.max_pooling2d")
def max_pooling2d(inputs, pool_size, strides, padding="valid", data_format="channels_last", name=None):
    """The largest value of each window; the arguments are those of ``MaxPooling2D``."""
    return MaxPooling2D(pool_size, strides, padding=padding, data_format=data_format, name=name).apply(inputs)


@export("layers.average_pooling2d")
def average_pooling2d(inputs, pool_size, strides, padding="valid", data_format="channels_last", name=None):
    """The mean of each window; the arguments are those of ``MaxPooling2D``."""
    return AveragePooling2D(pool_size, strides, padding=padding, data_format=data_format, name=name).apply(inputs)
