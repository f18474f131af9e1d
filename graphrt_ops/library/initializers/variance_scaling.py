"""Initializers whose spread follows from how many inputs and outputs a unit has.

Sources: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
2010; K. He et al., "Delving deep into rectifiers", ICCV 2015; Y. LeCun et al., "Efficient BackProp", 1998.
"""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.opdef import export
from graphrt_ops.library.initializers.initializer import Initializer, float_type, whole_shape

# The standard deviation of a standard normal distribution that is cut off at -2 and 2.
_TRUNCATED_STDDEV = 0.87962566103423978
_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("normal", "uniform", "truncated_normal", "untruncated_normal")


def fans(shape: list[int]) -> tuple[float, float]:
    """How many inputs and outputs one unit of a layer has, whose weights have this shape.

    The last two dimensions are the inputs and the outputs, those before them the window of a convolution.

    >>> fans([3, 3, 16, 32])
    (144.0, 288.0)
    """
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    if len(shape) == 2:
        return shape[0], shape[1]
    window = float(math.prod(shape[:-2]))
    return shape[-2] * window, shape[-1] * window


@export("variance_scaling_initializer", "initializers.variance_scaling", "keras.initializers.VarianceScaling")
class VarianceScaling(Initializer):
    """Draws numbers whose variance is ``scale / n``.

    Args:
      scale: a positive number.
      mode: what ``n`` is: "fan_in" the number of inputs of a unit, "fan_out" of its outputs, "fan_avg" their average.
      distribution: "truncated_normal" (also called "normal"), "untruncated_normal" or "uniform".
      seed: the op seed; see ``tf.set_random_seed``.
      dtype: the (float) type, unless the call says another.

    Raises:
      ValueError: for other values.
    """

    _config_names = ("scale", "mode", "distribution", "seed", "dtype")

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, dtype=float32) -> None:
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive float, not {scale!r}.")
        if mode not in _MODES:
            raise ValueError(f"Invalid `mode` argument: {mode!r}, expected one of {', '.join(_MODES)}.")
        distribution = distribution.lower()
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"Invalid `distribution` argument: {distribution!r}, expected one of {', '.join(_DISTRIBUTIONS)}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = float_type(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self._dtype_or_own(dtype)
        fan_in, fan_out = fans(whole_shape(shape, partition_info))
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return F.random_uniform(shape, -limit, limit, dtype, seed=self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return F.random_normal(shape, 0.0, stddev, dtype, seed=self.seed)
        return F.truncated_normal(shape, 0.0, stddev / _TRUNCATED_STDDEV, dtype, seed=self.seed)


@export("glorot_uniform_initializer", "initializers.glorot_uniform", "keras.initializers.glorot_uniform")
class GlorotUniform(VarianceScaling):
    """Glorot's uniform: numbers between -x and x, with x = sqrt(6 / (inputs + outputs)).

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     value = sess.run(tf.glorot_uniform_initializer()([100, 50]))
    ...     print(abs(value).max() <= (6 / 150) ** 0.5)
    True
    """

    _config_names = ("seed", "dtype")

    def __init__(self, seed=None, dtype=float32) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed, dtype=dtype)


@export("glorot_normal_initializer", "initializers.glorot_normal", "keras.initializers.glorot_normal")
class GlorotNormal(VarianceScaling):
    """Glorot's normal: a truncated normal distribution of variance 2 / (inputs + outputs)."""

    _config_names = ("seed", "dtype")

    def __init__(self, seed=None, dtype=float32) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="truncated_normal", seed=seed, dtype=dtype)


@export("initializers.he_normal", "keras.initializers.he_normal")
def he_normal(seed=None):
    """He's normal: a truncated normal distribution of variance 2 / inputs."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.he_uniform", "keras.initializers.he_uniform")
def he_uniform(seed=None):
    """He's uniform: numbers between -x and x, with x = sqrt(6 / inputs)."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)


@export("initializers.lecun_normal", "keras.initializers.lecun_normal")
def lecun_normal(seed=None):
    """LeCun's normal: a truncated normal distribution of variance 1 / inputs."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.lecun_uniform", "keras.initializers.lecun_uniform")
def lecun_uniform(seed=None):
    """LeCun's uniform: numbers between -x and x, with x = sqrt(3 / inputs)."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)


@export("uniform_unit_scaling_initializer", "initializers.uniform_unit_scaling")
class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the scale of the input: between -x and x, x = factor * sqrt(3 / inputs).

    The inputs are all dimensions but the last. TF1 already advised ``variance_scaling_initializer`` in its place.
    """

    _config_names = ("factor", "seed", "dtype")

    def __init__(self, factor=1.0, seed=None, dtype=float32) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = float_type(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        inputs = float(math.prod(whole_shape(shape, partition_info)[:-1]))
        limit = math.sqrt(3 / max(inputs, 1.0)) * self.factor
        return F.random_uniform(shape, -limit, limit, self._dtype_or_own(dtype), seed=self.seed)
