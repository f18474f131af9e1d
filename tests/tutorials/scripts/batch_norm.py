"""Batch normalization, and what forgetting its update operations does: moving averages, control dependencies, assign."""

from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.training import moving_averages

ops.reset_default_graph()
tf.set_random_seed(11)
print("eager:", tf.executing_eagerly(), "device:", tf.test.gpu_device_name() in ("", "/device:GPU:0"))

rng = np.random.RandomState(2)
data = (5 + 3 * rng.randn(400, 6)).astype(np.float32)
target = np.sum(data[:, :3], axis=1, keepdims=True) / 3 - 5

x = tf.placeholder(tf.float32, shape=(None, 6), name="x")
t = tf.placeholder(tf.float32, shape=(None, 1), name="t")
is_training = tf.placeholder(tf.bool, name="is_training")


def own_batch_norm(inputs, name, decay=0.9):
    with tf.variable_scope(name):
        size = inputs.get_shape()[-1].value
        beta = tf.get_variable("beta", [size], initializer=tf.zeros_initializer())
        gamma = tf.get_variable("gamma", [size], initializer=tf.ones_initializer())
        moving_mean = tf.get_variable("moving_mean", [size], initializer=tf.zeros_initializer(), trainable=False)
        moving_var = tf.get_variable("moving_var", [size], initializer=tf.ones_initializer(), trainable=False)
        mean, var = tf.nn.moments(inputs, [0])
        update_mean = tf.assign_sub(moving_mean, (1 - decay) * (moving_mean - mean))
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update_mean)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign(moving_var, moving_var * decay + var * (1 - decay)))
        mean, var = tf.cond(is_training, lambda: (mean, var), lambda: (moving_mean.value(), moving_var.value()))
        return tf.nn.batch_normalization(inputs, mean, var, beta, gamma, 1e-3)


hidden = tf.layers.dense(own_batch_norm(x, "bn0"), 12, use_bias=False, name="hidden")
hidden = tf.layers.batch_normalization(hidden, training=is_training, momentum=0.9, name="bn1")
hidden = tf.nn.elu(hidden)
output = tf.layers.dense(hidden, 1, name="output")
loss = tf.losses.mean_squared_error(t, output)

update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
print(len(update_ops), "update ops")
with tf.control_dependencies(update_ops):
    train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
average = moving_averages.ExponentialMovingAverage(0.9)
follow = average.apply([loss])

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for step in range(150):
    at = (np.arange(50) + 50 * step) % 400
    sess.run([train, follow], {x: data[at], t: target[at], is_training: True})
with tf.variable_scope("bn0", reuse=True):
    print("moving mean %.1f" % np.mean(sess.run(tf.get_variable("moving_mean"))))
    print("moving deviation %.1f" % np.mean(np.sqrt(sess.run(tf.get_variable("moving_var", [6])))))
moving = [v for v in tf.global_variables() if v.op.name.endswith("bn1/moving_variance")][0]
print(moving.op.name, moving in tf.trainable_variables(), sess.run(moving).shape)
training_loss = sess.run(loss, {x: data, t: target, is_training: True})
test_loss = sess.run(loss, feed_dict={x: data, t: target, is_training: False})
print("average loss %.2f" % sess.run(average.average(loss)))
print("both losses are small:", training_loss < 0.05, test_loss < 0.05)
sess.close()
