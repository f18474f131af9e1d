"""Conditions in native code: those that are fed, those that are computed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.passes.key import PlanOptions


@pytest.fixture(autouse=True)
def a_graph(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


def session(native="on"):
    """A session that makes native code before the first run, or never."""
    sess = tf.Session()
    sess._options = PlanOptions(native=native, strict=True)
    return sess


def hosted(sess, fetches, feeds=None):
    """The types of the nodes that Python does in the native code for these feeds."""
    sess.run(fetches, feeds)
    natives = [native for runner in sess._runners.values() for native in runner.plan.call.native.values()]
    assert natives, "no native code was made"
    return [step.hosted.op.type for step in natives[-1].steps if step.hosted is not None]


CONDITIONS = {
    "a placeholder": lambda: tf.placeholder(tf.bool, []),
    "a placeholder without a shape": lambda: tf.placeholder(tf.bool),
    "a default, and a feed": lambda: tf.placeholder_with_default(False, []),
    "a default without a shape, and a feed": lambda: tf.placeholder_with_default(True, None),
}

LAYERS = {
    "dropout": lambda x, training: tf.layers.dropout(x, 0.2, training=training),
    "batch normalization": lambda x, training: tf.layers.batch_normalization(x, training=training),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_layer_that_is_told_by_a_feed_whether_it_trains_is_native(condition, layer):
    x = tf.placeholder(tf.float32, [None, 3])
    training = CONDITIONS[condition]()
    hidden = LAYERS[layer](tf.layers.dense(x, 8), training)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(hidden, 1)))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = tf.train.AdamOptimizer().minimize(loss)
    with session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in (True, False):
            assert hosted(sess, [loss, step], {x: np.ones([5, 3]), training: value}) == []


def test_a_condition_that_nobody_feeds_has_its_default():
    x = tf.placeholder(tf.float32, [None, 3])
    training = tf.placeholder_with_default(False, [])
    y = tf.reduce_sum(tf.layers.dropout(x * 2.0, 0.2, training=training))
    with session() as sess:
        assert hosted(sess, y, {x: np.ones([5, 3])}) == []
        assert sess.run(y, {x: np.ones([5, 3])}) == 30.0


def test_branches_of_different_shapes_have_the_shape_that_is_taken():
    x = tf.placeholder(tf.float32, [None, 4])
    first = tf.placeholder(tf.bool)
    y = tf.cond(first, lambda: x[:, :2], lambda: x)
    z = tf.exp(tf.reshape(y, [-1])) * tf.to_float(tf.size(y))
    value = np.arange(8.0).reshape(2, 4)
    with session() as sess:
        for flag, taken in ((True, value[:, :2]), (False, value)):
            assert hosted(sess, z, {x: value, first: flag}) == []
            np.testing.assert_allclose(sess.run(z, {x: value, first: flag}), np.exp(taken.ravel()) * taken.size, 1e-6)


# -- conditions that are computed --------------------------------------------------------------------------------------


def everything(native, build, values):
    """What runs on several values give, with the variables after each; and the nodes that Python did."""
    types = None
    with tf.Graph().as_default(), session(native) as sess:
        tf.set_random_seed(3)
        x = tf.placeholder(tf.float32, [3, 4], name="x")
        fetches = build(x)
        sess.run(tf.global_variables_initializer())
        results = []
        for value in (values[0], *values):
            feeds = {x: np.full((3, 4), value, np.float32) + np.arange(12, dtype=np.float32).reshape(3, 4) / 100}
            if native == "on" and types is None:
                types = sorted(hosted(sess, fetches, feeds))
                continue
            try:
                results.append([sess.run(fetches, feeds), sess.run(tf.global_variables())])
            except tf.errors.OpError as error:
                results.append([type(error).__name__, error.message, sess.run(tf.global_variables())])
    return results[-len(values) :], types


def agree(mine, others):
    if isinstance(mine, (list, tuple)):
        assert len(mine) == len(others)
        for value, other in zip(mine, others, strict=True):
            agree(value, other)
    elif np.asarray(mine).dtype.kind == "f":
        np.testing.assert_allclose(mine, others, rtol=1e-6)
    else:
        np.testing.assert_array_equal(mine, others)


def total(x):
    return tf.reduce_sum(x)


def ones(value=1.0):
    return tf.Variable(np.full((3, 4), value, np.float32))


def products(x):
    w = ones(2.0)
    y = tf.cond(total(x) > 0, lambda: tf.matmul(x, w, transpose_b=True), lambda: tf.matmul(w, x, transpose_b=True) + 1)
    return [y, tf.gradients(y, w)[0]]


def writes_one_after_another(x):
    w, y = ones(), ones(2.0)

    def updates():
        with tf.control_dependencies([tf.assign_add(w, x), tf.assign(y, w * 2)]):
            return total(tf.assign_add(w, w * y))

    return tf.cond(total(x) > 0, updates, lambda: total(x))


def writes_of_both_branches(x):
    w = ones()
    return tf.cond(total(x) > 0, lambda: w.assign_add(x), lambda: w.assign_sub(2 * x)) + 1


def a_flag_that_its_branch_clears(x):
    flag, w = tf.Variable(True), ones()

    def first():
        with tf.control_dependencies([tf.assign(flag, False)]):
            return tf.assign_add(w, x) + 1

    return tf.cond(flag, first, lambda: x)


def rows_and_what_comes_later(x):
    w = ones()
    first = tf.cond(total(x) > 0, lambda: tf.scatter_add(w, [1, 2], x[:2]) + 0, lambda: x)
    with tf.control_dependencies([first]):
        return [first, tf.cond(total(x) < 15, lambda: tf.assign_sub(w, x) * 1, lambda: w.read_value())]


def an_optimizer(x):
    w = ones()
    optimizer = tf.train.AdamOptimizer(0.1)
    gradients = optimizer.compute_gradients(tf.reduce_sum(w * w * x), [w])
    return tf.cond(total(x) > 0, lambda: optimizer.apply_gradients(gradients), lambda: tf.no_op())


def steps_of_a_rate(x):
    count, w = tf.Variable(0), ones()
    rate = tf.train.piecewise_constant(count, [1, 3], [0.1, 0.2, 0.3])
    return [tf.train.GradientDescentOptimizer(rate).minimize(tf.reduce_sum(w * w * x), count), rate]


def an_assertion_before_a_write(x):
    w = ones()

    def checked():
        with tf.control_dependencies([tf.Assert(total(x) < 15, [x])]):
            return tf.assign_add(w, x).op

    return [tf.cond(total(x) > 0, lambda: tf.group(checked()), lambda: tf.no_op()), w * 2]


def two_assertions(x):
    with tf.control_dependencies([tf.assert_less(-2.5, x, message="low"), tf.assert_less(x, 1.5, message="high")]):
        return x + ones()


def an_assertion_on_strings(x):
    with tf.control_dependencies([tf.Assert(total(x) < 15, [tf.as_string(x), "is too much"])]):
        return x + 1


def an_index_out_of_range(x):
    return tf.cond(total(x) > 0, lambda: tf.gather(x, tf.cast(total(x) / 6, tf.int32)), lambda: x[0])


def moments(x):
    y = tf.layers.batch_normalization(x, training=total(x) > 0)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return y + 0.0


def the_same_condition_twice(x):
    y = tf.cond(total(x) > 0, lambda: x * 2, lambda: x * 3)
    z = tf.cond(total(x) > 0, lambda: y + 1, lambda: tf.matmul(y, y, transpose_b=True)[:, :1] * y)
    return [tf.tanh(y + z), tf.gradients(z, x)[0]]


PROGRAMS = {
    "elementwise": (lambda x: tf.cond(total(x) > 0, lambda: tf.tanh(x), lambda: x * 2.0), []),
    "nothing to do": (lambda x: tf.cond(total(x) > 0, lambda: x, lambda: tf.zeros([3, 4])), []),
    "one element of what is fed": (lambda x: tf.cond((x > 0)[0, 0], lambda: x, lambda: -x), []),
    "nested": (
        lambda x: tf.cond(total(x) > 0, lambda: tf.cond(total(x) > 15, lambda: x + 1, lambda: x + 2), lambda: x),
        [],
    ),
    "products": (products, []),
    "the same condition twice": (the_same_condition_twice, []),
    "a write": (lambda x: tf.cond(total(x) > 0, lambda: tf.assign_add(ones(), x) + 0, lambda: x), []),
    "writes one after another": (writes_one_after_another, []),
    "writes of both branches": (writes_of_both_branches, []),
    "a flag that its branch clears": (a_flag_that_its_branch_clears, []),
    "rows, and what comes later": (rows_and_what_comes_later, []),
    "an optimizer": (an_optimizer, []),
    "batch normalization": (moments, []),
    "steps of a rate": (steps_of_a_rate, []),
    "an assertion before a write": (an_assertion_before_a_write, []),
    "two assertions": (two_assertions, []),
    "an assertion on strings": (an_assertion_on_strings, ["AsString"]),
    "an index out of range": (an_index_out_of_range, []),
    "draws": (
        lambda x: tf.cond(total(x) > 0, lambda: tf.random_uniform([3, 4]), lambda: tf.random_normal([3, 4])),
        ["RandomStandardNormal", "RandomUniform"],
    ),
    "dropout": (lambda x: tf.layers.dropout(x, 0.5, training=total(x) > 0), ["RandomUniform"]),
    "strings": (
        lambda x: tf.cond(total(x) > 0, lambda: tf.as_string(x), lambda: tf.as_string(x * 2)),
        ["AsString", "AsString", "_Choose"],
    ),
    "shapes that differ": (lambda x: tf.cond(total(x) > 0, lambda: x[:1], lambda: x), ["_Choose"]),
    "bytes": (
        lambda x: tf.cond(total(x) > 0, lambda: tf.cast(x, tf.uint8), lambda: tf.cast(-x, tf.uint8)),
        ["Cast", "Cast", "_Choose"],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_computed_condition_is_native(name):
    build, in_python = PROGRAMS[name]
    values = (1.0, -1.0, 2.0, -3.0, 1.0)
    mine, types = everything("on", build, values)
    others, _ = everything("off", build, values)
    agree(mine, others)
    assert types == in_python


def test_a_fed_predicate_that_kills_what_the_pivots_let_run_is_refused_as_in_python():
    x = tf.placeholder(tf.float32, [])
    chosen = tf.cond(x > 0, lambda: x * 2, lambda: x * 3)
    (pred_id,) = [op.outputs[0] for op in tf.get_default_graph().get_operations() if op.name.endswith("pred_id")]
    with session() as sess:
        for fetch in (chosen, chosen + 1):
            with pytest.raises(tf.errors.InvalidArgumentError, match="branch"):
                sess.run(fetch, {x: 1.0, pred_id: False})


def test_a_random_stream_moves_on_only_where_its_branch_is_taken():
    x = tf.placeholder(tf.float32, [])
    tf.set_random_seed(1)
    y = tf.cond(x > 0, lambda: tf.random_uniform([3]), lambda: tf.zeros([3]))
    with session() as mine, session("off") as others:
        for value in (1.0, -1.0, -1.0, 1.0, -1.0, 1.0):
            np.testing.assert_array_equal(mine.run(y, {x: value}), others.run(y, {x: value}))


def test_the_kernels_of_a_branch_that_is_not_taken_take_no_time():
    x = tf.placeholder(tf.float32, [400, 400])
    y = tf.reduce_sum(tf.cond(x[0, 0] > 0, lambda: tf.matmul(tf.matmul(x, x), tf.matmul(x, x)), lambda: x))
    with session() as sess:
        kernels = {}
        for sign in (1, -1):
            report = sess.explain(y, {x: np.full((400, 400), sign * 1e-3)}, profile=True)
            kernels[sign] = sum(seconds for call, seconds in report._times.kernels if call.step.guard)
    assert kernels[-1] < 0.2 * kernels[1]


def test_a_branch_refuses_what_it_is_given_also_where_only_its_shape_is_needed():
    x = tf.placeholder(tf.float32, [6])
    index = tf.placeholder(tf.int32, [None])
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.ones_like(tf.gather(x, index)), lambda: tf.zeros([2])) + 1.0
    for native in ("on", "off"):
        with session(native) as sess:
            assert sess.run(y, {x: np.ones(6), index: [0, 5]}).tolist() == [2, 2]
            assert sess.run(y, {x: -np.ones(6), index: [0, 6]}).tolist() == [1, 1]
            with pytest.raises(tf.errors.InvalidArgumentError, match="6"):
                sess.run(y, {x: np.ones(6), index: [0, 6]})


@pytest.mark.parametrize("needs", ["a branch", "a shape"])
def test_a_random_stream_moves_on_also_where_nothing_needs_its_numbers(needs):
    """As in TensorFlow: what is made outside of a cond runs in any case."""
    x = tf.placeholder(tf.float32, [None])
    training = tf.placeholder(tf.bool)
    noise = tf.random_uniform(tf.shape(x), 0, 1000, tf.int32, seed=1)
    y = tf.cond(
        training, lambda: noise * 1, lambda: tf.zeros_like(noise) if needs == "a shape" else tf.ones([3], tf.int32)
    )
    with session() as mine, session("off") as others:
        for value in (True, False, False, True, False, True):
            feeds = {x: np.zeros(3), training: value}
            np.testing.assert_array_equal(mine.run(y, feeds), others.run(y, feeds))
