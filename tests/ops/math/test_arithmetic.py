"""add, subtract, multiply, the divisions, remainders, powers, extremes."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from graphrt_ops.math import roots
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, uniform, whole

PAIRS = [
    sample(normal(2, 3), normal(2, 3, seed=1)),
    sample(normal(2, 3), normal(3)),
    sample(normal(2, 1), normal(3)),
    sample(normal(4, 1, 2), normal(3, 1)),
    sample(normal(), normal(3)),
    sample(normal(), normal(seed=1)),
    sample(normal(0, 3), normal(3)),
    sample(SPECIAL, SPECIAL.reshape(-1, 1)),
]
FINITE_PAIRS = PAIRS[:-1]
AWAY_FROM_ZERO = [
    sample(normal(2, 3), uniform(3, low=0.5, high=2)),
    sample(normal(2, 1), uniform(4, low=-2, high=-0.5)),
    sample(normal(), uniform(2, low=1, high=2)),
]
POSITIVE_PAIRS = [
    sample(uniform(2, 3, low=0.3, high=2), normal(3)),
    sample(uniform(2, 1, low=0.3, high=2), normal(3)),
    sample(uniform(low=0.3, high=2), normal()),
    sample(uniform(0, 3), normal(3)),
]
SLOPES = [sample(uniform(2, 3, low=0.5, high=2), normal(2, 3)), sample(uniform(low=0.5, high=2), normal())]
INTEGERS = [
    sample(whole(2, 3), whole(3, low=1)),
    sample(whole(0), whole(1, low=1)),
    sample(whole(), whole(4, low=-5, high=-1)),
]
UNEQUAL = error(ValueError, "Dimensions must be equal", normal(2), normal(3))
BY_ZERO = error(tf.errors.InvalidArgumentError, "division by zero", whole(3), np.zeros(3))
WHOLE_TYPES = ("int32", "int64")
FLAT = "it has steps: TF1 sends no gradient through it"


def divided_or_zero(x, y):
    with np.errstate(all="ignore"):
        return np.where(y == 0, 0, np.true_divide(x, np.where(y == 0, 1, y)))


def truncated(x, y):
    return np.trunc(x / y).astype(np.result_type(x, y))


def sums(list_of_arrays):
    return np.sum(np.stack(list_of_arrays), axis=0)


THREE = [[normal(2, 3), normal(2, 3, seed=1), normal(2, 3, seed=2)]]

CASES = [
    case(tf.add, np.add, PAIRS, errors=[UNEQUAL], dtypes=("float32", "float64", "float16", "int32")),
    case(lambda x, y: x + y, np.add, PAIRS, name="operator_add", errors=[UNEQUAL]),
    case(tf.subtract, np.subtract, PAIRS, errors=[UNEQUAL]),
    case(tf.multiply, np.multiply, PAIRS, errors=[UNEQUAL]),
    case(tf.realdiv, np.divide, PAIRS, gradient_samples=AWAY_FROM_ZERO),
    case(
        tf.div_no_nan,
        divided_or_zero,
        PAIRS[:-1] + [sample(normal(3), np.array([0.0, 1.0, -0.0]))],
        gradient_samples=AWAY_FROM_ZERO,
    ),
    case(tf.floor_div, lambda x, y: np.floor(x / y), AWAY_FROM_ZERO, gradient=FLAT),
    case(tf.floor_div, np.floor_divide, INTEGERS, dtypes=WHOLE_TYPES, name="floor_div_of_integers", errors=[BY_ZERO]),
    case(tf.truncatediv, truncated, INTEGERS, dtypes=WHOLE_TYPES, errors=[BY_ZERO]),
    case(
        tf.floormod,
        np.mod,
        AWAY_FROM_ZERO,
        gradient_samples=[sample(np.array([5.3, -4.2]), np.array([2.0, 3.1]))],
        tolerance={"float32": 1e-5},
    ),
    case(tf.floormod, np.mod, INTEGERS, dtypes=WHOLE_TYPES, name="floormod_of_integers", errors=[BY_ZERO]),
    case(tf.truncatemod, np.fmod, INTEGERS, dtypes=WHOLE_TYPES, errors=[BY_ZERO]),
    case(tf.pow, np.power, [*POSITIVE_PAIRS, sample(normal(4), np.array(2.0))], gradient_samples=POSITIVE_PAIRS),
    case(
        tf.pow,
        np.power,
        [sample(whole(2, 3), whole(3, low=0, high=4)), sample(whole(3), np.array(2.0))],
        name="pow_of_integers",
        dtypes=WHOLE_TYPES,
        errors=[error(tf.errors.InvalidArgumentError, "negative integer powers", whole(3), -np.ones(3))],
    ),
    case(tf.maximum, np.maximum, PAIRS, gradient_samples=FINITE_PAIRS, dtypes=("float32", "float64", "int32")),
    case(tf.minimum, np.minimum, PAIRS, gradient_samples=FINITE_PAIRS, dtypes=("float32", "float64", "int32")),
    case(tf.squared_difference, lambda x, y: (x - y) ** 2, PAIRS, dtypes=("float32", "float64", "int32")),
    case(
        lambda x, y: tf.add_n([x, y, x]),
        lambda x, y: x + y + x,
        [PAIRS[0], sample(normal(), normal(seed=1)), sample(normal(0, 2), normal(0, 2))],
        name="add_n",
    ),
    case(
        lambda x: tf.add_n([tf.identity(x)] * 2 + [x]),
        lambda x: 3 * x,
        [sample(normal(2, 3))],
        name="add_n_of_one_tensor",
    ),
    case(lambda x, y: tf.accumulate_n([x, y, y]), lambda x, y: x + 2 * y, [PAIRS[0]], name="accumulate_n"),
    case(
        lambda x: tf.cast(x, tf.float64),
        lambda x: x.astype(np.float64),
        [sample(normal(2, 3)), sample(normal()), sample(normal(0))],
        name="cast_to_double",
    ),
    case(
        lambda x: tf.cast(x, tf.int32),
        np.trunc,
        [sample(5 * normal(2, 3)), sample(normal())],
        name="cast_to_int",
        gradient="integers",
    ),
    case(
        lambda x: tf.saturate_cast(x, tf.uint8),
        lambda x: np.clip(np.trunc(x), 0, 255),
        [sample(np.array([300.0, -5.0, 7.9]))],
        name="saturate_cast",
        gradient="integers",
    ),
    case(tf.scalar_mul, np.multiply, [sample(2.5, normal(2, 3))]),
    case(roots.sqrt_grad, lambda y, dy: np.where(dy == 0, 0, dy / (2 * y)), SLOPES),
    case(roots.rsqrt_grad, lambda y, dy: -0.5 * dy * y**3, SLOPES),
    case(roots.reciprocal_grad, lambda y, dy: -dy * y * y, SLOPES),
]
test_arithmetic = checks(CASES)
