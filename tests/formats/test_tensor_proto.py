"""TensorProtos are byte for byte those of TensorFlow 1.15.5, and come back as the arrays that they were made of."""

import json
from pathlib import Path

import numpy as np
import pytest

import graphrt as tf
from graphrt.formats import messages
from graphrt.formats.tensor_proto import LISTS, array_to_proto, compressed
from tools.golden import tensors

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden" / "formats" / "tensors.json").read_text())
CASES = tensors.cases(np)


@pytest.mark.parametrize("name", CASES)
def test_bytes_or_error_are_tensorflows(name):
    values, dtype, others = CASES[name]
    expected = GOLDEN[name]
    if isinstance(expected, list):
        with pytest.raises({"TypeError": TypeError, "ValueError": ValueError}[expected[0]]):
            tf.make_tensor_proto(values, dtype, **others)
        return
    proto = tf.make_tensor_proto(values, dtype, **others)
    assert proto.SerializeToString(deterministic=True).hex() == expected
    array = tf.make_ndarray(proto)
    again = array_to_proto(array, tf.as_dtype(proto.dtype))
    np.testing.assert_array_equal(tf.make_ndarray(again), array)


@pytest.mark.parametrize("dtype", LISTS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 2)], ids=str)
def test_round_trip(dtype, shape):
    values = np.arange(int(np.prod(shape))).reshape(shape)
    if dtype is tf.string:
        array = np.array([str(value).encode() for value in values.ravel()], object).reshape(shape)
    else:
        array = values.astype(dtype.numpy)
    for write in (array_to_proto, compressed):
        back = tf.make_ndarray(write(array, dtype))
        assert (back.dtype, back.shape) == (array.dtype, shape)
        np.testing.assert_array_equal(back, array)
        back[...] = back  # the array is the caller's own


def test_repeated_values_are_stored_once():
    proto = compressed(np.full((100, 7), 2.5, np.float32), tf.float32)
    assert list(proto.float_val) == [2.5]
    assert not proto.tensor_content
    np.testing.assert_array_equal(tf.make_ndarray(proto), np.full((100, 7), 2.5, np.float32))


def test_equal_values_with_different_bits_are_not_one_value():
    zeros = np.array([0.0, -0.0], np.float32)
    assert np.signbit(tf.make_ndarray(compressed(zeros, tf.float32))).tolist() == [False, True]
    nans = np.full(5, np.nan)
    assert len(compressed(nans, tf.float64).double_val) == 1


def test_wrong_protos():
    short = messages.TensorProto(dtype=1, tensor_content=b"1234")
    short.tensor_shape.dim.add(size=2)
    with pytest.raises(ValueError, match=r"4 bytes, but float32 of shape \(2,\) takes 8"):
        tf.make_ndarray(short)
    with pytest.raises(TypeError, match="Unsupported tensor type: resource"):
        tf.make_ndarray(messages.TensorProto(dtype=20))
    with pytest.raises(ValueError, match="holds 2 values, but its shape"):
        tf.make_ndarray(messages.TensorProto(dtype=1, float_val=[1, 2]))
    with pytest.raises(TypeError, match="variant cannot be written"):
        array_to_proto(np.zeros(1, object), tf.variant)
    with pytest.raises(ValueError, match="not both allowed"):
        tf.make_tensor_proto(1, verify_shape=True, allow_broadcast=True)
