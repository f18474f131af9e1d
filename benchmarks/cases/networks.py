"""Small networks as TF1 scripts write them, with variables and ops: TensorFlow 2.21 has lost ``tf.layers``."""

from __future__ import annotations

from benchmarks import data


def _weights(tf, *shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def _dense(tf, x, size, units):
    return tf.nn.bias_add(tf.matmul(x, _weights(tf, size, units)), tf.Variable(tf.zeros([units])))


def _pooled_convolution(tf, image, kernel, channels, filters):
    """Convolution, bias, relu and 2x2 max pooling."""
    image = tf.nn.conv2d(image, _weights(tf, kernel, kernel, channels, filters), strides=[1, 1, 1, 1], padding="SAME")
    image = tf.nn.relu(tf.nn.bias_add(image, tf.Variable(tf.zeros([filters]))))
    return tf.nn.max_pool(image, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def _mean_loss(tf, labels, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def _session(tf):
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def _training(tf, optimizer, loss, feed):
    """A step of training that also returns the loss."""
    train = optimizer.minimize(loss)
    sess = _session(tf)
    return lambda: sess.run([train, loss], feed)


def logistic_regression(tf, np, features=data.FEATURES):
    """Ten features, one example at a time, gradient descent: pure dispatch."""
    x, y = tf.placeholder(tf.float32, [None, features]), tf.placeholder(tf.float32, [None, 1])
    w, b = tf.Variable(tf.zeros([features, 1])), tf.Variable(tf.zeros([1]))
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=tf.matmul(x, w) + b))
    values, labels = data.labelled(np, (1, features), 2)
    return _training(tf, tf.train.GradientDescentOptimizer(0.01), loss, {x: values, y: labels.reshape(1, 1)})


def digits_mlp(tf, np):
    """64-128-64-10, batch 64, Adam: the MLP of the digits example."""
    return mlp(tf, np, 64, (64, 128, 64, 10))


def mlp(tf, np, batch=128, sizes=(784, 512, 512, 10)):
    """Dense layers with relu, Adam."""
    x, y = tf.placeholder(tf.float32, [None, sizes[0]]), tf.placeholder(tf.int32, [None])
    hidden = x
    for before, units in zip(sizes, sizes[1:-1], strict=False):
        hidden = tf.nn.relu(_dense(tf, hidden, before, units))
    loss = _mean_loss(tf, y, _dense(tf, hidden, sizes[-2], sizes[-1]))
    values, labels = data.labelled(np, (batch, sizes[0]))
    return _training(tf, tf.train.AdamOptimizer(0.001), loss, {x: values, y: labels})


def digits_cnn(tf, np, batch=64):
    """8x8x1, two 3x3 convolutions with pooling, dense 64, Adam: the CNN of the digits example."""
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.int32, [None])
    image = _pooled_convolution(tf, tf.reshape(x, [-1, 8, 8, 1]), 3, 1, 16)
    image = _pooled_convolution(tf, image, 3, 16, 32)
    hidden = tf.nn.relu(_dense(tf, tf.reshape(image, [-1, 128]), 128, 64))
    values, labels = data.labelled(np, (batch, 64))
    loss = _mean_loss(tf, y, _dense(tf, hidden, 64, 10))
    return _training(tf, tf.train.AdamOptimizer(0.001), loss, {x: values, y: labels})


def notes_cnn(training):
    """The course notes' CNN: 128x128x1, two 5x5x32 convolutions with 2x2 max pooling, dense 1024, dropout, 10 classes,
    plain gradient descent. Inference gives the classes' probabilities."""

    def make(tf, np, batch=16, size=128):
        x, y = tf.placeholder(tf.float32, [None, size * size]), tf.placeholder(tf.int32, [None])
        image = _pooled_convolution(tf, tf.reshape(x, [-1, size, size, 1]), 5, 1, 32)
        image = _pooled_convolution(tf, image, 5, 32, 32)
        flat = (size // 4) ** 2 * 32
        hidden = tf.nn.relu(_dense(tf, tf.reshape(image, [-1, flat]), flat, 1024))
        if training:
            hidden = tf.nn.dropout(hidden, rate=0.4)
        logits = _dense(tf, hidden, 1024, 10)
        values, labels = data.labelled(np, (batch, size * size))
        if training:
            optimizer = tf.train.GradientDescentOptimizer(0.001)
            return _training(tf, optimizer, _mean_loss(tf, y, logits), {x: values, y: labels})
        probabilities, sess = tf.nn.softmax(logits), _session(tf)
        return lambda: sess.run(probabilities, {x: values})

    return make


def lenet(tf, np, batch=128):
    """28x28x1, 5x5 convolutions of 32 and 64 filters with pooling, dense 1024, Adam: slim's LeNet, less dropout."""
    x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.int32, [None])
    image = _pooled_convolution(tf, tf.reshape(x, [-1, 28, 28, 1]), 5, 1, 32)
    image = _pooled_convolution(tf, image, 5, 32, 64)
    hidden = tf.nn.relu(_dense(tf, tf.reshape(image, [-1, 3136]), 3136, 1024))
    values, labels = data.labelled(np, (batch, 784))
    loss = _mean_loss(tf, y, _dense(tf, hidden, 1024, 10))
    return _training(tf, tf.train.AdamOptimizer(0.001), loss, {x: values, y: labels})


def lstm(tf, np, batch=128, units=128, length=28, inputs=28):
    """An LSTM over the rows of 28x28 images, unrolled, of ordinary ops; its last output is classified; Adam."""
    x, y = tf.placeholder(tf.float32, [None, length, inputs]), tf.placeholder(tf.int32, [None])
    kernel, bias = _weights(tf, inputs + units, 4 * units), tf.Variable(tf.zeros([4 * units]))
    state, output = tf.zeros([batch, units]), tf.zeros([batch, units])
    for now in tf.unstack(x, axis=1):
        gates = tf.nn.bias_add(tf.matmul(tf.concat([now, output], 1), kernel), bias)
        enter, new, keep, show = tf.split(gates, 4, axis=1)
        state = tf.sigmoid(keep + 1.0) * state + tf.sigmoid(enter) * tf.tanh(new)
        output = tf.sigmoid(show) * tf.tanh(state)
    values, labels = data.labelled(np, (batch, length, inputs))
    loss = _mean_loss(tf, y, _dense(tf, output, units, 10))
    return _training(tf, tf.train.AdamOptimizer(0.001), loss, {x: values, y: labels})
