"""Convolution layers."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.opdef import convert_to_tensor, export
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.conv.convolution import undilated_convolution
from graphrt_ops.initializers.constants import Zeros
from graphrt_ops.layers.base import InputSpec, Layer


def tuple_of(value, count: int, name: str) -> tuple[int, ...]:
    """An int, or ``count`` ints, as a tuple of ``count``."""
    if isinstance(value, int):
        return (value,) * count
    try:
        result = tuple(int(item) for item in value)
    except (TypeError, ValueError):
        raise ValueError(f"The `{name}` argument must be a tuple of {count} integers. Received: {value}") from None
    if len(result) != count:
        raise ValueError(f"The `{name}` argument must be a tuple of {count} integers. Received: {value}")
    return result


def checked_padding(value) -> str:
    padding = value.lower() if isinstance(value, str) else value
    if padding not in ("valid", "same"):
        raise ValueError(
            f'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only for `Conv1D). '
            f"Received: {padding}"
        )
    return padding


def checked_data_format(value) -> str:
    data_format = (value or "channels_last").lower()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {data_format}'
        )
    return data_format


def output_length(length: int | None, window: int, padding: str, stride: int, dilation: int = 1) -> int | None:
    """How many windows fit along an axis."""
    if length is None:
        return None
    size = (window - 1) * dilation + 1
    available = length if padding == "same" else length - size + 1
    return (available + stride - 1) // stride


@export("layers.Conv2D", "layers.Convolution2D")
class Conv2D(Layer):
    """Two-dimensional convolution (cross-correlation, as everywhere in deep learning).

    Args:
      filters: the number of output channels. kernel_size: height and width of the window, or one number for both.
      strides, dilation_rate: one number or two; one of the two arguments must be ones.
      padding: "valid" or "same". data_format: "channels_last" or "channels_first".
      activation, use_bias and the initializers, regularizers and constraints: as for ``Dense``.
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format="channels_last",
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer=None,
        bias_initializer=Zeros(),
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.filters = int(filters)
        self.kernel_size = tuple_of(kernel_size, self.rank, "kernel_size")
        self.strides = tuple_of(strides, self.rank, "strides")
        self.padding = checked_padding(padding)
        self.data_format = checked_data_format(data_format)
        self.dilation_rate = tuple_of(dilation_rate, self.rank, "dilation_rate")
        self.activation = activation
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else -1

    @property
    def _tf_format(self) -> str:
        return "NCHW" if self.data_format == "channels_first" else "NHWC"

    def build(self, input_shape) -> None:
        shape = as_shape(input_shape)
        channels = shape.values[self._channel_axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, channels, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self._rate = convert_to_tensor(np.array(self.dilation_rate, np.int32), name="dilation_rate")
        self.built = True

    def call(self, inputs):
        outputs = F.with_space_to_batch(
            inputs,
            self._rate,
            self.padding.upper(),
            self._undilated,
            filter_shape=self.kernel.shape,
            data_format=self._tf_format,
        )
        if self.use_bias:
            outputs = F.bias_add(outputs, self.bias, data_format=self._tf_format)
        return outputs if self.activation is None else self.activation(outputs)

    def _undilated(self, images, num_spatial_dims: int, padding: str):
        strides = list(self.strides)
        return undilated_convolution(images, self.kernel, strides, padding, self._tf_format, "Conv2D", num_spatial_dims)

    def compute_output_shape(self, input_shape):
        dims = as_shape(input_shape).as_list()
        first = self.data_format == "channels_first"
        space = dims[2:] if first else dims[1:-1]
        lengths = [
            output_length(n, k, self.padding, s, d)
            for n, k, s, d in zip(space, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        ]
        return TensorShape([dims[0], self.filters, *lengths] if first else [dims[0], *lengths, self.filters])


@export("layers.conv2d")
def conv2d(
    inputs,
    filters,
    kernel_size,
    strides=(1, 1),
    padding="valid",
    data_format="channels_last",
    dilation_rate=(1, 1),
    activation=None,
    use_bias=True,
    kernel_initializer=None,
    bias_initializer=Zeros(),
    kernel_regularizer=None,
    bias_regularizer=None,
    activity_regularizer=None,
    kernel_constraint=None,
    bias_constraint=None,
    trainable=True,
    name=None,
    reuse=None,
):
    """A convolution layer; the arguments are those of ``Conv2D``, and ``reuse`` of its variables by ``name``."""
    layer = Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilation_rate=dilation_rate,
        activation=activation,
        use_bias=use_bias,
        kernel_initializer=kernel_initializer,
        bias_initializer=bias_initializer,
        kernel_regularizer=kernel_regularizer,
        bias_regularizer=bias_regularizer,
        activity_regularizer=activity_regularizer,
        kernel_constraint=kernel_constraint,
        bias_constraint=bias_constraint,
        trainable=trainable,
        name=name,
        _reuse=reuse,
        _scope=name,
    )
    return layer.apply(inputs)
