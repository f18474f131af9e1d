"""Functions that put the elements of tensors into another shape, order or place."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample

TYPES = ("float32", "float64", "float16")
X = normal(2, 3, 4)


def blocks_to_batch(x, block, margins):
    """space_to_batch_nd by loops over the elements."""
    padded = np.pad(x, [(0, 0), *margins, *[(0, 0)] * (x.ndim - 1 - len(block))])
    space = [n // b for n, b in zip(padded.shape[1:], block, strict=False)]
    result = np.zeros((x.shape[0] * int(np.prod(block)), *space, *padded.shape[1 + len(block) :]), x.dtype)
    for place in np.ndindex(*block):
        offset = np.ravel_multi_index(place, block) * x.shape[0]
        parts = tuple(slice(p, None, b) for p, b in zip(place, block, strict=True))
        result[offset : offset + x.shape[0]] = padded[(slice(None), *parts)]
    return result


def batch_to_blocks(x, block, crops):
    """batch_to_space_nd by loops over the elements."""
    batch = x.shape[0] // int(np.prod(block))
    space = [n * b for n, b in zip(x.shape[1:], block, strict=False)]
    result = np.zeros((batch, *space, *x.shape[1 + len(block) :]), x.dtype)
    for place in np.ndindex(*block):
        offset = np.ravel_multi_index(place, block) * batch
        parts = tuple(slice(p, None, b) for p, b in zip(place, block, strict=True))
        result[(slice(None), *parts)] = x[offset : offset + batch]
    cut = tuple(slice(before, n - after) for n, (before, after) in zip(space, crops, strict=True))
    return result[(slice(None), *cut)]


def to_depth(x, block):
    rows = [x[:, i::block, j::block, :] for i in range(block) for j in range(block)]
    return np.concatenate(rows, -1)


def from_depth(x, block):
    n, h, w, c = x.shape
    depth = c // block**2
    result = np.zeros((n, h * block, w * block, depth), x.dtype)
    for i in range(block):
        for j in range(block):
            at = (i * block + j) * depth
            result[:, i::block, j::block] = x[..., at : at + depth]
    return result


def reversed_parts(x, lengths, seq_axis, batch_axis):
    result = np.moveaxis(x, (batch_axis, seq_axis), (0, 1)).copy()
    for row, length in zip(result, lengths, strict=True):
        row[:length] = row[:length][::-1].copy()
    return np.moveaxis(result, (0, 1), (batch_axis, seq_axis))


def padded(x, paddings, mode="constant", constant_values=0.0):
    extra = {"constant_values": constant_values} if mode.lower() == "constant" else {}
    return np.pad(x, paddings, mode=mode.lower(), **extra)


CASES = [
    case(
        tf.reshape,
        lambda x, shape: x.reshape(shape),
        [sample(X, [4, -1]), sample(X, [-1]), sample(normal(), [1, 1]), sample(normal(0, 3), [3, 0])],
        dtypes=TYPES,
        errors=[
            error(ValueError, "Cannot reshape a tensor with 24 elements", X, [5, 5]),
            error(tf.errors.InvalidArgumentError, "Input to reshape", X, np.array([5, 5], np.int32)),
        ],
    ),
    case(tf.reshape, lambda x, shape: x.reshape(shape), [sample(X, np.array([6, 4], np.int64))], name="reshape_fed"),
    case(
        tf.transpose,
        lambda x, perm=None: x.transpose(perm),
        [sample(X), sample(X, [1, 0, 2]), sample(X, perm=np.array([2, 0, 1], np.int32)), sample(normal(3, 0))],
        dtypes=(*TYPES, "complex64"),
        errors=[error(ValueError, "out of range", normal(2, 3), [0, 5])],
    ),
    case(
        lambda x, perm: tf.transpose(x, perm, conjugate=True),
        lambda x, perm: np.conj(x).transpose(perm),
        [sample(normal(2, 3) + 1j * normal(2, 3, seed=1), [1, 0])],
        name="transpose_conjugate",
        dtypes=("complex64", "complex128"),
        gradient="complex",
    ),
    case(
        tf.expand_dims,
        lambda x, axis: np.expand_dims(x, axis),
        [sample(X, 0), sample(X, -1), sample(X, 2), sample(normal(), 0)],
        errors=[error(ValueError, "dim 7 not in the interval", X, 7)],
    ),
    case(
        tf.squeeze,
        lambda x, axis=None: np.squeeze(x, None if axis is None else tuple(axis)),
        [sample(normal(1, 3, 1)), sample(normal(1, 3, 1), [0]), sample(normal(1, 3, 1), axis=[-1, 0])],
        errors=[error(ValueError, "Can not squeeze", X, [0])],
    ),
    case(
        lambda *parts, axis: tf.concat(list(parts), axis),
        lambda *parts, axis: np.concatenate(parts, axis),
        [
            sample(X, normal(2, 1, 4), axis=1),
            sample(X, X, normal(0, 3, 4), axis=0),
            sample(normal(3), normal(2), axis=-1),
            sample(*[normal(1, 2, seed=i) for i in range(18)], axis=0),
        ],
        name="concat",
        dtypes=TYPES,
        errors=[error(ValueError, "must be equal", normal(2, 3), normal(3, 4), axis=0)],
    ),
    case(
        lambda *parts, axis=0: tf.stack(list(parts), axis),
        lambda *parts, axis=0: np.stack(parts, axis),
        [sample(X, X), sample(X, normal(2, 3, 4, seed=1), axis=-1), sample(normal(), normal(seed=1))],
        name="stack",
        errors=[error(ValueError, "must be equal", normal(2), normal(3))],
    ),
    case(
        lambda x, axis=0: tf.unstack(x, x.shape[axis].value, axis),
        lambda x, axis=0: [np.take(x, i, axis) for i in range(x.shape[axis])],
        [sample(X), sample(X, -1), sample(X, 1)],
        name="unstack",
        partial_shapes="the number of parts is a part of the graph",
    ),
    case(
        lambda *parts: tf.parallel_stack(list(parts)),
        lambda *parts: np.stack(parts),
        [sample(normal(2, 3), normal(2, 3, seed=1))],
        name="parallel_stack",
        gradient="TF1 has none",
        partial_shapes="the shape is an attribute",
    ),
    case(
        tf.split,
        lambda x, n, axis=0: np.split(x, n, axis),
        [sample(X, 3, 1), sample(X, 2), sample(X, 2, axis=-1)],
        errors=[error(ValueError, "evenly divisible by 2", normal(5), 2)],
    ),
    case(
        tf.split,
        lambda x, sizes, axis=0: np.split(x, np.cumsum(sizes)[:-1], axis),
        [sample(X, [1, 3], 2), sample(X, [0, 2, 1], axis=1), sample(X, np.array([1, 1], np.int32))],
        name="split_sizes",
        partial_shapes="the number of parts is a part of the graph",
    ),
    case(
        tf.tile,
        np.tile,
        [sample(X, [2, 1, 3]), sample(normal(3), [0]), sample(normal(3), np.array([2], np.int32))],
        errors=[error(ValueError, "Shape must be rank", X, [2])],
    ),
    case(
        tf.broadcast_to,
        np.broadcast_to,
        [sample(normal(3, 1), [2, 3, 4]), sample(normal(), [2]), sample(X, [2, 3, 4])],
        errors=[error(ValueError, "must be equal", normal(2), [3])],
    ),
    case(
        tf.reverse,
        lambda x, axes: np.flip(x, tuple(axes)),
        [sample(X, [0]), sample(X, [-1, 1]), sample(X, [])],
        errors=[error(ValueError, "more than once", X, [0, -3])],
    ),
    case(
        tf.reverse_sequence,
        lambda x, lengths, seq_axis, batch_axis: reversed_parts(x, lengths, seq_axis, batch_axis),
        [sample(X, [1, 3], seq_axis=1, batch_axis=0), sample(X, [2, 0, 1, 2], seq_axis=0, batch_axis=2)],
        errors=[error(tf.errors.InvalidArgumentError, "seq_lens", X, [1, 9], seq_axis=1, batch_axis=0)],
    ),
    case(
        tf.roll,
        lambda x, shift, axis: np.roll(x, shift, axis),
        [sample(X, 1, 0), sample(X, [1, -2], [1, 2]), sample(X, 7, -1)],
    ),
    case(
        tf.pad,
        padded,
        [
            sample(X, [[0, 1], [2, 0], [0, 0]]),
            sample(normal(3), np.array([[1, 2]], np.int32)),
            sample(X, [[1, 1], [0, 0], [2, 0]], constant_values=1.5),
            sample(X, [[1, 0], [2, 2], [3, 1]], "REFLECT"),
            sample(X, [[2, 1], [0, 3], [4, 4]], mode="SYMMETRIC"),
        ],
        dtypes=TYPES,
        errors=[
            error(ValueError, "Unknown padding mode", X, [[0, 0]] * 3, "edge"),
            error(tf.errors.InvalidArgumentError, "paddings must be less", normal(2), [[2, 0]], "REFLECT"),
        ],
        covers=("MirrorPadGrad",),
    ),
    case(
        tf.space_to_batch_nd,
        blocks_to_batch,
        [sample(normal(2, 4, 6, 3), [2, 3], [[0, 0], [0, 0]]), sample(normal(2, 3, 2), [2], [[1, 0]])],
        errors=[error(ValueError, "evenly divisible", normal(1, 3, 1), [2], [[0, 0]])],
    ),
    case(
        tf.batch_to_space_nd,
        batch_to_blocks,
        [sample(normal(12, 2, 2, 1), [2, 3], [[0, 0], [0, 0]]), sample(normal(4, 3, 2), [2], [[1, 2]])],
    ),
    case(tf.space_to_depth, to_depth, [sample(normal(2, 4, 6, 3), 2), sample(normal(1, 3, 3, 1), 3)]),
    case(tf.depth_to_space, from_depth, [sample(normal(2, 2, 3, 8), 2), sample(normal(1, 1, 1, 9), 3)]),
    case(tf.identity_n, lambda parts: parts, [sample([X, normal(2)])], name="identity_n"),
    case(
        tf.ensure_shape,
        lambda x, shape: x,
        [sample(X, [2, None, 4])],
        errors=[error(ValueError, "not compatible", X, [3, 3, 4])],
    ),
]
test_layout = checks(CASES)
