"""An op that is given one variable for two of the references that it writes."""

from __future__ import annotations

import numpy as np

import graphrt as tf
from graphrt_ops.state.training_ops import apply_momentum


def test_a_variable_may_be_its_own_slot() -> None:
    """TF 1.15.5 writes the slot first, and then the variable from it: 1 -> 1.5 -> 1.5 - 0.5 * 1.5."""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(np.ones(4, np.float32))
        step = apply_momentum(v._ref(), v._ref(), 0.5, np.ones(4, np.float32), 0.5)
        sess.run(v.initializer)
        found = [float(sess.run(step)[0]) for _ in range(4)]
    np.testing.assert_allclose(found, [0.75, 0.6875, 0.671875, 0.66796875])
