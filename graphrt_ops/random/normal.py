"""random_normal and truncated_normal: numbers of the bell curve, whole or cut off at two standard deviations."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt_ops.random import distributions
from graphrt_ops.random.op_parts import (
    FLOAT_TYPES,
    SHAPE_TYPES,
    drawn,
    random_op,
    seed_attrs,
    shape_from_input,
    shape_tensor,
    sizes,
)

_TYPES = {"T": SHAPE_TYPES, "dtype": FLOAT_TYPES}

opdef = random_op(
    "RandomStandardNormal", "shape:T@host", "output:dtype", shape_from_input, _TYPES, differentiable=False
)
truncated_opdef = random_op(
    "TruncatedNormal", "shape:T@host", "output:dtype", shape_from_input, _TYPES, differentiable=False
)


@opdef.lower
def lower(op):
    return drawn(op, "normal")


@opdef.kernel
def kernel(xp, shape, dtype, state):
    return distributions.normal(xp, state, sizes(shape), dtype.as_numpy_dtype)


@truncated_opdef.kernel
def truncated_kernel(xp, shape, dtype, state):
    return distributions.truncated_normal(xp, state, sizes(shape), dtype.as_numpy_dtype)


def _scaled(op, default_name, shape, mean, stddev, dtype, seed, name):
    """mean + stddev * (what the op draws), with TensorFlow's nodes."""
    with name_scope(name, default_name, [shape, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        return F.add(op(shape, dtype=dtype, **seed_attrs(seed)) * stddev, mean, name=scope)


@export("random_normal", "random.normal")
def random_normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """A tensor of normally distributed random numbers, drawn anew in every run.

    Args:
      shape: int32 or int64 vector, or a list of sizes.
      mean: the mean: a number or a tensor to which ``shape`` broadcasts.
      stddev: the standard deviation, likewise.
      dtype: float16, bfloat16, float32 or float64.
      seed: the op seed; see ``tf.set_random_seed``.
      name: a name for the node.

    Raises:
      TypeError: for another ``dtype``.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.random_normal([3], mean=5, seed=1)))
    [4.1886816 6.4845986 5.0653296]
    """
    return _scaled(opdef, "random_normal", shape, mean, stddev, dtype, seed, name)


@export("truncated_normal", "random.truncated_normal")
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """As ``random_normal``, but numbers more than two standard deviations from the mean are drawn again.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(abs(sess.run(tf.truncated_normal([1000]))).max() < 2)
    True
    """
    return _scaled(truncated_opdef, "truncated_normal", shape, mean, stddev, dtype, seed, name)
