"""Convolution layers."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.opdef import convert_to_tensor, export
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.conv.convolution import undilated_convolution
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.layers.base import InputSpec
from graphrt_ops.library.layers.by_name import activation_of
from graphrt_ops.library.layers.functional import functional, with_defaults
from graphrt_ops.library.layers.kernel import WithKernel

LAYOUTS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
"""What ops call channels_last and channels_first, for 1, 2 and 3 spatial axes."""


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


def checked_padding(value, causal: bool = False) -> str:
    padding = value.lower() if isinstance(value, str) else value
    if padding not in (("valid", "same", "causal") if causal else ("valid", "same")):
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
    available = length - size + 1 if padding == "valid" else length
    return (available + stride - 1) // stride


class Windowed(WithKernel):
    """What all convolutions share: windows of ``rank`` axes, a bias, an activation."""

    rank: int

    def _set_windows(self, filters, kernel_size, strides, padding, data_format, activation, use_bias) -> None:
        self.filters = int(filters)
        self.kernel_size = tuple_of(kernel_size, self.rank, "kernel_size")
        self.strides = tuple_of(strides, self.rank, "strides")
        self.padding = checked_padding(padding, causal=self.rank == 1)
        self.data_format = checked_data_format(data_format)
        self.activation = activation_of(activation)
        self.use_bias = use_bias
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channels_first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def channel_axis(self) -> int:
        return 1 if self.channels_first else -1

    @property
    def layout(self) -> str:
        """The data format as ops call it."""
        return LAYOUTS[self.rank][self.channels_first]

    def _channels(self, input_shape) -> int:
        channels = as_shape(input_shape).values[self.channel_axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        return channels

    def _with_bias(self, outputs):
        if not self.use_bias:
            return outputs
        if self.rank == 1 and self.channels_first:
            return outputs + F.reshape(self.bias, (1, self.filters, 1))
        return F.bias_add(outputs, self.bias, data_format="NCHW" if self.channels_first else "NHWC")

    def _padded_if_causal(self, inputs, dilation: int):
        """With "causal" padding the window of an output ends at its own place: zeros go before the signal."""
        if self.padding != "causal":
            return inputs
        before = [dilation * (self.kernel_size[0] - 1), 0]
        return F.pad(inputs, [[0, 0], [0, 0], before] if self.channels_first else [[0, 0], before, [0, 0]])

    @property
    def _op_padding(self) -> str:
        return "VALID" if self.padding == "causal" else self.padding.upper()

    def _shape_of(self, batch, lengths) -> TensorShape:
        return TensorShape([batch, self.filters, *lengths] if self.channels_first else [batch, *lengths, self.filters])

    def _spatial(self, input_shape) -> list:
        dims = as_shape(input_shape).as_list()
        return dims[2:] if self.channels_first else dims[1:-1]


class _Convolution(Windowed):
    """A convolution (cross-correlation, as everywhere in deep learning) of 1 to 3 spatial axes.

    Args:
      filters: the number of output channels. kernel_size: the size of the window along each axis, or one number.
      strides, dilation_rate: one number for each axis, or one; one of the two arguments must be ones.
      padding: "valid" or "same"; for ``Conv1D`` also "causal". data_format: "channels_last" or "channels_first".
      activation, use_bias and the initializers, regularizers and constraints: as for ``Dense``.
    """

    op_name: str | None  # of the node; None for its default

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
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
        self._set_windows(filters, kernel_size, strides, padding, data_format, activation, use_bias)
        self._set_bias(bias_initializer, bias_regularizer, bias_constraint)
        self.dilation_rate = tuple_of(dilation_rate, self.rank, "dilation_rate")
        self._set_kernel(kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape) -> None:
        self._make_kernel((*self.kernel_size, self._channels(input_shape), self.filters))
        self._make_bias(self.filters)
        self._rate = convert_to_tensor(np.array(self.dilation_rate, np.int32), name="dilation_rate")
        self.built = True

    def call(self, inputs):
        outputs = F.with_space_to_batch(
            self._padded_if_causal(inputs, self.dilation_rate[0]),
            self._rate,
            self._op_padding,
            self._undilated,
            filter_shape=self.kernel.shape,
            data_format=self.layout,
        )
        outputs = self._with_bias(outputs)
        return outputs if self.activation is None else self.activation(outputs)

    def _undilated(self, images, num_spatial_dims: int, padding: str):
        strides = list(self.strides)
        return undilated_convolution(images, self.kernel, strides, padding, self.layout, self.op_name, num_spatial_dims)

    def compute_output_shape(self, input_shape):
        windows = zip(self._spatial(input_shape), self.kernel_size, self.strides, self.dilation_rate, strict=True)
        lengths = [output_length(n, k, self.padding, s, d) for n, k, s, d in windows]
        return self._shape_of(as_shape(input_shape).values[0], lengths)


@export("layers.Conv1D")
class Conv1D(_Convolution):
    __doc__ = _Convolution.__doc__
    rank, op_name = 1, None


@export("layers.Conv2D")
class Conv2D(_Convolution):
    __doc__ = _Convolution.__doc__
    rank, op_name = 2, "Conv2D"
    __init__ = with_defaults(_Convolution.__init__, strides=(1, 1), dilation_rate=(1, 1))


@export("layers.Conv3D")
class Conv3D(_Convolution):
    __doc__ = _Convolution.__doc__
    rank, op_name = 3, "Conv3D"
    __init__ = with_defaults(_Convolution.__init__, strides=(1, 1, 1), dilation_rate=(1, 1, 1))


def _function(name: str, layer_class: type):
    doc = (
        f"A convolution layer; the arguments are those of ``{layer_class.__name__}``, and ``reuse`` of its variables "
        "by ``name``."
    )
    return functional(name, layer_class, doc)


conv1d = export("layers.conv1d")(_function("conv1d", Conv1D))
conv2d = export("layers.conv2d")(_function("conv2d", Conv2D))
conv3d = export("layers.conv3d")(_function("conv3d", Conv3D))
