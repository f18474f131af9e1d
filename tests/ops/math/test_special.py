"""Products without nan, polynomials, counting."""

from __future__ import annotations

import numpy as np
import scipy.special

import graphrt as tf
from graphrt_ops.math import incomplete
from tests.ops.harness import case, checks, error, normal, sample, uniform, whole

POSITIVE = [
    sample(normal(2, 3), uniform(3, low=0.3, high=2)),
    sample(normal(), uniform(2, low=0.3)),
    sample(normal(0, 3), uniform(3, low=0.3)),
]
ZEROS = sample(np.array([0.0, 0.0, 0.0, 2.0]), np.array([0.0, -1.0, np.nan, 3.0]))
COUNTS = "its values are counts"


def without_nan(x, y):
    return np.where(y == 0, 0, x * np.where(y == 0, 1, y))


def quotient(x, y):
    return np.where(x == 0, 0, x / np.where(x == 0, 1, y))


def histogram(values, value_range, nbins):
    low, high = value_range
    inside = np.clip(values, low, np.nextafter(high, low))
    return np.histogram(inside, nbins, (low, high))[0]


SHAPES_OF_GAMMA = [
    sample(uniform(2, 3, low=0.3, high=9), uniform(2, 3, low=0.1, high=20)),
    sample(uniform(3, low=0.3, high=9), uniform(2, 3, low=0.1, high=20)),
    sample(uniform(low=0.3, high=9), uniform(low=0.1, high=9)),
    sample(np.array([1.0, 2.0]), np.array([0.0, 300.0])),
]
TAILS = {"float32": 2e-5, "float64": 1e-12}


def slope_of_gamma(a, x):
    """The derivative along a, by differences."""
    step = 1e-3
    at = [scipy.special.gammainc(a + k * step, x) for k in (-2, -1, 1, 2)]
    return (8 * (at[2] - at[1]) - (at[3] - at[0])) / (12 * step)


def running_logsumexp(x, axis=0, exclusive=False, reverse=False):
    x = np.flip(x, axis) if reverse else x
    result = np.logaddexp.accumulate(x, axis)
    if exclusive:
        lowest = np.full_like(np.take(x, [0], axis), np.finfo(np.float64).min)
        result = np.concatenate([lowest, np.delete(result, -1, axis)], axis)
    return np.flip(result, axis) if reverse else result


CASES = [
    case(
        tf.igamma,
        scipy.special.gammainc,
        SHAPES_OF_GAMMA,
        gradient_samples=SHAPES_OF_GAMMA[:3],
        second="TF1 has none along a",
        tolerance=TAILS,
    ),
    case(
        tf.igammac,
        scipy.special.gammaincc,
        SHAPES_OF_GAMMA,
        gradient_samples=SHAPES_OF_GAMMA[:3],
        second="TF1 has none along a",
        tolerance=TAILS,
    ),
    case(
        incomplete.igamma_grad_a,
        slope_of_gamma,
        SHAPES_OF_GAMMA[:3],
        gradient="TF1 has none",
        tolerance={"float32": 2e-5, "float64": 1e-8},
    ),
    case(
        tf.betainc,
        scipy.special.betainc,
        [
            sample(uniform(2, 3, low=0.3, high=9), uniform(2, 3, low=0.3, high=9, seed=1), uniform(2, 3)),
            sample(np.array(2.0), np.array(3.0), np.array([0.0, 0.5, 1.0])),
        ],
        gradient="TF1 has it along x only: tests/golden compares it",
        tolerance=TAILS,
    ),
    case(
        tf.math.cumulative_logsumexp,
        running_logsumexp,
        [sample(normal(2, 5), axis=axis, reverse=reverse) for axis in (0, 1) for reverse in (False, True)],
    ),
    case(
        tf.math.xlogy,
        scipy.special.xlogy,
        [*POSITIVE, sample(np.zeros(3), np.array([0.0, -1.0, 2.0]))],
        gradient_samples=POSITIVE,
    ),
    case(tf.math.xdivy, quotient, [*POSITIVE, ZEROS], gradient_samples=POSITIVE),
    case(
        tf.math.multiply_no_nan,
        without_nan,
        [*POSITIVE, sample(np.array([np.nan, np.inf, 1.0]), np.array([0.0, 0.0, 2.0]))],
        gradient_samples=POSITIVE,
    ),
    case(
        tf.math.reciprocal_no_nan,
        lambda x: quotient(np.ones_like(x) * (x != 0), x),
        [sample(np.array([0.0, 2.0, -4.0]))],
        gradient_samples=[sample(uniform(3, low=1, high=2))],
    ),
    case(
        tf.math.polyval,
        lambda coefficients, x: np.polyval(coefficients, x),
        [
            sample([np.array(1.0), np.array(-2.0), np.array(0.5)], normal(2, 3)),
            sample([np.array(2.0), np.array(1.0)], normal()),
        ],
        gradient_samples=[sample([np.array(1.0), np.array(-2.0), np.array(0.5)], normal(2, 3))],
    ),
    case(
        tf.lbeta,
        lambda x: scipy.special.gammaln(x).sum(-1) - scipy.special.gammaln(x.sum(-1)),
        [sample(uniform(2, 3, low=0.5, high=2)), sample(uniform(3, low=0.5, high=2))],
    ),
    case(
        tf.math.nextafter,
        np.nextafter,
        [sample(normal(3), normal(3, seed=1))],
        dtypes=("float64",),
        gradient="a step of one unit in the last place",
    ),
    case(
        tf.bincount,
        lambda arr, weights=None, minlength=0: np.bincount(
            arr.ravel(), None if weights is None else weights.ravel(), minlength
        ),
        [
            sample(np.array([1, 1, 5], np.int32)),
            sample(np.array([[0, 2], [2, 2]], np.int32), minlength=6),
            sample(np.array([1, 1, 3], np.int32), weights=normal(3)),
        ],
        covers=["Bincount"],
        errors=[error(tf.errors.InvalidArgumentError, "non-negative", np.array([-1], np.int32))],
    ),
    case(
        tf.histogram_fixed_width,
        histogram,
        [sample(normal(20), [-1.0, 1.0], nbins=5)],
        gradient=COUNTS,
        dtypes=("float32",),
        errors=[error(tf.errors.InvalidArgumentError, "value_range", normal(3), [2.0, 1.0])],
    ),
    case(
        tf.histogram_fixed_width,
        histogram,
        [sample(whole(9), [0, 10], nbins=5)],
        dtypes=("int32",),
        name="histogram_of_integers",
    ),
]
test_special = checks(CASES)
