"""Initializers that draw from one distribution, whatever the shape: uniform, normal, truncated normal."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32
from graphrt.opdef import export
from graphrt_ops.library.initializers.initializer import Initializer, float_type


@export("random_uniform_initializer", "initializers.random_uniform")
class RandomUniform(Initializer):
    """Draws numbers in ``[minval, maxval)``.

    Args:
      minval, maxval: the bounds; ``maxval`` is 1 if not given and the type is a float type.
      seed: the op seed; see ``tf.set_random_seed``.
      dtype: the type, unless the call says another.
    """

    _config_names = ("minval", "maxval", "seed", "dtype")

    def __init__(self, minval=0, maxval=None, seed=None, dtype=float32) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return F.random_uniform(shape, self.minval, self.maxval, self._dtype_or_own(dtype), seed=self.seed)


class _Bell(Initializer):
    """Mean and standard deviation."""

    _config_names = ("mean", "stddev", "seed", "dtype")

    def __init__(self, mean=0.0, stddev=1.0, seed=None, dtype=float32) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = float_type(dtype)


@export("random_normal_initializer", "initializers.random_normal")
class RandomNormal(_Bell):
    """Draws normally distributed numbers.

    Args:
      mean, stddev: the mean and standard deviation.
      seed: the op seed; see ``tf.set_random_seed``.
      dtype: the (float) type, unless the call says another.

    Raises:
      ValueError: if ``dtype`` is no float type.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.random_normal_initializer(mean=5, seed=1)([3])))
    [4.1886816 6.4845986 5.0653296]
    """

    def __call__(self, shape, dtype=None, partition_info=None):
        return F.random_normal(shape, self.mean, self.stddev, self._dtype_or_own(dtype), seed=self.seed)


@export("truncated_normal_initializer", "initializers.truncated_normal")
class TruncatedNormal(_Bell):
    """Draws normally distributed numbers, again where they are more than two standard deviations from the mean.

    Arguments as of ``random_normal_initializer``.
    """

    def __call__(self, shape, dtype=None, partition_info=None):
        return F.truncated_normal(shape, self.mean, self.stddev, self._dtype_or_own(dtype), seed=self.seed)
