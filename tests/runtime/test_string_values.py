"""Strings on their way into a graph, through it and out again: every byte is kept, as in TensorFlow 1.15.5.

The expected values and classes of errors were asked of TensorFlow 1.15.5, value by value; docs/tf1-differences.md says
where ours are meant to differ.
"""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf


class Text(str):
    """Like np.str_: a str, but not quite."""


class Bytes(bytes):
    """Like np.bytes_: NumPy alone would take it for a number."""


def objects(*items):
    return np.array(items, object)


# value -> the bytes that it stands for
VALUES = {
    "list": (["a", "b"], [b"a", b"b"]),
    "tuple": (("a", "b"), [b"a", b"b"]),
    "bytes": ([b"a", b"b"], [b"a", b"b"]),
    "str beside bytes": (["a", b"b"], [b"a", b"b"]),
    "no UTF-8 beside str": ([b"\xff", "b"], [b"\xff", b"b"]),
    "nested": ([["a", b"b"], ["c", "dd"]], [[b"a", b"b"], [b"c", b"dd"]]),
    "objects": (objects("a", "b"), [b"a", b"b"]),
    "objects of bytes": (objects(b"a", b"b"), [b"a", b"b"]),
    "mixed objects": (objects("a", b"b"), [b"a", b"b"]),
    "U": (np.array(["a", "bc"]), [b"a", b"bc"]),
    "S": (np.array([b"a", b"bc"]), [b"a", b"bc"]),
    "transposed": (np.array([["a", "b"], ["c", "d"]], object).T, [[b"a", b"c"], [b"b", b"d"]]),
    "strided": (objects("a", "b", "c")[::2], [b"a", b"c"]),
    "str": ("a", b"a"),
    "bytes alone": (b"a", b"a"),
    "np.str_": (np.str_("a"), b"a"),
    "np.bytes_": (np.bytes_(b"a"), b"a"),
    "0-d objects": (np.array("a", object), b"a"),
    "0-d U": (np.array("a"), b"a"),
    "0-d S": (np.array(b"a"), b"a"),
    "list of NumPy's": ([np.str_("a"), np.bytes_(b"b\0")], [b"a", b"b\0"]),
    "subclasses": ([Text("a"), Bytes(b"b")], [b"a", b"b"]),
    "NUL at the end": (["a\0", b"b\0\0", "\0"], [b"a\0", b"b\0\0", b"\0"]),
    "NUL at the end of one": ("a\0", b"a\0"),
    "NUL inside": (["a\0b"], [b"a\0b"]),
    "NUL in objects": (objects("a\0", b"b\0"), [b"a\0", b"b\0"]),
    "NUL in U": (np.array(["a\0", "bcd"]), [b"a", b"bcd"]),  # NumPy has cut it
    "empty": (["", b""], [b"", b""]),
    "empty one": ("", b""),
    "none": ([], []),
    "no objects": (np.array([], object), []),
    "no numbers": (np.array([], np.float32), []),
    "not ASCII": (["é", "日本", "\U0001f600"], ["é".encode(), "日本".encode(), "\U0001f600".encode()]),
    "not ASCII, U": (np.array(["é"]), ["é".encode()]),
    "no UTF-8": ([b"\xff\xfe"], [b"\xff\xfe"]),
    "long": (["x" * 1000], [b"x" * 1000]),
}
each_value = pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES.keys())


