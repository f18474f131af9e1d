"""Functions that take elements out of tensors, or put them somewhere, by index, mask or order."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample

X = normal(3, 4, 5)
ROWS = np.array([2, 0, 2], np.int32)


def batched_rows(x, indices, batch_dims):
    """gather(batch_dims=1), axis 1, by a loop over the batch."""
    assert batch_dims == 1
    return np.stack([row[index] for row, index in zip(x, indices, strict=True)])


def scattered(shape, indices, updates, start=None, sign=1.0):
    result = np.zeros(shape, updates.dtype) if start is None else start.copy()
    for place, update in zip(np.asarray(indices), updates, strict=True):
        result[tuple(place)] += sign * update
    return result


def replaced(x, indices, updates):
    result = x.copy()
    for place, update in zip(indices, updates, strict=True):
        result[tuple(place)] = update
    return result


def hot(indices, depth, on_value=1.0, off_value=0.0, axis=-1):
    rows = np.moveaxis(np.full((depth, *np.shape(indices)), off_value, np.float32), 0, -1)
    for place in np.ndindex(*np.shape(indices)):
        if 0 <= indices[place] < depth:
            rows[(*place, indices[place])] = on_value
    return np.moveaxis(rows, -1, axis)


def first_of_order(x, k):
    order = np.argsort(-x, axis=-1, kind="stable")[..., :k]
    return [np.take_along_axis(x, order, -1), order]


def part(index):
    return lambda x: x[index]


INDICES = {
    "row": 1,
    "last": (..., -1),
    "new": (slice(None), None, 2),
    "backwards": (slice(None, None, -1), slice(3, 0, -2)),
    "empty": slice(7, 9),
    "element": (2, 3, 4),
    "kept": (slice(1, 2), ..., slice(None, -1)),
}

CASES = [
    case(
        tf.gather,
        lambda x, i, axis=0: np.take(x, i, axis),
        [
            sample(X, ROWS),
            sample(X, np.array([[4, 0], [1, 1]], np.int64), axis=-1),
            sample(X, np.array(1, np.int32), axis=1),
            sample(X, np.zeros((0,), np.int32)),
        ],
        dtypes=("float32", "float64", "float16"),
        second="the gradient is IndexedSlices",
        errors=[error(tf.errors.InvalidArgumentError, r"indices\[1\] = 3 is not in \[0, 3\)", X, np.array([0, 3]))],
    ),
    case(
        tf.gather,
        batched_rows,
        [sample(X, np.array([[0, 3], [1, 1], [2, 0]], np.int32), batch_dims=1)],
        name="gather_batch",
    ),
    case(
        tf.gather_nd,
        lambda x, i: x[tuple(np.moveaxis(i, -1, 0))],
        [
            sample(X, np.array([[0, 1, 2], [2, 3, 4], [0, 1, 2]], np.int32)),
            sample(X, np.array([[[1, 1]], [[2, 0]]], np.int64)),
            sample(X, np.array([[2], [0]], np.int32)),
        ],
        second="the gradient is IndexedSlices",
        errors=[error(tf.errors.InvalidArgumentError, "does not index into", X, np.array([[0, 9]], np.int32))],
    ),
    case(
        lambda i, u: tf.scatter_nd(i, u, [4, 2]),
        lambda i, u: scattered((4, 2), i, u),
        [sample(np.array([[1], [3], [1]], np.int32), normal(3, 2)), sample(np.array([[0, 1]], np.int64), normal(1))],
        name="scatter_nd",
        errors=[error(tf.errors.InvalidArgumentError, "does not index", np.array([[9]], np.int32), normal(1, 2))],
    ),
    case(
        tf.tensor_scatter_add,
        lambda x, i, u: scattered(None, i, u, x),
        [sample(normal(3, 2), np.array([[1], [1]], np.int32), normal(2, 2))],
        covers=("ScatterNdNonAliasingAdd",),
    ),
    case(
        tf.tensor_scatter_sub,
        lambda x, i, u: scattered(None, i, u, x, -1.0),
        [sample(normal(3, 2), np.array([[1, 0], [2, 1]], np.int32), normal(2))],
    ),
    case(
        tf.tensor_scatter_update,
        replaced,
        [sample(normal(3, 2), np.array([[2], [0]], np.int32), normal(2, 2))],
    ),
    case(
        tf.slice,
        lambda x, begin, size: x[tuple(slice(b, None if n == -1 else b + n) for b, n in zip(begin, size, strict=True))],
        [
            sample(X, [0, 1, 2], [2, -1, 3]),
            sample(X, np.array([1, 0, 0], np.int32), [1, 4, 0]),
            sample(normal(4), np.array([2], np.int64), np.array([2], np.int64)),
        ],
        errors=[error(tf.errors.InvalidArgumentError, "Expected begin", normal(4), [2], [3])],
    ),
    *[
        case(part(index), part(index), [sample(X)], name=f"getitem_{name}", covers=("StridedSliceGrad",))
        for name, index in INDICES.items()
    ],
    case(
        tf.where,
        lambda c, x, y: np.where(c.reshape(c.shape + (1,) * (x.ndim - c.ndim)), x, y),
        [
            sample(X > 0, X, normal(3, 4, 5, seed=1)),
            sample(np.array([True, False, True]), X, normal(3, 4, 5, seed=1)),
            sample(np.array(False), normal(2), normal(2, seed=1)),
        ],
        errors=[error(ValueError, "must be equal", np.array([True, False]), normal(2), normal(3))],
    ),
    case(
        tf.where,
        lambda c: np.argwhere(c),
        [sample(X > 0), sample(np.zeros((2, 2), bool)), sample(np.array([0.0, -1.0, np.nan]) != 0)],
        name="where_coordinates",
        gradient="indices",
    ),
    case(
        tf.where_v2,
        np.where,
        [
            sample(np.array([True, False]), normal(3, 2), normal(3, 1)),
            sample(np.array([[True], [False]]), normal(), normal(2, 3)),
        ],
    ),
    case(
        tf.boolean_mask,
        lambda x, m: x[m],
        [sample(X, np.array([True, False, True])), sample(X, X[..., 0] > 0), sample(X, np.zeros(3, bool))],
        partial_shapes="the rank of the mask must be known",
        second="the gradient is IndexedSlices",
        errors=[error(ValueError, "mask cannot be scalar", X, np.array(True))],
    ),
    case(
        tf.one_hot,
        hot,
        [
            sample(np.array([0, 2, -1, 9], np.int32), 3),
            sample(np.array([[1, 0]], np.int64), 2, 5.0, -1.0, axis=0),
            sample(np.array(1, np.uint8), 3),
        ],
        gradient="indices",
        dtypes=("float32",),
    ),
    case(
        tf.nn.top_k,
        first_of_order,
        [sample(X, 2), sample(np.array([1.0, 3.0, 3.0, 2.0]), 3), sample(normal(4, 3), 0)],
        gradient_samples=[sample(X, 2)],
        errors=[error(ValueError, "must have last dimension >= k", normal(2), 3)],
    ),
    case(
        tf.sort,
        lambda x, axis=-1, direction="ASCENDING": np.sort(x, axis) if direction == "ASCENDING" else -np.sort(-x, axis),
        [sample(X), sample(X, axis=0), sample(X, axis=1, direction="DESCENDING")],
    ),
    case(
        tf.argsort,
        lambda x, axis=-1: np.argsort(x, axis, kind="stable"),
        [sample(X), sample(X, axis=0), sample(np.array([1.0, 0.0, 1.0, 0.0]))],
        gradient="indices",
    ),
    case(
        lambda s, v, side="left": tf.searchsorted(s, v, side=side),
        lambda s, v, side="left": np.stack([np.searchsorted(a, b, side) for a, b in zip(s, v, strict=True)]),
        [
            sample(np.sort(normal(2, 5)), normal(2, 3)),
            sample(np.array([[1.0, 2.0, 2.0, 3.0]]), np.array([[2.0, 0.0, 9.0]]), side="right"),
        ],
        name="searchsorted",
        gradient="indices",
        covers=("LowerBound", "UpperBound"),
    ),
    case(
        lambda x, p: tf.dynamic_partition(x, p, 3),
        lambda x, p: [x[p == i] for i in range(3)],
        [
            sample(normal(4, 2), np.array([2, 0, 2, 0], np.int32)),
            sample(normal(2, 2), np.array([[0, 1], [1, 1]], np.int32)),
        ],
        name="dynamic_partition",
        errors=[error(tf.errors.InvalidArgumentError, "partitions must be", normal(1), np.array([7], np.int32))],
    ),
    case(
        lambda x, y: tf.dynamic_stitch([[0, 2], [1, 2]], [x, y]),
        lambda x, y: np.stack([x[0], y[0], y[1]]),
        [sample(normal(2, 3), normal(2, 3, seed=1))],
        name="dynamic_stitch",
        gradient="TF1 gives the gradient of an overwritten row to both",
    ),
]
test_selection = checks(CASES)
