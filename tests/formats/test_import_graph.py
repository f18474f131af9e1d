"""tf.import_graph_def: names, order, mapping and errors as TensorFlow 1.15.5 has them (asked, not assumed)."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.formats import messages


@pytest.fixture(autouse=True)
def _fresh_graph():
    tf.reset_default_graph()


@pytest.fixture
def graph_def():
    """zz and aa (NoOp), x (Placeholder), y = x + 1 after aa and zz on the CPU, y/y its constant."""
    with tf.Graph().as_default() as graph:
        zz, aa = tf.no_op("zz"), tf.no_op("aa")
        x = tf.placeholder(tf.float32, [None, 3], "x")
        with tf.device("/cpu:0"), tf.control_dependencies([zz, aa]):
            tf.add(x, 1, "y")
    return graph.as_graph_def()


def nodes(*definitions):
    """A GraphDef of (name, type, inputs, {attribute: type number}) rows."""
    graph_def = messages.GraphDef()
    graph_def.versions.producer = 134
    for name, kind, inputs, types in definitions:
        node = graph_def.node.add(name=name, op=kind, input=inputs)
        for key, number in types.items():
            node.attr[key].type = number
    return graph_def


def names(graph=None):
    return [op.name for op in (graph or tf.get_default_graph()).get_operations()]


def test_exported_nodes(graph_def):
    assert [node.name for node in graph_def.node] == ["zz", "aa", "x", "y/y", "y"]
    constant = graph_def.node[3]
    assert list(constant.input) == ["^aa", "^zz"], "control inputs are sorted by name"
    assert constant.device == "/device:CPU:0"
    assert list(constant.attr["value"].tensor.float_val) == [1.0]
    assert list(graph_def.node[4].input) == ["x", "y/y"]
    assert [dim.size for dim in graph_def.node[2].attr["shape"].shape.dim] == [-1, 3]
    assert graph_def.versions.producer == 134
    assert not graph_def.HasField("library")


def test_add_shapes_and_from_version():
    x = tf.placeholder(tf.float32, name="x")
    version = tf.get_default_graph().version
    tf.add(x, [1.0, 2.0], name="y")
    shaped = tf.get_default_graph().as_graph_def(add_shapes=True)
    shapes = {node.name: node.attr["_output_shapes"].list.shape for node in shaped.node}
    assert shapes["x"][0].unknown_rank
    assert [dim.size for dim in shapes["y/y"][0].dim] == [2]
    later = tf.get_default_graph().as_graph_def(from_version=version)
    assert [node.name for node in later.node] == ["y/y", "y"]
    tf.import_graph_def(shaped)
    assert "_output_shapes" not in tf.get_default_graph().get_operation_by_name("import/x").attrs


def test_node_def_of_an_operation():
    op = tf.placeholder(tf.float32, [2], "x").op
    assert op.node_def == op.graph.as_graph_def().node[0]


def test_prefixes(graph_def):
    assert tf.import_graph_def(graph_def) is None
    tf.import_graph_def(graph_def)
    with tf.name_scope("sc"):
        tf.import_graph_def(graph_def, name="imp")
        tf.import_graph_def(graph_def, name="imp")
    tf.import_graph_def(graph_def, name="a/b")
    found = names()
    for prefix in ("import", "import_1", "sc/imp", "sc/imp_1", "a/b"):
        assert {f"{prefix}/{node.name}" for node in graph_def.node} <= set(found)
    assert len(found) == 5 * 5


def test_no_prefix_keeps_names_and_numbers_those_taken(graph_def):
    with tf.name_scope("ignored"):
        tf.import_graph_def(graph_def, name="")
    assert names() == ["zz", "aa", "x", "y/y", "y"]
    [again] = tf.import_graph_def(graph_def, name="", return_elements=["y"])
    assert names()[5:] == ["zz_1", "aa_1", "x_1", "y/y_1", "y_1"]
    assert [tensor.name for tensor in again.inputs] == ["x_1:0", "y/y_1:0"]
    assert tf.constant(1, name="y").name == "y_2:0"


def test_numbers_avoid_the_names_of_the_file():
    graph_def = nodes(("b/c", "NoOp", [], {}), ("b/c_1", "NoOp", [], {}), ("b", "NoOp", [], {}))
    tf.import_graph_def(graph_def, name="")
    tf.import_graph_def(graph_def, name="")
    assert names()[3:] == ["b/c_2", "b/c_1_1", "b_1"]


def test_order_is_that_of_the_file_as_far_as_inputs_allow():
    tf.import_graph_def(
        nodes(("q", "NoOp", ["^r"], {}), ("r", "NoOp", [], {}), ("b", "NoOp", [], {}), ("a", "NoOp", [], {}))
    )
    assert names() == ["import/r", "import/q", "import/b", "import/a"]


def test_input_map_and_return_elements(graph_def):
    mine = tf.constant(np.full((2, 3), 4, np.float32))
    y, y0, x = tf.import_graph_def(graph_def, {"x:0": mine}, ["y", "y:0", "x:0"])
    assert y.inputs[0] is mine is x
    assert y0 is y.outputs[0]
    assert "import/x" in names(), "a mapped node is imported all the same"
    [short] = tf.import_graph_def(graph_def, {"x": mine}, ["y"])
    assert short.inputs[0] is mine
    [converted] = tf.import_graph_def(graph_def, {"x:0": 5.0}, ["y"], name="m")
    assert converted.inputs[0].name == "m/_inputs/Const:0"
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(y0), np.full((2, 3), 5, np.float32))
        assert sess.run(converted.outputs[0]) == 6


def test_control_inputs_devices_and_blocks(graph_def):
    first = tf.no_op("first")
    with tf.control_dependencies([first]), tf.device("/gpu:0"):
        y, x, zz = tf.import_graph_def(graph_def, return_elements=["y", "x", "zz"])
    assert (y.device, x.device) == ("/device:CPU:0", "/device:GPU:0")
    assert x.control_inputs == zz.control_inputs == [first]
    constant = tf.get_default_graph().get_operation_by_name("import/y/y")
    assert {op.name for op in constant.control_inputs} == {"first", "import/zz", "import/aa"}


def test_colocation_is_renamed():
    graph_def = nodes(("w", "NoOp", [], {}), ("v", "NoOp", [], {}))
    graph_def.node[1].attr["_class"].list.s.append(b"loc:@w")
    graph_def.node[1].attr["_class"].list.s.append(b"other")
    [v] = tf.import_graph_def(graph_def, return_elements=["v"])
    assert v.get_attr("_class") == [b"loc:@import/w", b"other"]


def test_attributes_of_a_newer_producer(graph_def):
    graph_def.node[0].attr["brand_new"].i = 3
    with pytest.raises(ValueError, match="NodeDef mentions attr 'brand_new' not in Op NoOp"):
        tf.import_graph_def(graph_def)
    ops = messages.OpList()
    attr = ops.op.add(name="NoOp").attr.add(name="brand_new", type="int")
    attr.default_value.i = 3
    tf.import_graph_def(graph_def, name="known", producer_op_list=ops)
    attr.default_value.i = 4
    with pytest.raises(ValueError, match="brand_new"):
        tf.import_graph_def(graph_def, producer_op_list=ops)


@pytest.mark.parametrize(
    ("graph_def", "message"),
    [
        (nodes(("q", "NoOp", ["r"], {})), "Node 'q': Unknown input node 'r'"),
        (nodes(("q", "NoOp", ["^r"], {})), "Node 'q': Unknown input node '\\^r'"),
        (nodes(("q", "Identity", [], {"T": 1})), "Node 'q' .Identity. does not fit its op"),
        (nodes(("q", "Placeholder", [], {})), "Node 'q' .Placeholder. does not fit its op: .*dtype"),
        (nodes(("q", "NoOp", [], {}), ("q", "NoOp", [], {})), "Node 'q' is not unique"),
        (nodes(("q", "NoOp", ["^r"], {}), ("r", "NoOp", ["^q"], {})), "2 nodes in a cycle: q, r"),
        (
            nodes(("p", "Placeholder", [], {"dtype": 1}), ("q", "Identity", ["p"], {"T": 2})),
            "Node 'q' .Identity.: its inputs make T .*float32.*, incompatible with expected .*float64",
        ),
        (
            nodes(("p", "Placeholder", [], {"dtype": 1}), ("q", "Identity", ["p:1"], {"T": 1})),
            "Node 'q': Connecting to invalid output 1 of source node p which has 1 outputs",
        ),
        (nodes(("q", "Identity", ["p:x"], {"T": 1})), "Node 'q': Unknown input node 'p:x'"),
    ],
)
def test_ill_formed_graphs(graph_def, message):
    with pytest.raises(ValueError, match=message):
        tf.import_graph_def(graph_def)


def test_wrong_arguments(graph_def):
    with pytest.raises(TypeError, match=r"graph_def must be a GraphDef proto\."):
        tf.import_graph_def("abc")
    with pytest.raises(TypeError, match="input_map must be a dictionary"):
        tf.import_graph_def(graph_def, input_map=[1])
    with pytest.raises(TypeError, match="return_elements must be a list of strings"):
        tf.import_graph_def(graph_def, return_elements=[1])
    with pytest.raises(ValueError, match=r"not found in graph_def: \[nope:0\]"):
        tf.import_graph_def(graph_def, {"nope:0": tf.constant(1.0)})
    for key, message in {
        "nope": "Requested return node 'nope' not found in graph def",
        "nope:0": "Requested return tensor 'nope:0' not found in graph def",
        "y:1": r"Invalid return output 1 of node 'y', which has 1 output\(s\)",
    }.items():
        with pytest.raises(ValueError, match=message):
            tf.import_graph_def(graph_def, return_elements=[key])
    with pytest.raises(ValueError, match="'bad name' is not a valid scope name"):
        tf.import_graph_def(graph_def, name="bad name")
    with pytest.raises(ValueError, match="op_dict is not supported"):
        tf.import_graph_def(graph_def, op_dict={})
    graph_def.versions.min_consumer = 999
    with pytest.raises(ValueError, match="min consumer version 999 above current version 134"):
        tf.import_graph_def(graph_def)


def test_unknown_op_types():
    with pytest.raises(tf.errors.NotFoundError, match=r"Op type not registered 'Identit' .node 'q'.: .*Identity"):
        tf.import_graph_def(nodes(("q", "Identit", [], {})))


def test_attributes_as_tf1_gives_them():
    shaped = tf.placeholder(tf.float32, [None, 3], "x").op
    shape = shaped.get_attr("shape")
    assert [dim.size for dim in shape.dim] == [-1, 3]
    assert shaped.get_attr("dtype") is tf.float32
    np.testing.assert_array_equal(tf.make_ndarray(tf.constant([1, 2]).op.get_attr("value")), [1, 2])
    variable = tf.get_variable("v", initializer=tf.constant(1.0)).op
    assert variable.get_attr("container") == b""
    with pytest.raises(ValueError, match="Operation 'x' has no attr named 'zz'"):
        shaped.get_attr("zz")
    [again] = tf.import_graph_def(tf.get_default_graph().as_graph_def(), return_elements=["v"])
    assert again.attrs["container"] == "", "attributes are kept as str"


def test_a_graph_that_is_refused_leaves_nothing_behind():
    x = tf.placeholder(tf.float32, [2], "x")
    before = [op.name for op in tf.get_default_graph().get_operations()]
    refused = messages.GraphDef()
    good = refused.node.add(name="good", op="Neg", input=["x"])
    good.attr["T"].type = 1
    bad = refused.node.add(name="bad", op="MatMul", input=["good"])
    bad.attr["T"].type = 1
    refused.node.add(name="x", op="Placeholder").attr["dtype"].type = 1
    for name in ("", None):
        with pytest.raises(ValueError, match="'bad'"):
            tf.import_graph_def(refused, name=name)
    assert [op.name for op in tf.get_default_graph().get_operations()] == before
    assert x.consumers() == []
    assert tf.negative(x, name="good").name == "good:0"
