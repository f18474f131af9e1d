"""A small convolutional network with tf.layers on drawn digits: model function, scopes, dropout, learning rate decay."""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
FLAGS = tf.flags.FLAGS
tf.flags.DEFINE_integer("steps", 60, "Training steps")
tf.flags.DEFINE_float("dropout", 0.4, "Dropout rate")


def drawn(count, seed):
    """Images of a horizontal, a vertical or a diagonal stroke."""
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, 3, size=count)
    images = 0.3 * rng.rand(count, 12, 12, 1)
    for image, label in zip(images, labels):
        at = rng.randint(2, 10)
        if label == 0:
            image[at, :] += 1
        elif label == 1:
            image[:, at] += 1
        else:
            image[np.arange(12), (np.arange(12) + at) % 12] += 1
    return images.astype(np.float32), labels.astype(np.int32)


def cnn_model(features, labels, mode):
    training = mode == "train"
    with tf.variable_scope("cnn", reuse=not training):
        net = tf.layers.conv2d(features, 8, [3, 3], padding="same", activation=tf.nn.relu, name="conv1")
        net = tf.layers.max_pooling2d(net, pool_size=[2, 2], strides=2)
        net = tf.layers.conv2d(
            net, 16, 3, activation=tf.nn.relu, kernel_initializer=tf.truncated_normal_initializer(stddev=0.1), name="conv2"
        )
        net = tf.layers.average_pooling2d(net, 2, 2)
        net = tf.layers.flatten(net)
        net = tf.layers.dense(
            net,
            32,
            activation=tf.nn.relu,
            kernel_regularizer=tf.contrib.layers.l2_regularizer(1e-3),
            kernel_initializer=tf.contrib.layers.xavier_initializer(),
            name="fc1",
        )
        net = tf.layers.dropout(net, rate=FLAGS.dropout, training=training)
        logits = tf.layers.dense(net, 3, name="logits")
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    predictions = {"classes": tf.argmax(logits, axis=1), "probabilities": tf.nn.softmax(logits, name="softmax")}
    return loss, predictions


def main(unused_argv):
    tf.set_random_seed(7)
    images, labels = drawn(240, 5)
    test_images, test_labels = drawn(90, 6)
    x = tf.placeholder(tf.float32, [None, 12, 12, 1])
    y = tf.placeholder(tf.int32, [None])
    loss, _ = cnn_model(x, y, "train")
    _, predictions = cnn_model(x, y, "predict")
    total = tf.losses.get_total_loss()
    global_step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.005, global_step, 30, 0.9, staircase=True)
    train_op = tf.train.AdamOptimizer(rate).minimize(total, global_step=global_step)
    for variable in tf.trainable_variables():
        print(variable.op.name, variable.get_shape().as_list())
    config = tf.ConfigProto(allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    with tf.Session(config=config) as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for step in range(FLAGS.steps):
            at = np.arange(step * 40, step * 40 + 40) % 240
            _, value = sess.run([train_op, loss], {x: images[at], y: labels[at]})
            if step == 0:
                print("first loss %.3f" % value)
        found = sess.run(predictions, {x: test_images, y: test_labels})
        right = np.mean(found["classes"] == test_labels)
        print("step %d rate %.5f probabilities %s" % (sess.run(global_step), sess.run(rate), found["probabilities"].shape))
        print("test accuracy over 0.9: %s" % (right > 0.9))


if __name__ == "__main__":
    tf.app.run(main)
