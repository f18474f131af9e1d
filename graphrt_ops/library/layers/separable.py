"""Separable convolution layers: each channel by itself, and then a mixture of the channels."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.opdef import export
from graphrt.shapes import as_shape
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.layers.convolutional import Windowed, output_length, tuple_of
from graphrt_ops.library.layers.functional import functional, with_defaults


class _Separable(Windowed):
    """A convolution of each channel with windows of its own, and then one of windows of size 1 over all channels.

    Args:
      filters: the number of output channels. kernel_size: one number for each spatial axis, or one.
      strides, dilation_rate: one number for each axis, or one; one of the two arguments must be ones.
      padding: "valid" or "same"; for ``SeparableConv1D`` also "causal".
      data_format: "channels_last" or "channels_first". depth_multiplier: how many windows each channel has.
      activation, use_bias and the initializers, regularizers and constraints: as for ``Dense``.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer=None,
        pointwise_initializer=None,
        bias_initializer=Zeros(),
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self._set_windows(filters, kernel_size, strides, padding, data_format, activation, use_bias)
        self._set_bias(bias_initializer, bias_regularizer, bias_constraint)
        self.dilation_rate = tuple_of(dilation_rate, self.rank, "dilation_rate")
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = depthwise_initializer
        self.pointwise_initializer = pointwise_initializer
        self.depthwise_regularizer = depthwise_regularizer
        self.pointwise_regularizer = pointwise_regularizer
        self.depthwise_constraint = depthwise_constraint
        self.pointwise_constraint = pointwise_constraint

    def build(self, input_shape) -> None:
        channels = self._channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*[1] * self.rank, self.depth_multiplier * channels, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._make_bias(self.filters)
        self.built = True

    def _convolved(self, images, depthwise, pointwise, strides, rate):
        every = (1, 1, *strides) if self.channels_first else (1, *strides, 1)
        layout = "NCHW" if self.channels_first else "NHWC"
        outputs = F.separable_conv2d(images, depthwise, pointwise, every, self._op_padding, rate, data_format=layout)
        return F.bias_add(outputs, self.bias, data_format=layout) if self.use_bias else outputs

    def compute_output_shape(self, input_shape):
        windows = zip(self._spatial(input_shape), self.kernel_size, self.strides, self.dilation_rate, strict=True)
        lengths = [output_length(n, k, self.padding, s, d) for n, k, s, d in windows]
        return self._shape_of(as_shape(input_shape).values[0], lengths)


@export("layers.SeparableConv1D")
class SeparableConv1D(_Separable):
    __doc__ = _Separable.__doc__
    rank = 1

    def call(self, inputs):
        inputs = self._padded_if_causal(inputs, self.dilation_rate[0])
        row = 2 if self.channels_first else 1
        images = F.expand_dims(inputs, row)
        depthwise = F.expand_dims(self.depthwise_kernel, 0)
        pointwise = F.expand_dims(self.pointwise_kernel, 0)
        outputs = self._convolved(images, depthwise, pointwise, self.strides * 2, (1, *self.dilation_rate))
        outputs = F.squeeze(outputs, [row])
        return outputs if self.activation is None else self.activation(outputs)


@export("layers.SeparableConv2D")
class SeparableConv2D(_Separable):
    __doc__ = _Separable.__doc__
    rank = 2
    __init__ = with_defaults(_Separable.__init__, strides=(1, 1), dilation_rate=(1, 1))

    def call(self, inputs):
        outputs = self._convolved(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides, self.dilation_rate
        )
        return outputs if self.activation is None else self.activation(outputs)


def _function(name: str, layer_class: type):
    doc = f"A separable convolution layer; the arguments are those of ``{layer_class.__name__}``, and ``reuse``."
    return functional(name, layer_class, doc)


separable_conv1d = export("layers.separable_conv1d")(_function("separable_conv1d", SeparableConv1D))
separable_conv2d = export("layers.separable_conv2d")(_function("separable_conv2d", SeparableConv2D))
