"""Cases that are about declaring graphs, and making plans of them."""

from __future__ import annotations

from benchmarks.cases import notes


def graph_building(tf, np):
    """Declares the notes' graph with Adam."""

    def step():
        with tf.Graph().as_default():
            notes.graph(tf)

    return step


def unrolled(tf, np, nodes=1000):
    """A loop of a scalar recurrence, unrolled into about so many nodes: the first step makes the plan."""
    x = tf.placeholder(tf.float32, [])
    half = tf.constant(0.5)
    value = x
    for _ in range(nodes // 3):
        value = tf.tanh(tf.add(tf.multiply(value, half), x))
    sess = tf.Session()
    return lambda: sess.run(value, {x: 0.25})
