"""Products without nan, polynomials, counting."""

from __future__ import annotations

import numpy as np
import scipy.special

import graphrt as tf
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


CASES = [
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
