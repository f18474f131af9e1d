"""Where nodes may go: explicit devices, soft placement, several names for the CPU."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.backends.numpy_backend import NUMPY


@pytest.fixture(autouse=True)
def _on_the_cpu(monkeypatch):
    tf.reset_default_graph()
    monkeypatch.setenv("GRAPHRT_BACKEND", "numpy")


def test_a_missing_device_is_an_error():
    with tf.device("/gpu:0"):
        y = tf.add(tf.constant(1.0), 2.0, name="y")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(y)
    text = str(caught.value)
    assert text.startswith("Cannot assign a device for operation ")
    assert "was explicitly assigned to /device:GPU:0 but available devices are [ " in text
    assert "test_devices.py:" in text
    assert "allow_soft_placement=True" in text


def test_soft_placement_takes_the_cpu():
    with tf.device("/gpu:3"):
        y = tf.add(tf.constant(1.0), 2.0, name="y")
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(y) == np.float32(3)


def test_another_machine_is_an_error_even_so():
    with tf.device("/job:worker/task:3"):
        y = tf.no_op("y")
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="/job:worker/task:3"):
            sess.run(y)


def test_nodes_that_do_not_run_may_be_anywhere():
    with tf.device("/gpu:0"):
        hidden = tf.constant(1.0)
    y = tf.add(hidden, 2.0)
    with tf.Session() as sess:
        assert sess.run(y, {hidden: 5.0}) == 7


def test_the_cpu_under_several_names():
    with tf.device("/cpu:1"):
        y = tf.constant(4.0)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="/device:CPU:1"):
        sess.run(y)
    with tf.Session(config=tf.ConfigProto(device_count={"CPU": 2})) as sess:
        assert sess.run(y) == 4
        names = [device.name for device in sess.list_devices()]
        assert names == [f"/job:localhost/replica:0/task:0/device:CPU:{i}" for i in range(2)]
        assert {device.device_type for device in sess.list_devices()} == {"CPU"}
        assert sess._backend is NUMPY