@pytest.fixture(params=["0", "force"], autouse=True)
def tier(request, monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", request.param)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture
def sess(graph):
    with tf.Session() as session:
        yield session


def plain(result):
    """A result as nested lists, whose elements must be nothing but bytes."""
    array = np.asarray(result, object)
    assert {type(item) for item in array.ravel().tolist()} <= {bytes}
    assert isinstance(result, (bytes, np.ndarray))
    return array.tolist()


@each_value
def test_what_is_fed(sess, value, expected):
    x = tf.placeholder(tf.string)
    v = tf.Variable(x, validate_shape=False)
    taken = tf.cond(tf.placeholder_with_default(True, []), lambda: x, lambda: tf.constant("no"))
    results = [tf.identity(x), tf.reshape(x, tf.shape(x)), taken, x + "", tf.string_join([x])]
    for _ in range(2):
        for tensor in results:
            assert plain(sess.run(tensor, {x: value})) == expected
        assert plain(sess.make_callable(results[0], [x])(value)) == expected
        assert plain(sess.run(x, {x: value})) == expected
        sess.run(v.initializer, {x: value})
        assert plain(sess.run(v)) == expected
        equal = sess.run([tf.equal(x, "a"), tf.not_equal(x, "a")], {x: value})
        np.testing.assert_array_equal(equal[0], np.array(expected, object) == b"a")
        np.testing.assert_array_equal(equal[1], np.array(expected, object) != b"a")


@each_value
def test_what_becomes_a_constant(sess, value, expected):
    if np.asarray(expected).size:
        assert plain(sess.run(tf.constant(value))) == expected
        assert plain(sess.run(tf.convert_to_tensor(value))) == expected
        filled = tf.make_ndarray(tf.make_tensor_proto(value, shape=[5]))
        flat = np.array(expected, object).ravel().tolist()
        assert plain(filled) == flat + [flat[-1]] * (5 - len(flat))
    assert plain(sess.run(tf.constant(value, tf.string))) == expected
    assert plain(tf.make_ndarray(tf.make_tensor_proto(value, tf.string))) == expected


@each_value
def test_what_goes_through_a_function(sess, value, expected):
    seen = []
    x = tf.placeholder(tf.string)
    takes = tf.py_func(lambda a: seen.append(plain(a)), [x], [])
    sess.run(takes, {x: value})
    assert seen == [expected]
    if np.asarray(expected).size:  # (TF1, too, takes empty lists for numbers)
        gives = tf.py_func(lambda: [value], [], [tf.string])
        assert plain(sess.run(gives)[0]) == expected


NO_STRINGS = {
    "ints": [1, 2],
    "array of ints": np.array([1, 2]),
    "float": 1.5,
    "array of floats": np.array([1.5], np.float32),
    "None": None,
    "None in a list": ["a", None],
    "None in an array": objects("a", None),
    "str beside int": ["a", 1],
    "int beside str": [1, "a"],
    "object ints": objects(1, 2),
    "ragged": [["a"], ["b", "c"]],
    "ragged in depth": ["a", ["b"]],
    "bytearray": bytearray(b"ab"),
    "dict": {"a": 1},
    "half a pair": ["\ud800"],
    "half a pair alone": "a\udc80",
    "half a pair in an array": objects("\ud800"),
    "half a pair in U": np.array(["\ud800"]),
}


@pytest.mark.parametrize("value", NO_STRINGS.values(), ids=NO_STRINGS.keys())
def test_what_cannot_be_fed(sess, value):
    x = tf.placeholder(tf.string, name="x")
    with pytest.raises(tf.errors.InternalError, match=r"Cannot feed .* for Tensor 'x:0' string<unknown>, made at"):
        sess.run(tf.identity(x), {x: value})


@pytest.mark.parametrize("value", [1, True, 2**70])
def test_ints_are_refused_before_anything_else(sess, value):
    x = tf.placeholder(tf.string, [2])
    with pytest.raises(TypeError, match="is not compatible with Tensor type object"):
        sess.run(tf.identity(x), {x: value})


def test_the_shape_is_checked_before_the_elements(sess):
    x = tf.placeholder(tf.string, [None])
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(\)"):
        sess.run(tf.identity(x), {x: "\ud800"})


@pytest.mark.parametrize("value", ["\ud800", ["1", "\ud800"], np.array(["\ud800"])])
def test_half_a_pair_fed_for_a_number_is_an_error_in_words(sess, value):
    x = tf.placeholder(tf.float32)
    with pytest.raises(ValueError, match="Cannot feed"):
        sess.run(x, {x: value})


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (["a", 1], TypeError, "Failed to convert object of type <class 'list'> to Tensor. Contents: .*'a', 1"),
        ([1, "a"], TypeError, "Failed to convert object of type <class 'list'> to Tensor"),
        ([True, "a"], TypeError, "Failed to convert object of type <class 'list'> to Tensor"),
        (objects(1, 2), TypeError, "Expected binary or unicode string, got 1"),
        (objects("a", 2), TypeError, "Expected binary or unicode string, got 2"),
        ([["a"], ["b", "c"]], ValueError, "lists of unequal lengths"),
        (["\ud800"], UnicodeEncodeError, "surrogates not allowed"),
        (np.array(["\ud800"]), UnicodeEncodeError, "surrogates not allowed"),
    ],
)
def test_what_is_no_constant(value, error, words):
    for make in (tf.constant, tf.make_tensor_proto):
        with pytest.raises(error, match=words):
            make(value)


@pytest.mark.parametrize("value", [1.5, np.array([1.5]), None, ["a", None], [1]])
def test_what_is_no_constant_string(value):
    with pytest.raises(ValueError if value is None else TypeError):
        tf.constant(value, tf.string)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (1.5, "InvalidArgumentError", "0-th value returned by .* is float64, but expects string"),
        (np.zeros([0], np.float32), "InvalidArgumentError", "is float32, but expects string"),
        (objects(1), "InternalError", "Expected binary or unicode string, got 1"),
        (objects("a", None), "InternalError", "Expected binary or unicode string, got None"),
        (objects("\ud800"), "InternalError", "surrogates not allowed"),
    ],
)
def test_what_a_function_may_not_return_for_a_string(sess, value, error, words):
    with pytest.raises(getattr(tf.errors, error), match=words):
        sess.run(tf.py_func(lambda: value, [], tf.string))


def test_numbers_of_numpy_keep_their_type_in_lists():
    """Only what Python's own numbers would be (int64, float64) is narrowed."""
    for kind in (np.int8, np.uint8, np.int16, np.uint64, np.float16):
        assert tf.constant([kind(1)]).dtype == tf.as_dtype(kind)
    assert tf.constant([np.int64(1)]).dtype == tf.int32
    assert tf.constant([np.float64(1)]).dtype == tf.float32
    assert tf.constant(bytearray(b"ab")).dtype == tf.uint8


