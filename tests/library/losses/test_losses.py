"""tf.losses against NumPy, and against the numbers of tf1_semantics.md, section 10."""

import numpy as np
import pytest

import graphrt as tf

LABELS = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
PREDICTIONS = np.array([[1.5, 2.0], [1.0, 0.0]], np.float32)  # squared errors .25 0 4 16


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def value(tensor):
    with tf.Session() as sess:
        return sess.run(tensor)


def mse(**options):
    return value(tf.losses.mean_squared_error(LABELS, PREDICTIONS, **options))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (1.0, 5.0625),
        ([[1.0], [0.0]], 0.125),
        ([[0.5], [0.0]], 0.0625),
        (2.0, 10.125),
        (0.0, 0.0),
        ([[1.0, 0.0]], 2.125),
    ],
    ids=str,
)
def test_default_reduction_counts_weights_that_are_not_zero(weights, expected):
    assert mse(weights=weights) == expected


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("SUM", 0.5),
        ("MEAN", 0.125),
        ("SUM_OVER_BATCH_SIZE", 0.125),
        ("SUM_BY_NONZERO_WEIGHTS", 0.25),
        ("SUM_OVER_NONZERO_WEIGHTS", 0.25),
        ("NONE", [[0.5, 0.0], [0.0, 0.0]]),
    ],
)
def test_reductions(reduction, expected):
    result = mse(weights=[[2.0], [0.0]], reduction=getattr(tf.losses.Reduction, reduction))
    np.testing.assert_array_equal(result, expected)


def test_published_numbers():
    L = tf.losses
    assert value(L.huber_loss(LABELS, PREDICTIONS)) == 1.28125
    assert value(L.absolute_difference(LABELS, PREDICTIONS)) == 1.625
    np.testing.assert_allclose(value(L.log_loss([1.0], [0.0])), 16.118095, rtol=1e-6)
    np.testing.assert_allclose(value(L.hinge_loss([1.0, 0.0], [0.5, 0.5])), (0.5 + 1.5) / 2, rtol=1e-6)
    np.testing.assert_allclose(value(L.cosine_distance([[0.6, 0.8]], [[1.0, 0.0]], axis=1)), 0.4, rtol=1e-6)


def test_label_smoothing():
    logits = np.array([[0.5, -1.0, 2.0]], np.float32)
    labels = np.array([[0.0, 0.0, 1.0]], np.float32)
    smooth = labels * 0.8 + 0.2 / 3
    log_softmax = logits - np.log(np.exp(logits).sum())
    got = value(tf.losses.softmax_cross_entropy(labels, logits, label_smoothing=0.2))
    np.testing.assert_allclose(got, -(smooth * log_softmax).sum(), rtol=1e-6)
    smooth = labels * 0.8 + 0.1
    expected = (np.maximum(logits, 0) - logits * smooth + np.log1p(np.exp(-abs(logits)))).mean()
    got = value(tf.losses.sigmoid_cross_entropy(labels, logits, label_smoothing=0.2))
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_sparse_labels_may_have_an_axis_too_many():
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    flat = value(tf.losses.sparse_softmax_cross_entropy([0, 2, 1, 1], logits))
    column = value(tf.losses.sparse_softmax_cross_entropy([[0], [2], [1], [1]], logits))
    log_softmax = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    np.testing.assert_allclose(flat, -log_softmax[range(4), [0, 2, 1, 1]].mean(), rtol=1e-6)
    assert flat == column


def test_mean_pairwise_squared_error_is_the_mean_over_all_pairs():
    random = np.random.default_rng(1)
    labels, predictions = random.normal(size=(2, 3, 4)).astype(np.float32)
    expected = 0.0
    for e in predictions - labels:
        pairs = [(e[i] - e[j]) ** 2 for i in range(4) for j in range(i + 1, 4)]
        expected += np.mean(pairs)
    got = value(tf.losses.mean_pairwise_squared_error(labels, predictions))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_no_gradient_flows_into_the_labels_of_softmax():
    labels, logits = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 2])
    loss = tf.losses.softmax_cross_entropy(labels, logits)
    assert tf.gradients(loss, labels) == [None]
    assert tf.gradients(loss, logits)[0] is not None


def test_total_loss():
    loss = tf.losses.mean_squared_error(LABELS, PREDICTIONS)
    tf.losses.add_loss(tf.constant(5.0))
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(7.0))
    assert tf.losses.get_losses()[0] is loss
    assert value(tf.losses.get_total_loss()) == 17.0625
    assert value(tf.losses.get_total_loss(add_regularization_losses=False)) == 10.0625
    assert value(tf.losses.get_regularization_loss()) == 7.0


def test_no_losses():
    assert value(tf.losses.get_regularization_loss()) == 0.0
    with pytest.raises(ValueError, match="at least one Tensor"):
        tf.losses.get_total_loss()


def test_a_loss_may_stay_out_of_the_collection():
    tf.losses.mean_squared_error(LABELS, PREDICTIONS, loss_collection=None)
    tf.losses.mean_squared_error(LABELS, PREDICTIONS, loss_collection="mine")
    assert tf.losses.get_losses() == []
    assert len(tf.losses.get_losses(loss_collection="mine")) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda L: L.mean_squared_error([1.0, 2.0], [[1.0], [2.0]]), r"Shapes \(2, 1\) and \(2,\) are incompatible"),
        (lambda L: L.mean_squared_error(None, [1.0]), "labels must not be None"),
        (lambda L: L.mean_squared_error(LABELS, PREDICTIONS, weights=[2.0]), "weights can not be broadcast to values"),
        (lambda L: L.mean_squared_error(LABELS, PREDICTIONS, weights=[[1.0]] * 3), "Mismatch at dim 0"),
        (lambda L: L.mean_squared_error(LABELS, PREDICTIONS, weights=None), "None values not supported"),
        (lambda L: L.mean_squared_error(LABELS, PREDICTIONS, reduction="mean"), "Invalid Reduction Key mean"),
        (lambda L: L.cosine_distance([1.0], [1.0]), "You must specify 'axis'"),
    ],
)
def test_errors_when_declaring(call, message):
    with pytest.raises(ValueError, match=message):
        call(tf.losses)


def test_weights_that_do_not_fit_when_running():
    losses, weights = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32)
    total = tf.losses.compute_weighted_loss(losses, weights)
    with tf.Session() as sess:
        values = np.arange(6.0).reshape(2, 3)
        assert sess.run(total, {losses: values, weights: 2.0}) == 5.0
        assert sess.run(total, {losses: values, weights: [[1.0], [0.0]]}) == 1.0
        for broadcast_by_the_product_alone in ([1.0, 2.0, 3.0], np.ones([1, 2, 3])):
            with pytest.raises(tf.errors.InvalidArgumentError, match="weights can not be broadcast to values"):
                sess.run(total, {losses: values, weights: broadcast_by_the_product_alone})
