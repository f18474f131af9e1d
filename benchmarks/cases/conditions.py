"""The notes' regression with one node more that decides something: none of them may cost much more than the step
without it."""

from __future__ import annotations

from benchmarks import data


def _dropout(tf, hidden, training):
    """Dropout as ``tf.layers.dropout(training=placeholder)`` makes it; the peer has lost ``tf.layers``."""
    return tf.cond(training, lambda: tf.nn.dropout(hidden, rate=0.2), lambda: hidden)


def _computed(tf, hidden, training):
    """Which side is taken depends on the data."""
    return tf.cond(tf.reduce_mean(hidden) > 0.5, lambda: hidden * 0.9, lambda: tf.tanh(hidden))


def _steps(tf, count):
    return tf.train.piecewise_constant(count, [1000, 10000], [0.001, 0.0005, 0.0001])


def _staircase(tf, count):
    return tf.train.exponential_decay(0.001, count, 1000, 0.99, staircase=True)


LAYERS = {"dropout on a placeholder": _dropout, "a computed condition": _computed}
RATES = {"a piecewise constant rate": _steps, "a staircase rate": _staircase}


def regression(node):
    """A training step with ``node``: one of LAYERS or RATES, "an assertion", or "" for none."""

    def make(tf, np):
        x, y = tf.placeholder(tf.float32, [None, 1]), tf.placeholder(tf.float32, [None, 1])
        training = tf.placeholder(tf.bool)
        hidden = x
        for i, (rows, columns) in enumerate(zip(data.WIDTHS, data.WIDTHS[1:], strict=False)):
            weights = tf.Variable(tf.random_normal([rows, columns], stddev=0.1))
            hidden = tf.add(tf.matmul(hidden, weights), tf.Variable(tf.random_normal([columns], stddev=0.1)))
            if i < len(data.WIDTHS) - 2:
                hidden = tf.nn.sigmoid(hidden)
                if node in LAYERS:
                    hidden = LAYERS[node](tf, hidden, training)
        loss = tf.reduce_mean(tf.square(hidden - y))
        count = tf.train.get_or_create_global_step()
        rate = RATES[node](tf, count) if node in RATES else 0.001
        with tf.control_dependencies([tf.assert_less(loss, 1e6)] if node == "an assertion" else []):
            train = tf.train.AdamOptimizer(rate).minimize(loss, count)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        xs, ys, picked = data.regression(np)
        feed = {training: True} if node == "dropout on a placeholder" else {}

        def step():
            rows = picked()
            feed[x], feed[y] = xs[rows], ys[rows]
            sess.run(train, feed)

        return step

    return make


NODES = (*LAYERS, *RATES, "an assertion")