# name -> (function of a vector and a scalar, value)
OPS = {
    "x[0]": (lambda x, s: x[0], b"a\0"),
    "x[n]": (lambda x, s: x[tf.constant(1)], b"b"),
    "gather": (lambda x, s: tf.gather(x, 1), b"b"),
    "gather_nd": (lambda x, s: tf.gather_nd(x, [1]), b"b"),
    "squeeze": (lambda x, s: tf.squeeze(x[:1]), b"a\0"),
    "unstack": (lambda x, s: tf.unstack(x, 3)[1], b"b"),
    "where": (lambda x, s: tf.where([True, False, True], x, [s, s, s]), [b"a\0", b"q\0", b"a\0"]),
    "where of scalars": (lambda x, s: tf.where(tf.equal(s, "q\0"), s, x[0]), b"q\0"),
    "cond": (lambda x, s: tf.cond(tf.equal(s, "q\0"), lambda: s + s, lambda: x[0]), b"q\0q\0"),
    "stack": (lambda x, s: tf.stack([s, s]), [b"q\0", b"q\0"]),
    "stack of rows": (lambda x, s: tf.stack([x, x], 1)[0], [b"a\0", b"a\0"]),
    "parallel_stack": (lambda x, s: tf.parallel_stack(["a", "b\0"]), [b"a", b"b\0"]),
    "concat": (lambda x, s: tf.concat([x[:1], [s]], 0), [b"a\0", b"q\0"]),
    "add": (lambda x, s: x + s, [b"a\0q\0", b"bq\0", b"a\0q\0"]),
    "add scalars": (lambda x, s: "p" + s + "q" + x[0], b"pq\0qa\0"),
    "join": (lambda x, s: tf.string_join([x, s], "\0"), [b"a\0\0q\0", b"b\0q\0", b"a\0\0q\0"]),
    "join scalars": (lambda x, s: tf.string_join([s, s]), b"q\0q\0"),
    "fill": (lambda x, s: tf.fill([], s), b"q\0"),
    "pad": (lambda x, s: tf.pad(x[:1], [[1, 1]]), [b"", b"a\0", b""]),
    "pad with": (lambda x, s: tf.pad(x[:1], [[0, 1]], constant_values=s), [b"a\0", b"q\0"]),
    "stitch": (lambda x, s: tf.dynamic_stitch([[0, 1, 2], 3], [x, s]), [b"a\0", b"b", b"a\0", b"q\0"]),
    "stitch with a gap": (lambda x, s: tf.dynamic_stitch([[2], [0]], [x[:1], x[1:2]]), [b"b", b"", b"a\0"]),
    "scatter_nd": (lambda x, s: tf.scatter_nd([[1], [1]], x[:2], [3]), [b"", b"a\0b", b""]),
    "sparse_to_dense": (lambda x, s: tf.sparse_to_dense([1], [3], s, x[0]), [b"a\0", b"q\0", b"a\0"]),
    "one_hot": (lambda x, s: tf.one_hot(1, 2, on_value=s, off_value=x[1]), [b"b", b"q\0"]),
    "zeros_like": (lambda x, s: tf.zeros_like(x), [b"", b"", b""]),
    "zeros_like of a scalar": (lambda x, s: tf.zeros_like(s), b""),
    "setdiff1d": (lambda x, s: tf.setdiff1d(["q\0", "r"], [s])[0], [b"r"]),
    "unique": (lambda x, s: tf.unique(x)[0], [b"a\0", b"b"]),
    "as_string": (lambda x, s: tf.as_string(1), b"1"),
}


@pytest.mark.parametrize(("function", "expected"), OPS.values(), ids=OPS.keys())
@pytest.mark.parametrize("fed", [True, False])
def test_ops_on_strings_make_arrays_of_bytes(sess, function, expected, fed):
    """Fed, and as constants (which are computed while the plan is made); an op that takes the result takes it, too."""
    values = ["a\0", "b", "a\0"], "q\0"
    x, s = tf.placeholder(tf.string, [3]), tf.placeholder(tf.string, [])
    feeds = {x: values[0], s: values[1]} if fed else {}
    result = function(x, s) if fed else function(*map(tf.constant, values))
    assert plain(sess.run(result, feeds)) == expected
    joined = sess.run(tf.string_join([result, "z"]), feeds)
    np.testing.assert_array_equal(joined, np.array(expected, object) + b"z")


def test_elements_of_variables(sess):
    v = tf.Variable(["a", "b", "c"])
    updates = [tf.scatter_update(v, 1, "x\0"), v[2].assign("y\0"), tf.scatter_nd_update(v, [[0]], ["z\0"])]
    sess.run(v.initializer)
    for update in updates:
        sess.run(update)
    assert plain(sess.run(v)) == [b"z\0", b"x\0", b"y\0"]
