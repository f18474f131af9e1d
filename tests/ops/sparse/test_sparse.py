"""Ops on SparseTensors, against the same on the dense tensors that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef.registry import opdef_named
from tests.ops.harness import case, checks, error, normal, sample

PLACES = np.array([[0, 1], [1, 0], [1, 2]], np.int64)
SHAPE = [2, 3]
OTHERS = np.array([[0, 1], [0, 2]], np.int64)


def dense(values, places=PLACES, shape=SHAPE):
    result = np.zeros(shape, values.dtype)
    for place, value in zip(places, values, strict=True):
        result[tuple(place)] += value
    return result


def sparse(values, places=PLACES):
    return tf.SparseTensor(places, values, SHAPE)


def sum_of(a, b):
    total = tf.sparse_add(sparse(a), sparse(b, OTHERS))
    return [total.indices, total.values]


def sum_reference(a, b):
    return np.array([[0, 1], [0, 2], [1, 0], [1, 2]]), np.array([a[0] + b[0], b[1], a[1], a[2]])


CASES = [
    case(
        lambda v: tf.sparse_tensor_to_dense(sparse(v)),
        dense,
        [sample(normal(3))],
        name="to_dense",
        covers=("SparseToDense",),
    ),
    case(
        lambda i, v: tf.sparse_to_dense(i, [5], v, -1.0),
        lambda i, v: np.where(np.isin(np.arange(5), i), dense(v, i[:, None], [5]), -1.0),
        [sample(np.array([1, 4], np.int32), normal(2))],
        name="sparse_to_dense",
        gradient="TF1's needs a matrix of indices",
        errors=[
            error(tf.errors.InvalidArgumentError, "is repeated", np.array([1, 1], np.int32), normal(2)),
            error(tf.errors.InvalidArgumentError, "out of order", np.array([2, 1], np.int32), normal(2)),
        ],
    ),
    case(
        lambda v, d: tf.sparse_to_dense(PLACES, SHAPE, v, d),
        lambda v, d: np.where(dense(np.ones(3)) > 0, dense(v), d),
        [sample(normal(3), normal())],
        name="sparse_to_dense_matrix",
    ),
    case(
        lambda v, b: tf.sparse_tensor_dense_matmul(sparse(v), b),
        lambda v, b: dense(v) @ b,
        [sample(normal(3), normal(3, 4)), sample(normal(3), normal(3, 1))],
        name="matmul",
        covers=("SparseTensorDenseMatMul",),
        errors=[error(ValueError, "must be equal", normal(3), normal(2, 4))],
    ),
    case(
        lambda v, b: tf.sparse_tensor_dense_matmul(sparse(v), b, adjoint_a=True, adjoint_b=True),
        lambda v, b: dense(v).T @ b.T,
        [sample(normal(3), normal(4, 2))],
        name="matmul_adjoint",
    ),
    case(
        lambda v, axis=None, keepdims=False: tf.sparse_reduce_sum(sparse(v), axis, keepdims),
        lambda v, axis=None, keepdims=False: dense(v).sum(axis, keepdims=keepdims),
        [sample(normal(3)), sample(normal(3), 1), sample(normal(3), 0, keepdims=True), sample(normal(3), -1)],
        name="reduce_sum",
    ),
    case(
        lambda v: tf.sparse_reduce_max(sparse(v), 1),
        lambda v: np.array([v[0], max(v[1], v[2])]),
        [sample(normal(3))],
        name="reduce_max",
        gradient="TF1 has none",
    ),
    case(
        lambda v: tf.sparse_reorder(sparse(v, PLACES[::-1].copy())).values,
        lambda v: v[::-1],
        [sample(normal(3))],
        name="reorder",
        covers=("SparseReorder",),
    ),
    case(
        lambda v: tf.sparse_tensor_to_dense(tf.sparse_reshape(sparse(v), [3, -1])),
        lambda v: dense(v).reshape(3, 2),
        [sample(normal(3))],
        name="reshape",
        covers=("SparseReshape",),
    ),
    case(
        lambda v, w: tf.sparse_tensor_to_dense(tf.sparse_concat(1, [sparse(v), sparse(w, OTHERS)])),
        lambda v, w: np.concatenate([dense(v), dense(w, OTHERS)], 1),
        [sample(normal(3), normal(2))],
        name="concat",
        covers=("SparseConcat",),
        gradient="TF1 has none",
    ),
    case(
        lambda v: tf.sparse_tensor_to_dense(tf.sparse_slice(sparse(v), [0, 1], [2, 5])),
        lambda v: dense(v)[:, 1:],
        [sample(normal(3))],
        name="slice",
        covers=("SparseSlice", "SparseSliceGrad"),
        second="TF1 has none",
    ),
    case(
        lambda v, d: tf.sparse_fill_empty_rows(tf.SparseTensor([[0, 1], [2, 0]], v, [4, 2]), d)[0].values,
        lambda v, d: np.array([v[0], d, v[1], d]),
        [sample(normal(2), normal())],
        name="fill_empty_rows",
        covers=("SparseFillEmptyRows", "SparseFillEmptyRowsGrad"),
        second="TF1 has none",
    ),
    case(
        sum_of,
        sum_reference,
        [sample(normal(3), normal(2))],
        name="add",
        covers=("SparseAdd", "SparseAddGrad"),
        second=False,
    ),
    case(
        lambda v, b: tf.sparse_add(sparse(v), b),
        lambda v, b: dense(v) + b,
        [sample(normal(3), normal(2, 3))],
        name="add_dense",
        covers=("SparseTensorDenseAdd",),
    ),
    case(
        lambda v, b: (sparse(v) * b).values,
        lambda v, b: v * np.broadcast_to(b, SHAPE)[tuple(PLACES.T)],
        [sample(normal(3), normal(2, 3)), sample(normal(3), normal(3)), sample(normal(3), normal(2, 1))],
        name="times",
        covers=("SparseDenseCwiseMul",),
        partial_shapes=False,
    ),
    case(
        lambda v, b: (sparse(v) / b).values,
        lambda v, b: v / np.broadcast_to(b, SHAPE)[tuple(PLACES.T)],
        [sample(normal(3), normal(2, 3) + 5.0)],
        name="divided",
        covers=("SparseDenseCwiseDiv",),
    ),
]
test_sparse = checks(CASES)


def test_feeding_and_fetching() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        s = tf.sparse_placeholder(tf.float32)
        fed = tf.SparseTensorValue([[0, 1]], [2.0], [1, 3])
        got = sess.run(s, {s: fed})
        assert isinstance(got, tf.SparseTensorValue)
        np.testing.assert_array_equal(got.indices, [[0, 1]])
        np.testing.assert_array_equal(sess.run(tf.sparse.to_dense(s), {s: ([[0, 0]], [5.0], [1, 2])}), [[5.0, 0.0]])
        # what was fetched may be fed
        assert sess.run(tf.sparse_reduce_sum(s), {s: got}) == 2.0
        assert tf.SparseTensor([[0]], [7], [1]).eval(session=sess).values.tolist() == [7]


def test_an_index_outside_is_an_error() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        s = tf.sparse_placeholder(tf.float32)
        y = tf.sparse_tensor_dense_matmul(s, tf.ones([3, 1]))
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
            sess.run(y, {s: ([[0, 9]], [1.0], [2, 3])})


def test_what_is_left_out_of_a_sum_has_no_gradient() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        a = tf.placeholder(tf.float32, [1])
        total = tf.sparse_add(tf.SparseTensor([[0]], a, [2]), tf.SparseTensor([[0], [1]], [-1.0, 4.0], [2]), 0.5)
        (da,) = tf.gradients(total.values, a)
        assert sess.run([total.values, da], {a: [1.0]})[1].tolist() == [0.0]
        assert sess.run(da, {a: [9.0]}).tolist() == [1.0]
        assert opdef_named("SparseAddGrad").gradient_function is None


def test_edit_distances_by_hand() -> None:
    """kitten and sitting are three changes apart; the words of a batch may be missing on either side."""

    def words(*texts: str) -> tf.SparseTensor:
        places = [[row, i] for row, text in enumerate(texts) for i in range(len(text))]
        return tf.SparseTensor(places, [c for text in texts for c in text], [len(texts), 9])

    with tf.Graph().as_default(), tf.Session() as sess:
        given, truth = words("kitten", "", "ab", "same"), words("sitting", "abc", "", "same")
        counted = tf.edit_distance(given, truth, normalize=False)
        assert counted.shape.as_list() == [4]
        assert sess.run(counted).tolist() == [3.0, 3.0, 2.0, 0.0]
        normalized = sess.run(tf.edit_distance(given, truth))
        np.testing.assert_allclose(normalized, [3 / 7, 1.0, np.inf, 0.0], rtol=1e-6)
