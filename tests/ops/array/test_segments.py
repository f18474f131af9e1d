"""segment_* and unsorted_segment_*: reductions by group."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample, uniform

SORTED = np.array([0, 0, 2, 2, 2], np.int32)
UNSORTED = np.array([3, -1, 0, 3, 1], np.int64)


def grouped(reduce, empty):
    """A reference: each group by a loop over the ids."""

    def reference(x, ids, count=None):
        count = int(ids.max()) + 1 if count is None else count
        rows = x.reshape(ids.size, *x.shape[ids.ndim :])
        flat = ids.reshape(-1)
        groups = [rows[flat == i] for i in range(count)]
        return np.stack([reduce(g, axis=0) if len(g) else np.full(rows.shape[1:], empty) for g in groups])

    return reference


def rows_of(*shapes):
    return [sample(normal(5, *shape), SORTED) for shape in shapes]


UNSORTED_ROWS = [
    sample(normal(5, 3), UNSORTED, 4),
    sample(normal(5), UNSORTED, 5),
    sample(normal(2, 3, 2), np.array([[0, 1, 0], [1, 1, 2]], np.int32), 3),
]
OUTSIDE = error(tf.errors.InvalidArgumentError, "is out of range", normal(2), np.array([0, 7], np.int32), 3)
BACKWARDS = error(tf.errors.InvalidArgumentError, "not increasing", normal(2), np.array([1, 0], np.int32))
LOWEST = float(np.finfo(np.float32).min)
HIGHEST = float(np.finfo(np.float32).max)

CASES = [
    case(tf.segment_sum, grouped(np.sum, 0.0), rows_of((3,), (), (2, 2)), errors=[BACKWARDS]),
    case(tf.segment_mean, grouped(np.mean, 0.0), rows_of((3,), ())),
    case(tf.segment_prod, grouped(np.prod, 1.0), rows_of((3,), ()), gradient="TF1 has none"),
    case(tf.segment_max, grouped(np.max, 0.0), rows_of((3,), ())),
    case(tf.segment_min, grouped(np.min, 0.0), rows_of((3,), ())),
    case(tf.unsorted_segment_sum, grouped(np.sum, 0.0), UNSORTED_ROWS, errors=[OUTSIDE]),
    case(tf.unsorted_segment_mean, grouped(np.mean, 0.0), UNSORTED_ROWS, partial_shapes="TF1's needs known ranks"),
    case(
        tf.unsorted_segment_prod,
        grouped(np.prod, 1.0),
        UNSORTED_ROWS,
        gradient_samples=[sample(uniform(5, 3, low=0.5), UNSORTED, 4)],
        second="TF1's derivative divides by the input where it is not zero: a condition on the input",
    ),
    case(tf.unsorted_segment_max, grouped(np.max, LOWEST), UNSORTED_ROWS, dtypes=("float32",), gradient=False),
    case(tf.unsorted_segment_min, grouped(np.min, HIGHEST), UNSORTED_ROWS, dtypes=("float32",), gradient=False),
    case(
        tf.unsorted_segment_max,
        grouped(np.max, 0.0),
        [sample(normal(5, 2), np.array([1, 0, 2, 1, 1], np.int32), 3)],
        name="unsorted_segment_max_full",
    ),
]
test_segments = checks(CASES)
