"""Batch normalization (Ioffe and Szegedy 2015)."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import bfloat16, float16, float32
from graphrt.graph.scopes import colocate_with, name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.shapes import as_shape
from graphrt_ops.library.initializers.constants import Ones, Zeros
from graphrt_ops.library.layers.base import InputSpec, Layer, known_bool, smart_cond


@export("layers.BatchNormalization")
class BatchNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the statistics of the batch while training, and
    with their moving averages otherwise.

    The moving averages change by ``moving -= (moving - batch) * (1 - momentum)``; the operations that do it are in
    UPDATE_OPS and must be run: make the train op inside ``tf.control_dependencies(tf.get_collection("update_ops"))``.

    Args:
      axis: the axis (or axes) that are normalized separately: the channels.
      momentum, epsilon, center, scale: as above; ``center`` adds beta, ``scale`` multiplies by gamma.
      *_initializer, *_regularizer, *_constraint: for the variables.
      renorm, renorm_clipping, renorm_momentum, virtual_batch_size, adjustment: refused unless off.
      fused: use the fused op (for rank 4, the default), whose moving variance gets Bessel's correction.
      trainable, name: as for every layer.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer=Zeros(),
        gamma_initializer=Ones(),
        moving_mean_initializer=Zeros(),
        moving_variance_initializer=Ones(),
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        fused=None,
        trainable=True,
        virtual_batch_size=None,
        adjustment=None,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, **kwargs)
        _refuse(
            renorm=renorm, renorm_clipping=renorm_clipping, virtual_batch_size=virtual_batch_size, adjustment=adjustment
        )
        self.renorm_momentum = renorm_momentum
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        self.beta_regularizer = beta_regularizer
        self.gamma_regularizer = gamma_regularizer
        self.beta_constraint = beta_constraint
        self.gamma_constraint = gamma_constraint
        self.fused = fused

    # -- variables -----------------------------------------------------------------------------------------------------

    def build(self, input_shape) -> None:
        shape = as_shape(input_shape)
        if shape.rank is None:
            raise ValueError(f"Input has undefined rank: {shape}")
        self.axis = self._checked_axes(shape.rank)
        if self.fused in (None, True):
            self.fused = self._may_fuse(shape.rank)
        if self.fused:
            self._data_format = self._fused_format()
        sizes = {axis: shape.values[axis] for axis in self.axis}
        if None in sizes.values():
            raise ValueError(("Input has undefined `axis` dimension. Input shape: ", shape))
        self.input_spec = InputSpec(ndim=shape.rank, axes=sizes)
        self._make_variables(shape, sizes)
        self.built = True

    def _checked_axes(self, rank: int) -> list[int]:
        axes = [self.axis] if isinstance(self.axis, int) else list(self.axis)
        axes = [axis + rank if axis < 0 else axis for axis in axes]
        if any(not 0 <= axis < rank for axis in axes):
            raise ValueError(f"Invalid axis: {axes}")
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {axes}")
        return axes

    def _may_fuse(self, rank: int) -> bool:
        fits = rank == 4 and self.axis in ([1], [3])
        if self.fused and not fits:
            raise ValueError(
                f"fused=True needs inputs of rank 4 and the axis [1] or [3]; got rank {rank} and axis {self.axis}"
            )
        return fits

    def _fused_format(self) -> str:
        if self.axis == [1]:
            return "NCHW"
        if self.axis == [3]:
            return "NHWC"
        raise ValueError("Unsupported axis, fused batch norm only supports axis == [1] or axis == [3]")

    def _make_variables(self, shape, sizes: dict[int, int]) -> None:
        if len(sizes) == 1:
            parameter_shape = list(sizes.values())
        else:
            parameter_shape = [sizes.get(i, 1) for i in range(shape.rank)]
        self.gamma = self._parameter("gamma", self.scale, parameter_shape)
        if self.fused and not self.scale:
            self._gamma_constant = F.constant(1.0, dtype=self._parameter_dtype, shape=parameter_shape)
        self.beta = self._parameter("beta", self.center, parameter_shape)
        if self.fused and not self.center:
            self._beta_constant = F.constant(0.0, dtype=self._parameter_dtype, shape=parameter_shape)
        self.moving_mean = self._moving("moving_mean", parameter_shape, self.moving_mean_initializer)
        self.moving_variance = self._moving("moving_variance", parameter_shape, self.moving_variance_initializer)

    @property
    def _parameter_dtype(self):
        return float32 if self._dtype in (float16, bfloat16) else self._dtype

    def _parameter(self, name: str, wanted: bool, shape):
        if not wanted:
            return None
        return self.add_weight(
            name,
            shape,
            dtype=self._parameter_dtype,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            trainable=True,
        )

    def _moving(self, name: str, shape, initializer):
        return self.add_weight(name, shape, dtype=self._parameter_dtype, initializer=initializer, trainable=False)

    # -- computation ---------------------------------------------------------------------------------------------------

    def call(self, inputs, training=False):
        outputs = self._fused(inputs, training) if self.fused else self._plain(inputs, training)
        outputs.set_shape(inputs.shape)
        return outputs

    def _fused(self, inputs, training):
        gamma = self.gamma if self.scale else self._gamma_constant
        beta = self.beta if self.center else self._beta_constant
        options = {"epsilon": self.epsilon, "data_format": self._data_format}

        def in_training():
            return F.fused_batch_norm(inputs, gamma, beta, **options)

        def in_inference():
            return F.fused_batch_norm(
                inputs, gamma, beta, mean=self.moving_mean, variance=self.moving_variance, is_training=False, **options
            )

        outputs, mean, variance = smart_cond(training, in_training, in_inference)
        known = known_bool(training)
        if known is None:
            # What is not training must not move the averages: it updates them by nothing.
            momentum = smart_cond(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = convert_to_tensor(self.momentum)
        if known is not False:
            self.add_update(self._moved(self.moving_mean, mean, momentum))
            self.add_update(self._moved(self.moving_variance, variance, momentum))
        return outputs

    def _plain(self, inputs, training):
        rank = inputs.shape.rank
        axes = [i for i in range(rank) if i not in self.axis]
        broadcast_shape = [1] * rank
        for axis in self.axis:
            broadcast_shape[axis] = inputs.shape.values[axis]

        def broadcast(value):
            if value is None or value.shape.rank == rank or axes == list(range(rank - 1)):
                return value
            return F.reshape(value, broadcast_shape)

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        mean, variance = self.moving_mean, self.moving_variance
        if known_bool(training) is not False:
            # The statistics of float16 are computed in float32.
            precise = F.cast(inputs, self._parameter_dtype)
            batch_mean, batch_variance = F.moments(precise, axes, keep_dims=len(self.axis) > 1)
            mean = smart_cond(training, lambda: batch_mean, lambda: convert_to_tensor(self.moving_mean))
            variance = smart_cond(training, lambda: batch_variance, lambda: convert_to_tensor(self.moving_variance))
            self._update_if_training(training, self.moving_mean, mean)
            self._update_if_training(training, self.moving_variance, variance)
        mean, variance, offset, scale = (
            None if value is None else F.cast(value, inputs.dtype) for value in (mean, variance, offset, scale)
        )
        return F.batch_normalization(inputs, broadcast(mean), broadcast(variance), offset, scale, self.epsilon)

    def _update_if_training(self, training, moving, value) -> None:
        self.add_update(smart_cond(training, lambda: self._moved(moving, value, self.momentum), lambda: moving))

    @staticmethod
    def _moved(moving, value, momentum):
        """The operation that moves an average towards the batch's value."""
        with name_scope("AssignMovingAvg") as scope, colocate_with(moving.op):
            decay = convert_to_tensor(1.0 - momentum, name="decay")
            dtype = moving.dtype.base_dtype
            decay = F.cast(decay, dtype)
            return F.assign_sub(moving, (moving - F.cast(value, dtype)) * decay, name=scope)

    def compute_output_shape(self, input_shape):
        return as_shape(input_shape)


