"""tf.graph_util and tf.train.write_graph."""

from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format

import graphrt as tf


@pytest.fixture
def graph_def():
    """y = 2 * identity(identity(x + v)), z = y after the first identity, w = v unused by y."""
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [None, 2], "x")
    v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    first = tf.identity(x + v, "first")
    y = tf.multiply(tf.identity(first, "second"), 2.0, "y")
    with tf.control_dependencies([first]):
        tf.identity(y, "z")
    return tf.get_default_graph().as_graph_def()


def rows(graph_def):
    return [(node.name, node.op, list(node.input)) for node in graph_def.node]


def test_extract_sub_graph(graph_def):
    part = tf.graph_util.extract_sub_graph(graph_def, ["y"])
    assert [node.name for node in part.node] == ["x", "v", "v/read", "add", "first", "second", "y/y", "y"]
    assert part.versions == graph_def.versions
    with pytest.raises(AssertionError, match="nope is not in graph"):
        tf.graph_util.extract_sub_graph(graph_def, ["nope"])
    with pytest.raises(TypeError, match="dest_nodes must be a list"):
        tf.graph_util.extract_sub_graph(graph_def, "y")
    with pytest.raises(TypeError, match=r"graph_def must be a graph_pb2\.GraphDef proto"):
        tf.graph_util.extract_sub_graph("x", ["y"])


def test_remove_training_nodes(graph_def):
    removed = {name: inputs for name, _, inputs in rows(tf.graph_util.remove_training_nodes(graph_def))}
    assert removed["add"] == ["x", "v"], "v/read is an Identity"
    assert removed["y"] == ["first", "y/y"]
    assert removed["z"] == ["y", "^first"], "nodes of control dependencies stay"
    assert "second" not in removed
    protected = tf.graph_util.remove_training_nodes(graph_def, ["second"])
    assert {name: inputs for name, _, inputs in rows(protected)}["y"] == ["second", "y/y"]


def test_a_frozen_graph_gives_the_same_values(graph_def):
    feed = {"x:0": np.array([[3.0, 4.0]])}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        expected = sess.run("z:0", feed)
        frozen = tf.graph_util.convert_variables_to_constants(sess, graph_def, ["z"])
        kept = tf.graph_util.convert_variables_to_constants(sess, graph_def, ["z"], variable_names_blacklist=["v"])
        none = tf.graph_util.convert_variables_to_constants(sess, graph_def, ["z"], variable_names_whitelist=[])
        with pytest.raises(AssertionError, match="nope is not in graph"):
            tf.graph_util.convert_variables_to_constants(sess, graph_def, ["nope"])
    assert ("v", "Const", []) in rows(frozen)
    assert ("v", "VariableV2", []) in rows(kept)
    assert kept == none
    with tf.Graph().as_default() as graph:
        [z] = tf.import_graph_def(frozen, return_elements=["z:0"], name="")
        with tf.Session(graph=graph) as sess:
            np.testing.assert_array_equal(sess.run(z, feed), expected)


def test_a_scalar_variable_becomes_a_scalar_constant():
    tf.reset_default_graph()
    step = tf.Variable(7, name="step", trainable=False)
    with tf.Session() as sess:
        sess.run(step.initializer)
        frozen = tf.graph_util.convert_variables_to_constants(sess, sess.graph_def, ["step/read"])
    assert list(frozen.node[0].attr["value"].tensor.int_val) == [7]


def test_shape_of_an_input(graph_def):
    del graph_def
    graph = tf.get_default_graph()
    assert tf.graph_util.tensor_shape_from_node_def_name(graph, "y").as_list() == [None, 2]


def test_write_graph(graph_def, tmp_path):
    path = tf.train.write_graph(graph_def, str(tmp_path / "deep" / "er"), "a.pbtxt")
    assert path == str(tmp_path / "deep" / "er" / "a.pbtxt")
    with Path(path).open() as file:
        assert text_format.Parse(file.read(), tf.GraphDef()) == graph_def
    path = tf.io.write_graph(tf.get_default_graph(), tmp_path, "a.pb", as_text=False)
    with Path(path).open("rb") as file:
        assert tf.GraphDef.FromString(file.read()) == graph_def
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.pb", "deep"], "nothing else is left behind"
    with pytest.raises(TypeError, match="expected a Graph or a GraphDef to write, got str"):
        tf.train.write_graph("zz", tmp_path, "q")
