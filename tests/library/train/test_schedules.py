"""Learning-rate schedules and moving averages: the numbers of tf1_semantics.md, section 12."""

import numpy as np
import pytest

import graphrt as tf


def rates(schedule, steps):
    with tf.Graph().as_default(), tf.Session() as sess:
        step = tf.placeholder(tf.int32, [])
        rate = schedule(step)
        return [float(sess.run(rate, {step: value})) for value in steps]


T = tf.train
TABLE = {
    "exponential": (
        lambda s: T.exponential_decay(0.1, s, 10, 0.5), {0: 0.1, 5: 0.0707107, 10: 0.05, 15: 0.0353553},
    ),
    "staircase": (lambda s: T.exponential_decay(0.1, s, 10, 0.5, staircase=True), {9: 0.1, 10: 0.05}),
    "polynomial": (lambda s: T.polynomial_decay(0.1, s, 10), {5: 0.05005, 15: 0.0001}),
    "polynomial_cycle": (
        lambda s: T.polynomial_decay(0.1, s, 10, end_learning_rate=0.0, cycle=True), {11: 0.045, 20: 0.0},
    ),
    "cosine": (lambda s: T.cosine_decay(0.1, s, 10), {5: 0.05, 10: 0.0, 12: 0.0}),
    "cosine_alpha": (lambda s: T.cosine_decay(0.1, s, 10, alpha=0.1), {5: 0.055, 10: 0.01}),
    "restarts": (
        lambda s: T.cosine_decay_restarts(0.1, s, 10),
        {9: 0.0024472, 10: 0.1, 20: 0.05, 29: 0.0006156, 30: 0.1},
    ),
    "linear_cosine": (lambda s: T.linear_cosine_decay(0.1, s, 10, beta=0.001), {0: 0.1001}),
    "piecewise": (
        lambda s: T.piecewise_constant(s, [10, 20], [1.0, 0.5, 0.1]), {10: 1.0, 11: 0.5, 20: 0.5, 21: 0.1},
    ),
    "inverse_time": (lambda s: T.inverse_time_decay(0.1, s, 10, 0.5), {5: 0.08}),
    "natural_exp": (lambda s: T.natural_exp_decay(0.1, s, 10, 0.5), {10: 0.0606531}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_published_rates(name):
    schedule, expected = TABLE[name]
    np.testing.assert_allclose(rates(schedule, expected), list(expected.values()), rtol=2e-6, atol=5e-8)


def test_boundaries_have_the_type_of_x():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="must have the same dtype as x"):
        tf.train.piecewise_constant(tf.placeholder(tf.int32, []), [10.0], [1.0, 2.0])


def test_moving_average_of_a_variable():
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(10.0, name="v")
        average = tf.train.ExponentialMovingAverage(0.9)
        maintain = average.apply([v])
        change = tf.assign(v, 20.0)
        assert tf.moving_average_variables() == [v]
        assert average.average(v).op.name == average.average_name(v) == "v/ExponentialMovingAverage"
        assert average.variables_to_restore() == {"v/ExponentialMovingAverage": v}
        assert tf.trainable_variables() == [v]
        sess.run(tf.global_variables_initializer())
        sess.run(change)
        seen = []
        for _ in range(2):
            sess.run(maintain)
            seen.append(float(sess.run(average.average(v))))
    np.testing.assert_allclose(seen, [11.0, 11.9], rtol=1e-6)


def test_moving_average_early_on():
    """With num_updates the decay is min(decay, (1 + n) / (10 + n)): 0.1 at first."""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(10.0)
        average = tf.train.ExponentialMovingAverage(0.9, num_updates=0)
        maintain = average.apply([v])
        sess.run(tf.global_variables_initializer())
        sess.run(v.assign(20.0))
        sess.run(maintain)
        assert float(sess.run(average.average(v))) == pytest.approx(19.0)


def test_average_after_a_step_sees_its_weights():
    """What TF1 users write; the read of w was made before the step, but the average waits for it."""
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.Variable(1.0)
        train = tf.train.GradientDescentOptimizer(0.25).minimize(w * w)
        average = tf.train.ExponentialMovingAverage(0.5)
        with tf.control_dependencies([train]):
            both = average.apply([w])
        sess.run(tf.global_variables_initializer())
        sess.run(both)
        assert sess.run([w, average.average(w)]) == [0.5, 0.75]
