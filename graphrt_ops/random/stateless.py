"""Stateless random ops: the numbers follow from a seed that is an input, so the same in every run."""

from __future__ import annotations

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import REALS, as_dtype, float32, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, static_value
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.random import distributions, sampling
from graphrt_ops.random.op_parts import FLOAT_TYPES, SHAPE_TYPES, shape_tensor, sizes
from graphrt_ops.random.philox import blocks
from graphrt_ops.random.stream import Stream

# The key with which the two seeds become a stream's key and counter.
_SCRAMBLING_KEY = 0x02461E29_3EC8F720
_SEED_TYPES = (int32, int64)


def stream_of_seeds(seed) -> Stream:
    """The stream of a seed pair: TensorFlow scrambles it, by drawing one block with the pair as the counter."""
    first, second = (int(value) & 0xFFFF_FFFF_FFFF_FFFF for value in seed)
    words = [int(word) for word in blocks(np, _SCRAMBLING_KEY, second, first, 1)[0]]
    return Stream(words[0] | words[1] << 32, words[2] | words[3] << 32)


def _check_seed(op: Operation, index: int) -> None:
    op.inputs[index].shape.assert_is_compatible_with(TensorShape.of((2,)))


def _infer(op: Operation) -> TensorShape:
    _check_seed(op, 1)
    return static_shape(op.inputs[0])


def _infer_draws(op: Operation) -> TensorShape:
    _check_seed(op, 2)
    count = static_value(op.inputs[1])
    return TensorShape.of((op.inputs[0].shape.with_rank(2).values[0], None if count is None else int(count)))


def _float_op(type: str, distribution) -> OpDef:
    opdef = OpDef(
        type,
        "shape:T@host seed:Tseed@host",
        "output:dtype",
        dtypes={"T": SHAPE_TYPES, "Tseed": _SEED_TYPES, "dtype": FLOAT_TYPES},
        attrs={"Tseed": int64},
        infer=_infer,
        differentiable=False,
    )

    @opdef.kernel
    def kernel(xp, shape, seed, dtype):
        return distribution(xp, stream_of_seeds(seed), sizes(shape), dtype.as_numpy_dtype)

    return opdef


uniform_opdef = _float_op("StatelessRandomUniform", distributions.uniform)
normal_opdef = _float_op("StatelessRandomNormal", distributions.normal)
truncated_opdef = _float_op("StatelessTruncatedNormal", distributions.truncated_normal)
integer_opdef = OpDef(
    "StatelessRandomUniformInt",
    "shape:T@host seed:Tseed@host minval:dtype@host maxval:dtype@host",
    "output:dtype",
    dtypes={"T": SHAPE_TYPES, "Tseed": _SEED_TYPES, "dtype": (int32, int64)},
    attrs={"Tseed": int64},
    infer=_infer,
    differentiable=False,
)
multinomial_opdef = OpDef(
    "StatelessMultinomial",
    "logits num_samples:int32@host seed:Tseed@host",
    "output:output_dtype",
    dtypes={"T": REALS, "Tseed": _SEED_TYPES, "output_dtype": (int32, int64)},
    attrs={"Tseed": int64},
    infer=_infer_draws,
    differentiable=False,
)


@integer_opdef.kernel
def integer_kernel(xp, shape, seed, minval, maxval, dtype):
    if minval >= maxval:
        raise ValueError(f"Need minval < maxval, got {minval} >= {maxval}")
    bounds = int(minval), int(maxval)
    return distributions.integers(xp, stream_of_seeds(seed), sizes(shape), dtype.as_numpy_dtype, *bounds)


@multinomial_opdef.kernel
def multinomial_kernel(xp, logits, num_samples, seed, output_dtype):
    return sampling.multinomial(xp, stream_of_seeds(seed), logits, int(num_samples), output_dtype.as_numpy_dtype)


@export("random.stateless_uniform", "contrib.stateless.stateless_random_uniform")
def stateless_random_uniform(shape, seed, minval=0, maxval=None, dtype=float32, name=None):
    """As ``tf.random_uniform``, but the numbers follow from ``seed``, an int32 or int64 vector of two, alone.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     draw = tf.random.stateless_uniform([2], seed=[1, 2])
    ...     print(sess.run(draw), sess.run(draw))
    [0.8440604  0.19204533] [0.8440604  0.19204533]
    """
    dtype = as_dtype(dtype)
    if dtype not in (*FLOAT_TYPES, int32, int64):
        raise ValueError(f"Invalid dtype {dtype!r} of stateless_uniform: expected a float type, int32 or int64")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return integer_opdef(shape, seed, minval, maxval, name=scope)
        return F.add(uniform_opdef(shape, seed, dtype=dtype) * (maxval - minval), minval, name=scope)


def _scaled(opdef, default_name, shape, seed, mean, stddev, dtype, name):
    with name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        return F.add(opdef(shape, seed, dtype=dtype) * stddev, mean, name=scope)


@export("random.stateless_normal", "contrib.stateless.stateless_random_normal")
def stateless_random_normal(shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None):
    """As ``tf.random_normal``, but the numbers follow from ``seed``, an int32 or int64 vector of two, alone."""
    return _scaled(normal_opdef, "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


@export("random.stateless_truncated_normal", "contrib.stateless.stateless_truncated_normal")
def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None):
    """As ``tf.truncated_normal``, but the numbers follow from ``seed``, an int32 or int64 vector of two, alone."""
    return _scaled(truncated_opdef, "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def _drawn(default_name, logits, num_samples, seed, dtype, name):
    with name_scope(name, default_name, [logits, seed]):
        logits = convert_to_tensor(logits, name="logits")
        return multinomial_opdef(logits, num_samples, seed, output_dtype=int64 if dtype is None else as_dtype(dtype))


@export("random.stateless_multinomial", "contrib.stateless.stateless_multinomial")
def stateless_multinomial(logits, num_samples, seed, output_dtype=int64, name=None):
    """As ``tf.multinomial``, but the draws follow from ``seed``, an int32 or int64 vector of two, alone."""
    return _drawn("stateless_multinomial", logits, num_samples, seed, output_dtype, name)


@export("random.stateless_categorical")
def stateless_categorical(logits, num_samples, seed, dtype=int64, name=None):
    """As ``tf.random.stateless_multinomial``, by its later name."""
    return _drawn("stateless_categorical", logits, num_samples, seed, dtype, name)
