"""The seeds of random ops: TensorFlow 1's rule, which makes the node counter of the graph the default op seed."""

from __future__ import annotations

from graphrt.graph.stacks import get_default_graph
from graphrt.opdef import export

DEFAULT_GRAPH_SEED = 87654321
_MODULUS = 2**31 - 1


@export("get_seed", "random.get_seed")
def get_seed(op_seed):
    """The pair of seeds that a random op made now with ``seed=op_seed`` would get: ``(graph seed, op seed)``.

    Without an op seed, a graph that has a seed gives the number of nodes made in it so far; without a graph seed, an
    op that has one gets 87654321 for it; without both, the answer is ``(None, None)`` and the op draws anew in every
    session. Seeds are taken modulo 2**31 - 1, and the pair (0, 0), which would mean "no seed", becomes
    (0, 2**31 - 1).

    Args:
      op_seed: an int or None.

    >>> with tf.Graph().as_default():
    ...     print(tf.get_seed(3))
    ...     tf.set_random_seed(42)
    ...     _ = tf.constant(1)
    ...     print(tf.get_seed(3), tf.get_seed(None))
    (87654321, 3)
    (42, 3) (42, 1)
    """
    graph = get_default_graph()
    if graph.seed is None and op_seed is None:
        return None, None
    graph_seed = DEFAULT_GRAPH_SEED if graph.seed is None else graph.seed
    op_seed = graph._last_id if op_seed is None else op_seed
    pair = graph_seed % _MODULUS, op_seed % _MODULUS
    return (0, _MODULUS) if pair == (0, 0) else pair


@export("set_random_seed", "random.set_random_seed")
def set_random_seed(seed):
    """Sets the seed of the default graph; it counts for the random ops that are made in it from now on.

    Args:
      seed: an int.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     tf.set_random_seed(42)
    ...     draw = tf.random_uniform([])
    ...     print(sess.run(draw), sess.run(draw))  # what TensorFlow 1 printed
    0.63789964 0.8774011
    """
    get_default_graph().seed = seed
