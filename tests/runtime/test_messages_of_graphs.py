"""Golden messages: gradients that are None, and tensors of other graphs. Line numbers are written as N."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as new:
        yield new


def message(info: pytest.ExceptionInfo[BaseException]) -> str:
    text = str(info.value).replace(f"{Path(__file__).parent}/", "")
    return re.sub(r"test_messages_of_graphs\.py:\d+ in [\w<>]+", "LINE", text).strip()


NONE = "Fetch argument None has invalid type <class 'NoneType'>\n"


def fetch(fetches) -> str:
    with tf.Session() as sess, pytest.raises(TypeError) as info:
        sess.run(fetches)
    return message(info)


def test_the_gradient_of_a_variable_that_the_loss_does_not_use():
    w, b = tf.get_variable("w", []), tf.get_variable("b", [])
    loss = tf.square(w, name="loss")
    gradients = tf.gradients(loss, [w, b])
    expected = NONE + (
        "  it is the gradient with respect to 'b:0' that tf.gradients did not find, called at LINE\n"
        "      gradients = tf.gradients(loss, [w, b])\n"
        "  'loss:0' does not depend on 'b:0' (made at LINE)"
    )
    assert fetch(gradients) == expected
    assert fetch([loss, gradients]) == expected
    assert fetch([loss, gradients[1]]) == expected.replace("it is", "it may be")
    assert fetch({"w": gradients[0], "b": gradients[1]}) == expected


def test_pairs_of_an_optimizer():
    w, b = tf.get_variable("w", []), tf.get_variable("b", [])
    pairs = tf.train.GradientDescentOptimizer(0.1).compute_gradients(tf.square(b, name="loss"))
    assert pairs[0][0] is None
    assert fetch(pairs).splitlines()[1].startswith("  it is the gradient with respect to 'w:0'")
    assert fetch(pairs).splitlines()[-1] == "  'loss:0' does not depend on 'w:0' (made at LINE)"
    assert fetch([(gradient, variable) for gradient, variable in pairs if variable is w]) == fetch(pairs)


@pytest.mark.parametrize(
    ("cut", "end"),
    [
        (lambda x: tf.stop_gradient(x, name="cut"), "StopGradient 'cut' (made at LINE), which has no gradient"),
        (
            lambda x: tf.cast(tf.cast(x, tf.int32, name="cut"), tf.float32),
            "Cast 'cut' (made at LINE), whose result is int32: only floating point numbers have gradients",
        ),
        (
            lambda x: tf.cast(tf.argmax(x, name="cut"), tf.float32),
            "ArgMax 'cut' (made at LINE), whose result is int64: only floating point numbers have gradients",
        ),
        (
            lambda x: tf.py_func(lambda value: value, [x], tf.float32, name="cut"),
            "PyFunc 'cut' (made at LINE), which has no gradient",
        ),
    ],
    ids=["stop_gradient", "cast", "argmax", "py_func"],
)
def test_where_the_path_ends(cut, end):
    w = tf.get_variable("w", [3])
    loss = tf.reduce_sum(cut(w * 2.0) + 1.0, name="loss")
    lines = fetch(tf.gradients(loss, w)).splitlines()
    assert lines[3:5] == [
        "  no path from 'w:0' (made at LINE) to 'loss:0' lets a gradient through:",
        f"    it ends at {end}",
    ]
    assert "tf." in lines[5], "the user's line"


def test_a_tensor_beside_the_path():
    w = tf.get_variable("w", [])
    h = tf.identity(w, name="h")
    loss = tf.square(w, name="loss")
    assert fetch(tf.gradients(loss, h)).splitlines()[-1] == (
        "  'loss:0' does not depend on 'h:0' (made at LINE); both are computed from 'w/read:0': ask for the gradient "
        "with respect to that, or compute 'loss:0' from 'h:0'"
    )


def test_an_optimizer_that_finds_no_gradient():
    w = tf.get_variable("w", [3])
    loss = tf.cast(tf.argmax(w, name="choice"), tf.float32, name="loss")
    with pytest.raises(ValueError) as info:
        tf.train.AdamOptimizer().minimize(loss)
    lines = message(info).splitlines()
    assert lines[0].startswith("No gradients provided for any variable, check your graph for ops that do not support")
    assert lines[1:3] == [
        "  no path from 'w:0' (made at LINE) to 'loss:0' lets a gradient through:",
        "    it ends at ArgMax 'choice' (made at LINE), whose result is int64: only floating point numbers have "
        "gradients",
    ]


def test_none_that_is_no_gradient():
    c = tf.constant(1.0)
    assert fetch([c, None]) == NONE + (
        "  nothing was to be fetched: a function that returns nothing gives None, and so does tf.gradients for what "
        "its ys do not depend on"
    )


def test_few_calls_are_remembered(graph):
    x, y = tf.constant(1.0), tf.constant(2.0)
    for _ in range(100):
        tf.gradients(y, x)
    assert len(graph._missing_gradients) == 16


def test_a_tensor_of_another_graph_and_an_empty_one():
    with tf.Graph().as_default():
        x = tf.constant(1.0, name="x")
    with tf.Session() as sess, pytest.raises(RuntimeError) as info:
        sess.run({"x": [x]})
    why = (
        "It was made at LINE, in another graph, and the session's graph is empty: pass the tensor's graph, "
        "tf.Session(graph=...), or make the session inside of `with graph.as_default():`"
    )
    empty = "The Session graph is empty.  Add operations to the graph before calling run().\n"
    assert message(info) == f"{empty}  'x:0' is not in it. {why}"
    with tf.Session(), pytest.raises(ValueError) as info:
        x.eval()
    assert message(info) == (
        "Cannot use the default session to evaluate tensor: the tensor's graph is different from the session's graph. "
        f"Pass an explicit session to `eval(session=sess)`. {why}"
    )
    with tf.Session() as sess, pytest.raises(RuntimeError) as info:
        sess.run("x:0")
    assert message(info) == (
        f"{empty}  A session that is made without graph= takes the graph that is the default one at that time"
    )


def test_a_feed_by_the_name_of_its_operation_gets_one_hint():
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.Session() as sess, pytest.raises(TypeError) as info:
        sess.run(x, {"x": 1.0})
    assert message(info).count("x:0") == 1
    with tf.Session() as sess, pytest.raises(TypeError) as info:
        sess.run(x, {x.op: 1.0})
    assert message(info).endswith("Did you mean x:0?")


def test_a_second_interactive_session():
    first = tf.InteractiveSession()
    with pytest.warns(UserWarning) as caught:
        second = tf.InteractiveSession()
    text = re.sub(r"test_messages_of_graphs\.py:\d+ in [\w<>]+", "LINE", str(caught[0].message))
    assert text == (
        "An interactive session is already active (made at LINE). eval() and run() use the new one from here on, in "
        "which no variable has a value yet; the other keeps its values, and their memory, until its close() is called"
    )
    assert caught[0].filename == __file__
    second.close()
    assert tf.get_default_session() is first
    first.close()
    tf.InteractiveSession().close()  # silent: no other is open
