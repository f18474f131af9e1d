"""Python functions as nodes: what they get, what they may return, what becomes of their exceptions."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import graphrt as tf


def call(function, inputs, types, **options):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(tf.py_func(function, [tf.constant(value) for value in inputs], types, **options))


def test_it_gets_numpy_values() -> None:
    seen = []

    def function(scalar, rows, text):
        seen.extend([scalar, rows, text])
        return np.float32(0)

    call(function, [1.5, [[1, 2]], ["a"]], tf.float32)
    assert isinstance(seen[0], np.float32)
    assert seen[1].dtype == np.int32 and seen[1].shape == (1, 2)
    assert seen[2].tolist() == [b"a"]


@pytest.mark.parametrize(
    ("value", "types", "expected"),
    [
        (np.float32(2), tf.float32, 2.0),
        (2, tf.int64, 2),
        (True, tf.bool, True),
        ("text", tf.string, b"text"),
        ((1.0, 2.0), [tf.float64, tf.float64], [1.0, 2.0]),
        (1.0, [tf.float64], [1.0]),
        (None, [], None),
    ],
)
def test_what_it_may_return(value, types, expected) -> None:
    assert call(lambda: value, [], types) == expected


@pytest.mark.parametrize(
    ("value", "types", "message"),
    [
        (2.0, tf.float32, "is float64, but expects float32"),
        ([1.0, 2.0], tf.float64, "returns 2 values, but expects to see 1 values"),
        (None, tf.float64, "returns 0 values, but expects to see 1 values"),
    ],
)
def test_what_it_may_not_return(value, types, message) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call(lambda: value, [], types)


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (ZeroDivisionError("why"), "UnknownError"),
        (KeyError("why"), "UnknownError"),
        (ValueError("why"), "InvalidArgumentError"),
        (TypeError("why"), "InvalidArgumentError"),
        (UnicodeError("why"), "InvalidArgumentError"),
        (StopIteration("why"), "OutOfRangeError"),
        (MemoryError("why"), "ResourceExhaustedError"),
        (NotImplementedError("why"), "UnimplementedError"),
    ],
)
def test_its_exceptions(raised, error) -> None:
    def function():
        raise raised

    with pytest.raises(getattr(tf.errors, error), match=f"{type(raised).__name__}: .*why") as caught:
        call(function, [], tf.float32)
    causes = [caught.value]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    assert raised in causes


def test_not_callable() -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match="Expected func to be callable"):
        tf.py_func(3, [], tf.float32)


def test_the_shape_is_unknown_and_there_is_no_gradient() -> None:
    with tf.Graph().as_default():
        x = tf.constant([1.0])
        y = tf.py_func(lambda a: a, [x], tf.float32)
        assert y.shape.ndims is None
        assert tf.gradients(y, x) == [None]


def test_functions_live_as_long_as_their_graph() -> None:
    class Callable:
        def __call__(self):
            return 1.0

    function = Callable()
    alive = weakref.ref(function)
    graph = tf.Graph()
    with graph.as_default():
        tf.py_func(function, [], tf.float64)
    del function
    gc.collect()
    assert alive() is not None
    del graph
    gc.collect()
    assert alive() is None
