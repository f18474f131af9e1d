"""string_join, as_string and string_to_number: what TF 1.15.5 answered for the same calls."""

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def value(tensor, feeds=None):
    with tf.Session() as sess:
        return sess.run(tensor, feeds)


def test_join():
    x, y = tf.placeholder(tf.string), tf.placeholder(tf.string, [None])
    joined = tf.strings.join([x, "-", y])
    assert joined.shape.as_list() == [None]
    assert value(joined, {x: "a", y: ["b", "c"]}).tolist() == [b"a-b", b"a-c"]
    assert value(tf.string_join(["a", "b"], separator=", ")) == b"a, b"
    assert value(tf.string_join([[], []])).shape == (0,)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Input shapes do not match: \[2\] vs. \[1\]"):
        value(joined, {x: ["a", "b"], y: ["c"]})
    with pytest.raises(ValueError, match="not compatible"):
        tf.string_join([["a", "b"], ["a", "b", "c"]])


@pytest.mark.parametrize(
    ("numbers", "options", "expected"),
    [
        ([1.5, -2.0, np.inf, np.nan, 1e-5], {}, ["1.500000", "-2.000000", "inf", "nan", "0.000010"]),
        ([1.5, 1e20], {"scientific": True}, ["1.500000e+00", "1.000000e+20"]),
        ([1.5, 1e20, 1e-5], {"shortest": True}, ["1.5", "1e+20", "1e-05"]),
        ([1.5], {"precision": 2, "width": 8, "fill": "0"}, ["00001.50"]),
        ([1.5], {"width": 8, "fill": "+"}, ["+1.500000"]),
        ([12, -3], {"width": 5, "fill": "0"}, ["00012", "-0003"]),
        ([True, False], {"width": 9}, ["true", "false"]),
        (np.array([1 + 2j], np.complex64), {"precision": 1}, ["(1.0,2.0)"]),
        (np.array([[2**40]]), {}, [["1099511627776"]]),
    ],
    ids=str,
)
def test_as_string(numbers, options, expected):
    assert np.char.decode(value(tf.as_string(numbers, **options)).astype(bytes)).tolist() == expected


@pytest.mark.parametrize(
    ("numbers", "options"),
    [([12], {"precision": 2}), ([1.5], {"fill": "x"}), ([1.5], {"scientific": True, "shortest": True})],
    ids=str,
)
def test_as_string_refuses(numbers, options):
    with pytest.raises(tf.errors.InvalidArgumentError):
        value(tf.as_string(numbers, **options))


@pytest.mark.parametrize(
    ("text", "dtype", "expected"),
    [
        ("1.5", tf.float32, 1.5),
        (" -2e3 ", tf.float64, -2000.0),
        ("0x10", tf.float32, 16.0),
        ("inf", tf.float32, np.inf),
        ("nan", tf.float64, np.nan),
        ("1e400", tf.float64, np.inf),
        ("12", tf.int32, 12),
        ("-7", tf.int64, -7),
    ],
)
def test_to_number(text, dtype, expected):
    result = value(tf.string_to_number([text], dtype))
    np.testing.assert_array_equal(result, [expected])
    assert result.dtype == dtype.as_numpy_dtype


FLOATS = "+1 1. .5 -.5 1E5 1e-400 -0 +inf INF -nan 0X10 -0x10 \v1\f 1111111111111111111111111111111111111111"
NO_FLOATS = "infinity -Infinity 0x1p3 0x1.8 0x . 1e 1e+ e5 + 1f nan(1) 1\0 ++1 \u0661"
NO_INTEGERS = "+1 1. 1e5 0x10 inf 2147483648 - 1\0 0b1 \u0661"


@pytest.mark.parametrize(
    ("texts", "dtype", "readable"),
    [(FLOATS, tf.float64, True), (NO_FLOATS, tf.float64, False), (NO_INTEGERS, tf.int32, False)],
)
def test_which_texts_are_numbers(texts, dtype, readable):
    """As TensorFlow 1.15.5 says, text by text (it gives up at 32 characters: docs/tf1-differences.md)."""
    for text in texts.split(" "):
        if readable:
            value(tf.string_to_number(text, dtype))
        else:
            with pytest.raises(tf.errors.InvalidArgumentError, match="could not correctly convert string"):
                value(tf.string_to_number(text, dtype))


@pytest.mark.parametrize("text", ["", "abc", "1_0", "1.5f", "3000000000"])
def test_no_number(text):
    with pytest.raises(tf.errors.InvalidArgumentError, match="could not correctly convert string"):
        value(tf.string_to_number(text, tf.int32))
