"""relu and its kin, softplus, softsign, softmax."""

from __future__ import annotations

import numpy as np
import scipy.special

import graphrt as tf
from graphrt_ops.nn.elu import SELU_SCALE, SELU_SCALE_ALPHA
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, uniform

SHAPES = [sample(x) for x in (normal(3, 4), normal(2, 3, 2, seed=1), normal(), normal(0, 3), SPECIAL)]
FLOATS = ("float16", "bfloat16", "float32", "float64")


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def selu(x):
    return np.where(x > 0, SELU_SCALE * x, SELU_SCALE_ALPHA * np.expm1(np.minimum(x, 0)))


def softsign(x):
    return x / (1 + np.abs(x))


def leaky(x, alpha=0.2):
    return np.where(x > 0, x, np.float32(alpha) * x)


CASES = [
    case(tf.nn.relu, lambda x: np.maximum(x, 0), SHAPES, dtypes=FLOATS, covers=["ReluGrad"]),
    case(tf.nn.relu6, lambda x: np.minimum(np.maximum(x, 0), 6), SHAPES, dtypes=FLOATS, covers=["Relu6Grad"]),
    case(
        tf.nn.leaky_relu,
        leaky,
        [*SHAPES, sample(normal(5), alpha=0.5)],
        dtypes=FLOATS,
        covers=["LeakyReluGrad"],
        errors=[error(TypeError, "Expected float for argument 'alpha'", normal(2), alpha=normal())],
    ),
    case(tf.nn.elu, elu, SHAPES, dtypes=FLOATS, covers=["EluGrad"]),
    case(tf.nn.selu, selu, SHAPES, dtypes=FLOATS, covers=["SeluGrad"]),
    case(tf.nn.softplus, lambda x: np.logaddexp(x, 0), SHAPES, dtypes=FLOATS, covers=["SoftplusGrad"]),
    case(
        tf.nn.softsign,
        softsign,
        SHAPES,
        covers=["SoftsignGrad"],
        second="TensorFlow has no gradient of SoftsignGrad",
    ),
    case(
        tf.nn.crelu,
        lambda x, axis=-1: np.maximum(np.concatenate([x, -x], axis), 0),
        [sample(normal(3, 4)), sample(normal(3, 4), axis=0)],
    ),
]
test_activations = checks(CASES)


def softmax(x, axis=-1):
    return scipy.special.softmax(x, axis)


def log_softmax(x, axis=-1):
    return scipy.special.log_softmax(x, axis)


ROWS = [sample(normal(3, 4)), sample(normal(2, 3, 4)), sample(normal(5)), sample(100 * uniform(2, 3, low=-1))]
ALONG = [sample(normal(3, 4), axis=0), sample(normal(2, 3, 4), axis=1), sample(normal(2, 3, 4), axis=-2)]
BEYOND = error(tf.errors.InvalidArgumentError, "must be in the range", normal(2, 3), axis=2)
SCALAR = error(ValueError, "must be at least rank 1", normal())

SOFTMAX_CASES = [
    case(tf.nn.softmax, softmax, [*ROWS, sample(np.zeros((0, 3)))], dtypes=FLOATS, errors=[SCALAR]),
    case(tf.nn.log_softmax, log_softmax, [*ROWS, sample(np.zeros((0, 3)))], dtypes=FLOATS, errors=[SCALAR]),
    case(
        lambda x, axis: tf.nn.softmax(x, axis=axis),
        softmax,
        ALONG,
        name="softmax_along",
        errors=[BEYOND],
        partial_shapes="an axis that is not the last one needs a known rank",
    ),
    case(
        lambda x, axis: tf.nn.log_softmax(x, axis=axis),
        log_softmax,
        ALONG,
        name="log_softmax_along",
        partial_shapes="an axis that is not the last one needs a known rank",
    ),
]
test_softmax = checks(SOFTMAX_CASES)


def test_the_gradient_of_relu_takes_over_memory_of_an_unknown_batch():
    """Its inputs have one shape, known or not, so nothing can be broadcast."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 300])
        gradient = tf.gradients(tf.square(tf.nn.relu(x)), x)[0]
        feeds = {x: normal(40, 300)}
        np.testing.assert_allclose(sess.run(gradient, feeds), 2 * np.maximum(normal(40, 300), 0), rtol=1e-6)
        line = next(line for line in str(sess.explain(gradient, feeds)).splitlines() if "= relugrad" in line)
    assert "out=" in line
