"""Cases that are bound by memory: elementwise chains, a wide softmax, an optimizer's update."""

from __future__ import annotations

from benchmarks import data


def _six_ops(tf, x):
    return tf.nn.relu((x * 0.5 + 0.1) * x - 0.2) * x


def _with_tanh(tf, x):
    return tf.nn.relu(tf.tanh(x * 0.5 + 0.1) * x - 0.2)


def chain(count, ops=_six_ops):
    """Six elementwise ops from one variable into another: nothing is fed, fetched or allocated but by the library."""

    def make(tf, np, count=count):
        x, y = tf.Variable(tf.random_normal([count])), tf.Variable(tf.zeros([count]), trainable=False)
        update = tf.assign(y, ops(tf, x)).op
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        return lambda: sess.run(update)

    return make


tanh_chain = chain(data.CHAIN_SIZES["4 M"], _with_tanh)


def fetched_chain(tf, np, count=data.CHAIN_SIZES["4 M"]):
    """The same six ops on an array that is fed; the result is fetched: every run hands out a new array."""
    x = tf.placeholder(tf.float32, [None])
    y = _six_ops(tf, x)
    sess = tf.Session()
    feed = {x: data.normal(np, [count], 1.0)}
    return lambda: sess.run(y, feed)


def softmax_cross_entropy(tf, np, batch=32, classes=data.CLASSES):
    """Loss of a batch of logits, its gradient, and a step of gradient descent on the logits."""
    logits = tf.Variable(tf.random_normal([batch, classes]))
    labels = tf.placeholder(tf.int32, [None])
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    feed = {labels: data.labelled(np, (batch, 1), classes)[1]}
    return lambda: sess.run([train, loss], feed)


def adam(tf, np, tensors=10, size=1000):
    """Adam's update of ten matrices of a million numbers each; the gradients are there already."""
    variables = [tf.Variable(tf.random_normal([size, size], stddev=0.1)) for _ in range(tensors)]
    gradients = [tf.Variable(tf.random_normal([size, size], stddev=0.1), trainable=False) for _ in range(tensors)]
    pairs = [(tf.identity(gradient), variable) for gradient, variable in zip(gradients, variables, strict=True)]
    train = tf.train.AdamOptimizer(0.001).apply_gradients(pairs)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return lambda: sess.run(train)
