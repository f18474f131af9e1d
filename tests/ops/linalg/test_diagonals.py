"""diag, diag_part, matrix_diag, matrix_diag_part, matrix_set_diag, matrix_band_part and eye."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from tests.ops.harness import SPECIAL, case, checks, error, normal, sample, whole

MATRICES = [normal(3, 3), normal(2, 5), normal(5, 2), normal(4, 2, 3), normal(2, 1, 3, 3)]
EMPTY = [normal(0, 3), normal(2, 3, 0)]


def part(x):
    return np.diagonal(x, axis1=-2, axis2=-1)


def square(diagonal):
    size = diagonal.shape[-1]
    return np.where(np.eye(size, dtype=bool), diagonal[..., None], np.zeros((), diagonal.dtype))


def with_diagonal(x, diagonal):
    result = x.copy()
    for index in np.ndindex(*diagonal.shape):
        result[(*index, index[-1])] = diagonal[index]
    return result


def band(x, lower, upper):
    x = np.triu(x, -lower) if lower >= 0 else x
    return np.tril(x, upper) if upper >= 0 else x


CASES = [
    case(
        tf.diag,
        lambda x: np.diag(x.ravel()).reshape(x.shape * 2),
        [sample(normal(3)), sample(normal(2, 3)), sample(normal(0)), sample(SPECIAL)],
        dtypes=("float32", "float64", "complex64"),
    ),
    case(
        tf.diag_part,
        lambda x: np.diag(x.reshape([int(np.sqrt(x.size))] * 2)).reshape(x.shape[: x.ndim // 2]),
        [sample(normal(3, 3)), sample(normal(2, 3, 2, 3)), sample(normal(0, 0))],
        errors=[error(ValueError, "equal|compatible", normal(2, 3)), error(ValueError, "even", normal(3))],
    ),
    case(
        tf.matrix_diag,
        square,
        [sample(normal(3)), sample(normal(2, 3)), sample(normal(2, 0)), sample(SPECIAL)],
        errors=[
            error(ValueError, "rank", normal()),
            *[error(ValueError, k, normal(2), **{k: 1}) for k in ("k", "num_rows")],
        ],
        dtypes=("float32", "float64", "complex64"),
    ),
    case(
        tf.matrix_diag_part,
        part,
        [sample(x) for x in MATRICES + EMPTY],
        errors=[
            error(ValueError, "rank", normal(3)),
            error(ValueError, "padding_value", normal(2, 2), padding_value=1),
        ],
    ),
    case(
        tf.matrix_set_diag,
        with_diagonal,
        [sample(x, normal(*part(x).shape, seed=1)) for x in MATRICES + EMPTY],
        errors=[error(ValueError, "equal|compatible", normal(2, 3), normal(3))],
    ),
    case(
        lambda x: tf.matrix_diag_part(x),
        part,
        [sample(whole(3, 4).astype(np.int32)), sample(whole(2, 2) > 0)],
        name="matrix_diag_part_of_others",
        gradient="not of floats",
        dtypes=("float32",),
    ),
    case(
        tf.matrix_band_part,
        band,
        [
            *[sample(x, *bounds) for x in MATRICES for bounds in ((-1, 0), (0, -1), (1, 1), (0, 0), (-1, -1), (2, 0))],
            sample(normal(0, 3), 0, 0),
        ],
        errors=[
            error(tf.errors.InvalidArgumentError, "num_lower", normal(2, 3), 3, 0),
            error(tf.errors.InvalidArgumentError, "num_upper", normal(2, 3), 0, 4),
        ],
    ),
]
test_diagonals = checks(CASES)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 2), (0,), (2, 0)])
@pytest.mark.parametrize("dtype", [tf.float32, tf.int64, tf.bool])
@pytest.mark.parametrize("batch_shape", [None, [2], [2, 1]])
def test_eye(shape, dtype, batch_shape):
    with tf.Graph().as_default(), tf.Session() as sess:
        result = tf.eye(*shape, batch_shape=batch_shape, dtype=dtype)
        value = sess.run(result)
    expected = np.broadcast_to(np.eye(*shape), (*(batch_shape or ()), shape[0], shape[-1]))
    assert result.shape == expected.shape and result.dtype == dtype
    np.testing.assert_array_equal(value, expected.astype(dtype.as_numpy_dtype))


def test_eye_of_tensors():
    with tf.Graph().as_default(), tf.Session() as sess:
        size = tf.placeholder(tf.int32, [])
        square, wide = sess.run([tf.eye(size), tf.eye(size, 4, batch_shape=[2])], {size: 3})
    np.testing.assert_array_equal(square, np.eye(3))
    np.testing.assert_array_equal(wide, [np.eye(3, 4)] * 2)
