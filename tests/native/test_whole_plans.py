"""Native plans against tier 1 where they may differ: odd feeds, odd shapes and types, views, long and large graphs."""

from __future__ import annotations

import io

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch
from graphrt.passes.key import PlanOptions


@pytest.fixture(autouse=True)
def a_graph(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


def run(native, fetches, feeds=None, times=2):
    """The values of the last of some runs of a new session, and those of all variables after them."""
    with tf.Session() as sess:
        sess._options = PlanOptions(native=native, strict=True)
        sess.run(tf.global_variables_initializer())
        for _ in range(times):
            values = sess.run(fetches, feeds)
        if native == "on":
            assert any(
                kind.native is not None
                for runner in sess._runners.values()
                if isinstance(runner.plan.call, dispatch.Tiered)
                for kind in runner.plan.call.kinds.values()
            ), "no native code was made"
        return values, sess.run(tf.global_variables())


def agree(fetches, feeds=None, times=2, rtol=0.0, atol=0.0):
    """Native code and tier 1 give the same; returns what they give."""
    tf.global_variables_initializer()
    fast, plain = run("on", fetches, feeds, times), run("off", fetches, feeds, times)
    for mine, others in zip(fast, plain, strict=True):
        for value, other in zip(mine, others, strict=True):
            value, other = np.asarray(value), np.asarray(other)
            assert (value.dtype, value.shape) == (other.dtype, other.shape)
            if rtol or atol:
                np.testing.assert_allclose(value, other, rtol=rtol, atol=atol)
            else:
                np.testing.assert_array_equal(value, other)
    return fast[0]


GRID = np.arange(12, dtype=np.float32).reshape(3, 4) - 5


def misaligned():
    raw = np.zeros(GRID.nbytes + 1, np.uint8)
    array = raw[1:].view(np.float32).reshape(GRID.shape)
    array[...] = GRID
    return array


def read_only():
    array = GRID.copy()
    array.flags.writeable = False
    return array


FEEDS = {
    "Fortran order": lambda: np.asfortranarray(GRID),
    "transposed": lambda: np.ascontiguousarray(GRID.T).T,
    "stepped": lambda: np.repeat(GRID, 2, 1)[:, ::2],
    "reversed": lambda: GRID[::-1, ::-1].copy()[::-1, ::-1],
    "broadcast": lambda: np.broadcast_to(GRID[:1], (3, 4)),
    "misaligned": misaligned,
    "read-only": read_only,
    "byte-swapped": lambda: GRID.astype(">f4"),
    "list": lambda: GRID.tolist(),
    "float64": lambda: GRID.astype(np.float64),
    "matrix": lambda: GRID.view(np.ndarray).copy().view(type("Sub", (np.ndarray,), {})),
    "masked": lambda: np.ma.masked_array(GRID.copy(), GRID > 100),
    "memory": lambda: np.frombuffer(io.BytesIO(GRID.tobytes()).getbuffer(), np.float32).reshape(3, 4),
}


@pytest.mark.parametrize("how", FEEDS)
def test_feeds(how):
    x = tf.placeholder(tf.float32, [None, 4])
    y = x * 2.0 - 1.0
    given = FEEDS[how]()
    before = np.array(given, np.float32)
    found = agree([y, tf.reduce_sum(y, 0), tf.transpose(x), tf.reshape(x, [-1])[1:], x], {x: given})
    np.testing.assert_array_equal(np.array(given, np.float32), before)
    np.testing.assert_array_equal(found[0], before * 2 - 1)


@pytest.mark.parametrize("given", [3.0, np.float32(3), np.array(3, np.float32), np.array(3.0), np.int64(3)])
def test_fed_numbers(given):
    x = tf.placeholder(tf.float32, [])
    assert agree([x * 2.0 + tf.ones([5]), tf.square(x) + 1.0], {x: given})[1] == 10


TYPES = {
    "float64": (np.float64, lambda x: tf.sqrt(tf.abs(x)) * 3.0 + x / 7.0),
    "int32": (np.int32, lambda x: tf.maximum(x * 3 - 4, -x)),
    "int64": (np.int64, lambda x: x * x + tf.minimum(x, 2)),
    "bool": (np.bool_, lambda x: tf.logical_or(tf.logical_not(x), tf.logical_and(x, x[:, ::-1]))),
    "uint8": (np.uint8, lambda x: x + x),
    "float16": (np.float16, lambda x: x * x + x),
}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (1, 37), (37, 1), (0, 4), (4, 0)])
def test_types_and_shapes(dtype, shape):
    kind, function = TYPES[dtype]
    values = (np.random.default_rng(5).normal(size=shape) * 3).astype(np.float32).astype(kind)
    x = tf.placeholder(kind, shape)
    y = function(x)
    fetches = [y, tf.cast(y, tf.float32) + tf.ones(shape), tf.transpose(y), tf.equal(y, x), tf.concat([x, y], 0)]
    if kind is not np.bool_:
        fetches += [tf.reduce_max(y, 1) if 0 not in shape else y]
    agree(fetches, {x: values}, rtol=1e-15 if kind is np.float64 else 0.0)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1, 0, 1), (1,), (1, 1), (1, 5, 1), (5, 1, 4)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_of_axes_of_one_or_no_element(shape, keepdims):
    x = tf.placeholder(tf.float32, shape)
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    y = x * 2.0
    fetches = []
    for axis in [None, *range(len(shape))]:
        for function in (tf.reduce_sum, tf.reduce_mean, tf.reduce_prod, tf.reduce_max):
            # The means of nothing, and its largest element, are left to the kernels' own tests.
            if 0 not in shape or function in (tf.reduce_sum, tf.reduce_prod):
                fetches.append(function(y, axis, keepdims=keepdims) + 1.0)
    agree(fetches, {x: values}, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.0, 1e-40, 3e38])
