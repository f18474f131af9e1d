"""Updates of some rows of tables: native code, in the tables' own arrays, against the Python plan, bit for bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch
from graphrt.native.work import Hosted
from graphrt.passes.key import PlanOptions
from graphrt_ops.state import sparse_training_ops as sparse


@pytest.fixture(autouse=True)
def a_graph(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default():
        yield


def natives(sess):
    return [
        kind.native
        for runner in sess._runners.values()
        if isinstance(runner.plan.call, dispatch.Tiered)
        for kind in runner.plan.call.kinds.values()
        if kind.native is not None
    ]


def started(native):
    sess = tf.Session()
    sess._options = PlanOptions(native=native, strict=True, verify=True)
    sess.run(tf.global_variables_initializer())
    return sess


def played(native, fetches, feeds):
    """What a new session's runs with these feeds give, the variables after them, and the last plan's native code."""
    with started(native) as sess:
        values = [sess.run(fetches, feed) for feed in feeds]
        made = natives(sess)
        return values, sess.run(tf.global_variables()), made[-1] if made else None


def bits(value):
    """All bits, but those of one nan for every nan: its sign says nothing."""
    return (value if value.dtype.kind != "f" else np.where(np.isnan(value), value.dtype.type(np.nan), value)).tobytes()


def agree(fetches, feeds, whole=True):
    """Both tiers give the same bits; ``whole``: nothing of the native plan is Python's, and all is in place."""
    tf.global_variables_initializer()
    with np.errstate(all="ignore"):
        fast, plain = played("on", fetches, feeds), played("off", fetches, feeds)
    for mine, others in zip([*fast[0], fast[1]], [*plain[0], plain[1]], strict=True):
        for value, other in zip(mine, others, strict=True):
            if value is not None:
                assert (value.dtype, value.shape, bits(value)) == (other.dtype, other.shape, bits(other))
    native = fast[2]
    assert native is not None, "no native code was made"
    if whole:
        left = [node.op.type for node in native.lowered.nodes if isinstance(node, Hosted)]
        assert not left and not native.lowered.exclusive, native.source
    return fast


OPTIMIZERS = {
    "sgd": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.5, 0.9, 1e-3),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1, 0.9, 0.5),
    "centered rmsprop": lambda: tf.train.RMSPropOptimizer(0.1, 0.9, 0.5, centered=True),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02),
    "shrinking ftrl": lambda: tf.train.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=0.03),
    "proximal descent": lambda: tf.train.ProximalGradientDescentOptimizer(0.1, 0.01, 0.02),
    "proximal adagrad": lambda: tf.train.ProximalAdagradOptimizer(0.1, 0.1, 0.01, 0.02),
    "adagrad da": lambda: tf.train.AdagradDAOptimizer(0.1, tf.train.get_or_create_global_step(), 0.1, 0.01, 0.02),
    "adam": lambda: tf.train.AdamOptimizer(0.1),
    "lazy": lambda: Lazy(),
}


class Lazy(tf.train.Optimizer):
    """Only the rows of the gradient decay and move: gathered, computed, and written back."""

    def __init__(self):
        super().__init__(False, "Lazy")

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "m", "m")
            self._zeros_slot(v, "v", "v")

    def _apply_sparse(self, grad, var):
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        rows_m = tf.scatter_update(m, grad.indices, 0.9 * tf.gather(m, grad.indices) + 0.1 * grad.values)
        rows_v = tf.scatter_update(v, grad.indices, 0.5 * tf.gather(v, grad.indices) + 0.5 * tf.square(grad.values))
        root = tf.sqrt(tf.gather(rows_v, grad.indices)) + 1e-3
        step = tf.scatter_sub(var, grad.indices, 0.1 * tf.gather(rows_m, grad.indices) / root)
        return tf.group(step, rows_m, rows_v)


def table(name, shape, dtype, seed=0):
    return tf.get_variable(name, initializer=np.random.default_rng(seed).normal(size=shape).astype(dtype))


