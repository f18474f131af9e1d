"""The least a session costs, and the course notes' regression in its three variants."""

from __future__ import annotations

from benchmarks import data


def session_floor(tf, np):
    """The least that ``Session.run`` costs: one scalar is fed, one operation runs."""
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    sess = tf.Session()
    feed = {x: np.float32(3)}
    return lambda: sess.run(y, feed)


def graph(tf, variant="plain", prepared=lambda x: x):
    """The course notes' regression network: four hidden layers of sigmoids, on what ``prepared`` makes of its input."""
    x = tf.placeholder(tf.float32, [None, 1])
    y = tf.placeholder(tf.float32, [None, 1])
    weights = [
        tf.Variable(tf.random_normal([a, b], stddev=0.1)) for a, b in zip(data.WIDTHS, data.WIDTHS[1:], strict=False)
    ]
    biases = [tf.Variable(tf.random_normal([b], stddev=0.1)) for b in data.WIDTHS[1:]]
    training = tf.placeholder(tf.bool, [])
    rate = tf.placeholder(tf.float32, [])
    updates, hidden = [], prepared(x)
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        hidden = tf.add(tf.matmul(hidden, w), b)
        if variant == "batch norm":
            hidden, update = _batch_norm(tf, hidden, training)
            updates += update
        hidden = tf.nn.sigmoid(hidden)
        if variant == "dropout":
            hidden = tf.nn.dropout(hidden, rate=rate)
    prediction = tf.add(tf.matmul(hidden, weights[-1]), biases[-1])
    loss = tf.reduce_mean(tf.square(prediction - y))
    with tf.control_dependencies(updates):
        train = tf.train.AdamOptimizer(0.001).minimize(loss)
    return train, loss, {"x": x, "y": y, "training": training, "rate": rate}


def _batch_norm(tf, x, training):
    """Batch normalization of the notes, by hand: the peer has lost ``tf.layers``."""
    width = x.shape.as_list()[-1]
    gamma, beta = tf.Variable(tf.ones([width])), tf.Variable(tf.zeros([width]))
    mean = tf.Variable(tf.zeros([width]), trainable=False)
    variance = tf.Variable(tf.ones([width]), trainable=False)
    batch_mean, batch_variance = tf.nn.moments(x, [0])
    updates = [
        tf.assign_sub(mean, (mean - batch_mean) * 0.01),
        tf.assign_sub(variance, (variance - batch_variance) * 0.01),
    ]
    used_mean = tf.cond(training, lambda: batch_mean, lambda: mean.read_value())
    used_variance = tf.cond(training, lambda: batch_variance, lambda: variance.read_value())
    return tf.nn.batch_normalization(x, used_mean, used_variance, beta, gamma, 1e-3), updates


def regression(variant):
    """A training step of the notes' regression on a random batch: "plain", "dropout" or "batch norm"."""

    def make(tf, np):
        train, _, inputs = graph(tf, variant)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        xs, ys, picked = data.regression(np)
        feed = {inputs["x"]: None, inputs["y"]: None}
        if variant == "batch norm":
            feed[inputs["training"]] = True
        if variant == "dropout":
            feed[inputs["rate"]] = 0.2

        def step():
            rows = picked()
            feed[inputs["x"]], feed[inputs["y"]] = xs[rows], ys[rows]
            sess.run(train, feed)

        return step

    return make