def test_special_numbers(value):
    x = tf.placeholder(tf.float32, [3, 7])
    given = np.where(np.arange(21).reshape(3, 7) % 2, np.float32(value), np.float32(0.5))
    with np.errstate(all="ignore"):
        agree(
            [
                *(x + 1.0, x * x, x - x, tf.maximum(x, 0.0), tf.minimum(x, 1.0), tf.nn.relu(x), tf.abs(x), 1.0 / x),
                *(tf.is_nan(x), tf.is_finite(x), tf.equal(x, x), x < 1.0, tf.sign(x), tf.where(x > 0.0, x, -x)),
                *(tf.tanh(x), tf.sigmoid(x), tf.exp(x), tf.log(x), tf.nn.softplus(x), tf.sqrt(x), tf.reduce_sum(x, 1)),
                *(tf.clip_by_value(x, -1.0, 1.0), tf.floor(x), tf.reduce_mean(x), tf.nn.softmax(x), tf.nn.elu(x)),
            ],
            {x: given},
            rtol=1e-6,
            atol=1e-38,
        )


def test_the_same_tensor_in_every_way():
    x = tf.placeholder(tf.float32, [3, 4])
    v = tf.Variable(GRID)
    c = tf.constant(GRID * 2)
    y = x + v
    part = y[1:]
    fetches = [y, y, x, x, v, v, c, c, tf.reshape(y, [12]), part, part, tf.transpose(y), tf.identity(y), v + 0.0, c[0]]
    agree(fetches, {x: GRID})
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(v.initializer)
        first = sess.run(fetches, {x: GRID})
        copies = [np.copy(value) for value in first]
        for value in first[:2] + first[4:]:  # what is the caller's may be written to
            value += 100
        for value, copy in zip(sess.run(fetches, {x: GRID}), copies, strict=True):
            np.testing.assert_array_equal(value, copy)
        owners = [i for i in range(len(fetches)) if i not in (2, 3)]
        again = sess.run(fetches, {x: GRID})
        for n, i in enumerate(owners):
            assert not any(np.shares_memory(again[i], again[j]) for j in owners[:n] if fetches[i] is not fetches[j])


def test_a_variable_is_fed():
    v = tf.Variable(GRID)
    y = v * 2.0 + 1.0
    found = agree([y, v.read_value()], {v: GRID + 7})
    np.testing.assert_array_equal(found[0], (GRID + 7) * 2 + 1)


def test_an_intermediate_tensor_is_fed():
    x = tf.placeholder(tf.float32, [3, 4])
    hidden = tf.tanh(x) * 3.0
    found = agree([hidden * 2.0, hidden, tf.gradients(tf.square(hidden), hidden)[0]], {hidden: GRID})
    np.testing.assert_array_equal(found[0], GRID * 2)


def test_assign_then_read():
    v = tf.Variable(GRID, name="v")
    old = v.read_value()
    changed = tf.assign(v, tf.transpose(tf.reshape(v * 2.0, [4, 3])))
    with tf.control_dependencies([changed]):
        new = v.read_value() + 0.0
        again = tf.assign_add(v, tf.reverse(v, [0]))
    with tf.control_dependencies([again]):
        newest = tf.reduce_sum(v.read_value() * 1.0, 1)
    found = agree([old * 1.0, new, newest, v, tf.reshape(old, [-1])[3:7]], times=1)
    expected = (GRID * 2).reshape(4, 3).T
    np.testing.assert_array_equal(found[0], GRID)
    np.testing.assert_array_equal(found[1], expected)
    np.testing.assert_array_equal(found[3], expected + expected[::-1])
    np.testing.assert_array_equal(found[4], GRID.ravel()[3:7])
    agree([old * 1.0, new, newest, v], times=4)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_variable_is_changed_by_what_is_read_from_it_askew(axis):
    """An element that others need must not be overwritten before they are computed."""
    size = 70
    v = tf.Variable(np.arange(size * size, dtype=np.float32).reshape(size, size))
    w = tf.Variable(np.ones((size, size), np.float32))
    steps = [
        tf.assign(v, tf.reverse(v, [axis]) + 1.0),
        tf.assign(w, tf.transpose(w + v)),
        tf.assign_sub(w, tf.reduce_mean(w, axis, keepdims=True) + tf.zeros([size, size])),
    ]
    agree(steps, times=3, rtol=1e-5, atol=1e-2)


