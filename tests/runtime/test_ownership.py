"""Whose memory an array is: what the user gives or gets is the user's, and nothing of the engine's is in it.

Each test writes into arrays on the user's side and looks at the engine's, or the other way round, on both tiers. The
one exception is TensorFlow 1's own: a fed tensor that is fetched is the array that was fed.
"""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf

RUNS = 3


class Subclass(np.ndarray):
    """What `np.asarray` makes a view of."""


@pytest.fixture(params=["0", "force"], autouse=True)
def tier(request, monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", request.param)


@pytest.fixture(params=[1, 3, 5000])
def base(request):
    with tf.Graph().as_default():
        yield np.arange(1, request.param + 1, dtype=np.float32)


@pytest.fixture
def sess(base):
    with tf.Session() as session:
        yield session


def ruin(array) -> None:
    """Writes over an array, if it is one that can be written to (NumPy scalars cannot)."""
    if isinstance(array, np.ndarray):
        array[...] = b"ruined" if array.dtype == object else 99


def doubled(array):
    array *= 2
    return array


def same(actual, expected) -> None:
    np.testing.assert_array_equal(actual, expected)


# -- py_func -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reshape", [False, True])
def test_a_function_that_changes_its_argument_changes_no_variable(base, sess, reshape):
    v = tf.Variable(base)
    y = tf.py_func(doubled, [tf.reshape(v, [-1, 1]) if reshape else v], tf.float32)
    other = v * 3.0
    sess.run(v.initializer)
    for _ in range(RUNS):
        result, tripled, value = sess.run([y, other, v])
        same(result.ravel(), base * 2)
        same(tripled, base * 3)
        same(value, base)
        same(sess.run(v), base)


def test_nor_a_constant_nor_what_was_fed_nor_an_intermediate_value(base, sess):
    fed, x = base.copy(), tf.placeholder(tf.float32)
    c, middle = tf.constant(base), x + 1.0
    calls = [tf.py_func(doubled, [t], tf.float32) for t in (c, x, middle)]
    for _ in range(RUNS):
        of_constant, of_fed, of_middle, later = sess.run([*calls, middle * 1.0], {x: fed})
        same(of_constant, base * 2)
        same(of_fed, base * 2)
        same(of_middle, (base + 1) * 2)
        same(later, base + 1)
        same(fed, base)
        same(sess.run(c), base)


def test_two_arguments_of_one_tensor_are_two_arrays(base, sess):
    c = tf.constant(base)
    y = tf.py_func(lambda a, b: [doubled(a), b], [c, c], [tf.float32, tf.float32])
    for _ in range(RUNS):
        first, second = sess.run(y)
        same(first, base * 2)
        same(second, base)


def test_arguments_that_are_kept_stay_as_they_were(base, sess):
    kept: list[np.ndarray] = []
    x = tf.placeholder(tf.float32)
    y = tf.py_func(lambda a: kept.append(a), [x * 1.0], [])
    for i in range(RUNS):
        sess.run(y, {x: base + i})
    for i, array in enumerate(kept):
        same(array, base + i)


@pytest.mark.parametrize(
    "given",
    [
        lambda g: g,
        lambda g: g[:],
        lambda g: g.T,
        lambda g: memoryview(g),
        lambda g: g.view(Subclass),
        lambda g: np.ma.array(g, copy=False),
        lambda g: np.lib.stride_tricks.as_strided(g, writeable=False),
    ],
    ids=["array", "view", "transposed", "memoryview", "subclass", "masked", "read-only"],
)
def test_what_a_function_returns_and_keeps_is_its_own(base, sess, given):
    kept = np.stack([base, base])
    expected = np.array(given(kept))
    y = tf.py_func(lambda: given(kept), [], tf.float32)
    y.set_shape(expected.shape)
    v = tf.Variable(tf.zeros(expected.shape))
    assign = v.assign(y)
    for _ in range(RUNS):
        kept[...] = base
        result = sess.run(y)
        sess.run(assign)
        ruin(kept)
        same(result, expected)
        same(sess.run(v), expected)
        kept[...] = base
        ruin(sess.run(y))
        same(kept, np.stack([base, base]))


def test_what_it_keeps_may_change_in_the_same_run(base, sess):
    kept = base.copy()
    y = tf.py_func(lambda: kept, [], tf.float32)
    with tf.control_dependencies([y]):
        change = tf.py_func(lambda: ruin(kept), [], [])
    with tf.control_dependencies([change]):
        later = y + 0.0
    for _ in range(RUNS):
        kept[...] = base
        same(sess.run(later), base)


def test_custom_gradients_and_branches_get_copies_too(base, sess):
    @tf.custom_gradient
    def f(x):
        y = tf.py_func(doubled, [x], tf.float32)
        y.set_shape(base.shape)
        return y, lambda dy: tf.py_func(doubled, [dy], tf.float32)

    v = tf.Variable(base)
    x, take = tf.placeholder(tf.float32), tf.placeholder(tf.bool, [])
    gradient = tf.gradients(tf.reduce_sum(f(v)), v)[0]
    branch = tf.cond(take, lambda: tf.py_func(doubled, [x], tf.float32), lambda: tf.py_func(doubled, [v], tf.float32))
    sess.run(v.initializer)
    for _ in range(RUNS):
        fed = base.copy()
        same(sess.run(gradient), np.full(base.shape, 2.0))
        for taken in (True, False):
            same(sess.run(branch, {x: fed, take: taken}), base * 2)
        same(fed, base)
        same(sess.run(v), base)


# -- constants, variables, feeds, results ------------------------------------------------------------------------------


def test_arrays_that_became_constants_or_initial_values_may_change(base, sess):
    given, listed = base.copy(), base.copy()
    c = tf.constant(given)
    v = tf.get_variable("v", initializer=given)
    w = tf.get_variable("w", base.shape, initializer=tf.constant_initializer(listed))
    u = tf.Variable(given)
    ruin(given)
    ruin(listed)
    sess.run(tf.global_variables_initializer())
    for value in sess.run([c, v, w, u]):
        same(value, base)
    for tensor in (c, v.initial_value):
        ruin(sess.run(tensor))
        ruin(tf.contrib.util.constant_value(c))
        ruin(tf.make_ndarray(c.op.get_attr("value")))
    sess.run(v.initializer)
    same(sess.run(v), base)
    same(sess.run(c), base)


def test_results_are_the_callers(base, sess):
    v, c = tf.Variable(base), tf.constant(base)
    sources = [v, c, tf.identity(v), tf.reshape(v, [-1, 1]), v.assign_add(tf.zeros(base.shape)), v[:1], tf.identity(c)]
    sources += [tf.reshape(c, [-1, 1]), c[:1], tf.transpose(c), c * 1.0]
    sess.run(v.initializer)
    for _ in range(RUNS):
        for tensor in sources:
            ruin(sess.run(tensor))
            ruin(sess.make_callable(tensor)())
            same(sess.run(v), base)
            same(sess.run(c), base)
        results = sess.run(sources)
        for i, result in enumerate(results):
            ruin(result)
            for other in results[i + 1 :]:
                same(np.ravel(other), base[: other.size])


def test_results_that_are_kept_stay_as_they_were(base, sess):
    v = tf.Variable(base)
    add = v.assign_add(tf.ones(base.shape))
    kept = []
    sess.run(v.initializer)
    for _ in range(RUNS):
        kept.append(sess.run([v, tf.identity(v)]))
        sess.run(add)
    for i, values in enumerate(kept):
        for value in values:
            same(value, base + i)


def test_what_was_fed_is_the_users_before_and_after(base, sess):
    x = tf.placeholder(tf.float32, base.shape)
    v = tf.Variable(base)
    assign, identity, add = v.assign(x), tf.identity(x), v.assign_add(tf.ones(base.shape))
    views = [tf.reshape(x, [-1, 1]), x[:1], tf.transpose(x), *tf.split(tf.stack([x, x]), 2)]
    for _ in range(RUNS):
        fed = base.copy()
        result = sess.run(assign, {x: fed})
        sess.run(add)
        same(fed, base)
        ruin(fed)
        same(result, base)
        same(sess.run(v), base + 1)
        fed = base.copy()
        v.load(fed, sess)
        ruin(fed)
        same(sess.run(v), base)
        fed = base.copy()
        for tensor in (identity, *views):
            ruin(sess.run(tensor, {x: fed}))
            ruin(sess.make_callable(tensor, [x])(fed))
        for value in sess.run([identity, *views], {x: fed}):
            ruin(value)
        same(fed, base)


def test_strings_too(sess):
    x = tf.placeholder(tf.string, [2])
    v = tf.Variable(["x", "y"])
    assign = v.assign(x)

    def changed(array):
        ruin(array)
        return array

    calls = [tf.py_func(changed, [tensor], tf.string) for tensor in (x, v)]
    for _ in range(RUNS):
        fed = np.array([b"x", b"y"], object)
        sess.run(assign, {x: fed})
        ruin(sess.run(tf.identity(x), {x: fed}))
        ruin(sess.run(v))
        sess.run(calls, {x: fed})
        same(fed, [b"x", b"y"])
        ruin(fed)
        same(sess.run(v), [b"x", b"y"])


def test_a_fetched_feed_is_what_was_fed_as_in_tf1(base, sess):
    x = tf.placeholder(tf.float32)
    assert sess.run(x, {x: base}) is base
    assert sess.make_callable(x, [x])(base) is base


def test_an_array_fed_in_one_step_of_a_partial_run_may_change_before_the_next():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.float32, [3])
        early, late = x * 2.0, x + y
        handle = sess.partial_run_setup([early, late], [x, y])
        array = np.ones(3, np.float32)
        sess.partial_run(handle, early, {x: array})
        array[:] = 99.0
        assert sess.partial_run(handle, late, {y: np.zeros(3, np.float32)}).tolist() == [1.0, 1.0, 1.0]
