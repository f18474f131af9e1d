"""make_callable, partial_run, closing, default sessions, threads and Ctrl-C."""

import threading

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def test_make_callable():
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [])
    with tf.Session() as sess:
        call = sess.make_callable({"sum": x + y, "none": tf.no_op()}, ["x:0", y])
        assert call(1.0, 2.0) == {"sum": 3, "none": None}
        with pytest.raises(tf.errors.InvalidArgumentError, match="takes 2 values"):
            call(1.0)
        with pytest.raises(TypeError, match="accept_options"):
            call(1.0, 2.0, options=None)
        metadata = tf.RunMetadata()
        traced = sess.make_callable(x + y, [x, y], accept_options=True)
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        assert traced(1.0, 2.0, options=options, run_metadata=metadata) == 3
        assert metadata.HasField("step_stats")
    with pytest.raises(RuntimeError, match="closed Session"):
        call(1.0, 2.0)


def test_partial_run():
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    v = tf.Variable(0.0)
    counted = v.assign_add(1.0)
    with tf.control_dependencies([counted]):
        r = tf.multiply(a, 2.0, name="r")
    s = tf.multiply(r, b, name="s")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        handle = sess.partial_run_setup([r, s], [a, b])
        assert sess.partial_run(handle, r, {a: 1.0}) == 2
        assert sess.partial_run(handle, s, {b: 2.0}) == 4
        assert sess.run(v) == 1  # what ran in the first step did not run again
        with pytest.raises(tf.errors.InvalidArgumentError, match="has already been fetched"):
            sess.partial_run(handle, s)
        with pytest.raises(tf.errors.InvalidArgumentError, match="was not specified in partial_run_setup"):
            sess.partial_run(handle, v)


def test_errors_of_partial_runs_are_those_of_run():
    a, b = tf.placeholder(tf.float32, [None], name="a"), tf.placeholder(tf.float32, [None], name="b")
    v = tf.Variable(1.0, name="v")
    unfed = tf.placeholder(tf.float32, [], name="unfed")
    total, with_variable, lacking = a + b, a * v, a * unfed
    with tf.Session() as sess:
        handle = sess.partial_run_setup([total, with_variable, lacking], [a, b])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs\. \[3\]"):
            sess.partial_run(handle, total, {a: [1.0, 2.0], b: [1.0, 2.0, 3.0]})
        with pytest.raises(tf.errors.FailedPreconditionError, match="Attempting to use uninitialized value v"):
            sess.partial_run(handle, with_variable)
        with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder tensor 'unfed'"):
            sess.partial_run(handle, lacking)


def test_partial_runs_of_nested_conds():
    p, q, x = (tf.placeholder(dtype, []) for dtype in (tf.bool, tf.bool, tf.float32))
    y = tf.cond(p, lambda: tf.cond(q, lambda: x * 2.0, lambda: x * 3.0), lambda: x * 4.0)
    with tf.Session() as sess:
        for outer, inner, expected in [(True, True, 2), (True, False, 3), (False, True, 4), (False, False, 4)]:
            handle = sess.partial_run_setup([y], [p, q, x])
            assert sess.partial_run(handle, y, {p: outer, q: inner, x: 1.0}) == expected


def test_closing():
    c = tf.constant(1)
    sess = tf.Session()
    with sess.as_default():
        assert c.eval() == 1
    assert sess.run(c) == 1
    sess.close()
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(c)
    with pytest.raises(ValueError, match="No default session"):
        c.eval()


def test_interactive_session():
    sess = tf.InteractiveSession()
    try:
        c = tf.constant(2) * 3
        assert c.eval() == 6 and tf.get_default_session() is sess
    finally:
        sess.close()
    assert tf.get_default_session() is None


def test_a_deep_case(monkeypatch):
    # Python allows 100 levels of indentation; what is deeper than codegen's limit is one condition.
    monkeypatch.setattr("graphrt.plan.codegen._DEEPEST", 3)
    x = tf.placeholder(tf.int32, [])
    pairs = [(tf.equal(x, i), lambda i=i: x * (i + 10)) for i in range(8)]
    y = tf.case(pairs, default=lambda: -x)
    with tf.Session() as sess:
        assert [sess.run(y, {x: value}) for value in (1, 3, 7, 999)] == [11, 39, 119, -999]
        source = sess._plan((y,), (x,)).source
    assert max(len(line) - len(line.lstrip()) for line in source.splitlines()) <= 4 * (3 + 3)


def test_a_condition_must_be_a_scalar():
    p = tf.placeholder(tf.bool, name="p")
    y = tf.cond(p, lambda: tf.constant(1.0) * 2.0, lambda: tf.constant(2.0))
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="must be a scalar"):
        sess.run(y, {p: [True, False]})


def in_threads(count, work):
    """Runs ``work(i)`` in threads that start together; raises what one of them raised."""
    barrier, failures = threading.Barrier(count), []

    def start(i):
        barrier.wait()
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def test_threads_on_one_session():
    x = tf.placeholder(tf.float32, [None, 64])
    w = tf.Variable(tf.ones([64, 8]) * 0.5)
    counter = tf.Variable(0.0)
    outputs = [tf.tanh(tf.matmul(x, w) * float(i)) for i in range(8)]
    count = counter.assign_add(1.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feeds = [np.full((n + 1, 64), 0.01 * n, np.float32) for n in range(8)]
        expected = {}
        with tf.Session() as reference:
            reference.run(tf.global_variables_initializer())
            for i in range(8):
                expected[i] = [reference.run(outputs[i], {x: feed}) for feed in feeds]

        def work(number):
            # All threads meet plans that nobody has made yet.
            for step in range(40):
                i, n = (number + step) % 8, (number * 3 + step) % 8
                result, _ = sess.run([outputs[i], count.op], {x: feeds[n]})
                np.testing.assert_allclose(result, expected[i][n], 1e-6)  # tiers may differ in rounding

        in_threads(32, work)
        assert sess.run(counter) == 32 * 40


def test_one_plan_is_made_once(monkeypatch):
    from graphrt.runtime import session

    made, original = [], session.make_plan

    def make_plan(*arguments):
        made.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(session, "make_plan", make_plan)
    y = tf.constant(1.0) + 1.0
    with tf.Session() as sess:
        in_threads(8, lambda _: sess.run(y))
    assert len(made) == 1


def test_an_interrupt_leaves_the_session_usable():
    stop = [True]

    def interrupted(value):
        if stop[0]:
            raise KeyboardInterrupt
        return value

    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(1.0)
    y = tf.py_func(interrupted, [x + v], tf.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(KeyboardInterrupt):
            sess.run(y, {x: 1.0})
        stop[0] = False
        assert sess.run(y, {x: 1.0}) == 2
        in_threads(2, lambda _: sess.run(y, {x: 1.0}))
