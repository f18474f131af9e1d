"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable

import graphrt_ops as F
from graphrt.opdef import export
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.library.layers.base import InputSpec, Layer
from graphrt_ops.library.layers.convolutional import (
    LAYOUTS,
    checked_data_format,
    checked_padding,
    output_length,
    tuple_of,
)
from graphrt_ops.library.layers.functional import functional


class _Pooling(Layer):
    """The largest value ("Max") or the mean ("Average") of each window; of the cells inside the input.

    Args:
      pool_size, strides: one number for each spatial axis, or one.
      padding: "valid" or "same". data_format: "channels_last" or "channels_first". name: as for every layer.
    """

    rank: int

    @staticmethod
    def pool() -> Callable:
        """The op that pools; subclasses set it."""
        raise NotImplementedError

    def __init__(self, pool_size, strides, padding="valid", data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        self.pool_size = tuple_of(pool_size, self.rank, "pool_size")
        self.strides = tuple_of(strides, self.rank, "strides")
        self.padding = checked_padding(padding)
        self.data_format = checked_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channels_first(self) -> bool:
        return self.data_format == "channels_first"

    def call(self, inputs):
        if self.rank == 1:
            # Signals are images of one column.
            column = 3 if self.channels_first else 2
            images = self._pooled(F.expand_dims(inputs, column), (*self.pool_size, 1), (*self.strides, 1))
            return F.squeeze(images, [column])
        return self._pooled(inputs, self.pool_size, self.strides)

    def _pooled(self, images, size, strides):
        window = (1, 1, *size) if self.channels_first else (1, *size, 1)
        steps = (1, 1, *strides) if self.channels_first else (1, *strides, 1)
        layout = LAYOUTS[len(size)][self.channels_first]
        return self.pool()(images, window, steps, padding=self.padding.upper(), data_format=layout)

    def compute_output_shape(self, input_shape):
        dims = as_shape(input_shape).as_list()
        space = dims[2:] if self.channels_first else dims[1:-1]
        windows = zip(space, self.pool_size, self.strides, strict=True)
        lengths = [output_length(n, k, self.padding, s) for n, k, s in windows]
        return TensorShape([*dims[:2], *lengths] if self.channels_first else [dims[0], *lengths, dims[-1]])


@export("layers.MaxPooling1D")
class MaxPooling1D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 1, staticmethod(lambda: F.max_pool)


@export("layers.MaxPooling2D")
class MaxPooling2D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 2, staticmethod(lambda: F.max_pool)


@export("layers.MaxPooling3D")
class MaxPooling3D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 3, staticmethod(lambda: F.max_pool3d)


@export("layers.AveragePooling1D")
class AveragePooling1D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 1, staticmethod(lambda: F.avg_pool)


@export("layers.AveragePooling2D")
class AveragePooling2D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 2, staticmethod(lambda: F.avg_pool)


@export("layers.AveragePooling3D")
class AveragePooling3D(_Pooling):
    __doc__ = _Pooling.__doc__
    rank, pool = 3, staticmethod(lambda: F.avg_pool3d)


def _function(name: str, layer_class: type):
    doc = f"A pooling layer; the arguments are those of ``{layer_class.__name__}``."
    return functional(name, layer_class, doc, reusable=False)


max_pooling1d = export("layers.max_pooling1d")(_function("max_pooling1d", MaxPooling1D))
max_pooling2d = export("layers.max_pooling2d")(_function("max_pooling2d", MaxPooling2D))
max_pooling3d = export("layers.max_pooling3d")(_function("max_pooling3d", MaxPooling3D))
average_pooling1d = export("layers.average_pooling1d")(_function("average_pooling1d", AveragePooling1D))
average_pooling2d = export("layers.average_pooling2d")(_function("average_pooling2d", AveragePooling2D))
average_pooling3d = export("layers.average_pooling3d")(_function("average_pooling3d", AveragePooling3D))