def test_an_element_of_a_variable_is_part_of_its_own_update():
    w = tf.Variable(np.linspace(0.5, 1, 40, dtype=np.float32))
    loss = tf.reduce_sum(tf.square(w) * 0.5)
    step = tf.train.GradientDescentOptimizer(w.read_value()[3]).minimize(loss)
    value = np.linspace(0.5, 1, 40, dtype=np.float32)
    for _ in range(3):
        value = value - value[3] * value
    with tf.control_dependencies([step]):
        done = tf.constant(1)
    agree([done], times=3, rtol=1e-6)
    np.testing.assert_allclose(run("on", [done], times=3)[1][0], value, rtol=1e-5)


def test_two_optimizers_on_the_same_variables():
    x = tf.placeholder(tf.float32, [20, 3])
    w = tf.Variable(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4))
    b = tf.Variable(np.zeros(4, np.float32))
    loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w) + b) - 0.3))
    one = tf.train.AdamOptimizer(0.01).minimize(loss)
    other = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)
    given = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    with tf.control_dependencies([one, other]):
        done = tf.constant(1)
    agree([loss, done], {x: given}, times=20, rtol=1e-5, atol=1e-6)


def test_a_chain_of_a_thousand():
    x = tf.placeholder(tf.float32, [17, 9])
    y, all_of_them = x, []
    for i in range(1000):
        y = (y * 0.5 if i % 3 else y + 0.25) if i % 2 else tf.maximum(y, -y)
        all_of_them.append(y)
    given = np.linspace(-2, 2, 17 * 9, dtype=np.float32).reshape(17, 9)
    agree([y, *all_of_them[::100]], {x: given})


def test_a_graph_of_two_thousand_nodes():
    rng = np.random.default_rng(2)
    x = tf.placeholder(tf.float32, [8, 16])
    tensors = [x, tf.constant(rng.normal(size=(8, 16)).astype(np.float32))]
    for _ in range(2000):
        a, b = (tensors[-1 - int(i)] for i in rng.integers(0, min(len(tensors), 30), 2))
        kind = rng.integers(0, 6)
        tensors.append(
            [
                lambda a, b: (a + b) * 0.5,
                lambda a, b: tf.maximum(a, b) - 0.1,
                lambda a, b: tf.transpose(tf.reshape(a, [16, 8])),
                lambda a, b: tf.minimum(a * b, 2.0),
                lambda a, b: tf.concat([a[4:], b[:4]], 0),
                lambda a, b: a - tf.reduce_max(b, 1, keepdims=True) * 0.5,
            ][kind](a, b)
        )
    given = rng.normal(size=(8, 16)).astype(np.float32)
    agree([tensors[-1], tensors[1000], tensors[500]], {x: given})


def test_other_shapes_in_every_run():
    x = tf.placeholder(tf.float32, [None, None])
    w = tf.Variable(np.float32(2.0))
    y = tf.reduce_sum(tf.transpose(x) * w + 1.0, 0)
    with tf.Session() as sess:
        sess._options = PlanOptions(native="on", strict=True)
        sess.run(w.initializer)
        for rows in range(12):
            for columns in (0, 1, 3):
                given = np.full((rows, columns), 3.0, np.float32)
                np.testing.assert_array_equal(sess.run(y, {x: given}), np.full(rows, 7.0 * columns))


def test_branches_views_and_control_dependencies_on_hosted_nodes():
    x = tf.placeholder(tf.float32, [6, 4])
    values, order = tf.nn.top_k(x, 2)
    text = tf.as_string(order)
    with tf.control_dependencies([text]):
        y = tf.reduce_sum(values * 2.0, 1) + tf.cast(order[:, 0], tf.float32)
    unique, index = tf.unique(tf.cast(tf.reshape(x, [-1]), tf.int32))
    given = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32) * 3
    found = agree([y, text, unique, index, tf.shape(unique), tf.split(x, 2, 1)[1] * 2.0], {x: given})
    np.testing.assert_array_equal(found[-1], given[:, 2:] * 2)


def test_a_shape_that_is_wrong_only_when_it_runs():
    x, n = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [])
    y = tf.reshape(x * 2.0, tf.stack([n, 3]))
    for native in ("off", "on"):
        with tf.Session() as sess:
            sess._options = PlanOptions(native=native, strict=True)
            assert sess.run(y, {x: np.ones((4, 3)), n: 4}).shape == (4, 3)
            with pytest.raises(tf.errors.InvalidArgumentError, match="Input to reshape is a tensor with 15 values"):
                sess.run(y, {x: np.ones((5, 3)), n: 4})
