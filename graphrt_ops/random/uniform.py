"""random_uniform: numbers that are all equally likely, between two bounds."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32, int32, int64
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value
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

opdef = random_op(
    "RandomUniform",
    "shape:T@host",
    "output:dtype",
    shape_from_input,
    {"T": SHAPE_TYPES, "dtype": FLOAT_TYPES},
    differentiable=False,
)
integer_opdef = random_op(
    "RandomUniformInt",
    "shape:T@host minval:Tout@host maxval:Tout@host",
    "output:Tout",
    shape_from_input,
    {"T": SHAPE_TYPES, "Tout": (int32, int64)},
)


@opdef.lower
def lower(op):
    return drawn(op, "uniform")


@integer_opdef.lower
def lower_integers(op):
    low, high = (static_value(bound) for bound in op.inputs[1:])
    if low is None or high is None or low >= high:
        return None
    return drawn(op, "integers", int(low), int(high))


@opdef.kernel
def kernel(xp, shape, dtype, state):
    return distributions.uniform(xp, state, sizes(shape), dtype.as_numpy_dtype)


@integer_opdef.kernel
def integer_kernel(xp, shape, minval, maxval, Tout, state):  # noqa: N803 (attributes have TensorFlow's names)
    if minval.ndim or maxval.ndim:
        raise ValueError(f"minval and maxval must be 0-D, got shapes {list(minval.shape)} and {list(maxval.shape)}")
    dims = sizes(shape)
    if minval >= maxval and 0 not in dims:
        raise ValueError(f"Need minval < maxval, got {minval} >= {maxval}")
    return distributions.integers(xp, state, dims, Tout.as_numpy_dtype, int(minval), int(maxval))


@export("random_uniform", "random.uniform")
def random_uniform(shape, minval=0, maxval=None, dtype=float32, seed=None, name=None):
    """A tensor of random numbers in ``[minval, maxval)``, drawn anew in every run.

    Integers have a slight bias towards the small ones unless ``maxval - minval`` is a power of two, as in TensorFlow 1.

    Args:
      shape: int32 or int64 vector, or a list of sizes.
      minval: the lower bound: a number, or (not for integers) a tensor to which ``shape`` broadcasts.
      maxval: the upper bound, likewise; 1 if ``dtype`` is a float type.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: the op seed; see ``tf.set_random_seed``.
      name: a name for the node.

    Raises:
      ValueError: for another ``dtype``, or integers without ``maxval``.
      InvalidArgumentError: (running) if integer bounds leave nothing between them.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     draw = tf.random_uniform([3], -1, 1, seed=1)
    ...     print(sess.run(draw))
    [-0.5219252   0.8407991  -0.89897513]
    """
    dtype = as_dtype(dtype)
    if dtype not in (*FLOAT_TYPES, int32, int64):
        raise ValueError(f"Invalid dtype {dtype!r} of random_uniform: expected a float type, int32 or int64")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = convert_to_tensor(maxval, dtype=dtype, name="max")
        seeds = seed_attrs(seed)
        if dtype.is_integer:
            return integer_opdef(shape, minval, maxval, name=scope, **seeds)
        return F.add(opdef(shape, dtype=dtype, **seeds) * (maxval - minval), minval, name=scope)
