"""The order of reads and writes within a run (DESIGN section 8, tf1_semantics.md 5.3-5.6), and threads on a session."""

import threading

import numpy as np
import pytest

import graphrt as tf


def run(fetches):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches)


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def test_an_expression_reads_before_a_write_and_a_fetched_variable_after():
    v = tf.Variable(1.0)
    assert run([v, v.assign_add(1.0), v * 10.0]) == [2.0, 2.0, 10.0]


def test_training_step_beside_its_loss():
    w = tf.Variable([1.0, 2.0])
    loss = tf.reduce_sum(tf.square(w))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    after, _, before = run([w, train, loss])
    np.testing.assert_allclose(after, [0.8, 1.6], rtol=1e-6)
    assert before == 5.0


def test_an_expression_that_waits_for_a_write_sees_it():
    """As TF 1.15.5 (run on it): v/read passes on the variable's buffer, and the product is computed after the write."""
    v = tf.Variable([1.0, 2.0])
    before = v * 10.0
    with tf.control_dependencies([v.assign_add([5.0, 5.0])]):
        after = v * 10.0
        both = before + v
        copied = tf.identity(v)
        total = tf.reduce_sum(v)
    np.testing.assert_array_equal(run(after), [60, 70])
    np.testing.assert_array_equal(run(both), [16, 27])
    np.testing.assert_array_equal(run(copied), [6, 7])
    assert run(total) == 13.0


def test_read_value_under_control_dependencies():
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(5.0)]):
        read = v.read_value()
    assert run([read, v * 1.0]) == [5.0, 1.0]


def test_the_result_of_an_assignment_is_the_new_value():
    v = tf.Variable(1.0)
    assert run(v.assign(5.0) + 1.0) == 6.0


def test_writes_keep_the_order_of_their_making():
    v = tf.Variable(1.0)
    first, second = v.assign(5.0), v.assign_add(2.0)
    assert run([second, first, v])[2] == 7.0


def test_shapes_and_types_of_assignments():
    v = tf.Variable([1.0])
    with pytest.raises(ValueError):
        v.assign([1.0, 2.0])
    with pytest.raises(TypeError):
        v.assign(tf.constant([1]))
    with pytest.raises(AttributeError, match="Expected a variable to assign to"):
        tf.assign(tf.constant(1.0), 2.0)


def test_a_part_of_a_variable_is_assigned_in_place():
    v = tf.Variable([1.0, 2.0, 3.0])
    assert run(v[1:].assign([9.0, 8.0])).tolist() == [1.0, 9.0, 8.0]
    assert run(tf.assign(v[:1], [7.0])).tolist() == [7.0, 2.0, 3.0]


def test_initial_values_that_need_other_variables_in_one_run():
    a = tf.Variable(tf.random_normal([3]), name="a")
    b = tf.Variable(a.initialized_value() * 2.0, name="b")
    c = tf.Variable(a + b.initialized_value(), name="c")
    x, y, z = run([a, b, c])
    np.testing.assert_allclose(y, 2 * x, rtol=1e-6)
    np.testing.assert_allclose(z, 3 * x, rtol=1e-6)


def test_resource_variables_are_refused():
    with pytest.raises(NotImplementedError, match="use_resource=True"):
        tf.get_variable("v", [1], use_resource=True)
    with pytest.raises(NotImplementedError, match="use_resource=True"):
        tf.Variable(1.0, use_resource=True)


# ---------------------------------------------------------------------------------------------------------- threads

THREADS, RUNS = 32, 10_000


def in_threads(work):
    """``work(i)`` for i in range(RUNS), by THREADS threads; raises what a thread raised."""
    failures = []

    def some(first):
        try:
            for i in range(first, RUNS, THREADS):
                work(i)
        except BaseException as error:  # handed on below
            failures.append(error)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_counts_of_many_threads_are_exact():
    counter, total = tf.Variable(0, dtype=tf.int64), tf.Variable(np.zeros([2]))
    x = tf.placeholder(tf.float64, [2])
    count, add = counter.assign_add(1), total.assign_add(x)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        in_threads(lambda i: sess.run([count, add], {x: [i, 1.0]}))
        assert sess.run(counter) == RUNS
        np.testing.assert_array_equal(sess.run(total), [RUNS * (RUNS - 1) / 2, RUNS])


def test_answers_of_many_threads_are_those_of_one():
    x = tf.placeholder(tf.float32, [None, 3])
    w = tf.Variable(np.arange(6, dtype=np.float32).reshape(3, 2))
    y = tf.nn.softmax(tf.tanh(tf.matmul(x, w)) + 0.5)
    inputs = [np.random.default_rng(i).normal(size=(1 + i % 5, 3)).astype(np.float32) for i in range(20)]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        expected = [sess.run(y, {x: value}) for value in inputs]

        def check(i):
            np.testing.assert_array_equal(sess.run(y, {x: inputs[i % 20]}), expected[i % 20])

        in_threads(check)


def test_training_in_many_threads_loses_no_step():
    w = tf.Variable([0.0, 0.0], dtype=tf.float64)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(1.0).minimize(tf.reduce_sum(w), global_step=step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        in_threads(lambda i: sess.run(train))
        np.testing.assert_array_equal(sess.run(w), [-RUNS, -RUNS])
        assert sess.run(step) == RUNS
