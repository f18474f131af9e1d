"""Which read sees which write: versions of variables, as printed programs."""

import textwrap

import pytest

import graphrt as tf
from graphrt.graph.verify import MalformedProgramError, verify
from graphrt.passes.capture import capture


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def printed(*fetches):
    return str(capture(fetches, []))


def program(text):
    return textwrap.dedent(text).strip()


def test_a_node_that_waits_for_a_write_reads_anew():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([v.assign(5.0, name="write")]):
        after = tf.negative(v, name="after")
    assert printed(after) == program(
        """
        v float32_ref[] = VariableV2(shape=())
        write/value float32[] = Const(value=5.0)
        write float32_ref[] = Assign(v, write/value, validate_shape=True)
        v/read_1 float32[] = Identity(write)
        after float32[] = Neg(v/read_1, ^write)
        return after
        """
    )


def test_others_share_the_read_before_the_writes():
    v = tf.Variable(1.0, name="v")
    write = v.assign(5.0, name="write")
    before = tf.negative(v, name="before")
    text = printed(before, write)
    assert "v/read_1" not in text
    assert "before float32[] = Neg(v/read)" in text


def test_one_read_for_all_that_wait_for_the_same_write():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([v.assign(5.0)]):
        first, second = tf.negative(v), tf.square(tf.stop_gradient(v))
    text = printed(first, second)
    assert text.count("= Identity(Assign)") == 1
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([first, second]) == [-5.0, 25.0]


def test_a_read_for_each_write_that_is_waited_for():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([v.assign(5.0)]):
        first = v * 1.0
    with tf.control_dependencies([first]):
        write = v.assign(9.0)
    with tf.control_dependencies([write]):
        second = v * 1.0
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([first, second]) == [5.0, 9.0]


def test_in_a_branch():
    v, taken = tf.Variable(1.0), tf.placeholder(tf.bool, [])

    def writing():
        with tf.control_dependencies([v.assign(5.0)]):
            return v * 2.0

    result = tf.cond(taken, writing, lambda: v * 1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(result, {taken: False}) == 1.0
        assert sess.run(result, {taken: True}) == 10.0
        assert sess.run(v) == 5.0


def test_what_was_computed_from_the_variable_is_not_computed_again():
    v = tf.Variable([1.0, 2.0])
    before = tf.reshape(v, [2, 1])
    with tf.control_dependencies([v.assign([5.0, 5.0])]):
        after = before * 2.0
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(after).tolist() == [[2.0], [4.0]]


def test_a_condition_that_waits_for_a_write_lets_its_branches_see_it():
    v = tf.Variable([0.0])
    before = tf.scatter_sub(v, [0], [1.0])
    after = tf.scatter_add(v, [0], [1.0])
    with tf.control_dependencies([after]):
        chosen = tf.cond(tf.constant(True), lambda: before, lambda: v)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(chosen).tolist() == [0.0]


def test_a_condition_whose_result_is_fed_still_writes_for_those_who_wait_for_it():
    v, taken = tf.Variable(0.0), tf.placeholder(tf.bool, [])
    result = tf.cond(taken, lambda: tf.identity(v.assign_add(1.0)), lambda: 5.0)
    with tf.control_dependencies([result]):
        last = v.assign_add(10.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(last, {taken: True, result: 7.0}) == 11.0
        assert sess.run(last, {taken: False, result: 7.0}) == 21.0


def test_a_write_under_a_condition_is_joined_with_what_was_there():
    v, taken = tf.Variable(1.0, name="v"), tf.placeholder(tf.bool, [], name="taken")
    tf.cond(taken, lambda: v.assign(5.0, name="write"), lambda: v.assign_add(1.0, name="add"), name="cond")
    graph = tf.get_default_graph()
    merged = graph.get_tensor_by_name("cond/Merge:0")
    captured = capture([merged], [taken])
    joins = [op for op in captured.operations() if op.opdef.role == "join"]
    assert [op.inputs[1].op.name for op in joins] == ["cond/write", "cond/add"]
    assert joins[1].inputs[0].op is joins[0]
    verify(captured)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run([merged, v], {taken: t}) for t in (False, True, False)] == [[2.0, 2.0], [5.0, 5.0], [6.0, 6.0]]


def test_two_writes_over_one_version_are_found():
    v = tf.Variable(1.0, name="v")
    first, second = v.assign(2.0), v.assign_add(3.0)
    captured = capture([first, second], [])
    verify(captured)
    (write,) = (op for op in captured.operations() if op.type == "AssignAdd")
    write._update_input(0, next(op for op in captured.operations() if op.opdef.role == "variable").outputs[0])
    with pytest.raises(MalformedProgramError, match="both write over"):
        verify(captured)


def test_a_read_that_is_made_anew_waits_for_what_the_read_waited_for():
    v, w, taken = tf.Variable([0.0]), tf.Variable([0.0]), tf.placeholder(tf.bool, [])

    def writing():
        with tf.control_dependencies([w.assign([1.0])]):
            return tf.identity(v.value())

    result = tf.cond(taken, writing, lambda: v.assign_add([1.0]) + 0.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        handle = sess.partial_run_setup([result], [taken])
        sess.partial_run(handle, result, {taken: True})
        assert sess.run(w).tolist() == [1.0]


def test_a_branch_that_clears_its_own_flag_has_been_taken_all_the_same():
    flag, v = tf.Variable(True), tf.Variable([1.0, 2.0])
    first = tf.cond(flag, lambda: tf.logical_not(tf.assign(flag, False)), lambda: v[0] > 5.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [bool(sess.run(first)) for _ in range(2)] == [True, False]
