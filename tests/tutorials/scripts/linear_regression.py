"""Linear regression, with logging: the first script of everybody's first evening."""

from __future__ import print_function

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.INFO)

rng = np.random.RandomState(0)
train_x = np.linspace(-1, 1, 50).astype(np.float32)
train_y = (2 * train_x + 1 + 0.1 * rng.randn(50)).astype(np.float32)

X = tf.placeholder(tf.float32, name="X")
Y = tf.placeholder(tf.float32, name="Y")
W = tf.Variable(0.0, name="weight")
b = tf.Variable(0.0, name="bias")

pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_mean(tf.pow(pred - Y, 2))
optimizer = tf.train.GradientDescentOptimizer(0.1).minimize(cost)
init = tf.global_variables_initializer()

tf.logging.info("TensorFlow %s", tf.VERSION.split(".")[0])
with tf.Session() as sess:
    sess.run(init)
    for epoch in range(100):
        _, c = sess.run([optimizer, cost], feed_dict={X: train_x, Y: train_y})
        tf.logging.log_every_n(tf.logging.INFO, "epoch %d cost %.4f", 25, epoch, c)
        if (epoch + 1) % 50 == 0:
            print("epoch %03d cost=%.5f W=%.4f b=%.4f" % (epoch + 1, c, sess.run(W), sess.run(b)))
    if sess.run(cost, {X: train_x, Y: train_y}) > 0.02:
        tf.logging.warn("The cost is high")
    tf.logging.debug("not shown")
tf.logging.info("done")
