"""The initializers of tf.contrib.layers: functions, with formulas of their own."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32
from graphrt.opdef import export

# By how much truncating at two standard deviations reduces the variance, as tf.contrib takes it.
_TRUNCATION = 1.3
_MODES = ("FAN_IN", "FAN_OUT", "FAN_AVG")


@export("contrib.layers.variance_scaling_initializer")
def variance_scaling_initializer(factor=2.0, mode="FAN_IN", uniform=False, seed=None, dtype=float32):
    """An initializer that draws numbers of the variance ``factor / n``.

    Args:
      factor: a positive number.
      mode: what ``n`` is: "FAN_IN" the inputs of a unit, "FAN_OUT" its outputs, "FAN_AVG" their average.
      uniform: draw from a uniform distribution and not from a truncated normal one.
      seed: the op seed; see ``tf.set_random_seed``. dtype: the type, unless the call says another.

    Raises:
      TypeError: for another mode, or a type that is no float type.
    """
    dtype = _float_type(dtype)
    if mode not in _MODES:
        raise TypeError(f"Unknown mode {mode} [{', '.join(_MODES)}]")

    def initializer(shape, dtype=dtype, partition_info=None):
        dtype = _float_type(dtype)
        fan_in, fan_out = _fans([int(size) for size in shape])
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return F.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return F.truncated_normal(shape, 0.0, math.sqrt(_TRUNCATION * factor / n), dtype, seed=seed)

    return initializer


@export("contrib.layers.xavier_initializer", "contrib.layers.xavier_initializer_conv2d")
def xavier_initializer(uniform=True, seed=None, dtype=float32):
    """Glorot's initializer: variance 2 / (inputs + outputs); arguments as of ``variance_scaling_initializer``."""
    return variance_scaling_initializer(factor=1.0, mode="FAN_AVG", uniform=uniform, seed=seed, dtype=dtype)


def _float_type(dtype):
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise TypeError(f"Cannot create initializer for non-floating point type {dtype!r}.")
    return dtype


def _fans(shape: list[int]) -> tuple[float, float]:
    if not shape:
        return 1.0, 1.0
    window = float(math.prod(shape[:-2]))
    return shape[-2 if len(shape) > 1 else -1] * window, shape[-1] * window
