"""Versions, the switches between TensorFlow 1 and 2, and what the machine has."""

from __future__ import annotations

import importlib.util

import pytest

import graphrt as tf
from graphrt.backends.select import gpu_count
from graphrt_ops.library.platform import device_lib


def test_versions():
    assert tf.VERSION == tf.version.VERSION == tf.__version__ == "1.15.0"
    major, minor = tf.VERSION.split(".")[:2]
    assert (int(major), int(minor)) >= (1, 4)
    assert isinstance(tf.GIT_VERSION, str) and isinstance(tf.COMPILER_VERSION, str)


def test_what_is_off_is_off_and_turning_it_off_does_nothing():
    assert not tf.executing_eagerly()
    assert not tf.resource_variables_enabled()
    assert not tf.control_flow_v2_enabled()
    for name in "v2_behavior eager_execution resource_variables control_flow_v2 v2_tensorshape tensor_equality".split():
        getattr(tf, f"disable_{name}")()


@pytest.mark.parametrize("name", "eager_execution v2_behavior control_flow_v2 v2_tensorshape tensor_equality".split())
def test_what_cannot_be_turned_on_says_so(name):
    with pytest.raises(NotImplementedError, match=rf"tf.enable_{name}\(\)"):
        getattr(tf, f"enable_{name}")()


def test_resource_variables_do_not_come_unnoticed():
    with pytest.warns(UserWarning, match="changes nothing in graphrt yet") as caught:
        tf.enable_resource_variables()
    assert caught[0].filename == __file__
    assert not tf.resource_variables_enabled()


def test_a_script_asks_for_gpus_only_where_there_are_some():
    has_cupy = importlib.util.find_spec("cupy") is not None
    assert tf.test.is_built_with_cuda() is tf.test.is_built_with_gpu_support() is has_cupy
    assert tf.test.is_gpu_available() is bool(gpu_count())
    assert bool(tf.test.gpu_device_name()) is bool(gpu_count())
    assert not tf.test.is_built_with_rocm()
    kinds = [device.device_type for device in device_lib.list_local_devices()]
    assert kinds == ["CPU"] + ["GPU"] * gpu_count()
    assert device_lib.list_local_devices()[0].name == "/device:CPU:0"


def test_headers_that_are_not_there():
    for name in ("get_include", "get_lib", "get_compile_flags", "get_link_flags"):
        with pytest.raises(NotImplementedError, match=rf"tf.sysconfig.{name}\(\): graphrt has no C\+\+ headers"):
            getattr(tf.sysconfig, name)()
    assert tf.sysconfig.CXX11_ABI_FLAG == 0


def test_compat():
    assert tf.compat.as_bytes("é") == b"\xc3\xa9"
    assert tf.compat.as_str(b"x") == tf.compat.as_text("x") == "x"
    assert tf.compat.as_str_any(3) == "3"
    assert tf.compat.dimension_value(tf.TensorShape([None])[0]) is None
    assert tf.compat.dimension_at_index(tf.TensorShape(None), 1).value is None
    for function in (tf.compat.as_bytes, tf.compat.as_text):
        with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
            function(3)
