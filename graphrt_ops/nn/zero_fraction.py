"""zero_fraction: how sparse a tensor is."""

from __future__ import annotations

import graphrt_ops as F  # noqa: N812
from graphrt.dtypes import DType, float32, int32, int64
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


@export("nn.zero_fraction", "math.zero_fraction")
def zero_fraction(value, name=None):
    """The fraction of elements that are 0, a float32 scalar (nan for an empty tensor).

    Args:
      value: a tensor of numbers. name: a name for the scope of the nodes.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.zero_fraction([0.0, 0.0, 3.0, 0.0])))
    0.75
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        size = F.size(value, out_type=int64)
        # As in TF1: counting in 32 bits is faster, where that is enough.
        nonzero = F.cond(
            size <= int32.max,
            true_fn=lambda: F.cast(_nonzero_count(value, int32), int64),
            false_fn=lambda: _nonzero_count(value, int64),
        )
        with name_scope("counts_to_fraction"):
            zeros = size - nonzero
            fraction = F.cast(zeros, float32) / F.cast(size, float32)
        return F.identity(fraction, "fraction")


def _nonzero_count(value: Tensor, dtype: DType) -> Tensor:
    with name_scope("count_nonzero"):
        zero = F.constant(0, dtype=value.dtype, name="zeros")
        return F.reduce_sum(F.cast(F.not_equal(value, zero), dtype), name="nonzero_count")
