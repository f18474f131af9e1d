"""make_tensor_proto: Python values as the message in which graphs and servers hold tensors."""

from __future__ import annotations

import math

from graphrt.dtypes import as_dtype, of_array
from graphrt.formats.tensor_proto import array_to_proto
from graphrt.opdef import export
from graphrt_ops.values import array_of


@export("make_tensor_proto", "contrib.util.make_tensor_proto")
def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """A TensorProto of `values`, converted as `tf.constant` converts them.

    Args:
      values: a number, string, NumPy array or (nested) list of them.
      dtype: the element type; it follows from `values` without it.
      shape: the shape; with fewer values than it has places, the last value stands for the missing ones.
      verify_shape: if True, `values` must have exactly `shape`.
      allow_broadcast: if True, only a single value may fill a larger shape. Not together with `verify_shape`.

    Raises:
      TypeError: `values` do not fit `dtype`, or `shape` where it is verified.
      ValueError: there are more values than `shape` has places.

    >>> print(tf.make_tensor_proto(3, shape=[2, 2]).int_val)
    [3]
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    array = array_of(values, None if dtype is None else as_dtype(dtype).base_dtype)
    dims = array.shape if shape is None else tuple(int(size) for size in shape)
    if array.shape != dims:
        _check_shape(array, dims, verify_shape, allow_broadcast)
    return array_to_proto(array, of_array(array) if dtype is None else as_dtype(dtype), dims)


def _check_shape(array, dims, verify_shape, allow_broadcast):
    single = array.shape in ((), (1,))
    if verify_shape or (allow_broadcast and not single and array.size != math.prod(dims)):
        raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
    if array.size > math.prod(dims):
        raise ValueError(f"Too many elements provided. Needed at most {math.prod(dims)}, but received {array.size}")
