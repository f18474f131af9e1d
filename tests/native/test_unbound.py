"""Native code meets variables that have no value yet."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf


def test_the_first_run_initializes(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "force")
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.Variable(np.ones((8, 5), np.float32))
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(w), np.ones((8, 5)))


def test_reading_before_that_says_so(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "force")
    with tf.Graph().as_default(), tf.Session() as sess:
        w = tf.Variable(np.ones((8, 5), np.float32), name="w")
        total = tf.reduce_sum(w * 2.0 + 1.0)
        with pytest.raises(tf.errors.FailedPreconditionError, match="w"):
            sess.run(total)
        sess.run(w.initializer)
        assert sess.run(total) == 120
