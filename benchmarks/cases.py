"""What is measured. Every case is written against TensorFlow 1's API and runs unchanged on graphrt and on a peer.

A case is a function ``case(tf, np)`` that builds a graph in the current default graph and returns a function without
arguments: one step of the work. ``CASES`` lists them with the number of steps of one timing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Step = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """One benchmark: how it is built, how many steps are timed together, and what one of them is called."""

    make: Callable[[Any, Any], Step]
    steps: int
    unit: str = "step"


def session_floor(tf, np):
    """The least that ``Session.run`` costs: one scalar is fed, one operation runs."""
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    sess = tf.Session()
    feed = {x: np.float32(3)}
    return lambda: sess.run(y, feed)


WIDTHS = (1, 30, 100, 100, 30, 1)


def _notes_graph(tf, variant="plain"):
    """The course notes' regression network: four hidden layers of sigmoids."""
    x = tf.placeholder(tf.float32, [None, 1])
    y = tf.placeholder(tf.float32, [None, 1])
    weights = [tf.Variable(tf.random_normal([a, b], stddev=0.1)) for a, b in zip(WIDTHS, WIDTHS[1:], strict=False)]
    biases = [tf.Variable(tf.random_normal([b], stddev=0.1)) for b in WIDTHS[1:]]
    training = tf.placeholder(tf.bool, [])
    rate = tf.placeholder(tf.float32, [])
    updates, hidden = [], x
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


def _regression(variant):
    def make(tf, np):
        train, _, inputs = _notes_graph(tf, variant)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        xs = np.linspace(-4.5, 4.5, 10).reshape(-1, 1)
        ys = np.sin(xs)
        random = np.random.RandomState(0)
        feed = {inputs["x"]: None, inputs["y"]: None}
        if variant == "batch norm":
            feed[inputs["training"]] = True
        if variant == "dropout":
            feed[inputs["rate"]] = 0.2

        def step():
            rows = random.randint(10, size=50)
            feed[inputs["x"]], feed[inputs["y"]] = xs[rows], ys[rows]
            sess.run(train, feed)

        return step

    return make


def graph_building(tf, np):
    """Declares the notes' graph with Adam."""

    def step():
        with tf.Graph().as_default():
            _notes_graph(tf)

    return step


def _digits(np, count):
    random = np.random.RandomState(0)
    return random.rand(count, 64).astype("float32"), random.randint(10, size=count).astype("int32")


def digits_mlp(tf, np):
    """64-128-64-10, batch 64, Adam: the MLP of the digits example."""
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.int32, [None])
    hidden = x
    sizes = (64, 128, 64, 10)
    for i, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False)):
        w = tf.Variable(tf.truncated_normal([a, b], stddev=0.1))
        hidden = tf.nn.bias_add(tf.matmul(hidden, w), tf.Variable(tf.zeros([b])))
        if i < 2:
            hidden = tf.nn.relu(hidden)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=hidden))
    return _trained(tf, loss, x, y, _digits(np, 64))


def digits_cnn(tf, np):
    """8x8x1, two 3x3 convolutions with pooling, dense 64, batch 64, Adam: the CNN of the digits example."""
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.int32, [None])
    image = tf.reshape(x, [-1, 8, 8, 1])
    channels = (1, 16, 32)
    for a, b in zip(channels, channels[1:], strict=False):
        w = tf.Variable(tf.truncated_normal([3, 3, a, b], stddev=0.1))
        image = tf.nn.conv2d(image, w, strides=[1, 1, 1, 1], padding="SAME")
        image = tf.nn.relu(tf.nn.bias_add(image, tf.Variable(tf.zeros([b]))))
        image = tf.nn.max_pool(image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
    flat = tf.reshape(image, [-1, 2 * 2 * 32])
    w1, b1 = tf.Variable(tf.truncated_normal([128, 64], stddev=0.1)), tf.Variable(tf.zeros([64]))
    w2, b2 = tf.Variable(tf.truncated_normal([64, 10], stddev=0.1)), tf.Variable(tf.zeros([10]))
    hidden = tf.nn.relu(tf.matmul(flat, w1) + b1)
    logits = tf.matmul(hidden, w2) + b2
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return _trained(tf, loss, x, y, _digits(np, 64))


def _trained(tf, loss, x, y, data):
    train = tf.train.AdamOptimizer(0.001).minimize(loss)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    feed = {x: data[0], y: data[1]}
    return lambda: sess.run(train, feed)


CASES = {
    "session floor": Case(session_floor, 2000, "run"),
    "notes regression, plain": Case(_regression("plain"), 200),
    "notes regression, dropout": Case(_regression("dropout"), 200),
    "notes regression, batch norm": Case(_regression("batch norm"), 200),
    "graph building": Case(graph_building, 3, "graph"),
    "digits MLP": Case(digits_mlp, 200),
    "digits CNN": Case(digits_cnn, 50),
}
