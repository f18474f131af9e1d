"""Reductions over every kind of axis, with special and empty inputs."""

from __future__ import annotations

import numpy as np
import scipy.special

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample, uniform, whole


def over(array, first_axes=(None, 0, -1, [0, 2], [-1, 0], [])):
    return [sample(array, axis=axis) for axis in first_axes] + [sample(array, axis=1, keepdims=True)]


FLOATS = [
    *over(normal(2, 3, 4)),
    sample(normal()),
    sample(normal(5)),
    sample(normal(2, 3), axis=np.array([1], np.int32)),
]
EMPTY = [
    sample(np.zeros((0, 3))),
    sample(np.zeros((0, 3)), axis=0),
    sample(np.zeros((2, 0)), axis=1),
    sample(np.zeros((2, 0)), axis=0),
]
SPECIAL = [sample(np.array([[1.0, np.inf], [-np.inf, 2.0]]), axis=0), sample(np.array([[np.inf, 1.0]]), axis=1)]
BOOLS = [
    sample(array, axis=axis) for array in (normal(2, 3) > 0, np.zeros((0, 3), bool)) for axis in (None, 0, [1], [])
]
WHOLE = [sample(whole(3, 4)), sample(whole(3, 4), axis=1), sample(whole(3, 4), axis=[0], keepdims=True)]
TOO_LARGE = error(ValueError, "Invalid reduction dimension", normal(2, 2), axis=2)
FED_AXIS = error(tf.errors.InvalidArgumentError, "Invalid reduction", normal(2, 2), axis=np.array([5], np.int32))


def axes_of(axis):
    return tuple(np.ravel(axis).tolist()) if isinstance(axis, (list, np.ndarray)) else axis


def reduction(function):
    return lambda x, axis=None, keepdims=False: function(x, axis=axes_of(axis), keepdims=keepdims)


def extreme(function, initial):
    return reduction(lambda x, axis, keepdims: function(x, axis=axis, keepdims=keepdims, initial=initial))


def quotients(total, count):
    return np.trunc(total / count).astype(total.dtype)


