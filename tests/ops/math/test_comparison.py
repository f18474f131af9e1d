"""Comparisons, logic, bits, complex numbers, clipping."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, uniform, whole

PAIRS = [
    sample(whole(2, 3), whole(3)),
    sample(whole(2, 1), whole(4)),
    sample(whole(), whole()),
    sample(whole(0, 3), whole(3)),
    sample(SPECIAL, SPECIAL.reshape(-1, 1)),
]
BITS = [
    sample(whole(2, 3), whole(3, low=0, high=9)),
    sample(whole(), whole(4, low=0)),
    sample(whole(0), whole(1, low=0)),
]
BOOLS = "its values are bools"
BOOL_PAIRS = [
    sample(np.array([[True, False], [False, True]]), np.array([True, False])),
    sample(np.array(True), np.array([True, False])),
    sample(np.zeros([0, 2], bool), np.array([True, False])),
]
WORDS = [sample(np.array([b"a", b"b", b"c"], object), np.array(b"b", object))]
Z = normal(2, 3) + 1j * normal(2, 3, seed=1)
COMPLEX = [sample(Z), sample(Z[0, 0].reshape(())), sample(Z[:0])]
COMPLEX_TYPES = ("complex64", "complex128")
NO_REAL_INPUT = "its input is complex: tests/golden compares these gradients with TF1's"


def norm_clipped(x, limit, axes=None):
    norm = np.sqrt(np.sum(x * x, axis=None if axes is None else tuple(axes), keepdims=True))
    return x * limit / np.maximum(norm, limit)


def globally_clipped(list_of_arrays, limit):
    norm = np.sqrt(sum(np.sum(x * x) for x in list_of_arrays))
    return [x * limit / max(norm, limit) for x in list_of_arrays] + [norm]


CLIPPED = [sample(2 * normal(2, 3), 0.8), sample(0.1 * normal(3), 2.0)]
TWO = [sample([normal(2, 3), normal(3)], 0.7), sample([0.1 * normal(2), uniform(high=0.1)], 9.0)]
INTERVAL = [sample(2 * normal(2, 3), -0.5, 0.7), sample(normal(), 0.0, 1.0), sample(normal(0, 2), 0.0, 1.0)]

CASES = [
    *[
        case(function, reference, PAIRS, dtypes=("float32", "float64", "int32", "uint8"), gradient=BOOLS)
        for function, reference in {
            tf.equal: np.equal,
            tf.not_equal: np.not_equal,
            tf.less: np.less,
            tf.less_equal: np.less_equal,
            tf.greater: np.greater,
            tf.greater_equal: np.greater_equal,
        }.items()
    ],
    case(tf.equal, np.equal, WORDS, dtypes=("float32",), name="equal_of_strings", gradient=BOOLS),
    case(tf.logical_and, np.logical_and, BOOL_PAIRS, dtypes=("float32",), gradient=BOOLS),
    case(tf.logical_or, np.logical_or, BOOL_PAIRS, dtypes=("float32",), gradient=BOOLS),
    case(tf.logical_xor, np.logical_xor, BOOL_PAIRS, dtypes=("float32",), gradient=BOOLS),
    case(
        tf.logical_not,
        np.logical_not,
        [sample(np.array([True, False])), sample(np.array(True))],
        dtypes=("float32",),
        gradient=BOOLS,
        errors=[error(TypeError, "bool", np.array([1.0]))],
    ),
    *[
        case(function, reference, BITS, dtypes=("int32", "int64", "int8"))
        for function, reference in {
            tf.bitwise.bitwise_and: np.bitwise_and,
            tf.bitwise.bitwise_or: np.bitwise_or,
            tf.bitwise.bitwise_xor: np.bitwise_xor,
        }.items()
    ],
    case(tf.bitwise.left_shift, lambda x, y: x << np.minimum(y, 31), BITS, dtypes=("int32",)),
    case(tf.bitwise.right_shift, lambda x, y: x >> np.minimum(y, 31), BITS, dtypes=("int32",)),
    case(tf.bitwise.invert, np.invert, [sample(whole(2, 3)), sample(whole())], dtypes=("int32", "int64")),
    case(
        tf.complex,
        lambda real, imag: real + 1j * imag,
        [sample(normal(2, 3), normal(3)), sample(normal(), normal()), sample(normal(0, 3), normal(3))],
        gradient="its value is complex: tests/golden compares these gradients with TF1's",
        errors=[error(TypeError, "incorrect types", normal(2), np.array([1, 2]))],
    ),
    case(tf.real, np.real, COMPLEX, dtypes=COMPLEX_TYPES, gradient=NO_REAL_INPUT),
    case(tf.imag, np.imag, COMPLEX, dtypes=COMPLEX_TYPES, gradient=NO_REAL_INPUT),
    case(tf.angle, np.angle, COMPLEX, dtypes=COMPLEX_TYPES, gradient=NO_REAL_INPUT),
    case(tf.conj, np.conj, COMPLEX, dtypes=COMPLEX_TYPES, gradient=NO_REAL_INPUT),
    case(tf.abs, np.abs, COMPLEX, dtypes=COMPLEX_TYPES, gradient=NO_REAL_INPUT, name="abs_of_complex"),
    case(
        tf.clip_by_value,
        np.clip,
        INTERVAL,
        errors=[error(ValueError, "incompatible", normal(3), -np.ones((2, 3)), np.ones((2, 3)))],
    ),
    case(tf.clip_by_norm, norm_clipped, [*CLIPPED, sample(2 * normal(2, 3), 0.8, axes=[1])]),
    case(
        tf.clip_by_average_norm,
        lambda x, limit: x * limit * min(1 / limit, x.size / np.sqrt(np.sum(x * x))),
        [sample(normal(2, 3), 0.1), sample(0.1 * normal(3), 2.0)],
    ),
    case(
        lambda tensors, limit: (lambda clipped, norm: [*clipped, norm])(*tf.clip_by_global_norm(tensors, limit)),
        globally_clipped,
        TWO,
        name="clip_by_global_norm",
    ),
    case(
        tf.global_norm,
        lambda arrays: np.sqrt(sum(np.sum(x * x) for x in arrays)),
        [sample([normal(2, 3), normal(3)]), sample([normal()])],
    ),
]
test_comparison = checks(CASES)
