"""What a node waits for by a control dependency runs, also if nobody sees its value: random streams move on."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf

# TensorFlow 1.15.5: tf.random_uniform([2], seed=1), graph seed unset, after one run that only waited for it.
SECOND_DRAW = [0.34304976, 0.1896193]


@pytest.mark.parametrize("runs_before", [0, 5])
def test_a_draw_that_is_only_waited_for_moves_the_stream_on(runs_before: int) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        noise = tf.random_uniform([2], seed=1)
        x = tf.constant(np.arange(5000, dtype=np.float32))
        with tf.control_dependencies([noise]):
            y = x + 1.0
        with tf.Graph().as_default(), tf.Session() as other:
            draws = tf.random_uniform([2], seed=1)
            expected = [other.run(draws) for _ in range(runs_before + 2)]
        np.testing.assert_allclose(expected[1], SECOND_DRAW, rtol=1e-6)
        for _ in range(runs_before + 1):
            sess.run(y)
        np.testing.assert_array_equal(sess.run(noise), expected[-1])