def mean_of_integers(x, axis=None, keepdims=False):
    total = np.sum(x, axis=axes_of(axis), keepdims=keepdims)
    return np.trunc(total / (x.size // total.size))


def log_sum_exp(x, axis=None, keepdims=False):
    return scipy.special.logsumexp(x, axis=axes_of(axis), keepdims=keepdims) if axes_of(axis) != () else x


def running(function, start):
    def reference(x, axis=0, exclusive=False, reverse=False):
        x = np.flip(x, axis) if reverse else x
        result = function(x, axis=axis)
        if exclusive:
            result = np.concatenate([np.full_like(np.take(x, [0], axis), start), np.delete(result, -1, axis)], axis)
        return np.flip(result, axis) if reverse else result

    return reference


def positions(function):
    """Of the extreme, where nan never is one."""

    def reference(x, axis=0, output_type=None):
        worst = -np.inf if function is np.argmax else np.inf
        return function(np.where(np.isnan(x), worst, x), axis=axis)

    return reference


RUNNING = [
    sample(uniform(2, 3, low=0.5, high=1.5), axis=axis, exclusive=exclusive, reverse=reverse)
    for axis in (0, -1)
    for exclusive in (False, True)
    for reverse in (False, True)
] + [sample(np.zeros((0, 2)))]
ZEROS = np.array([[0.0, 2.0, 3.0], [2.0, 0.0, 3.0], [1.5, 0.0, 0.0], [2.0, 3.0, 4.0]])
PLACES = [sample(whole(3, 4)), sample(whole(3, 4), axis=-1), sample(whole(5)), sample(np.array([1.0, np.nan, 2.0]))]
INDEX = "its values are indices"
NO_AXIS = (
    "the shape decides which axes there are; TF1 makes other nodes for an unknown one, which tests/golden compares"
)

CASES = [
    case(tf.reduce_sum, reduction(np.sum), [*FLOATS, *EMPTY, *SPECIAL], errors=[TOO_LARGE, FED_AXIS]),
    case(
        tf.reduce_sum,
        reduction(np.sum),
        WHOLE,
        dtypes=("int32", "int64", "uint8"),
        name="sum_of_integers",
        tolerance=1e-9,
    ),
    case(tf.reduce_mean, reduction(np.mean), [*FLOATS, *SPECIAL], errors=[TOO_LARGE]),
    case(tf.reduce_mean, mean_of_integers, WHOLE, dtypes=("int32", "int64"), name="mean_of_integers"),
    case(tf.reduce_prod, reduction(np.prod), [*FLOATS, *EMPTY], errors=[TOO_LARGE]),
    case(
        tf.reduce_max,
        extreme(np.max, -np.inf),
        [*FLOATS, *EMPTY, *SPECIAL],
        errors=[TOO_LARGE],
        gradient_samples=FLOATS,
    ),
    case(
        tf.reduce_min, extreme(np.min, np.inf), [*FLOATS, *EMPTY, *SPECIAL], errors=[TOO_LARGE], gradient_samples=FLOATS
    ),
    case(tf.reduce_max, reduction(np.max), WHOLE, dtypes=("int32", "uint8"), name="max_of_integers"),
    case(tf.reduce_all, reduction(np.all), BOOLS, dtypes=("float32",)),
    case(tf.reduce_any, reduction(np.any), BOOLS, dtypes=("float32",)),
    case(tf.reduce_logsumexp, log_sum_exp, [*FLOATS, sample(np.array([1000.0, 1000.0]))], gradient_samples=FLOATS),
    case(
        tf.math.reduce_euclidean_norm,
        reduction(lambda x, axis, keepdims: x if axis == () else np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))),
        FLOATS,
        gradient="TF1 has none",
    ),
    case(tf.math.reduce_variance, reduction(np.var), FLOATS[:5]),
    case(tf.math.reduce_std, reduction(np.std), FLOATS[:3]),
    case(
        tf.count_nonzero,
        lambda x, axis=None, keepdims=False: np.sum(x != 0, axis=axes_of(axis), keepdims=keepdims),
        WHOLE,
        gradient="its values are counts",
    ),
    case(tf.argmax, positions(np.argmax), PLACES, dtypes=("float32", "float64"), gradient=INDEX),
    case(tf.argmin, positions(np.argmin), PLACES, dtypes=("float32", "float64"), gradient=INDEX),
    case(tf.argmax, positions(np.argmax), PLACES[:3], dtypes=("int32",), name="argmax_of_integers"),
    case(tf.cumsum, running(np.cumsum, 0), RUNNING),
    case(tf.cumprod, running(np.cumprod, 1), RUNNING, gradient_samples=RUNNING[:-1]),
    case(
        tf.cumprod,
        running(np.cumprod, 1),
        [
            sample(ZEROS, axis=1, exclusive=exclusive, reverse=reverse)
            for exclusive in (False, True)
            for reverse in (False, True)
        ],
        name="cumprod_of_zeros",
        second="where a factor is zero the second derivative is not right",
    ),
    case(
        tf.norm,
        lambda x, ord=2, axis=None, keepdims=False: np.linalg.norm(
            x if axis is not None else x.ravel(), ord if ord != "euclidean" else None, axes_of(axis), keepdims
        ),
        [
            sample(normal(2, 3)),
            sample(normal(2, 3), axis=1),
            sample(normal(2, 3), 1, axis=0),
            sample(normal(2, 3), np.inf, axis=-1),
            sample(normal(2, 3), 3, axis=-1),
            sample(normal(4, 2, 3), "fro", axis=[-2, -1]),
            sample(normal(4, 2, 3), 1, axis=[-2, -1]),
            sample(normal(4, 2, 3), np.inf, axis=[-2, -1]),
        ],
        errors=[error(ValueError, "supported vector norm", normal(3), -1)],
    ),
]
test_reductions = checks(CASES)
