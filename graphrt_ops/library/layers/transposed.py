"""Transposed convolution layers."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.opdef import export
from graphrt.shapes import as_shape
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.layers.convolutional import Windowed
from graphrt_ops.library.layers.functional import functional, with_defaults


class _Transposed(Windowed):
    """The transpose of a convolution: from the shape of its output to that of its input.

    Args:
      filters: the number of output channels. kernel_size, strides: one number for each spatial axis, or one.
      padding: "valid" or "same". data_format: "channels_last" or "channels_first".
      activation, use_bias and the initializers, regularizers and constraints: as for ``Dense``.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
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
        self._set_kernel(kernel_initializer, kernel_regularizer, kernel_constraint)

    @staticmethod
    def transpose(*arguments, **keywords):
        """The op; subclasses set it."""
        raise NotImplementedError

    def build(self, input_shape) -> None:
        self._make_kernel((*self.kernel_size, self.filters, self._channels(input_shape)))
        self._make_bias(self.filters)
        self.built = True

    def call(self, inputs):
        shape = F.shape(inputs)
        first = 2 if self.channels_first else 1
        batch, *sizes = [shape[axis] for axis in (0, *range(first, first + self.rank))]
        lengths = [self._length(n, k, s) for n, k, s in zip(sizes, self.kernel_size, self.strides, strict=True)]
        wanted = [batch, self.filters, *lengths] if self.channels_first else [batch, *lengths, self.filters]
        strides = (1, 1, *self.strides) if self.channels_first else (1, *self.strides, 1)
        outputs = self.transpose(inputs, self.kernel, F.stack(wanted), strides, self.padding.upper(), self.layout)
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        outputs = self._with_bias(outputs)
        return outputs if self.activation is None else self.activation(outputs)

    def _length(self, length, window: int, stride: int):
        """How long an axis is of which a convolution makes ``length``."""
        if length is None:
            return None
        length = length * stride
        return length + max(window - stride, 0) if self.padding == "valid" else length

    def compute_output_shape(self, input_shape):
        windows = zip(self._spatial(input_shape), self.kernel_size, self.strides, strict=True)
        return self._shape_of(as_shape(input_shape).values[0], [self._length(n, k, s) for n, k, s in windows])


@export("layers.Conv2DTranspose")
class Conv2DTranspose(_Transposed):
    __doc__ = _Transposed.__doc__
    rank = 2
    __init__ = with_defaults(_Transposed.__init__, strides=(1, 1))

    @staticmethod
    def transpose(inputs, kernel, shape, strides, padding, layout):
        shape[0]  # TF1 reads the size of the batch once more
        return F.conv2d_transpose(inputs, kernel, shape, strides, padding, layout)


@export("layers.Conv3DTranspose")
class Conv3DTranspose(_Transposed):
    __doc__ = _Transposed.__doc__
    rank = 3
    __init__ = with_defaults(_Transposed.__init__, strides=(1, 1, 1))

    @staticmethod
    def transpose(inputs, kernel, shape, strides, padding, layout):
        return F.conv3d_transpose(inputs, kernel, shape, strides, padding, layout)


def _function(name: str, layer_class: type):
    doc = f"A transposed convolution layer; the arguments are those of ``{layer_class.__name__}``, and ``reuse``."
    return functional(name, layer_class, doc)


conv2d_transpose = export("layers.conv2d_transpose")(_function("conv2d_transpose", Conv2DTranspose))
conv3d_transpose = export("layers.conv3d_transpose")(_function("conv3d_transpose", Conv3DTranspose))
