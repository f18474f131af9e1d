"""Dense, Dropout and Flatten."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.opdef import convert_to_tensor, export
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.layers.base import InputSpec, Layer, smart_cond
from graphrt_ops.library.layers.by_name import activation_of
from graphrt_ops.library.layers.kernel import WithKernel


@export("layers.Dense")
class Dense(WithKernel):
    """``activation(inputs @ kernel + bias)`` over the last axis.

    Args:
      units: the size of the output's last axis.
      activation: a function of the output, or its name, or None. use_bias: whether there is a bias.
      kernel_initializer, bias_initializer: what the variables start from (None: the scope's, or Glorot's uniform).
      kernel_regularizer, bias_regularizer, activity_regularizer: functions whose results are losses.
      kernel_constraint, bias_constraint: functions of the value after each update by an optimizer.
      trainable, name: as for every layer.
    """

    def __init__(
        self,
        units,
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
        self.units = int(units)
        self.activation = activation_of(activation)
        self.use_bias = use_bias
        self._set_kernel(kernel_initializer, kernel_regularizer, kernel_constraint)
        self._set_bias(bias_initializer, bias_regularizer, bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape) -> None:
        if self._dtype is not None and not (self._dtype.is_floating or self._dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {self._dtype}")
        width = as_shape(input_shape).values[-1]
        if width is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: width})
        self._make_kernel([width, self.units])
        self._make_bias(self.units)
        self.built = True

    def call(self, inputs):
        if inputs.shape.rank > 2:
            outputs = F.tensordot(inputs, self.kernel, [[inputs.shape.rank - 1], [0]])
            outputs.set_shape(self.compute_output_shape(inputs.shape))
        else:
            outputs = F.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = F.bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        shape = as_shape(input_shape).with_rank_at_least(2)
        return shape[:-1].concatenate(self.units)


@export("layers.dense")
def dense(
    inputs,
    units,
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
    """A fully connected layer; the arguments are those of ``Dense``, and ``reuse`` of its variables by ``name``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default():
    ...     print(tf.layers.dense(tf.placeholder(tf.float32, [None, 4]), 3).shape)
    (?, 3)
    """
    layer = Dense(
        units,
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
        _scope=name,
        _reuse=reuse,
    )
    return layer.apply(inputs)


@export("layers.Dropout")
class Dropout(Layer):
    """Sets a fraction ``rate`` of the inputs to zero while training, and scales the others up by ``1 / (1 - rate)``."""

    def __init__(self, rate=0.5, noise_shape=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed
        self.supports_masking = True

    def _noise_shape_of(self, inputs):
        if self.noise_shape is None:
            return None
        shape = F.shape(inputs)
        return convert_to_tensor([shape[i] if n is None else n for i, n in enumerate(self.noise_shape)])

    def call(self, inputs, training=False):
        def dropped():
            return F.dropout(inputs, noise_shape=self._noise_shape_of(inputs), seed=self.seed, rate=self.rate)

        return smart_cond(training, dropped, lambda: F.identity(inputs))

    def compute_output_shape(self, input_shape):
        return as_shape(input_shape)


@export("layers.dropout")
def dropout(inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
    """Dropout with the probability ``rate`` of dropping; does nothing unless ``training`` (a bool or bool tensor)."""
    return Dropout(rate, noise_shape=noise_shape, seed=seed, name=name).apply(inputs, training=training)


@export("layers.Flatten")
class Flatten(Layer):
    """Makes each example of a batch one row."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {data_format}'
            )
        self.data_format = data_format or "channels_last"
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        rank = inputs.shape.rank
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = F.transpose(inputs, [0, *range(2, rank), 1])
        batch = inputs.shape.values[0] if inputs.shape.values else None
        outputs = F.reshape(inputs, (batch or F.shape(inputs)[0], -1))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape):
        shape = as_shape(input_shape)
        if shape.values is None:
            return TensorShape([None, None])
        return TensorShape([shape.values[0], shape[1:].num_elements()])


@export("layers.flatten")
def flatten(inputs, name=None, data_format="channels_last"):
    """Each example of the batch as one row: shape (batch, everything else)."""
    return Flatten(name=name, data_format=data_format).apply(inputs)
