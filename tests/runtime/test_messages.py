"""Golden error messages: the whole text, with line numbers written as N and the folder of this file left out."""

from __future__ import annotations

import copy
import pickle
import re
import sys
from pathlib import Path

import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as new:
        yield new


def message(info: pytest.ExceptionInfo[BaseException]) -> str:
    text = str(info.value).replace(f"{Path(__file__).parent}/", "")
    return re.sub(r"(test_messages\.py):\d+", r"\1:N", text).strip()


def test_missing_feeds_are_listed_all_at_once():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    flag = tf.placeholder(tf.bool, [], name="flag")
    y = tf.reduce_sum(x) * tf.cast(flag, tf.float32)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as info:
        sess.run(y)
    where = "made at test_messages.py:N in test_missing_feeds_are_listed_all_at_once, needed by mul:0"
    assert message(info) == (
        "You must feed a value for placeholder tensor 'x' with dtype float and shape [?,2]\n"
        "\t [[node x (defined at test_messages.py:N) ]]\n"
        "  2 placeholders are needed and not fed:\n"
        f"  not fed: 'x:0' float32[?,2], {where}\n"
        f"  not fed: 'flag:0' bool[], {where}\n"
        "  nothing was fed: pass feed_dict={...} to run()"
    )


def test_a_feed_of_the_wrong_shape():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.Session() as sess, pytest.raises(ValueError) as info:
        sess.run(x, {x: [[1, 2, 3]]})
    assert message(info) == (
        "Cannot feed value of shape (1, 3) for Tensor 'x:0', which has shape '(?, 2)'\n"
        "  declared at test_messages.py:N in test_a_feed_of_the_wrong_shape\n"
        '      x = tf.placeholder(tf.float32, [None, 2], name="x")'
    )


def test_uninitialized_variables_are_listed_all_at_once():
    w, b = tf.get_variable("w", [2]), tf.get_variable("b", [])
    total = tf.add(w, b, name="sum")
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError) as info:
        sess.run(total)
    where = "made at test_messages.py:N in test_uninitialized_variables_are_listed_all_at_once, needed by sum:0"
    assert message(info) == (
        "Attempting to use uninitialized value w\n"
        "\t [[node w (defined at test_messages.py:N) ]]\n"
        "  2 variables are needed and have no value:\n"
        f"  not initialized: 'w:0' float32_ref[2], {where}\n"
        f"  not initialized: 'b:0' float32_ref[], {where}\n"
        "  run tf.global_variables_initializer() (made after the last variable and after minimize()) in this session, "
        "tf.local_variables_initializer() for local ones, or restore them"
    )


def test_shapes_that_do_not_fit():
    a, b = tf.zeros([2, 3], name="a"), tf.zeros([4, 5], name="b")
    with pytest.raises(ValueError) as info:
        tf.matmul(a, b)
    assert message(info) == (
        "Dimensions must be equal, but are 3 and 4 for 'MatMul' (op: 'MatMul') with input shapes: [2,3], [4,5].\n"
        "  declared at test_messages.py:N in test_shapes_that_do_not_fit\n"
        "      tf.matmul(a, b)\n"
        "  a: 'a:0' float32[2,3], made at test_messages.py:N in test_shapes_that_do_not_fit\n"
        "  b: 'b:0' float32[4,5], made at test_messages.py:N in test_shapes_that_do_not_fit"
    )


def test_a_name_that_is_taken():
    tf.get_variable("w", [2])
    with pytest.raises(ValueError) as info:
        tf.get_variable("w", [2])
    assert message(info) == (
        "Variable w already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? "
        "Originally defined at:\n\n"
        "  test_messages.py:N in test_a_name_that_is_taken\n"
        '      tf.get_variable("w", [2])'
    )


def test_errors_can_be_sent_to_other_processes():
    placeholder = tf.placeholder(tf.int32, name="index")
    node = tf.gather([1, 2], placeholder, name="taken")
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as info:
        sess.run(node, {placeholder: 7})
    if sys.version_info >= (3, 11):
        info.value.add_note("seen by a worker")
    for error in (pickle.loads(pickle.dumps(info.value)), copy.deepcopy(info.value)):
        assert type(error) is tf.errors.InvalidArgumentError
        assert str(error) == str(info.value)
        assert error.error_code == tf.errors.INVALID_ARGUMENT
        assert error.node_def.name == "taken" and error.op is None
        assert getattr(error, "__notes__", None) == getattr(info.value, "__notes__", None)
    plain = pickle.loads(pickle.dumps(tf.OpError(None, None, "words", 77)))
    assert (plain.message, plain.error_code, plain.node_def) == ("words", 77, None)


def test_names_may_be_bytes(graph):
    x = tf.placeholder(tf.float32, [], name="x")
    tf.add(x, 2.0, name="c")
    with tf.Session() as sess:
        assert sess.run([b"c:0", "c:0", b"c"], {b"x:0": 1.0}) == [3.0, 3.0, None]
        assert sess.make_callable(b"c:0", [b"x:0"])(1.0) == 3.0
        with pytest.raises(ValueError, match="The name 'nix' refers to an Operation not in the graph"):
            sess.run(b"nix")
    assert graph.as_graph_element(b"c").name == "c"
    (again,) = tf.import_graph_def(graph.as_graph_def(), {b"x:0": tf.constant(1.0)}, return_elements=[b"c:0"])
    assert again.name == "import/c:0"
    with pytest.raises(TypeError, match="Tensor names are strings"):
        graph.get_tensor_by_name(b"c:0")


def test_a_placeholder_that_is_fed_and_fetched_as_an_operation():
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError) as info:
        sess.run(x.op, {x: 1.0})
    assert "not fed" not in str(info.value)
    assert "fetch 'x:0'" in str(info.value)
