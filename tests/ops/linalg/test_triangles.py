"""matrix_triangular_solve, qr and adjoint."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample


def well_conditioned(*shape):
    return normal(*shape) + 3 * np.eye(shape[-1])


def solved(matrix, rhs, lower=True, adjoint=False):
    triangle = np.tril(matrix) if lower else np.triu(matrix)
    return np.linalg.solve(np.conj(np.swapaxes(triangle, -1, -2)) if adjoint else triangle, rhs)


SYSTEMS = [
    sample(well_conditioned(*shape, 3, 3), normal(*shape, 3, 2), lower=lower, adjoint=adjoint)
    for shape in ((), (2,))
    for lower in (True, False)
    for adjoint in (True, False)
]


CASES = [
    case(
        tf.matrix_triangular_solve,
        solved,
        [*SYSTEMS, sample(normal(0, 0), normal(0, 2)), sample(well_conditioned(2, 2), normal(2, 0))],
        errors=[
            error(ValueError, "equal|compatible", normal(3, 2), normal(3, 2)),
            error(tf.errors.InvalidArgumentError, "not invertible", np.zeros((2, 2)), normal(2, 1)),
        ],
        gradient_samples=SYSTEMS,
        tolerance={"float32": 1e-5, "float64": 1e-12},
    ),
    case(
        tf.qr,
        lambda x, full_matrices=False: np.linalg.qr(x, "complete" if full_matrices else "reduced"),
        [
            sample(normal(4, 3)),
            sample(normal(3, 3)),
            sample(normal(2, 4, 3)),
            sample(normal(3, 5)),
            sample(normal(4, 2), True),
        ],
        gradient_samples=[sample(normal(4, 3)), sample(well_conditioned(3, 3)), sample(normal(2, 4, 3))],
        errors=[error(ValueError, "rank", normal(3))],
    ),
    case(
        tf.linalg.adjoint,
        lambda x: np.conj(np.swapaxes(x, -1, -2)),
        [sample(normal(2, 3)), sample(normal(4, 2, 3)), sample(normal(2, 2) + 1j * normal(2, 2, seed=1))],
        errors=[error(ValueError, "rank", normal(3))],
    ),
]
test_triangles = checks(CASES)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 5, 5)])
@pytest.mark.parametrize("full", [False, True])
def test_qr_factors(shape, full):
    x = normal(*shape)
    with tf.Graph().as_default(), tf.Session() as sess:
        q, r = sess.run(tf.qr(x, full_matrices=full))
    np.testing.assert_allclose(q @ r, x, atol=1e-12)
    np.testing.assert_allclose(
        np.swapaxes(q, -1, -2) @ q, np.broadcast_to(np.eye(q.shape[-1]), (*shape[:-2], *q.shape[-1:] * 2)), atol=1e-12
    )
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-12)


@pytest.mark.parametrize(("shape", "full"), [([2, 3], False), ([3, 2], True), ([None, None], False)])
def test_gradient_that_is_not_there(shape, full):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, shape)
        with pytest.raises(NotImplementedError, match="Qr"):
            tf.gradients(tf.qr(x, full_matrices=full), x)
