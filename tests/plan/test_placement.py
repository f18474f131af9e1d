"""Where values are: tested with the device double, whose arrays do not become host arrays by accident."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.backends.device_double import DeviceDouble
from graphrt.passes.key import PlanOptions
from graphrt.plan import codegen


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


@pytest.fixture
def copies(monkeypatch):
    """The shapes of what is copied to the host from now on."""
    shapes = []
    original = DeviceDouble.to_host

    def to_host(self, array):
        shapes.append(array.shape)
        return original(self, array)

    monkeypatch.setenv("GRAPHRT_BACKEND", "device_double")
    monkeypatch.setattr(DeviceDouble, "to_host", to_host)
    return shapes


@pytest.mark.parametrize("longest", [0, 4000], ids=["step by step", "compiled"])
def test_what_decides_is_copied_once(longest, copies, monkeypatch):
    """A predicate that is fed is on the host already; one that is computed is copied for all that it decides."""
    monkeypatch.setattr(codegen, "_MOST_LINES", longest)
    with tf.Graph().as_default(), tf.Session() as sess:
        x, flag = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.bool, [])
        large = tf.reduce_sum(x) > 1.0
        inner = tf.cond(flag, lambda: tf.cond(x[0] > 0.5, lambda: x * 2.0, lambda: x * 3.0), lambda: x * 5.0)
        y = tf.cond(large, lambda: inner + 1.0, lambda: x - 1.0) + tf.cond(large, lambda: x * 7.0, lambda: x)
        for value, given, expected, scalars in (
            (1.0, True, 1 * 2 + 1 + 7, 2), (0.4, True, 0.4 * 3 + 1 + 0.4 * 7, 2),
            (1.0, False, 5 + 1 + 7, 1), (0.1, False, 0.1 - 1 + 0.1, 1),
        ):  # fmt: skip
            copies.clear()
            np.testing.assert_allclose(sess.run(y, {x: [value] * 3, flag: given}), [expected] * 3, 1e-6)
            assert copies.count(()) == scalars
            assert len(copies) == scalars + 1  # and the result


def test_constants_and_variables_decide(copies):
    with tf.Graph().as_default(), tf.Session() as sess:
        sess._options = PlanOptions(optimize=False)
        x, v = tf.placeholder(tf.float32, []), tf.Variable(True)
        flip = v.assign(tf.logical_not(v))
        by_constant = tf.cond(tf.constant(False), lambda: x, lambda: -x)
        by_variable = tf.cond(v, lambda: x, lambda: -x)
        by_reference = tf.cond(v._ref(), lambda: x, lambda: -x)
        sess.run(v.initializer)
        fetches = [by_constant, by_variable, by_reference]
        assert sess.run(fetches, {x: 1.0}) == [-1, 1, 1]
        sess.run(flip)
        assert sess.run(fetches, {x: 1.0}) == [-1, -1, -1]
