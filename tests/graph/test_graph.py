"""Graph: numbers, names, blocks, and that a refused node leaves no trace."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.graph import Graph


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def number(name="number"):
    return tf.placeholder(tf.float32, [], name)


# -- nodes -------------------------------------------------------------------------------------------------------------


def test_nodes_are_numbered_as_they_are_made(graph):
    first, second = number().op, number().op
    graph.reserve_ids(5)
    third = number().op
    assert [op._id for op in (first, second, third)] == [1, 2, 8]
    assert graph.version == 8
    assert graph.get_operations() == [first, second, third]


def test_the_list_of_nodes_is_the_callers(graph):
    number()
    graph.get_operations().clear()
    assert len(graph.get_operations()) == 1


def test_a_node_that_is_refused_leaves_no_trace(graph):
    a, b = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [3])
    before = graph.version
    with pytest.raises(ValueError, match=r"\[2\].*\[3\]"):
        tf.add(a, b)
    assert graph.version == before and len(graph.get_operations()) == 2
    assert a.consumers() == b.consumers() == []


def test_all_or_nothing_takes_nodes_and_names_back(graph):
    x = number("x")
    with pytest.raises(KeyError, match="stop"), graph.all_or_nothing():
        tf.negative(tf.negative(x, name="y"))
        raise KeyError("stop")
    assert [op.name for op in graph.get_operations()] == ["x"] and not x.consumers() and graph.version == 1
    with graph.all_or_nothing():
        tf.negative(x, name="y")
    assert [op.name for op in graph.get_operations()] == ["x", "y"]


def test_all_or_nothing_inside_all_or_nothing(graph):
    with graph.all_or_nothing():
        number("kept")
        with pytest.raises(KeyError), graph.all_or_nothing():
            number("lost")
            raise KeyError
    assert [op.name for op in graph.get_operations()] == ["kept"]


def test_a_finalized_graph_takes_no_nodes(graph):
    number()
    graph.finalize()
    with pytest.raises(RuntimeError, match="finalized"):
        number()
    assert graph.finalized and len(graph.get_operations()) == 1


def test_create_op_makes_what_the_function_makes(graph):
    x = number("x")
    made = graph.create_op("Neg", [x], name="y")
    assert (made.type, made.name, made.inputs) == ("Neg", "y", (x,))
    assert made.outputs[0].shape.rank == 0
    with pytest.raises(ValueError, match=r"No op named 'Negg'.*Neg"):
        graph.create_op("Negg", [x])


def test_each_consumer_is_told_once():
    x = number()
    twice = tf.add(x, x)
    assert x.consumers() == [twice.op]
    once = tf.negative(x)
    twice.op._update_input(0, once)
    assert x.consumers() == [once.op, twice.op] or x.consumers() == [twice.op, once.op]
    assert once.consumers() == [twice.op] and twice.op.inputs == (once, x)


# -- names -------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "A", "a_1", "a_2", "A_1", "b", "a_1_1"])


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=20))
def test_no_two_names_are_the_same_but_for_case(drawn):
    graph = Graph()
    taken = []
    for name, mark in drawn:
        found = graph.unique_name(name, mark_as_used=mark)
        assert found.lower() not in taken
        assert found == name or found.startswith(f"{name}_")
        if mark:
            taken.append(found.lower())


def test_scopes_are_prefixes_and_can_be_entered_again(graph):
    with graph.name_scope("a") as scope:
        assert (scope, graph.get_name_scope()) == ("a/", "a")
        with graph.name_scope("b"):
            assert number("x").op.name == "a/b/x"
    with graph.name_scope("a"):
        assert number("x").op.name == "a_1/x"
    with graph.name_scope(scope):
        assert number("x").op.name == "a/x"
    with graph.name_scope("c"), graph.name_scope(None) as root:
        assert root == "" and number("x").op.name == "x"
    assert graph.get_name_scope() == ""


# -- blocks ------------------------------------------------------------------------------------------------------------


def test_nodes_of_a_block_wait_but_not_for_what_their_inputs_wait_for(graph):
    first, second = number("first"), number("second")
    with graph.control_dependencies([first]):
        waits = number("waits")
        follows = tf.negative(waits)
        with graph.control_dependencies([second, first]):
            both = number("both")
            assert graph.current_control_inputs() == [first.op, second.op]
        with graph.control_dependencies(None):
            free = number("free")
        uses = tf.negative(first)
    assert waits.op.control_inputs == [first.op]
    assert follows.op.control_inputs == []
    assert both.op.control_inputs == [first.op, second.op]
    assert free.op.control_inputs == []
    assert uses.op.control_inputs == []
    assert number("after").op.control_inputs == []


def test_a_block_that_raises_is_closed(graph):
    for block in (
        graph.control_dependencies([number("a")]),
        graph.device("/cpu:0"),
        graph.name_scope("s"),
        graph.colocate_with(number("b")),
        graph.gradient_override_map({"Neg": "other"}),
    ):
        with pytest.raises(KeyError), block:
            raise KeyError
    op = tf.negative(number("c"), name="plain").op
    assert (op.name, op.control_inputs, op.device, sorted(set(op.attrs) - {"T"})) == ("plain", [], "", [])


def test_the_innermost_device_wins_part_by_part(graph):
    with graph.device("/job:worker/gpu:1"):
        with graph.device("/cpu:0"):
            assert number().device == "/job:worker/device:CPU:0"
        with graph.device(None):
            assert number().device == ""
        with graph.device(lambda op: "/gpu:3" if op.type == "Placeholder" else ""):
            assert number().device.lower().endswith("gpu:3")


def test_colocation_wins_over_devices_around_it(graph):
    with graph.device("/gpu:0"):
        there = number("there")
    with graph.device("/cpu:0"), graph.colocate_with(there):
        here = number("here")
    assert here.device == there.device
    assert here.op.colocation_groups() == [b"loc:@there"]
    with pytest.raises(ValueError, match="ignore_existing"), graph.colocate_with(None):
        pass


def test_the_inner_override_of_a_gradient_counts(graph):
    x = number()
    with graph.gradient_override_map({"Neg": "one", "Square": "two"}), graph.gradient_override_map({"Neg": "three"}):
        assert tf.negative(x).op.attrs["_gradient_op_type"] == b"three"
        assert tf.square(x).op.attrs["_gradient_op_type"] == b"two"
    with pytest.raises(TypeError, match="strings to strings"), graph.gradient_override_map({"Neg": 1}):
        pass


# -- looking things up -------------------------------------------------------------------------------------------------


def test_elements_by_name_and_by_what_holds_them(graph):
    x = number("x")
    v = tf.Variable(1.0, name="v")
    assert graph.as_graph_element("x:0") is x
    assert graph.as_graph_element("x") is x.op
    assert graph.as_graph_element(v) is graph.get_tensor_by_name("v:0")
    assert graph.get_operation_by_name("x") is x.op


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("y:0", KeyError, "does not exist in the graph"),
        ("x:1", KeyError, "only has 1 outputs"),
        ("x:0:0", ValueError, "op_name"),
        ("x:a", ValueError, "op_name"),
        ("y", KeyError, "not in the graph"),
        (3, TypeError, "convert a int"),
    ],
)
def test_what_stands_for_nothing(graph, name, error, says):
    number("x")
    with pytest.raises(error, match=says):
        graph.as_graph_element(name)


def test_tensors_and_operations_are_told_apart(graph):
    number("x")
    with pytest.raises(ValueError, match='did you mean "x:0"'):
        graph.get_tensor_by_name("x")
    with pytest.raises(ValueError, match="not a Operation"):
        graph.get_operation_by_name("x:0")


def test_elements_of_other_graphs_are_refused(graph):
    x = number("x")
    with pytest.raises(ValueError, match=r"not an element of this graph.*test_graph\.py"):
        tf.Graph().as_graph_element(x)


def test_what_may_not_be_fed_or_fetched(graph):
    x, y = number(), number()
    graph.prevent_feeding(x)
    graph.prevent_fetching(y.op)
    assert [graph.is_feedable(t) for t in (x, y)] == [False, True]
    assert [graph.is_fetchable(t) for t in (x, y, x.op, y.op)] == [True, False, True, False]


def test_default_graphs_are_a_stack_of_each_thread(graph):
    import threading

    other, seen = tf.Graph(), []
    with other.as_default():
        assert tf.get_default_graph() is other
        thread = threading.Thread(target=lambda: seen.append(tf.get_default_graph()))
        thread.start()
        thread.join()
    assert tf.get_default_graph() is graph
    assert seen[0] is not other and seen[0] is not graph
