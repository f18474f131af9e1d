"""Where values are: tested with the device double, whose arrays do not become host arrays by accident."""

import numpy as np
import pytest

import graphrt as tf


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_a_choice_is_where_its_values_are(dtype, monkeypatch):
    """32-bit integers live on the host, also those that a device's predicate chooses."""
    monkeypatch.setenv("GRAPHRT_BACKEND", "device_double")
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        values = tf.constant(np.array([1, 2], dtype))
        chosen = tf.cond(tf.greater(x, 0.5), lambda: values[0], lambda: values[1])
        with tf.Session() as sess:
            assert "device_double" in str(sess.explain(chosen, {x: 0.0}))
            for fed, expected in ((1.0, 1), (0.0, 2)):
                result = sess.run(chosen, {x: fed})
                assert isinstance(result, np.generic)
                assert result == expected
                assert result.dtype == dtype
