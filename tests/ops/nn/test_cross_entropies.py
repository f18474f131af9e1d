"""The losses that take logits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

import graphrt as tf
from tests.ops.harness import case, checks, error, normal, sample, uniform

LABELS = uniform(3, 4)
LABELS /= LABELS.sum(-1, keepdims=True)
TWICE = np.stack([LABELS, LABELS])


def cross_entropy(logits, labels, axis=-1):
    return -(labels * scipy.special.log_softmax(logits, axis)).sum(axis)


def softmax_loss(logits, labels, axis=-1):
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, axis=axis)


def sparse_loss(logits, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def sparse_reference(logits, labels):
    rows = scipy.special.log_softmax(logits, -1).reshape(-1, logits.shape[-1])
    return -rows[np.arange(labels.size), labels.ravel()].reshape(labels.shape)


def sigmoid_reference(logits, labels):
    return np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))


def weighted_reference(logits, labels, weight):
    return -(weight * labels * scipy.special.log_expit(logits) + (1 - labels) * scipy.special.log_expit(-logits))


CASES = [
    case(
        softmax_loss,
        cross_entropy,
        [
            sample(normal(3, 4), LABELS),
            sample(normal(2, 3, 4), TWICE),
            sample(normal(4), LABELS[0]),
        ],
        dtypes=("float16", "float32", "float64"),
        errors=[error(ValueError, "Dimensions must be equal", normal(3, 4), normal(3, 5))],
        covers=["SoftmaxCrossEntropyWithLogits"],
        second="TF1's gradient of the loss leaves the labels out: that of softmax - labels",
    ),
    case(
        lambda logits, labels: softmax_loss(logits, labels, axis=0),
        lambda logits, labels: cross_entropy(logits, labels, 0),
        [sample(normal(4, 3), LABELS.T.copy())],
        name="softmax_loss_axis0",
        partial_shapes="an axis that is not the last one needs a known rank",
        second=False,
    ),
    case(
        sparse_loss,
        sparse_reference,
        [
            sample(normal(3, 4), np.array([0, 3, 1])),
            sample(normal(2, 2, 3), np.array([[0, 1], [2, 2]], np.int32)),
            sample(normal(3), np.array(2, np.int32)),
        ],
        errors=[
            error(tf.errors.InvalidArgumentError, "label value of 4", normal(2, 4), np.array([1, 4])),
            error(ValueError, "Rank mismatch", normal(2, 4), np.array([[1, 2]])),
        ],
        covers=["SparseSoftmaxCrossEntropyWithLogits", "PreventGradient"],
        second="TF1 forbids it",
    ),
    case(
        lambda logits, labels: tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits),
        sigmoid_reference,
        [sample(normal(3, 4), uniform(3, 4)), sample(normal(), uniform())],
        name="sigmoid_loss",
        errors=[error(ValueError, "must have the same shape", normal(3), normal(4))],
    ),
    case(
        lambda logits, labels, weight: tf.nn.weighted_cross_entropy_with_logits(labels, logits, weight),
        weighted_reference,
        [sample(normal(3, 4), uniform(3, 4), 3.0), sample(normal(3, 4), uniform(3, 4), uniform(4))],
        name="weighted_loss",
    ),
    case(
        lambda counts, logs: tf.nn.log_poisson_loss(counts, logs),
        lambda counts, logs: np.exp(logs) - logs * counts,
        [sample(uniform(3, 4, high=5), normal(3, 4))],
        name="log_poisson_loss",
    ),
]
test_losses = checks(CASES)


def test_log_poisson_loss_adds_stirlings_formula_where_counts_are_large():
    with tf.Graph().as_default(), tf.Session() as sess:
        full, part = (tf.nn.log_poisson_loss([0.5, 3.0], [0.1, 0.2], flag) for flag in (True, False))
        difference = sess.run(full - part)
    stirling = 3 * math.log(3) - 3 + 0.5 * math.log(2 * math.pi * 3)
    np.testing.assert_allclose(difference, [0.0, stirling], rtol=1e-6)


def test_labels_of_the_first_version_get_no_gradient():
    with tf.Graph().as_default():
        logits, labels = tf.placeholder(tf.float32, [2, 3]), tf.placeholder(tf.float32, [2, 3])
        loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        assert tf.gradients(loss, labels) == [None]
        assert tf.gradients(loss, logits)[0].shape == (2, 3)


def test_names_are_required():
    with tf.Graph().as_default():
        for function in (
            tf.nn.softmax_cross_entropy_with_logits,
            tf.nn.sparse_softmax_cross_entropy_with_logits,
            tf.nn.sigmoid_cross_entropy_with_logits,
        ):
            try:
                function([1.0], [2.0])
            except ValueError as error:
                assert "with named arguments" in str(error)
            else:
                raise AssertionError(f"{function.__name__} took positional arguments")


def test_flattening_of_a_matrix_costs_nothing_when_it_runs():
    """The shapes of a batch of unknown size are partly known, which is enough to see that nothing is reshaped."""
    with tf.Graph().as_default(), tf.Session() as sess:
        logits, labels = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 3])
        loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        feeds = {logits: np.zeros((2, 3)), labels: np.eye(3)[:2]}
        np.testing.assert_allclose(sess.run(loss, feeds), np.log([3.0, 3.0]), rtol=1e-6)
        plan = str(sess.explain(loss, feeds)).split("def plan")[1]
    assert "softmaxcrossentropywithlogits" in plan
    assert not [word for word in ("slice_", "concatv2_", "Reshape_1'", "shape_1(") if word in plan]


def test_one_row_of_logits_for_many_labels():
    """The op itself broadcasts, as TF1's does."""
    from graphrt_ops.nn.softmax_cross_entropy import opdef

    with tf.Graph().as_default(), tf.Session() as sess:
        loss, backprop = sess.run(opdef(tf.constant(normal(1, 4)), tf.constant(LABELS)))
    np.testing.assert_allclose(loss, cross_entropy(normal(1, 4), LABELS))
    np.testing.assert_allclose(backprop, scipy.special.softmax(normal(1, 4), -1) - LABELS)


@pytest.mark.parametrize("shape", [(40, 3), (5, 8, 7), (2, 70), (100, 64), (1, 1), (33, 65)])
def test_reductions_of_rows(shape):
    from graphrt_ops.nn.rows import row_maxima, row_sums

    for dtype in (np.float16, np.float32, np.float64):
        array = normal(*shape).astype(dtype)
        np.testing.assert_array_equal(row_maxima(np, array), array.max(-1, keepdims=True))
        sums = row_sums(np, array)
        assert sums.dtype == dtype
        np.testing.assert_allclose(sums, array.sum(-1, keepdims=True), rtol=1e-3, atol=2e-2)
