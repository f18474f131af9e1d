"""A multilayer perceptron from the ground up: XOR with two hidden layers, dictionaries of weights, name scopes."""

from __future__ import print_function

import numpy as np
import tensorflow as tf

tf.reset_default_graph()
tf.set_random_seed(42)

learning_rate = 0.05
n_hidden_1 = 16
n_hidden_2 = 8

rng = np.random.RandomState(3)
points = rng.uniform(-1, 1, size=(256, 2)).astype(np.float32)
targets = np.eye(2)[(points[:, 0] * points[:, 1] > 0).astype(int)].astype(np.float32)

x = tf.placeholder("float", [None, 2])
y = tf.placeholder("float", [None, 2])
keep_prob = tf.placeholder_with_default(1.0, shape=())

weights = {
    "h1": tf.Variable(tf.random_normal([2, n_hidden_1])),
    "h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2])),
    "out": tf.Variable(tf.random_normal([n_hidden_2, 2])),
}
biases = {
    "b1": tf.Variable(tf.random_normal([n_hidden_1])),
    "b2": tf.Variable(tf.random_normal([n_hidden_2])),
    "out": tf.Variable(tf.random_normal([2])),
}


def multilayer_perceptron(x):
    with tf.name_scope("hidden1"):
        layer_1 = tf.nn.relu(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    with tf.name_scope("hidden2"):
        layer_2 = tf.nn.dropout(tf.nn.relu(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"])), keep_prob)
    return tf.matmul(layer_2, weights["out"]) + biases["out"]


logits = multilayer_perceptron(x)
with tf.name_scope("loss"):
    loss_op = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y))
    loss_op += 1e-4 * tf.add_n([tf.nn.l2_loss(v) for v in weights.values()])
train_op = tf.train.AdamOptimizer(learning_rate=learning_rate).minimize(loss_op)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1)), "float"))

print([v.name for v in tf.trainable_variables()])
print(logits, loss_op.op.name)
sess = tf.InteractiveSession()
tf.global_variables_initializer().run()
print("initial loss %.4f" % loss_op.eval(feed_dict={x: points, y: targets}))
for epoch in range(120):
    for start in range(0, 256, 64):
        batch = {x: points[start : start + 64], y: targets[start : start + 64]}
        sess.run(train_op, feed_dict=batch)
    if (epoch + 1) % 40 == 0:
        print("epoch", epoch + 1, "cost={:.3f}".format(loss_op.eval({x: points, y: targets})))
print("accuracy {:.2f}".format(accuracy.eval({x: points, y: targets})))
sess.close()
