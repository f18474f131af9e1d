"""Functions of one tensor, element by element."""

from __future__ import annotations

import numpy as np
import scipy.special

import graphrt as tf
from graphrt_ops.math import hyperbolic, sigmoid
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, uniform, whole

ANY = [sample(normal(2, 3)), sample(normal()), sample(normal(0, 2)), sample(SPECIAL)]
SMOOTH = [sample(normal(2, 3)), sample(normal()), sample(normal(0, 2))]
POSITIVE = [sample(uniform(2, 3, low=0.3, high=3)), sample(uniform(low=0.5, high=1)), sample(uniform(0, 2))]
INSIDE = [sample(uniform(2, 3, low=-0.9, high=0.9)), sample(uniform(low=-0.5, high=0.5))]
ABOVE_ONE = [sample(uniform(2, 3, low=1.1, high=3)), sample(uniform(low=1.5, high=2))]
POLES = [sample(np.array([0.0, -1.0, -2.0, 0.5, -0.5, -1.5, 1.0, 2.0, 30.0]))]
FLAT = "it has steps: TF1 sends no gradient through it"
BOOLS = "its values are bools"
ALL_FLOATS = ("float32", "float64", "float16", "bfloat16")
NOT_FLOATS = error(TypeError, "not in list of allowed values", np.array([1, 2]))


def smooth(function, reference, **options):
    """A function that can be differentiated everywhere, and takes special values."""
    return case(function, reference, ANY, gradient_samples=SMOOTH, **options)


CASES = [
    smooth(tf.negative, np.negative, dtypes=(*ALL_FLOATS, "int32")),
    case(tf.abs, np.abs, ANY, gradient_samples=[sample(np.array([-2.0, 0.5, 3.0]))], dtypes=("float32", "float64")),
    case(tf.abs, np.abs, [sample(whole(2, 3)), sample(whole())], dtypes=("int32", "int64"), name="abs_of_integers"),
    case(
        tf.sign, lambda x: np.where(np.isnan(x), 0, np.sign(x)), ANY, gradient_samples=[sample(np.array([-2.0, 0.5]))]
    ),
    smooth(tf.square, np.square, dtypes=("float32", "float64", "int32")),
    case(tf.sqrt, np.sqrt, [*ANY, *POSITIVE], gradient_samples=POSITIVE, errors=[NOT_FLOATS]),
    case(tf.rsqrt, lambda x: 1 / np.sqrt(x), [*ANY, *POSITIVE], gradient_samples=POSITIVE),
    case(tf.reciprocal, lambda x: 1 / x, ANY, gradient_samples=POSITIVE),
    smooth(tf.exp, np.exp, dtypes=ALL_FLOATS),
    smooth(tf.expm1, np.expm1),
    case(tf.log, np.log, [*ANY, *POSITIVE], gradient_samples=POSITIVE),
    case(tf.log1p, np.log1p, [*ANY, *POSITIVE], gradient_samples=POSITIVE),
    case(tf.floor, np.floor, ANY, gradient=FLAT),
    case(tf.ceil, np.ceil, ANY, gradient=FLAT),
    case(tf.rint, np.rint, ANY, gradient=FLAT),
    case(tf.round, np.rint, [*ANY, sample(np.array([0.5, 1.5, -0.5, 2.5]))], gradient=FLAT),
    smooth(tf.sin, np.sin),
    smooth(tf.cos, np.cos),
    case(tf.tan, np.tan, INSIDE),
    case(tf.asin, np.arcsin, INSIDE),
    case(tf.acos, np.arccos, INSIDE),
    smooth(tf.atan, np.arctan),
    case(
        tf.atan2,
        np.arctan2,
        [
            sample(normal(2, 3), uniform(3, low=0.5)),
            sample(normal(2, 1), uniform(3, low=0.5)),
            sample(normal(), uniform(low=0.5)),
        ],
    ),
    smooth(tf.sinh, np.sinh),
    smooth(tf.cosh, np.cosh),
    smooth(tf.tanh, np.tanh, dtypes=ALL_FLOATS),
    smooth(tf.asinh, np.arcsinh),
    case(tf.acosh, np.arccosh, ABOVE_ONE),
    case(tf.atanh, np.arctanh, INSIDE),
    smooth(tf.sigmoid, scipy.special.expit, dtypes=("float32", "float64", "bfloat16")),
    smooth(tf.log_sigmoid, lambda x: -np.logaddexp(0, -x)),
    smooth(tf.erf, scipy.special.erf),
    smooth(tf.erfc, scipy.special.erfc, tolerance={"float32": 1e-5, "float64": 1e-11}),
    case(tf.lgamma, scipy.special.gammaln, [*POSITIVE, *POLES], gradient_samples=POSITIVE, tolerance={"float32": 2e-5}),
    case(
        tf.digamma,
        lambda x: np.where((x <= 0) & (np.floor(x) == x), np.inf, scipy.special.digamma(x)),
        [*POSITIVE, *POLES],
        gradient_samples=POSITIVE,
        tolerance={"float32": 2e-5, "float64": 1e-11},
    ),
    case(
        tf.polygamma,
        lambda a, x: scipy.special.polygamma(a.astype(int), x),
        [sample(np.array([1.0, 2.0, 3.0]), uniform(2, 3, low=0.5, high=3)), sample(np.array(1.0), uniform(2, low=0.5))],
        gradient="its first input takes whole numbers only: the derivative along x is checked as digamma's second one",
        tolerance={"float32": 2e-5},
    ),
    case(
        tf.zeta,
        scipy.special.zeta,
        [sample(np.array([1.5, 2.0, 4.0]), uniform(2, 3, low=0.5, high=3)), sample(np.array(2.0), np.array(1.0))],
        gradient="TF1 has no derivative along x: the one along q is checked as digamma's second one",
        tolerance={"float32": 2e-5},
    ),
    case(
        tf.math.bessel_i0e, scipy.special.i0e, [*SMOOTH, sample(np.array([150.0, -300.0]))], gradient_samples=SMOOTH[:2]
    ),
    case(
        tf.math.bessel_i1e, scipy.special.i1e, [*SMOOTH, sample(np.array([150.0, -300.0]))], gradient_samples=SMOOTH[:2]
    ),
    case(tf.is_nan, np.isnan, ANY, gradient=BOOLS),
    case(tf.is_inf, np.isinf, ANY, gradient=BOOLS),
    case(tf.is_finite, np.isfinite, ANY, gradient=BOOLS),
    case(hyperbolic.tanh_grad, lambda y, dy: dy * (1 - y * y), [sample(normal(2, 3), normal(2, 3, seed=1))]),
    case(sigmoid.sigmoid_grad, lambda y, dy: dy * y * (1 - y), [sample(normal(2, 3), normal(2, 3, seed=1))]),
]
test_functions = checks(CASES)