def _refuse(**arguments) -> None:
    for name, value in arguments.items():
        if value:
            raise NotImplementedError(
                f"batch_normalization({name}={value!r}) is not supported; leave it at its default"
            )


@export("layers.batch_normalization")
def batch_normalization(
    inputs,
    axis=-1,
    momentum=0.99,
    epsilon=1e-3,
    center=True,
    scale=True,
    beta_initializer=Zeros(),
    gamma_initializer=Ones(),
    moving_mean_initializer=Zeros(),
    moving_variance_initializer=Ones(),
    beta_regularizer=None,
    gamma_regularizer=None,
    beta_constraint=None,
    gamma_constraint=None,
    training=False,
    trainable=True,
    name=None,
    reuse=None,
    renorm=False,
    renorm_clipping=None,
    renorm_momentum=0.99,
    fused=None,
    virtual_batch_size=None,
    adjustment=None,
):
    """Batch normalization; the arguments are those of ``BatchNormalization``, and

    training: True (or a bool tensor that is true) normalizes by the batch, False (the default) by the moving averages,
      which only follow if the operations of UPDATE_OPS are run.
    """
    layer = BatchNormalization(
        axis=axis,
        momentum=momentum,
        epsilon=epsilon,
        center=center,
        scale=scale,
        beta_initializer=beta_initializer,
        gamma_initializer=gamma_initializer,
        moving_mean_initializer=moving_mean_initializer,
        moving_variance_initializer=moving_variance_initializer,
        beta_regularizer=beta_regularizer,
        gamma_regularizer=gamma_regularizer,
        beta_constraint=beta_constraint,
        gamma_constraint=gamma_constraint,
        renorm=renorm,
        renorm_clipping=renorm_clipping,
        renorm_momentum=renorm_momentum,
        fused=fused,
        trainable=trainable,
        virtual_batch_size=virtual_batch_size,
        adjustment=adjustment,
        name=name,
        _reuse=reuse,
        _scope=name,
    )
    return layer.apply(inputs, training=training)