def fed_gradient(rows, count, tail, dtype, index_dtype="int32", ids=None, steps=3):
    """A gradient of fed rows, and feeds of it for some steps: with these ids, or with drawn ones, which repeat."""
    given, values = tf.placeholder(index_dtype, [count]), tf.placeholder(dtype, [count, *tail])
    rng = np.random.default_rng(count + rows)
    feeds = []
    for _ in range(steps):
        drawn = rng.integers(0, rows, count) if ids is None else ids
        feeds.append({given: np.array(drawn, index_dtype), values: rng.normal(size=(count, *tail)).astype(dtype)})
    return tf.IndexedSlices(values, given, tf.constant([rows, *tail])), feeds


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("shape", "dtype", "index_dtype"),
    [
        ((9,), "float32", "int32"),
        ((9, 3), "float64", "int64"),
        ((9, 2, 5), "float32", "int64"),
        ((50, 70), "float32", "int32"),
        ((11, 600), "float64", "int32"),
    ],
)
def test_optimizers(name, shape, dtype, index_dtype):
    v = table("v", shape, dtype)
    gradient, feeds = fed_gradient(shape[0], 20, shape[1:], dtype, index_dtype)
    agree([OPTIMIZERS[name]().apply_gradients([(gradient, v)])], feeds)


@pytest.mark.parametrize("name", ["sgd", "adagrad", "lazy", "adam"])
@pytest.mark.parametrize("ids", [[3] * 40, [8], list(range(9)), list(range(8, -1, -1)) * 5, [0, 0, 8, 8, 0]])
def test_how_often_ids_come(name, ids):
    v = table("v", (9, 4), "float32")
    gradient, feeds = fed_gradient(9, len(ids), (4,), "float32", ids=ids)
    agree([OPTIMIZERS[name]().apply_gradients([(gradient, v)])], feeds)


@pytest.mark.parametrize("name", ["adagrad", "ftrl", "adam", "lazy"])
def test_no_ids_at_all(name):
    v = table("v", (9, 4), "float32")
    gradient, feeds = fed_gradient(9, 0, (4,), "float32")
    agree([OPTIMIZERS[name]().apply_gradients([(gradient, v)])], feeds, whole=False)


@pytest.mark.parametrize("seed", range(40))
def test_random_steps(seed):
    """Some tables, looked up now and then by the same ids, by one optimizer or several, and read before and after."""
    rng = random.Random(seed)
    dtype, index_dtype = rng.choice(["float32", "float64"]), rng.choice(["int32", "int64"])
    count = rng.choice([1, 2, 7, 33, 200])
    rows = rng.choice([1, 5, 1000])
    placeholders = [tf.placeholder(index_dtype, [count]) for _ in range(rng.randint(1, 2))]
    fetches, values = [], []
    for i in range(rng.randint(1, 3)):
        tail = rng.choice([(), (1,), (3,), (17,), (2, 8)])
        v = table(f"v{i}", (rows, *tail), dtype, seed=i)
        found = [tf.nn.embedding_lookup(v, rng.choice(placeholders)) for _ in range(rng.randint(1, 3))]
        tops = [tf.placeholder(dtype, [count, *tail]) for _ in found]
        values += tops
        (gradient,) = tf.gradients(found, [v], grad_ys=tops)
        if rng.random() < 0.3:
            gradient = tf.IndexedSlices(tf.clip_by_value(gradient.values, -0.5, 0.5), gradient.indices)
        step = OPTIMIZERS[rng.choice(list(OPTIMIZERS))]().apply_gradients([(gradient, v)])
        fetches.append(step)
        if rng.random() < 0.5:
            fetches.append(tf.gather(v, placeholders[0]))
        if rng.random() < 0.5:
            with tf.control_dependencies([step]):
                fetches.append(tf.gather(v, placeholders[0]) * 2)
        if rng.random() < 0.2:
            fetches.append(v)
    given = np.random.default_rng(seed)
    feeds = [
        {p: given.integers(0, rows, count).astype(index_dtype) for p in placeholders}
        | {t: given.normal(size=t.shape.as_list()).astype(dtype) for t in values}
        for _ in range(3)
    ]
    agree(fetches, feeds, whole=False)


