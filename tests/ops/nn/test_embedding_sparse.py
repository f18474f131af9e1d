"""Sparse look-ups, sparse segments, sampled losses and swish."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import graphrt as tf
from graphrt_ops.nn import candidate_samplers as samplers
from graphrt_ops.random.stream import Stream
from tests.ops.harness import case, checks, error, normal, sample

IDS, GROUPS = np.array([0, 2, 2, 1], np.int32), np.array([0, 0, 2, 2], np.int32)


def groups(function):
    def reference(data, ids, segments, num_segments=3):
        rows = [data[ids[segments == i]] for i in range(num_segments)]
        return np.stack([function(r) if len(r) else np.zeros(data.shape[1:]) for r in rows])

    return reference


WRONG = [
    error(tf.errors.InvalidArgumentError, "out of range", normal(3, 2), np.array([0, 3]), np.array([0, 0], np.int32)),
    error(tf.errors.InvalidArgumentError, "not increasing", normal(3, 2), np.array([0, 1]), np.array([1, 0], np.int32)),
]
CALLS = [sample(normal(3, 2), IDS, GROUPS), sample(normal(3, 2, 2), IDS, GROUPS, num_segments=5)]
CASES = [
    case(
        tf.sparse_segment_sum,
        groups(lambda rows: rows.sum(0)),
        CALLS,
        errors=WRONG,
        covers=["SparseSegmentSum", "SparseSegmentSumWithNumSegments"],
    ),
    case(
        tf.sparse_segment_mean,
        groups(lambda rows: rows.mean(0)),
        CALLS,
        errors=WRONG,
        covers=["SparseSegmentMean", "SparseSegmentMeanWithNumSegments", "SparseSegmentMeanGrad"],
        second="TF1 has no gradient of SparseSegmentMeanGrad",
    ),
    case(
        tf.sparse_segment_sqrt_n,
        groups(lambda rows: rows.sum(0) / np.sqrt(len(rows))),
        CALLS,
        errors=WRONG,
        covers=["SparseSegmentSqrtN", "SparseSegmentSqrtNWithNumSegments", "SparseSegmentSqrtNGrad"],
        second="TF1 has no gradient of SparseSegmentSqrtNGrad",
    ),
    case(
        tf.nn.swish,
        lambda x: x * scipy.special.expit(x),
        [sample(normal(3, 4)), sample(normal())],
    ),
]
test_sparse_segments = checks(CASES)

PLACES = [[0, 0], [0, 2], [1, 0], [3, 1]]


@pytest.mark.parametrize(("combiner", "row"), [("mean", 13 / 4), ("sqrtn", 13 / np.sqrt(10)), ("sum", 13)])
def test_weights_of_a_sparse_look_up(combiner, row):
    with tf.Graph().as_default(), tf.Session() as sess:
        ids = tf.SparseTensor([[0, 0], [0, 1]], [1, 4], [1, 2])
        weights = tf.SparseTensor([[0, 0], [0, 1]], [1.0, 3.0], [1, 2])
        table = tf.reshape(tf.range(5.0), [5, 1])
        found = sess.run(tf.nn.embedding_lookup_sparse(table, ids, weights, combiner=combiner))
    np.testing.assert_allclose(found, [[row]], rtol=1e-6)


def test_sparse_look_up_refuses_what_it_does_not_know():
    with tf.Graph().as_default():
        ids = tf.SparseTensor([[0, 0]], [1], [1, 2])
        with pytest.raises(ValueError, match="combiner must be one of"):
            tf.nn.embedding_lookup_sparse(tf.ones([3, 2]), ids, None, combiner="max")
        with pytest.raises(TypeError, match="sp_ids must be SparseTensor"):
            tf.nn.embedding_lookup_sparse(tf.ones([3, 2]), [[1]], None)


@pytest.mark.parametrize(
    "sampler",
    [
        samplers.Uniform(7),
        samplers.LogUniform(7),
        samplers.LearnedUnigram(7),
        samplers.FixedUnigram([5.0, 1.0, 0.5, 2.0, 3.0, 1.0], 0.75, 1, 1, 0),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_samplers_draw_with_the_probabilities_that_they_tell(sampler):
    probabilities = sampler.probability(np.arange(7))
    np.testing.assert_allclose(probabilities.sum(), 1, rtol=1e-6)
    drawn, _, counts = samplers.sample(sampler, Stream(1, 2), np.zeros((1, 1), np.int64), 20000, unique=False)
    observed = np.bincount(drawn, minlength=7) / 20000
    np.testing.assert_allclose(observed, probabilities, atol=0.015)
    np.testing.assert_allclose(counts, probabilities[drawn] * 20000, rtol=1e-5)


def test_unique_candidates_differ_and_may_not_outnumber_the_classes():
    drawn, _, _ = samplers.sample(samplers.LogUniform(9), Stream(1, 2), np.zeros((1, 1), np.int64), 9, unique=True)
    assert sorted(drawn.tolist()) == list(range(9))
    with pytest.raises(ValueError, match="range is too small"):
        samplers.sample(samplers.Uniform(3), Stream(1, 2), np.zeros((1, 1), np.int64), 4, unique=True)


def test_frequencies_from_a_file(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text("the,0.5\nof,0.25\nand,0.25\n")
    with tf.Graph().as_default(), tf.Session() as sess:
        truth = tf.constant([[0]], tf.int64)
        _, expected, _ = tf.nn.fixed_unigram_candidate_sampler(truth, 1, 2, False, 3, vocab_file=str(path))
        assert sess.run(expected).tolist() == [[1.0]]
        with pytest.raises(ValueError, match="either vocab_file or unigrams"):
            tf.nn.fixed_unigram_candidate_sampler(truth, 1, 2, False, 3)


def test_sampled_softmax_over_all_classes_is_softmax():
    with tf.Graph().as_default(), tf.Session() as sess:
        weights, biases = tf.constant(normal(6, 3), tf.float32), tf.constant(normal(6), tf.float32)
        inputs, labels = tf.constant(normal(2, 3), tf.float32), tf.constant([[1], [4]], tf.int64)
        everything = tf.nn.all_candidate_sampler(labels, 1, 6, True)
        sampled = tf.nn.sampled_softmax_loss(weights, biases, labels, inputs, 6, 6, sampled_values=everything)
        logits = tf.matmul(inputs, weights, transpose_b=True) + biases
        whole = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels[:, 0], logits=logits)
        np.testing.assert_allclose(*sess.run([sampled, whole]), rtol=1e-5)
