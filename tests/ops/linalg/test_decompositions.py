"""Inverses, determinants, factorisations, systems of equations, einsum, cross."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample

LOOSE = {"float32": 2e-4, "float64": 1e-10}


def regular(*shape, seed=0):
    """Matrices that are far from singular."""
    return normal(*shape, seed=seed) + 3 * np.eye(shape[-2], shape[-1])


def positive(*shape, seed=0):
    """Symmetric positive definite matrices."""
    matrix = normal(*shape, seed=seed)
    return matrix @ np.swapaxes(matrix, -1, -2) + np.eye(shape[-1])


def from_lower(function):
    """``function`` of the symmetric matrix whose lower triangle is given: the rest is not read."""

    def of_lower(x, *args, **kwargs):
        lower = tf.matrix_band_part(x, -1, 0)
        return function(lower + tf.linalg.adjoint(lower) - tf.matrix_diag(tf.matrix_diag_part(x)), *args, **kwargs)

    return of_lower


def absolute(function):
    """Without the signs, which a decomposition may choose."""
    return lambda *args, **kwargs: [abs(result) for result in function(*args, **kwargs)]


def singular_values_and_vectors(x, **options):
    u, s, adjoint_v = np.linalg.svd(x, **{"full_matrices": False, **options})
    return s, u, np.swapaxes(adjoint_v, -1, -2)


def least_squares(a, b, l2_regularizer=0.0, fast=True):
    if not fast:
        return np.linalg.pinv(a) @ b
    rows, columns = a.shape
    if rows >= columns:
        return np.linalg.solve(a.T @ a + l2_regularizer * np.eye(columns), a.T @ b)
    return a.T @ np.linalg.solve(a @ a.T + l2_regularizer * np.eye(rows), b)


SQUARES = [sample(regular(3, 3)), sample(regular(2, 3, 3)), sample(regular(1, 1)), sample(np.zeros((0, 2, 2)))]
POSITIVE = [sample(positive(3, 3)), sample(positive(2, 3, 3)), sample(positive(1, 1))]
SYSTEMS = [
    sample(regular(3, 3), normal(3, 2)),
    sample(regular(2, 3, 3), normal(2, 3, 1)),
    sample(regular(3, 3), normal(3, 2), adjoint=True),
]
NOT_SQUARE = error(ValueError, "Dimensions must be equal", normal(2, 3))
SINGULAR = error(tf.errors.InvalidArgumentError, "not invertible", np.zeros((2, 2)))
SIGNS = "the signs of singular and eigenvectors are free; tests/golden compares these gradients with TF1's"


def solved(a, b, adjoint=False):
    return np.linalg.solve(np.swapaxes(a, -1, -2) if adjoint else a, b)


CASES = [
    case(
        tf.matrix_inverse,
        lambda x, adjoint=False: np.linalg.inv(np.swapaxes(x, -1, -2) if adjoint else x),
        [*SQUARES, sample(regular(3, 3), adjoint=True)],
        errors=[NOT_SQUARE, SINGULAR],
        tolerance=LOOSE,
    ),
    case(tf.matrix_determinant, np.linalg.det, SQUARES, errors=[NOT_SQUARE], tolerance=LOOSE),
    case(tf.linalg.slogdet, lambda x: list(np.linalg.slogdet(x)), SQUARES, tolerance=LOOSE),
    case(
        from_lower(tf.linalg.logdet),
        lambda x: np.log(np.linalg.det(x)),
        POSITIVE,
        name="logdet",
        tolerance=LOOSE,
    ),
    case(
        tf.matrix_solve,
        solved,
        SYSTEMS,
        errors=[error(tf.errors.InvalidArgumentError, "invertible", np.zeros((2, 2)), normal(2, 1))],
        tolerance=LOOSE,
    ),
    case(
        tf.cholesky,
        np.linalg.cholesky,
        POSITIVE,
        name="cholesky_forward",
        gradient="checked with symmetric matrices below",
        tolerance=LOOSE,
        errors=[error(tf.errors.InvalidArgumentError, "not successful", -np.eye(2))],
    ),
    case(from_lower(tf.cholesky), np.linalg.cholesky, POSITIVE, name="cholesky", tolerance=LOOSE),
    case(
        lambda x, b: tf.cholesky_solve(tf.cholesky(x), b),
        np.linalg.solve,
        [sample(positive(3, 3), normal(3, 2))],
        name="cholesky_solve",
        gradient="the factor is checked above",
        tolerance=LOOSE,
    ),
    case(
        absolute(tf.self_adjoint_eig),
        lambda x: [abs(part) for part in np.linalg.eigh(x)],
        POSITIVE,
        name="self_adjoint_eig",
        covers=["SelfAdjointEigV2"],
        gradient=SIGNS,
        tolerance=LOOSE,
    ),
    case(
        from_lower(tf.self_adjoint_eigvals),
        np.linalg.eigvalsh,
        POSITIVE,
        name="self_adjoint_eigvals",
        second="TF1 has none",
        tolerance=LOOSE,
    ),
    case(
        absolute(tf.svd),
        lambda x, **options: [abs(part) for part in singular_values_and_vectors(x, **options)],
        [sample(normal(3, 3)), sample(normal(2, 2, 4)), sample(normal(4, 2))],
        name="svd",
        covers=["Svd"],
        gradient=SIGNS,
        tolerance=LOOSE,
    ),
    case(
        lambda x: tf.matmul(tf.svd(x)[1] * tf.expand_dims(tf.exp(tf.svd(x)[0]), -2), tf.svd(x)[2], adjoint_b=True),
        lambda x: (lambda s, u, v: (u * np.exp(s)[..., None, :]) @ np.swapaxes(v, -1, -2))(
            *singular_values_and_vectors(x)
        ),
        [sample(normal(3, 3)), sample(normal(2, 4)), sample(normal(4, 2))],
        name="function_of_singular_values",
        partial_shapes="TF1's gradient of svd needs to know the shape",
        tolerance=LOOSE,
    ),
    case(
        tf.svd,
        lambda x, compute_uv: np.linalg.svd(x, compute_uv=False),
        [sample(normal(3, 4), compute_uv=False), sample(normal(2, 3, 2), compute_uv=False)],
        name="singular_values",
        tolerance=LOOSE,
    ),
    case(
        tf.matrix_solve_ls,
        least_squares,
        [
            sample(normal(4, 2), normal(4, 3)),
            sample(normal(2, 4), normal(2, 1)),
            sample(normal(4, 2), normal(4, 3), l2_regularizer=0.5),
            sample(normal(2, 4), normal(2, 1), l2_regularizer=0.5),
        ],
        tolerance=LOOSE,
    ),
    case(
        tf.matrix_solve_ls,
        least_squares,
        [sample(normal(4, 2), normal(4, 3), fast=False)],
        name="least_squares_by_pseudo_inverse",
        gradient="TF1 has none",
        tolerance=LOOSE,
    ),
    case(
        tf.linalg.pinv,
        np.linalg.pinv,
        [sample(normal(2, 4)), sample(normal(3, 4, 2))],
        second=True,
        tolerance=LOOSE,
    ),
    case(
        tf.linalg.matrix_rank,
        np.linalg.matrix_rank,
        [sample(normal(3, 4)), sample(np.array([[1.0, 2.0], [2.0, 4.0]]))],
        gradient="its values are counts",
    ),
    case(
        tf.linalg.normalize,
        lambda x, axis=None: [
            x / np.linalg.norm(x, axis=axis, keepdims=True),
            np.linalg.norm(x, axis=axis, keepdims=True),
        ],
        [sample(normal(2, 3)), sample(normal(2, 3), axis=1)],
    ),
    case(tf.cross, np.cross, [sample(normal(3), normal(3, seed=1)), sample(normal(2, 3), normal(2, 3, seed=1))]),
    case(
        tf.einsum,
        np.einsum,
        [
            sample("ij,jk->ik", normal(2, 3), normal(3, 4)),
            sample("ij->ji", normal(2, 3)),
            sample("ij->i", normal(2, 3)),
            sample("ij,ij->", normal(2, 3), normal(2, 3, seed=1)),
            sample("i,j->ij", normal(3), normal(4)),
            sample("bijm,bjkl->biml", normal(5, 2, 3, 6), normal(5, 3, 4, 7)),
            sample("ij,jk,kl->il", normal(2, 3), normal(3, 4), normal(4, 2)),
            sample("a,a,a->", normal(3), normal(3, seed=1), normal(3, seed=2)),
            sample("...ij,jk->...ik", normal(5, 2, 3), normal(3, 4)),
            sample("ba", normal(2, 3)),
        ],
        partial_shapes="it needs known ranks",
        errors=[
            error(ValueError, "more than once", "ii->i", normal(2, 2)),
            error(ValueError, "expecting 2", "ij,jk->ik", normal(2, 2)),
        ],
    ),
]
test_decompositions = checks(CASES)
