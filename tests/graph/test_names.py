"""Which names nodes, scopes, containers, devices and groups may have, at every door (asked of TensorFlow 1.15.5)."""

import sys
import unicodedata

import pytest

import graphrt as tf
from graphrt.formats import messages
from graphrt.graph.names import is_node_name, is_scope_name

# TensorFlow 1.15's Python takes a last newline (its expressions end in `$`); its C++, and graphrt, do not.
ENDS_OF_LINES = ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
BAD = [
    *(f"a{c}" for c in ENDS_OF_LINES),
    *(f"a{c}b" for c in ENDS_OF_LINES),
    "a b",
    "\x00",
    "é",
    "a\\",
    "a>b",
    "a:0",
    "^a",
]
BAD_AT_THE_ROOT = ["_a", "-a", "/", "/a", "\\a"]


@pytest.fixture(autouse=True)
def _fresh_graph():
    tf.reset_default_graph()


def node(**parts):
    graph_def = messages.GraphDef()
    graph_def.node.add(**{"name": "x", "op": "NoOp", **parts})
    return graph_def


MAKERS = {
    "constant": lambda name: tf.constant(1.0, name=name).op,
    "op": lambda name: tf.negative(1.0, name=name).op,
    "no_op": lambda name: tf.no_op(name),
    "create_op": lambda name: tf.get_default_graph().create_op("NoOp", [], name=name),
    "placeholder": lambda name: tf.placeholder(tf.float32, name=name).op,
    "variable": lambda name: tf.Variable(1.0, name=name, use_resource=False).op,
}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", [*BAD, *BAD_AT_THE_ROOT], ids=ascii)
@pytest.mark.parametrize("end", ["", "/"])
def test_bad_names_of_nodes(make, name, end):
    with pytest.raises(ValueError, match=r"is not a valid (node|scope) name"):
        MAKERS[make](name + end)
    assert not tf.get_default_graph().get_operations()


@pytest.mark.parametrize("make", sorted(set(MAKERS) - {"variable"}))  # its name is that of a scope, too
@pytest.mark.parametrize(
    ("name", "made"), [("a", "a"), (".a-b_c/d", ".a-b_c/d"), ("a/", "a"), ("a//", "a/"), ("7", "7")]
)
def test_good_names_of_nodes(make, name, made):
    assert MAKERS[make](name).name == made


@pytest.mark.parametrize(("name", "made"), [("_a", "s/_a"), ("-a", "s/-a"), ("", "s/"), ("a/", "a")])
def test_names_inside_a_scope(name, made):
    with tf.name_scope("s"):
        assert tf.constant(1.0, name=name).op.name == made
        for bad in (*BAD, "_a/", "/"):
            with pytest.raises(ValueError, match="is not a valid node name"):
                tf.constant(1.0, name=bad)


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_bad_names_of_scopes(name):
    graph = tf.get_default_graph()
    for opened in (graph.name_scope, tf.name_scope, tf.variable_scope):
        for end in ("", "/"):
            with pytest.raises(ValueError, match="is not a valid scope name"), opened(name + end):
                pass
    with graph.name_scope("s"), pytest.raises(ValueError, match="is not a valid scope name"), graph.name_scope(name):
        pass
    with pytest.raises(ValueError, match="is not a valid scope name"):
        tf.import_graph_def(node(), name=name)


@pytest.mark.parametrize("name", [*BAD, "_a", "-a", "/", ""], ids=ascii)
def test_bad_names_in_files(name):
    if "\ud800" in name:
        pytest.skip("protobuf refuses it")
    for prefix in ("", "p"):
        with pytest.raises(ValueError, match=r"Node .*: Node name contains invalid characters"):
            tf.import_graph_def(node(name=name), name=prefix)
    assert not tf.get_default_graph().get_operations()


def test_two_nodes_of_one_name():
    tf.no_op("a/")
    with pytest.raises(ValueError, match="Duplicate node name in graph: 'a'"):
        tf.no_op("a/")
    with pytest.raises(ValueError, match="Duplicate node name in graph: 'a'"):
        tf.no_op("a")  # (an exact name is not counted, as in TF1)


def test_every_control_character_is_refused():
    """The whole name is looked at, whatever Unicode calls the character, and wherever it is."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character)[0] in "CZ" or code > 127:
            for name in (character, f"a{character}", f"{character}a", f"a{character}a"):
                assert not is_node_name(name) and not is_scope_name(name, False) and not is_scope_name(name, True)


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_containers_and_shared_names(name):
    graph_def = node(op="VariableV2")
    graph_def.node[0].attr["dtype"].type = 1
    graph_def.node[0].attr["shape"].shape.SetInParent()
    graph_def.node[0].attr["container"].s = name.encode()
    with pytest.raises(ValueError, match=r"Node 'x' .*container contains invalid characters"):
        tf.import_graph_def(graph_def)
    graph_def.node[0].attr["container"].s = b"a/"
    graph_def.node[0].attr["shared_name"].s = name.encode()
    tf.import_graph_def(graph_def)  # TF1 takes any, but for a first underscore
    graph_def.node[0].attr["shared_name"].s = b"_a"
    with pytest.raises(ValueError, match=r"Node 'x' .*shared_name cannot start with '_'"):
        tf.import_graph_def(graph_def)


DEVICES = [
    "/job:a\r",
    "/job:a b",
    "/job:1",
    "/job:_a",
    "/job:",
    "/task:-1",
    "/task: 1",
    "/task:1_0",
    "/task:\uff11",
    "a\n",
]
DEVICES += [
    "/device:X y:0",
    "/cpu:0\n",
    "/cpu:x",
    "/cpu:-1",
    "/cpu:99999999999999999999",
    "/device:\u2028:0",
    "/replica:",
]


@pytest.mark.parametrize("name", DEVICES, ids=ascii)
def test_bad_devices(name):
    with pytest.raises(ValueError, match=r"(Malformed device specification|Unknown attribute)"), tf.device(name):
        pass
    with pytest.raises(ValueError, match=r"Node 'x' .*(Malformed device specification|Unknown attribute)"):
        tf.import_graph_def(node(device=name))
    with tf.device(lambda op: name), pytest.raises(ValueError, match=r"(Malformed|Unknown attribute)"):
        tf.no_op()


def test_device_specs_are_checked():
    with pytest.raises(ValueError, match="Malformed device specification"):
        tf.DeviceSpec(job="a\rb")
    with pytest.raises(ValueError, match="Malformed device specification"):
        tf.DeviceSpec(device_type="\u2028")


@pytest.mark.parametrize("name", ["nobody", "x\r", "x/", ""], ids=ascii)
def test_groups_are_those_of_nodes(name):
    graph_def = node()
    graph_def.node[0].attr["_class"].list.s.append(b"loc:@" + name.encode())
    with pytest.raises(ValueError, match=r"Node 'x' expects to be colocated with unknown node"):
        tf.import_graph_def(graph_def)


@pytest.mark.parametrize(
    "kind",
    ["_Constant", "_Feed", "_Choose", "_Invariant", "_BoundedUnique", "_CountedScatterAdd", "_Nothing", "No\nOp", ""],
)
def test_op_types_of_passes_are_not_for_graphs(kind):
    tf.constant(1.0)
    with pytest.raises(tf.errors.NotFoundError, match="Op type not registered"):
        tf.import_graph_def(node(op=kind))
    with pytest.raises(ValueError, match="No op named"):
        tf.get_default_graph().create_op(kind, [])