UPDATES = {
    "SparseApplyMomentum": lambda v, s, i, g: sparse.sparse_apply_momentum(v, s[0], 0.1, g, i, 0.9),
    "SparseApplyAdagrad": lambda v, s, i, g: sparse.sparse_apply_adagrad(v, s[0], 0.1, g, i),
    "SparseApplyAdadelta": lambda v, s, i, g: sparse.sparse_apply_adadelta(v, s[0], s[1], 0.1, 0.9, 1e-3, g, i),
    "SparseApplyRMSProp": lambda v, s, i, g: sparse.sparse_apply_rmsprop(v, s[0], s[1], 0.1, 0.9, 0.5, 1e-3, g, i),
    "SparseApplyCenteredRMSProp": lambda v, s, i, g: sparse.sparse_apply_centered_rmsprop(
        v, s[0], s[1], s[2], 0.1, 0.9, 0.5, 3.0, g, i
    ),
    "SparseApplyFtrl": lambda v, s, i, g: sparse.sparse_apply_ftrl(v, s[0], s[1], g, i, 0.1, 0.01, 0.02, -0.5),
    "SparseApplyFtrlV2": lambda v, s, i, g: sparse.sparse_apply_ftrl_v2(
        v, s[0], s[1], g, i, 0.1, 0.01, 0.02, 0.03, -0.5
    ),
    "SparseApplyProximalGradientDescent": lambda v, s, i, g: sparse.sparse_apply_proximal_gradient_descent(
        v, 0.1, 0.01, 0.02, g, i
    ),
    "SparseApplyAdagradDA": lambda v, s, i, g: sparse.sparse_apply_adagrad_da(
        v, s[0], s[1], g, i, 0.1, 0.01, 0.02, np.int64(3)
    ),
    "SparseApplyProximalAdagrad": lambda v, s, i, g: sparse.sparse_apply_proximal_adagrad(
        v, s[0], 0.1, 0.01, 0.02, g, i
    ),
    "ScatterUpdate": lambda v, s, i, g: tf.scatter_update(v, i, g),
    "ScatterAdd": lambda v, s, i, g: tf.scatter_add(v, i, g),
    "ScatterSub": lambda v, s, i, g: tf.scatter_sub(v, i, g),
    "ScatterMul": lambda v, s, i, g: tf.scatter_mul(v, i, g),
    "ScatterDiv": lambda v, s, i, g: tf.scatter_div(v, i, g),
    "ScatterMin": lambda v, s, i, g: tf.scatter_min(v, i, g),
    "ScatterMax": lambda v, s, i, g: tf.scatter_max(v, i, g),
}


def references(shape, dtype):
    first = tf.Variable(np.random.default_rng(1).normal(size=shape).astype(dtype), name="v")
    slots = [
        tf.Variable(np.random.default_rng(k).uniform(0.1, 2, shape).astype(dtype), name="slot") for k in range(2, 5)
    ]
    return first, [slot._ref() for slot in slots]


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize(("shape", "dtype"), [((6,), "float64"), ((6, 3), "float32"), ((6, 1), "float64")])
def test_updates_of_rows_that_come_twice(name, shape, dtype):
    v, slots = references(shape, dtype)
    gradient, feeds = fed_gradient(6, 14, shape[1:], dtype, "int64")
    agree([UPDATES[name](v._ref(), slots, gradient.indices, gradient.values)], feeds)


