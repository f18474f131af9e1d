"""Matrix products and what is left of matrices."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample, whole


def product(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False):
    a = np.swapaxes(a, -1, -2) if transpose_a or adjoint_a else a
    b = np.swapaxes(b, -1, -2) if transpose_b or adjoint_b else b
    return (np.conj(a) if adjoint_a else a) @ (np.conj(b) if adjoint_b else b)


PRODUCTS = [
    sample(normal(2, 3), normal(3, 4)),
    sample(normal(3, 2), normal(3, 4), transpose_a=True),
    sample(normal(2, 3), normal(4, 3), transpose_b=True),
    sample(normal(3, 2), normal(4, 3), adjoint_a=True, transpose_b=True),
    sample(normal(0, 3), normal(3, 4)),
    sample(normal(2, 0), normal(0, 4)),
    sample(normal(1, 1), normal(1, 1)),
]
STACKS = [
    sample(normal(5, 2, 3), normal(5, 3, 4)),
    sample(normal(5, 2, 3), normal(3, 4)),
    sample(normal(2, 1, 2, 3), normal(5, 4, 3), adjoint_b=True),
    sample(normal(5, 3, 2), normal(5, 3, 4), transpose_a=True),
    sample(normal(0, 2, 3), normal(0, 3, 4)),
]
Z = normal(2, 3) + 1j * normal(2, 3, seed=1)
INNER = error(ValueError, "Dimensions must be equal, but are 3 and 4", normal(2, 3), normal(4, 2))
VECTORS = error(ValueError, "rank", normal(3), normal(3))
BOTH = error(
    ValueError, "Only one of transpose_a and adjoint_a", normal(2, 2), normal(2, 2), transpose_a=True, adjoint_a=True
)


def band(x, lower, upper):
    rows, columns = np.indices(x.shape[-2:])
    keep = np.ones(x.shape[-2:], bool)
    keep &= (rows - columns <= lower) if lower >= 0 else True
    keep &= (columns - rows <= upper) if upper >= 0 else True
    return np.where(keep, x, 0)


CASES = [
    case(
        tf.matmul,
        product,
        PRODUCTS,
        errors=[INNER, VECTORS, BOTH],
        dtypes=("float32", "float64", "float16", "bfloat16"),
    ),
    case(tf.matmul, product, [sample(whole(2, 3), whole(3, 4))], dtypes=("int32", "int64"), name="matmul_of_integers"),
    case(
        tf.matmul,
        product,
        [sample(Z, Z.T), sample(Z, Z, adjoint_b=True), sample(Z, Z, transpose_a=True)],
        dtypes=("complex64", "complex128"),
        name="matmul_of_complex",
        gradient="complex",
    ),
    case(
        tf.matmul,
        product,
        STACKS,
        name="matmul_of_stacks",
        errors=[error(ValueError, "must be equal", normal(2, 2, 3), normal(2, 2, 3))],
    ),
    case(lambda a, b: a @ b, np.matmul, PRODUCTS[:1], name="operator_matmul"),
    case(
        tf.matmul,
        product,
        [sample(normal(2, 3), normal(3, 4), a_is_sparse=True)],
        dtypes=("float32",),
        name="matmul_sparse",
        gradient="float32 only",
    ),
    case(
        tf.linalg.matvec,
        lambda a, b: np.einsum("...ij,...j->...i", a, b),
        [sample(normal(2, 3), normal(3)), sample(normal(4, 2, 3), normal(4, 3))],
    ),
    case(
        tf.tensordot,
        np.tensordot,
        [
            sample(normal(2, 3, 4), normal(4, 5), 1),
            sample(normal(2, 3, 4), normal(3, 2), [[1, 0], [0, 1]]),
            sample(normal(2, 3), normal(2, 3), 2),
            sample(normal(2, 3), normal(4), 0),
            sample(normal(2, 3), normal(3, 2), [1, 0]),
        ],
        errors=[error(ValueError, "Different number", normal(2, 3), normal(3, 2), [[0, 1], [0]])],
    ),
    case(
        tf.matrix_band_part,
        band,
        [sample(normal(3, 4), 1, 1), sample(normal(2, 3, 3), -1, 0), sample(normal(4, 3), 0, -1)],
        errors=[error(tf.errors.InvalidArgumentError, "num_lower", normal(2, 2), 5, 0)],
    ),
    case(tf.trace, lambda x: np.trace(x, axis1=-2, axis2=-1), [sample(normal(3, 3)), sample(normal(2, 3, 4))]),
    case(
        tf.linalg.adjoint,
        lambda x: np.swapaxes(np.conj(x), -1, -2),
        [sample(normal(2, 3)), sample(normal(4, 2, 3))],
        gradient="a transpose",
    ),
]
test_products = checks(CASES)
