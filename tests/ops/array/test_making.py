"""Functions that make tensors of shapes, numbers and other tensors' shapes; sets and bits."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from graphrt.opdef.registry import opdef_named
from tests.ops.harness import case, checks, error, normal, sample

X = normal(2, 3)


def first_seen(x):
    values = list(dict.fromkeys(x.tolist()))
    return np.array(values, x.dtype), np.array([values.index(v) for v in x.tolist()], np.int32)


def counted(x):
    values, places = first_seen(x)
    return values, places, np.array([(x == v).sum() for v in values], np.int32)


def kept(x, y):
    at = [i for i, v in enumerate(x.tolist()) if v not in y.tolist()]
    return x[at], np.array(at, np.int32)


def stepped(start, limit, delta):
    values, at = [], start
    while at < limit if delta > 0 else at > limit:
        values.append(at)
        at = at + delta
    return np.array(values)


VECTOR = np.array([3.0, 1.0, 3.0, 2.0, 1.0])
WHOLE = "whole numbers"
CASES = [
    case(
        lambda dims, value: tf.fill(dims, value),
        lambda dims, value: np.full(dims, value),
        [sample(np.array([2, 3], np.int32), normal()), sample([0, 2], normal()), sample([], normal())],
        name="fill",
    ),
    case(tf.zeros_like, np.zeros_like, [sample(X), sample(normal(0, 2)), sample(normal())], gradient="constant"),
    case(tf.ones_like, np.ones_like, [sample(X), sample(normal(0, 2)), sample(normal())], gradient="constant"),
    case(
        lambda x: opdef_named("OnesLike")(x),
        np.ones_like,
        [sample(X)],
        name="OnesLike",
        gradient="constant",
    ),
    case(
        tf.range,
        stepped,
        [
            sample(np.array(1, np.int32), np.array(10, np.int32), np.array(3, np.int32)),
            sample(np.array(5, np.int32), np.array(0, np.int32), np.array(-2, np.int32)),
        ],
        gradient=WHOLE,
        dtypes=("float32",),
        errors=[error(ValueError, "Requires delta != 0", 1, 2, 0), error(ValueError, "Requires start <= limit", 3, 1)],
    ),
    case(
        lambda start, stop: tf.linspace(start, stop, 7),
        lambda start, stop: np.linspace(start, stop, 7),
        [sample(normal(), normal(seed=1))],
        name="linspace",
        gradient="TF1 has none",
        tolerance=1e-6,
    ),
    case(tf.unique, first_seen, [sample(VECTOR), sample(np.zeros(0))], gradient=WHOLE),
    case(tf.unique_with_counts, counted, [sample(VECTOR)], gradient=WHOLE),
    case(tf.setdiff1d, kept, [sample(VECTOR, np.array([1.0, 9.0]))], gradient=WHOLE),
    case(
        tf.invert_permutation,
        np.argsort,
        [sample(np.array([2, 0, 1], np.int32)), sample(np.array([0], np.int64))],
        gradient=WHOLE,
        dtypes=("float32",),
        errors=[error(tf.errors.InvalidArgumentError, "twice", np.array([0, 0], np.int32))],
    ),
    case(
        tf.broadcast_dynamic_shape,
        lambda a, b: np.array(np.broadcast_shapes(tuple(a), tuple(b))),
        [sample(np.array([2, 1], np.int32), np.array([3], np.int32))],
        gradient=WHOLE,
        dtypes=("float32",),
        errors=[
            error(tf.errors.InvalidArgumentError, "Incompatible", np.array([2], np.int32), np.array([3], np.int32))
        ],
    ),
    case(
        lambda x: tf.bitcast(x, tf.uint8),
        lambda x: np.asarray(x, np.int32).view(np.uint8).reshape(*x.shape, 4),
        [sample(np.array([[1, -2], [300, 70000]], np.int32))],
        name="bitcast",
        gradient=WHOLE,
        dtypes=("float32",),
    ),
    case(
        lambda i: tf.bincount(i, minlength=3),
        lambda i: np.bincount(i.reshape(-1), minlength=3),
        [sample(np.array([0, 5, 5], np.int32)), sample(np.array([[1], [1]], np.int32))],
        name="bincount",
        covers=("Bincount",),
        gradient=WHOLE,
        dtypes=("float32",),
        errors=[error(tf.errors.InvalidArgumentError, "non-negative", np.array([-1, 2], np.int32))],
    ),
    case(
        lambda x: tf.histogram_fixed_width(x, [-1.0, 1.0], 4),
        lambda x: np.histogram(np.clip(x, -1.0, 1.0), 4, (-1.0, 1.0))[0],
        [sample(normal(5, 4)), sample(normal())],
        name="histogram_fixed_width",
        gradient=WHOLE,
        dtypes=("float32",),
    ),
    case(
        lambda i: tf.unravel_index(i, [3, 4]),
        lambda i: np.stack(np.unravel_index(i, (3, 4))),
        [sample(np.array([0, 11, 5], np.int32)), sample(np.array(7, np.int32))],
        name="unravel_index",
        covers=("UnravelIndex",),
        gradient=WHOLE,
        dtypes=("float32",),
        errors=[error(tf.errors.InvalidArgumentError, "out of bound", np.array([12], np.int32))],
    ),
    case(
        tf.repeat,
        lambda x, repeats, axis=None: np.repeat(x, repeats, axis),
        [sample(X, 2), sample(X, 3, axis=1), sample(X, [1, 2], axis=0), sample(X, [2, 0, 1], axis=-1)],
        partial_shapes="the rank must be known",
        second="the gradient is IndexedSlices",
    ),
    case(
        tf.sequence_mask,
        lambda n, maxlen: np.arange(maxlen) < n[..., None],
        [sample(np.array([1, 0, 3], np.int32), 3), sample(np.array([[2, 5]], np.int64), 4)],
        gradient=WHOLE,
        dtypes=("float32",),
    ),
    case(
        lambda x, y: tf.meshgrid(x, y),
        lambda x, y: list(np.meshgrid(x, y)),
        [sample(normal(3), normal(2))],
        name="meshgrid",
    ),
    case(
        lambda x: tf.check_numerics(x, "numbers"),
        lambda x: x,
        [sample(X)],
        name="check_numerics",
        errors=[error(tf.errors.InvalidArgumentError, "Tensor had NaN and Inf", np.array([np.nan, np.inf]))],
    ),
]
test_making = checks(CASES)
