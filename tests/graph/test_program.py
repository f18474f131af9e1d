"""Program: what is needed, in which order, and what follows when something takes the place of something else."""

import pytest

import graphrt as tf
from graphrt.graph.program import needed
from graphrt.graph.verify import verify
from graphrt.passes.capture import capture


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def chain():
    """y = -x, z = y * y, w = z + y; and a node that nothing needs."""
    x = tf.placeholder(tf.float32, [2], "x")
    y = tf.negative(x, name="y")
    z = tf.multiply(y, y, name="z")
    w = tf.add(z, y, name="w")
    tf.square(w, name="unused")
    return x, y, z, w


def program_of(fetches, feeds=()):
    program = capture(tuple(fetches), tuple(feeds))
    verify(program)
    return program


def named(program, name):
    return next(op for op in program.operations() if op.name == name)


def names(operations):
    return [op.name for op in operations]


# -- what is needed ----------------------------------------------------------------------------------------------------


def test_needed_nodes_come_after_what_they_need():
    x, y, _, w = chain()
    assert names(needed([w], set())) == ["x", "y", "z", "w"]
    assert names(needed([y, w.op], {x})) == ["y", "z", "w"]
    assert names(needed([w], {y})) == ["z", "w"]
    assert names(needed([y], {y})) == []
    assert names(needed([y.op], {y})) == ["x", "y"]  # an operation is to run, whatever is fed of it


def test_needed_follows_control_inputs():
    x = tf.placeholder(tf.float32, [], "x")
    with tf.control_dependencies([tf.negative(x, name="first")]):
        second = tf.constant(1.0, name="second")
    assert names(needed([second], set())) == ["x", "first", "second"]


def test_a_long_chain_needs_no_deep_stack():
    x = tf.placeholder(tf.float32, [])
    y = x
    for _ in range(5000):
        y = tf.negative(y)
    assert len(needed([y], set())) == 5001
    assert len(capture((y,), (x,)).operations()) == 5001


def test_a_program_has_nodes_of_its_own():
    x, y, _, w = chain()
    program = program_of([w], [x])
    assert names(program.operations()) == ["x", "y", "z", "w"]
    assert named(program, "y") is not y.op
    assert program.origin(named(program, "y")) is y.op
    assert "unused" not in str(program)


# -- changing it -------------------------------------------------------------------------------------------------------


def test_replace_redirects_users_fetches_and_origins():
    x, _, z, w = chain()
    program = program_of([z, w], [x])
    mine = {op.name: op for op in program.operations()}
    with program.as_default():
        since = program.node_count()
        new = tf.square(mine["y"].outputs[0])
    program.replace(mine["z"].outputs[0], new, made_since=since)
    assert program.fetches == [new, mine["w"].outputs[0]]
    assert mine["w"].inputs == (new, mine["y"].outputs[0])
    assert program.origin(new.op) is z.op and new.op.source == z.op.source
    assert mine["z"] not in program.operations()
    verify(program)


def test_what_replaces_a_tensor_may_use_it():
    x, y, _, _ = chain()
    program = program_of([y], [x])
    old = named(program, "y").outputs[0]
    with program.as_default():
        since = program.node_count()
        new = tf.tanh(old)
    program.replace(old, new, made_since=since)
    assert new.op.inputs == (old,) and program.fetches == [new]
    assert old.consumers() == [new.op]
    verify(program)


def test_a_replacement_stands_under_the_same_conditions_and_waits_for_the_same():
    x, _, z, _ = chain()
    program = program_of([z], [x])
    with program.as_default():
        predicate = tf.constant(True)
        first = tf.constant(2.0)
    program.stand_in(predicate.op, [x.op])
    program.stand_in(first.op, [x.op])
    old = named(program, "z")
    program.set_guard(old, ((predicate, True),))
    old._add_control_inputs([first.op])
    program.changed()
    with program.as_default():
        since = program.node_count()
        new = tf.square(named(program, "y").outputs[0])
    program.replace(old.outputs[0], new, made_since=since)
    assert program.guard(new.op) == ((predicate, True),)
    assert new.op.control_inputs == [first.op]
    assert program.decides(predicate) and program.predicates() == [predicate]
    assert {predicate.op, first.op} <= set(program.operations())


def test_conditions_follow_a_replacement():
    x, y, _, _ = chain()
    program = program_of([y], [x])
    with program.as_default():
        old, new = tf.constant(True), tf.constant(False)
    for constant in (old, new):
        program.stand_in(constant.op, [x.op])
    program.set_guard(named(program, "y"), ((old, False),))
    program.replace(old, new)
    assert program.guard(named(program, "y")) == ((new, False),)
    assert (program.decides(old), program.decides(new)) == (False, True)


def test_constants_and_variables_have_no_conditions():
    v = tf.Variable(1.0, name="v")
    program = program_of([v.value() + tf.constant(1.0, name="one")])
    with program.as_default():
        predicate = tf.constant(True)
    for name in ("v", "one"):
        program.set_guard(named(program, name), ((predicate, True),))
        assert program.guard(named(program, name)) == ()


def test_replace_all_at_once():
    x, y, z, w = chain()
    program = program_of([z, w], [x])
    mine = {op.name: op.outputs[0] for op in program.operations()}
    program.replace_all({mine["y"]: mine["x"], mine["w"]: mine["z"]})
    assert program.fetches == [mine["z"], mine["z"]]
    assert mine["z"].op.inputs == (mine["x"], mine["x"])
    assert names(program.operations()) == ["x", "z"]
    assert program.origins[mine["x"].op] == [x.op, y.op]
    assert mine["y"].consumers() == []
    verify(program)


def test_settle_drops_what_nothing_needs():
    x, _, z, w = chain()
    program = program_of([z, w], [x])
    order = program.operations()
    program.fetches = program.fetches[:1]
    program.settle(order)
    assert names(program.operations()) == ["x", "y", "z"]


def test_finish_forgets_the_others():
    x, _, _, w = chain()
    program = program_of([w], [x])
    mine = {op.name: op for op in program.operations()}
    program.fetches = [mine["y"].outputs[0]]
    program.changed()
    program.finish()
    assert names(program.graph._operations) == ["x", "y"]
    assert mine["y"].outputs[0].consumers() == []
    assert set(program.origins) == {mine["x"], mine["y"]}


def test_values_are_followed():
    x, y, z, _ = chain()
    program = program_of([z], [x])
    mine = {op.name: op.outputs[0] for op in program.operations()}
    program.follow_values({y: mine["y"], z: mine["z"]})
    program.replace(mine["y"], mine["x"])
    assert program.values == {mine["x"]: [y], mine["z"]: [z]}
