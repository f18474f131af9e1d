"""A large table of which each step reads and changes few rows: what a step costs must be its rows, not the table."""

from __future__ import annotations

from benchmarks import data

OPTIMIZERS = {
    "gradient descent": lambda tf: tf.train.GradientDescentOptimizer(0.1),
    "Adagrad": lambda tf: tf.train.AdagradOptimizer(0.1),
    "Adam": lambda tf: tf.train.AdamOptimizer(0.001),
}


def embedding(optimizer):
    """Rows looked up by a batch of ids, through a matrix to given values. (TF1's Adam moves the whole table.)"""

    def make(tf, np, rows=100_000, size=64, batch=256):
        ids, y = tf.placeholder(tf.int32, [batch]), tf.placeholder(tf.float32, [batch, size])
        table = tf.Variable(tf.random_uniform([rows, size], -0.05, 0.05))
        weights = tf.Variable(tf.truncated_normal([size, size], stddev=0.1))
        found = tf.nn.embedding_lookup(table, ids)
        loss = tf.reduce_mean(tf.square(tf.matmul(found, weights) - y))
        train = OPTIMIZERS[optimizer](tf).minimize(loss)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        feed = {ids: np.random.RandomState(0).randint(0, rows, batch), y: data.normal(np, (batch, size), 1.0)}
        return lambda: sess.run([train, loss], feed)

    return make


def word2vec(tf, np, words=50_000, size=128, batch=128, sampled=64):
    """Skip-grams with noise-contrastive estimation and Adagrad: three tables."""
    x, y = tf.placeholder(tf.int32, [batch]), tf.placeholder(tf.int64, [batch, 1])
    table = tf.Variable(tf.random_uniform([words, size], -1.0, 1.0))
    weights = tf.Variable(tf.truncated_normal([words, size], stddev=size**-0.5))
    found = tf.nn.embedding_lookup(table, x)
    loss = tf.reduce_mean(
        tf.nn.nce_loss(weights, tf.Variable(tf.zeros([words])), y, found, num_sampled=sampled, num_classes=words)
    )
    train = tf.train.AdagradOptimizer(0.1).minimize(loss)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    drawn = np.random.RandomState(0).randint(0, words, (2, batch))
    feed = {x: drawn[0], y: drawn[1].reshape(batch, 1)}
    return lambda: sess.run([train, loss], feed)