@pytest.mark.parametrize("reduced", [tf.unsorted_segment_max, tf.unsorted_segment_min, tf.unsorted_segment_sum])
@pytest.mark.parametrize("index_dtype", [tf.int32, tf.int64])
def test_rows_are_found_by_a_segment_of_integers(index_dtype, reduced):
    """The last (or first) of those that write the same row: what no segment has is no index."""
    ids, values = tf.placeholder(index_dtype, [24]), tf.placeholder(tf.float32, [24, 3])
    table = tf.Variable(np.zeros((30, 3), np.float32))
    rows, places = tf.unique(ids)
    chosen = reduced(tf.range(24) // 8, places, tf.size(rows))
    step = tf.scatter_update(table, rows, tf.gather(values, chosen))
    random = np.random.RandomState(0)
    feeds = [{ids: random.randint(0, 9, 24), values: random.rand(24, 3)} for _ in range(4)]
    _, (plain,), _ = played("off", step.op, feeds)
    _, (found,), native = played("on", step.op, feeds)
    np.testing.assert_array_equal(found, plain)
    assert not [node for node in native.lowered.nodes if isinstance(node, Hosted)]


@pytest.mark.parametrize("name", UPDATES)
def test_updates_of_unique_rows(name):
    """What ``unique`` finds is never as long as it may be: nothing beyond it is written."""
    v, slots = references((6, 3), "float32")
    gradient, feeds = fed_gradient(6, 14, (3,), "float32", "int64")
    rows, places = tf.unique(gradient.indices)
    summed = tf.unsorted_segment_max(gradient.values, places, tf.shape(rows)[0])
    agree([UPDATES[name](v._ref(), slots, rows, 1 / (summed - summed * 0.5))], feeds)


@pytest.mark.parametrize("native", ["on", "off"])
@pytest.mark.parametrize("name", ["sgd", "adagrad", "adam", "lazy", "ftrl"])
@pytest.mark.parametrize("wrong", [-1, 9, 2**31 - 1, -(2**31)])
def test_an_id_out_of_range(native, name, wrong):
    """The same error on both tiers, and no variable is written: not the table, not slots, not what comes before."""
    v, counter = table("v", (9, 4), "float32"), table("counter", (50, 50), "float32")
    gradient, feeds = fed_gradient(9, 12, (4,), "float32")
    counted = tf.assign(counter, counter * 2)
    step = OPTIMIZERS[name]().apply_gradients([(gradient, v)])
    with started(native) as sess:
        sess.run([step, counted], feeds[0])
        before = sess.run(tf.global_variables())
        bad = dict(feeds[1])
        bad[gradient.indices] = bad[gradient.indices].copy()
        bad[gradient.indices][5] = wrong
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run([step, counted], bad)
        for old, new in zip(before, sess.run(tf.global_variables()), strict=True):
            np.testing.assert_array_equal(old, new)
        sess.run([step, counted], feeds[2])
    with started("off") as sess, pytest.raises(tf.errors.InvalidArgumentError) as plain:
        sess.run([step, counted], bad)
    assert str(caught.value) == str(plain.value)


def test_clipped_gradients():
    v = table("v", (50, 8), "float32")
    ids, top = tf.placeholder(tf.int32, [20]), tf.placeholder(tf.float32, [20, 8])
    (gradient,) = tf.gradients(tf.nn.embedding_lookup(v, ids) * top, [v])
    clipped = tf.clip_by_norm(gradient, 0.5)
    (together,), norm = tf.clip_by_global_norm([clipped], 0.25)
    step = tf.train.AdagradOptimizer(0.1).apply_gradients([(together, v)])
    rng = np.random.default_rng(0)
    feed = {ids: rng.integers(0, 50, 20), top: rng.normal(size=(20, 8))}
    fast, plain = played("on", [step, norm], [feed] * 3), played("off", [step, norm], [feed] * 3)
    for mine, others in zip(fast[1], plain[1], strict=True):
        np.testing.assert_allclose(mine, others, rtol=1e-5, atol=1e-6)
    assert not fast[2].lowered.exclusive


def test_partitioned_tables():
    with tf.variable_scope("", partitioner=tf.fixed_size_partitioner(3)):
        v = tf.get_variable("v", [50, 8], initializer=tf.constant_initializer(0.5))
    ids, top = tf.placeholder(tf.int32, [20]), tf.placeholder(tf.float32, [20, 8])
    for strategy in ("mod", "div"):
        found = tf.nn.embedding_lookup(v, ids, partition_strategy=strategy)
        step = tf.train.AdagradOptimizer(0.1, name=strategy).apply_gradients(
            list(zip(tf.gradients([found], list(v), grad_ys=[top]), list(v), strict=True))
        )
        rng = np.random.default_rng(0)
        feeds = [{ids: rng.integers(0, 50, 20), top: rng.normal(size=(20, 8))} for _ in range(3)]
        agree([step, found], feeds, whole=False)


@pytest.mark.parametrize("trained", [True, False])
def test_a_step_under_a_condition_that_is_fed(trained):
    v = table("v", (50, 8), "float32")
    gradient, feeds = fed_gradient(50, 20, (8,), "float32")
    training = tf.placeholder(tf.bool, [])
    m = table("m", (50, 8), "float32", seed=1)
    rows, places = tf.unique(gradient.indices)
    summed = tf.unsorted_segment_sum(gradient.values, places, tf.shape(rows)[0])

    def step():
        return tf.identity(tf.scatter_add(m, rows, summed * 2)) + tf.scatter_sub(v, rows, summed)

    agree([tf.cond(training, step, lambda: v + 1)], [feed | {training: trained} for feed in feeds])


def test_what_is_fetched_has_its_own_length():
    """One table's ids are fetched, and so are those of no use to native code; the other's steps stay native."""
    ids, other = tf.placeholder(tf.int32, [30]), tf.placeholder(tf.int32, [30])
    v, w = table("v", (9, 4), "float32"), table("w", (9, 4), "float32")
    rows, places = tf.unique(ids)
    how_many = tf.shape(rows)[0]
    values = tf.placeholder(tf.float32, [30, 4])
    steps = [
        tf.train.AdagradOptimizer(0.1).apply_gradients([(tf.IndexedSlices(values, i), t)])
        for i, t in ((ids, v), (other, w))
    ]
    rng = np.random.default_rng(0)
    feeds = [
        {ids: rng.integers(0, 9, 30), other: rng.integers(0, 4, 30), values: rng.normal(size=(30, 4))} for _ in range(3)
    ]
    agree([*steps, how_many, places, tf.reduce_sum(values) * 0 + 1], feeds)
    fast = agree([*steps, rows], feeds, whole=False)
    left = [node.op.type for node in fast[2].lowered.nodes if isinstance(node, Hosted)]
    assert left.count("Unique") == 1 and "_CountedSparseApplyAdagrad" not in left


def test_unique_of_hostile_numbers():
    """Equal remainders, extremes, and many numbers: each is found where it first came."""
    wide = np.arange(5000, dtype=np.int64) << 40
    for ids in (
        np.array([-(2**63), 2**63 - 1, 0, -1, 2**63 - 1, 1]),
        np.concatenate([wide, wide[::-1], wide]),
        np.random.default_rng(0).integers(-(2**62), 2**62, 20000).repeat(2),
        np.zeros(4097, np.int64),
    ):
        v = tf.Variable(np.zeros(1, np.float64))
        given = tf.placeholder(tf.int64, ids.shape)
        rows, places = tf.unique(given)
        firsts = tf.unsorted_segment_min(tf.cast(tf.range(ids.size), tf.float64), places, tf.shape(rows)[0])
        kept = tf.scatter_update(v, tf.gather(tf.zeros([1], tf.int64), rows * 0), firsts)
        fast = agree([places, tf.shape(rows), kept], [{given: ids}] * 2, whole=False)
        known, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
        np.testing.assert_array_equal(fast[0][0][0], np.argsort(np.argsort(first))[inverse])
        assert fast[0][0][1] == [len(known)]


def test_sums_of_many_rows_are_made_in_one_order():
    """One row after the other, as in TF1 and native code: also where a segment has thousands."""
    rng = np.random.default_rng(0)
    for dtype in ("float32", "float64"):
        for width in (2, 3, 64):
            data = rng.normal(size=(3000, width)).astype(dtype)
            data[0] = -0.0
            ids = np.concatenate([[8], rng.integers(0, 7, 1000), np.full(1999, 3)])
            expected = np.zeros((9, width), dtype)
            for i, row in zip(ids, data, strict=True):
                expected[i] += row
            given = tf.placeholder(dtype, data.shape)
            fast = agree([tf.unsorted_segment_sum(given, ids, 9)], [{given: data}])
            assert fast[0][0][0].tobytes() == expected.tobytes()


@pytest.mark.parametrize("axis", [0, 1])
def test_reading_what_was_written_checks_before_anything_is_written(axis):
    v = table("v", (4, 7), "float32")
    ids = tf.placeholder(tf.int32, [3])
    with tf.control_dependencies([tf.assign(v, v * 2)]):
        step = tf.assign_sub(v, v * 0.5 + tf.reduce_sum(tf.gather(v + 0, ids, axis=axis)) * 0)
        read = tf.gather(tf.assign_add(v, v), ids, axis=axis)
    agree([step, read], [{ids: [0, 3, 1]}] * 2, whole=False)
    messages = []
    for native in ("on", "off"):
        with started(native) as sess:
            sess.run([step, read], {ids: [0, 3, 1]})
            before = sess.run(v)
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run([step, read], {ids: [0, 7, 1]})
            np.testing.assert_array_equal(sess.run(v), before)
            messages.append(str(caught.value).split("\n")[0].split(":")[-1])
    assert messages[0] == messages[1]


def test_a_rule_that_python_must_choose():
    """Whether there is an l1 only the run tells: then the update is a line of Python, of the rows that are meant."""
    v, slots = references((6, 3), "float32")
    gradient, feeds = fed_gradient(6, 14, (3,), "float32")
    l1 = tf.placeholder(tf.float32, [])
    rows, places = tf.unique(gradient.indices)
    summed = tf.unsorted_segment_sum(gradient.values, places, tf.size(rows))
    op = sparse.sparse_apply_proximal_adagrad(v._ref(), slots[0], 0.1, l1, 0.02, summed, rows)
    fast = agree([op], [feed | {l1: 0.1} for feed in feeds], whole=False)
    assert "_CountedSparseApplyProximalAdagrad" in [n.op.type for n in fast[2].lowered.nodes if isinstance(n, Hosted)]


def test_a_decay_of_the_whole_table_shares_the_loop_of_its_write():
    v = table("v", (50, 8), "float32")
    gradient, feeds = fed_gradient(50, 14, (8,), "float32")
    with tf.control_dependencies([tf.assign(v, v * 0.5)]):
        step = tf.scatter_add(v, gradient.indices, gradient.values)
    native = agree([step.op], feeds)[2]
    assert ["Mul", "Assign"] in [[node.op.type for node in step.nodes] for step in native.steps]


@pytest.mark.parametrize("name", UPDATES)
def test_hard_values(name):
    """Infinities, nan, signed zeros, the smallest and the largest: the same bits on both tiers."""
    hard = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38, -3e38, 1.0])
    v, slots = references((10, 10), "float32")
    ids, values = tf.placeholder(tf.int32, [10]), tf.placeholder(tf.float32, [10, 10])
    feed = {ids: np.arange(10), values: np.add.outer(hard, np.zeros(10)).T}
    stored = tf.assign(v, tf.placeholder_with_default(np.add.outer(hard, np.zeros(10)).astype(np.float32), [10, 10]))
    with tf.control_dependencies([stored]):
        step = UPDATES[name](v._ref(), slots, ids, values)
    agree([step], [feed] * 2)
