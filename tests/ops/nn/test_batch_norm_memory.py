"""Statistics of many channels may be written into where they die; the gradient's copies must not change."""

import numpy as np

import graphrt as tf


def test_moving_averages_of_many_channels_leave_the_gradient_alone():
    channels = 4096
    values = np.random.default_rng(0).normal(size=(4, 2, 2, channels)).astype(np.float32)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4, 2, 2, channels])
        scale = tf.ones([channels])
        y, mean, variance = tf.nn.fused_batch_norm(x, scale, tf.zeros([channels]))
        average = mean * 0.5 + variance * 0.25
        gradient = tf.gradients(tf.reduce_sum(y * y * y), x)[0]
        with tf.Session() as sess:
            alone = sess.run(gradient, {x: values})
            _, together = sess.run([average, gradient], {x: values})
    np.testing.assert_array_equal(alone, together)


def test_inference_leaves_the_variables_alone():
    channels = 4096
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 2, 2, channels])
        mean, variance = tf.Variable(tf.ones([channels])), tf.Variable(tf.ones([channels]) * 2.0)
        results = tf.nn.fused_batch_norm(
            x, tf.ones([channels]), tf.zeros([channels]), mean, variance, is_training=False
        )
        scaled = results[1] * 3.0
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(2):
                assert (sess.run(scaled, {x: np.ones((2, 2, 2, channels))}) == 3).all()
            assert (sess.run(mean) == 1).all()
