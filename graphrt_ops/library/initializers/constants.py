"""Initializers that are the same every time: zeros, ones, a constant, the identity matrix."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32
from graphrt.opdef import export
from graphrt_ops.library.initializers.initializer import Initializer, float_type, whole_shape


@export("zeros_initializer", "initializers.zeros", "keras.initializers.Zeros", "keras.initializers.zeros")
class Zeros(Initializer):
    """Makes zeros.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.zeros_initializer()([3])))
    [0. 0. 0.]
    """

    def __init__(self, dtype=float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return F.zeros(shape, self._dtype_or_own(dtype))


@export("ones_initializer", "initializers.ones", "keras.initializers.Ones", "keras.initializers.ones")
class Ones(Initializer):
    """Makes ones."""

    def __init__(self, dtype=float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        return F.ones(shape, self._dtype_or_own(dtype))


@export("constant_initializer", "initializers.constant", "keras.initializers.Constant", "keras.initializers.constant")
class Constant(Initializer):
    """Makes a constant.

    Args:
      value: a number, a list of values or an array; if it has fewer elements than the variable, its last one fills
        the rest.
      dtype: the type, unless the call says another.
      verify_shape: if True, ``value`` must have the very shape of the variable.

    Raises:
      TypeError: if ``value`` is something else, or (when called, with ``verify_shape``) of another shape.
      ValueError: when called, if ``value`` has more elements than the variable.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.constant_initializer([1, 2])([2, 2])))
    [[1. 2.]
     [2. 2.]]
    """

    _config_names = ("value", "dtype")

    def __init__(self, value=0, dtype=float32, verify_shape=False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected a number, a list of values or an array)."
            )
        self.value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(self, shape, dtype=None, partition_info=None, verify_shape=None):
        verify_shape = self._verify_shape if verify_shape is None else verify_shape
        return F.constant(self.value, dtype=self._dtype_or_own(dtype), shape=shape, verify_shape=verify_shape)


@export("initializers.identity", "keras.initializers.Identity", "keras.initializers.identity")
class Identity(Initializer):
    """Makes an identity matrix (not necessarily square), times ``gain``.

    Raises:
      ValueError: when called, if the shape has not two dimensions.
    """

    _config_names = ("gain", "dtype")

    def __init__(self, gain=1.0, dtype=float32) -> None:
        self.gain = gain
        self.dtype = float_type(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        full_shape = whole_shape(shape, partition_info)
        if len(full_shape) != 2:
            raise ValueError(f"Identity matrix initializer can only be used for 2D matrices, not for {full_shape}.")
        matrix = F.eye(*full_shape, dtype=self._dtype_or_own(dtype))
        if partition_info is not None:
            matrix = F.slice(matrix, partition_info.var_offset, shape)
        return self.gain * matrix
