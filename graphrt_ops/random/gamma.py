"""random_gamma and random_poisson."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float16, float32, float64, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.random import rejection
from graphrt_ops.random.op_parts import SHAPE_TYPES, random_op, seed_attrs, sizes


def _samples_of_each(op: Operation) -> TensorShape:
    """The shape that input 0 holds, followed by the shape of input 1."""
    return static_shape(op.inputs[0]).concatenate(op.inputs[1].shape)


opdef = random_op(
    "RandomGamma",
    "shape:S@host alpha",
    "output",
    _samples_of_each,
    {"S": SHAPE_TYPES, "T": (float16, float32, float64)},
)
poisson_opdef = random_op(
    "RandomPoissonV2",
    "shape:S@host rate:R",
    "output:dtype",
    _samples_of_each,
    {
        "S": SHAPE_TYPES,
        "R": (float16, float32, float64, int32, int64),
        "dtype": (float16, float32, float64, int32, int64),
    },
    {"R": float64},
)


@opdef.kernel
def kernel(xp, shape, alpha, state):
    return rejection.gamma(xp, state, sizes(shape), alpha)


@poisson_opdef.kernel
def poisson_kernel(xp, shape, rate, dtype, state):
    return rejection.poisson(xp, state, sizes(shape), rate, dtype.as_numpy_dtype)


@export("random_gamma", "random.gamma")
def random_gamma(shape, alpha, beta=None, dtype=float32, seed=None, name=None):
    """A tensor of gamma distributed random numbers: ``shape`` samples for each pair of parameters.

    Gradients with respect to ``beta`` are there; those with respect to ``alpha`` are not.

    Args:
      shape: int32 or int64 vector, or a list of sizes.
      alpha: the shape parameter of the distribution, a tensor of ``dtype``.
      beta: its inverse scale, 1 if not given; broadcasts with ``alpha``.
      dtype: float16, float32 or float64.
      seed: the op seed; see ``tf.set_random_seed``. name: a name for the nodes.

    Returns:
      Tensor of the shape ``shape`` + (the shape of ``alpha + beta``).
    """
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = convert_to_tensor(shape, name="shape", dtype=int32)
        alpha = convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = convert_to_tensor(1 if beta is None else beta, name="beta", dtype=dtype)
        alpha = alpha + F.zeros_like(beta)
        smallest = np.finfo(alpha.dtype.as_numpy_dtype).tiny
        return F.maximum(smallest, opdef(shape, alpha, **seed_attrs(seed)) / beta)


@export("random_poisson", "random.poisson")
def random_poisson(lam, shape, dtype=float32, seed=None, name=None):
    """A tensor of Poisson distributed random numbers: ``shape`` samples for each rate in ``lam``.

    Args:
      lam: the rate: a number or a tensor.
      shape: int32 or int64 vector, or a list of sizes.
      dtype: float16, float32, float64, int32 or int64.
      seed: the op seed; see ``tf.set_random_seed``. name: a name for the nodes.

    Returns:
      Tensor of the shape ``shape`` + (the shape of ``lam``).
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        shape = convert_to_tensor(shape, name="shape", dtype=int32)
        return poisson_opdef(shape, lam, dtype=as_dtype(dtype), **seed_attrs(seed))
