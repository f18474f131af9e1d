"""Softmax regression with command line flags.

Usage: python flags_softmax.py --learning_rate=0.5 --max_steps=200
"""

from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_float("learning_rate", 0.5, "Initial learning rate.")
flags.DEFINE_integer("max_steps", 100, "Number of steps to run the trainer.")
flags.DEFINE_integer("batch_size", 32, "Batch size.")
flags.DEFINE_string("log_folder", os.path.join(tempfile.gettempdir(), "flags_softmax"), "Where the log goes.")
flags.DEFINE_boolean("verbose", False, "Whether to print every step.")
FLAGS = flags.FLAGS


def make_data():
    rng = np.random.RandomState(1)
    centers = rng.randn(3, 4) * 2
    labels = rng.randint(0, 3, size=300)
    return (centers[labels] + rng.randn(300, 4)).astype(np.float32), labels


def main(_):
    if tf.gfile.Exists(FLAGS.log_folder):
        tf.gfile.DeleteRecursively(FLAGS.log_folder)
    tf.gfile.MakeDirs(FLAGS.log_folder)
    images, labels = make_data()
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        y_ = tf.placeholder(tf.int64, [None], name="y_")
        W = tf.Variable(tf.truncated_normal([4, 3], stddev=0.1))
        b = tf.Variable(tf.zeros([3]))
        y = tf.matmul(x, W) + b
        cross_entropy = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y_, logits=y))
        global_step = tf.Variable(0, name="global_step", trainable=False)
        train_step = tf.train.GradientDescentOptimizer(FLAGS.learning_rate).minimize(
            cross_entropy, global_step=global_step
        )
        correct_prediction = tf.equal(tf.argmax(y, 1), y_)
        accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for step in range(FLAGS.max_steps):
                start = (step * FLAGS.batch_size) % (len(images) - FLAGS.batch_size)
                batch = slice(start, start + FLAGS.batch_size)
                _, loss = sess.run([train_step, cross_entropy], {x: images[batch], y_: labels[batch]})
                if FLAGS.verbose or step % 50 == 0:
                    print("step %d: loss %.4f" % (step, loss))
            final = sess.run(accuracy, feed_dict={x: images, y_: labels})
            print("global step %d, accuracy %.3f" % (sess.run(global_step), final))
    with tf.gfile.GFile(os.path.join(FLAGS.log_folder, "result.txt"), "w") as f:
        f.write("accuracy %.3f\n" % final)
    print(tf.gfile.ListDirectory(FLAGS.log_folder), tf.gfile.Open(os.path.join(FLAGS.log_folder, "result.txt")).read())
    tf.gfile.DeleteRecursively(FLAGS.log_folder)


if __name__ == "__main__":
    tf.app.run()
