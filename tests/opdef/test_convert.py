"""Conversions to tensors: who is asked first, and what is taken for an answer."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef import convert


class Thing:
    pass


class SpecialThing(Thing):
    pass


@pytest.fixture(autouse=True)
def conversions_of_things_are_forgotten():
    yield
    convert._CONVERSIONS[:] = [entry for entry in convert._CONVERSIONS if entry[2][0] not in (Thing, SpecialThing)]
    convert._FOR_TYPE.clear()


def returning(value):
    return lambda thing, dtype=None, name=None, as_ref=False: value


def test_a_tensor_is_itself():
    x = tf.constant(1.0)
    assert tf.convert_to_tensor(x) is x
    assert tf.convert_to_tensor(x, tf.float32) is x
    with pytest.raises(ValueError, match="requested dtype int32 for Tensor with dtype float32"):
        tf.convert_to_tensor(x, tf.int32)


def test_nobody_knows_how():
    with pytest.raises(TypeError, match=r"no conversion function registered|Failed to convert"):
        tf.convert_to_tensor(Thing())


def test_the_smaller_priority_is_asked_first_and_may_decline():
    first, second = tf.constant(1.0), tf.constant(2.0)
    tf.register_tensor_conversion_function(Thing, returning(second), 60)
    assert tf.convert_to_tensor(Thing()) is second
    tf.register_tensor_conversion_function(Thing, returning(first), 50)
    assert tf.convert_to_tensor(Thing()) is first
    tf.register_tensor_conversion_function(SpecialThing, returning(NotImplemented), 40)
    assert tf.convert_to_tensor(SpecialThing()) is first


def test_of_equal_priority_the_older_is_asked_first():
    first, second = tf.constant(1.0), tf.constant(2.0)
    for tensor in (first, second):
        tf.register_tensor_conversion_function(Thing, returning(tensor), 50)
    assert tf.convert_to_tensor(Thing()) is first


def test_answers_are_checked():
    tf.register_tensor_conversion_function(Thing, returning(1.0), 50)
    with pytest.raises(RuntimeError, match=r"returned non-Tensor: 1\.0"):
        tf.convert_to_tensor(Thing())
    tf.register_tensor_conversion_function(Thing, returning(tf.constant(1.0)), 40)
    with pytest.raises(RuntimeError, match=r"where .*int32.* was requested"):
        tf.convert_to_tensor(Thing(), tf.int32)


@pytest.mark.parametrize(
    ("kind", "function", "says"), [("Thing", returning(1), "must be a type"), (Thing, None, "must be callable")]
)
def test_registering_what_is_none(kind, function, says):
    with pytest.raises(TypeError, match=says):
        tf.register_tensor_conversion_function(kind, function)


def test_a_preferred_type_is_a_wish():
    assert tf.convert_to_tensor(1, preferred_dtype=tf.float64).dtype is tf.float64
    assert tf.convert_to_tensor(1.5, preferred_dtype=tf.int32).dtype is tf.float32
    assert tf.convert_to_tensor(1, dtype=tf.int64, preferred_dtype=tf.float64).dtype is tf.int64


def test_types_of_python_and_numpy_values():
    found = [tf.convert_to_tensor(value).dtype for value in (1, 2.0, True, "a", 2**40, np.float64(1), [np.int64(1)])]
    assert found == [tf.int32, tf.float32, tf.bool, tf.string, tf.int64, tf.float64, tf.int32]
