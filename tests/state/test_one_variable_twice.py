"""An op that is given one variable for two of the references that it writes."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt_ops.state.training_ops import apply_momentum


def test_a_variable_may_not_be_its_own_slot() -> None:
    """(TF 1.15.5 writes the slot first, and then the variable from it.)"""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(np.ones(4, np.float32), name="v")
        step = apply_momentum(v._ref(), v._ref(), 0.5, np.ones(4, np.float32), 0.5)
        sess.run(v.initializer)
        for _ in range(3):
            with pytest.raises(tf.errors.InvalidArgumentError, match="the variable 'v' is given for two"):
                sess.run(step)
        assert sess.run(v).tolist() == [1.0] * 4
