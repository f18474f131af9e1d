"""random_shuffle: the rows of a tensor in random order."""

from __future__ import annotations

from graphrt.opdef import export
from graphrt_ops.random import sampling
from graphrt_ops.random.op_parts import random_op, seed_attrs
from graphrt_ops.shapes import unchanged

opdef = random_op("RandomShuffle", "value", "output", unchanged, None)


@opdef.kernel
def kernel(xp, value, state):
    if value.ndim == 0 or len(value) < 2 or not value.size:
        return value.copy()
    return value[sampling.permutation(xp, state, len(value))]


@export("random_shuffle", "random.shuffle")
def random_shuffle(value, seed=None, name=None):
    """``value`` with its rows (entries along the first dimension) in random order, another one in every run.

    Args:
      value: a tensor of any type. seed: the op seed; see ``tf.set_random_seed``. name: a name for the node.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.random_shuffle([1, 2, 3, 4, 5], seed=1)))
    [3 5 1 4 2]
    """
    return opdef(value, name=name, **seed_attrs(seed))
