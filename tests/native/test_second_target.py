"""The place of a second target: NumPy interprets the records that lowerings return (``numpy_target.py``).

So records mean what the ops' own kernels compute, and say all that a target must know; and lowering works for whoever
has a table.
"""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import records
from graphrt.native.kernels import table
from graphrt.native.kernels.table import kernels as cpu_kernels
from graphrt.native.lower import lower
from graphrt.native.specialize import specialized
from graphrt.native.work import Called, Hosted
from graphrt.passes.key import PlanOptions
from graphrt_ops.array.unique import bounded_opdef as bounded_unique
from graphrt_ops.state.sparse_training_ops import sparse_apply_adagrad
from tests.native import numpy_target
from tests.native.lowered import node, ordinary

PARTS = {records.Axis, records.Part, records.Windows}  # what records are made of
OF_NO_TABLE = {records.View, records.Reduce, records.Map, records.Update}


def rng(*key):
    return np.random.default_rng(abs(hash(key)) % 2**32)


def x(*shape, dtype=np.float32, key=0):
    return rng(shape, key).normal(size=shape).astype(dtype)


def ints(low, high, *shape, dtype=np.int32):
    return rng(low, high, shape).integers(low, high, shape).astype(dtype)


def one(value, dtype=np.int32):
    return np.array(value, dtype)


def conv(kind, **options):
    options = {"strides": [1, 1, 1, 1], "padding": "SAME"} | options
    return lambda images, filters: getattr(tf.nn, kind)(images, filters, **options)


def gradient_of(build, of):
    """The node that computes a gradient of ``build``: the last one with ``of`` in its type."""

    def built(*tensors):
        result = build(*tensors)
        tf.gradients(result, list(tensors))
        graph = tf.get_default_graph()
        return next(op for op in reversed(graph.get_operations()) if of in op.type)

    return built


def strided(height, width):
    return conv("conv2d", strides=[1, height, width, 1])


def max_pool(images):
    return tf.nn.max_pool(images, 3, 2, "SAME")


def avg_pool(images):
    return tf.nn.avg_pool(images, [1, 2, 3, 1], 2, "SAME")


def lrn(images):
    return tf.nn.lrn(images, 2, 1.5, 0.3, 0.6)


def rows_of_adagrad(gradients, indices):
    variables = tf.Variable(x(5, 3)), tf.Variable(np.abs(x(5, 3, key=1)) + 0.1)
    return sparse_apply_adagrad(*variables, 0.1, gradients, indices)


depthwise = conv("depthwise_conv2d_native")
IMAGES, FILTERS, DEEP, CHANNELWISE = x(2, 7, 6, 3), x(3, 2, 3, 4), x(2, 7, 6, 5), x(3, 2, 5, 1)

# (name, what declares the node, its inputs, which of them are constants)
NODES = [
    ("transpose", tf.transpose, (x(3, 4, 5), one([2, 0, 1])), (1,)),
    ("transposed integers", tf.transpose, (ints(0, 9, 40, 50, dtype=np.int64), one([1, 0])), (1,)),
    ("concat", lambda a, b: tf.concat([a, b], 1), (x(2, 3, 4), x(2, 5, 4)), ()),
    ("pack", lambda a, b: tf.stack([a, b], 1), (x(2, 3), x(2, 3, key=1)), ()),
    ("tile", tf.tile, (x(2, 3), one([2, 3])), (1,)),
    ("pad", tf.pad, (x(2, 3, 4), one([[1, 0], [0, 2], [3, 1]])), (1,)),
    ("pad with a value", lambda a, p: tf.pad(a, p, constant_values=7.0), (x(5, 4), one([[1, 2], [0, 1]])), (1,)),
    ("reflect", lambda a, p: tf.pad(a, p, "REFLECT"), (x(4, 5), one([[2, 3], [1, 0]])), (1,)),
    ("symmetric", lambda a, p: tf.pad(a, p, "SYMMETRIC"), (x(4, 5), one([[2, 4], [1, 0]])), (1,)),
    ("roll", lambda a: tf.roll(a, [1, -2], [0, 1]), (x(4, 5),), ()),
    ("depth", lambda a: tf.space_to_depth(a, 2), (x(2, 4, 6, 3),), ()),
    ("space", lambda a: tf.depth_to_space(a, 2), (x(2, 2, 3, 12),), ()),
    ("batch", lambda a: tf.space_to_batch_nd(a, [2, 3], [[1, 0], [2, 2]]), (x(2, 3, 5, 2),), ()),
    ("from batch", lambda a: tf.batch_to_space_nd(a, [2, 3], [[1, 0], [0, 2]]), (x(12, 3, 4, 2),), ()),
    ("diag", tf.diag, (x(3, 2),), ()),
    ("diag_part", tf.diag_part, (x(3, 2, 3, 2),), ()),
    ("matrix_diag", tf.matrix_diag, (x(2, 4),), ()),
    ("matrix_diag_part", tf.matrix_diag_part, (x(2, 3, 5),), ()),
    ("matrix_set_diag", tf.matrix_set_diag, (x(2, 3, 5), x(2, 3)), ()),
    ("band", lambda a: tf.matrix_band_part(a, 1, -1), (x(2, 4, 5),), ()),
    ("narrow band", lambda a: tf.matrix_band_part(a, 0, 2), (x(5, 3, dtype=np.float64),), ()),
    ("slice's gradient", gradient_of(lambda a: a[1:8:3, ::-1, 2], "StridedSliceGrad"), (x(9, 4, 3),), ()),
    ("gather", lambda a, i: tf.gather(a, i, axis=1), (x(3, 7, 2), ints(0, 7, 4, 2)), ()),
    ("gather in batches", lambda a, i: tf.gather(a, i, axis=2, batch_dims=1), (x(3, 2, 7), ints(0, 7, 3, 4)), ()),
    ("gather_nd", tf.gather_nd, (x(4, 5, 3), ints(0, 4, 6, 2)), ()),
    ("one_hot", lambda i: tf.one_hot(i, 4, 2.0, -1.0, axis=1), (ints(-1, 6, 3, 2),), ()),
    ("segments", lambda a, i: tf.unsorted_segment_sum(a, i, 4), (x(6, 3), ints(-1, 4, 6)), ()),
    ("least of segments", lambda a, i: tf.unsorted_segment_min(a, i, 5), (ints(0, 99, 3, 4, 2), ints(0, 4, 3, 4)), ()),
    ("scatter_nd", lambda i, u: tf.scatter_nd(i, u, [4, 5, 2]), (ints(0, 4, 6, 2), x(6, 2)), ()),
    ("a copy's slices", tf.tensor_scatter_update, (x(4, 5), ints(0, 4, 3, 1), x(3, 5)), ()),
    ("less of a copy's", tf.tensor_scatter_sub, (x(4, 5), ints(0, 4, 3, 2), x(3)), ()),
    ("scatter_add", lambda i, u: tf.scatter_add(tf.Variable(x(5, 3)), i, u), (ints(0, 5, 2, 4), x(2, 4, 3)), ()),
    ("scatter_div", lambda i, u: tf.scatter_div(tf.Variable(x(5, 3)), i, u), (ints(0, 5, 4), x()), ()),
    ("scatter_nd_sub", lambda i, u: tf.scatter_nd_sub(tf.Variable(x(5, 3)), i, u), (ints(0, 3, 4, 2), x(4)), ()),
    ("rows of adagrad", rows_of_adagrad, (x(4, 3), ints(0, 5, 4)), ()),
    ("different numbers", lambda a: bounded_unique(a, out_idx=tf.int32), (ints(0, 5, 9, dtype=np.int64),), ()),
    ("softmax", tf.nn.softmax, (x(5, 7),), ()),
    ("log_softmax", tf.nn.log_softmax, (x(2, 3, 7, dtype=np.float64),), ()),
    (
        "cross entropy",
        lambda a, b: tf.nn.softmax_cross_entropy_with_logits(logits=a, labels=b).op.inputs[0],
        (x(4, 6), np.abs(x(4, 6, key=1))),
        (),
    ),
    (
        "sparse cross entropy",
        lambda a, b: tf.nn.sparse_softmax_cross_entropy_with_logits(logits=a, labels=b),
        (x(4, 6), ints(0, 6, 4)),
        (),
    ),
    ("in_top_k", lambda a, b: tf.nn.in_top_k(a, b, 2), (x(9, 4), ints(0, 4, 9)), ()),
    ("reverse_sequence", lambda a, b: tf.reverse_sequence(a, b, 1, batch_axis=2), (x(2, 6, 3), one([0, 6, 4])), ()),
    ("check_numerics", lambda a: tf.check_numerics(a, "bad"), (x(3, 4),), ()),
    ("assertion", lambda a: tf.Assert(a, ["wrong"]), (np.array(True),), ()),
    ("l2_loss", tf.nn.l2_loss, (x(30, 40),), ()),
    ("argmax", lambda a: tf.argmax(a, 1), (np.where(x(3, 4, 5) > 1, np.nan, x(3, 4, 5)).astype(np.float32),), ()),
    ("argmin", lambda a: tf.argmin(a, -1, output_type=tf.int32), (ints(0, 4, 6, 9),), ()),
    ("cumsum", lambda a: tf.cumsum(a, 1, exclusive=True), (x(3, 4, 5),), ()),
    ("cumprod", lambda a: tf.cumprod(a, 0, reverse=True), (x(4, 5),), ()),
    ("cumsum of integers", lambda a: tf.cumsum(a, -1, exclusive=True, reverse=True), (ints(0, 99, 3, 70),), ()),
    ("matmul", lambda a, b: tf.matmul(a, b, transpose_a=True), (x(5, 3), x(5, 4)), ()),
    ("stacks", lambda a, b: tf.matmul(a, b, transpose_b=True), (x(2, 1, 3, 5), x(4, 6, 5, key=1)), ()),
    ("conv2d", conv("conv2d"), (IMAGES, FILTERS), ()),
    ("strided", conv("conv2d", strides=[1, 2, 3, 1], padding="VALID"), (x(2, 9, 8, 3), FILTERS), ()),
    ("dilated", conv("conv2d", dilations=[1, 2, 2, 1]), (x(1, 9, 8, 2), x(3, 2, 2, 3)), ()),
    ("conv2d images", gradient_of(strided(2, 2), "BackpropInput"), (IMAGES, x(3, 3, 3, 4)), ()),
    ("conv2d filter", gradient_of(strided(2, 1), "BackpropFilter"), (IMAGES, FILTERS), ()),
    ("depthwise", depthwise, (DEEP, CHANNELWISE), ()),
    ("depthwise images", gradient_of(depthwise, "BackpropInput"), (DEEP, CHANNELWISE), ()),
    ("depthwise filter", gradient_of(depthwise, "BackpropFilter"), (DEEP, CHANNELWISE), ()),
    ("max_pool", max_pool, (IMAGES,), ()),
    ("avg_pool", avg_pool, (IMAGES,), ()),
    ("max_pool's gradient", gradient_of(max_pool, "MaxPoolGrad"), (IMAGES,), ()),
    ("avg_pool's gradient", gradient_of(avg_pool, "AvgPoolGrad"), (IMAGES,), ()),
    ("lrn", lrn, (x(2, 3, 4, 9),), ()),
    ("lrn's gradient", gradient_of(lrn, "LRNGrad"), (x(2, 3, 4, 9),), ()),
]  # fmt: skip


def batch_norm(training):
    def built(images, scale, offset, mean, variance):
        statistics = {} if training else {"mean": mean, "variance": variance}
        return tf.nn.fused_batch_norm(images, scale, offset, is_training=training, **statistics)[0]

    return built


NORM = (x(2, 5, 4, 3), x(3), x(3, key=1), x(3, key=2), np.abs(x(3, key=3)))
NODES += [
    ("batch norm in training", batch_norm(True), NORM, ()),
    ("batch norm", batch_norm(False), NORM, ()),
    ("batch norm's gradient in training", gradient_of(batch_norm(True), "BatchNormGrad"), NORM, ()),
    ("batch norm's gradient", gradient_of(batch_norm(False), "BatchNormGrad"), NORM, ()),
]


def by_record(op, record, inputs):
    """What the NumPy target makes of a record; outputs hold rubbish before."""
    # (In a program, a node has an output for each variable that it writes.)
    tensors = [*op.outputs, *[op.inputs[i] for i in op.opdef.writes[len(op.outputs) :]]]
    made = [np.full(t.shape.as_list(), 9, t.dtype.as_numpy_dtype) for t in tensors]
    for version, i in zip(made, op.opdef.writes, strict=False):
        version[...] = inputs[i]
    for kernel in numpy_target.kernels(record, inputs, made).kernels:
        kernel.emit(inputs, made)
    return made


@pytest.mark.parametrize(
    ("build", "arrays", "constants"), [case[1:] for case in NODES], ids=[case[0] for case in NODES]
)
def test_a_record_means_what_the_ops_kernel_computes(build, arrays, constants):
    op = node(build, *arrays, constants=constants)
    with op.graph.as_default(), tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        given = [array for i, array in enumerate(arrays) if i not in constants]
        feeds = dict(zip(placeholders(op.graph), given, strict=True))
        inputs = [np.asarray(value) for value in sess.run(list(op.inputs), feeds)]
    record = op.opdef.lowering(op)
    assert record is not None, f"{op.type} says nothing of itself"
    hash(record)
    wanted = ordinary(op, inputs) if op.outputs else []
    for actual, expected in zip(by_record(op, record, inputs), wanted, strict=True):
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        if expected.size:
            np.testing.assert_allclose(actual, expected, rtol=2e-5, atol=2e-5, equal_nan=True)


def placeholders(graph):
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]


def test_all_records_are_tried():
    nodes = [node(build, *arrays, constants=constants) for _, build, arrays, constants in NODES]
    tried = {type(op.opdef.lowering(op)) for op in nodes}
    assert set(numpy_target.TABLE) - tried == {records.Draw}, "a program below draws"


# -- programs ----------------------------------------------------------------------------------------------------------


def perceptron():
    features, labels = tf.placeholder(tf.float32, [6, 5]), tf.placeholder(tf.int32, [6])
    weights = tf.Variable(x(5, 8, key=1)), tf.Variable(x(8, 3, key=2))
    hidden = tf.nn.softplus(tf.matmul(features, weights[0]) + 0.5)
    hidden = tf.nn.dropout(hidden, keep_prob=0.7, seed=3)
    logits = tf.matmul(hidden, weights[1])
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels))
    train = tf.train.AdamOptimizer(0.01).minimize(loss + 0.01 * tf.nn.l2_loss(weights[0]))
    return [loss, tf.nn.softmax(logits), train], {features: x(6, 5), labels: ints(0, 3, 6)}


def convolutional():
    images = tf.placeholder(tf.float32, [2, 8, 8, 3])
    filters = tf.Variable(x(3, 3, 3, 4, key=1))
    scale, offset = tf.Variable(x(4)), tf.Variable(x(4, key=1))
    hidden = tf.nn.conv2d(images, filters, 1, "SAME")
    hidden, mean, _ = tf.nn.fused_batch_norm(hidden, scale, offset)
    hidden = tf.nn.max_pool(tf.nn.relu(hidden), 2, 2, "VALID")
    loss = tf.reduce_mean(tf.square(tf.reshape(hidden, [2, -1])[:, ::3]))
    return [loss, mean, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)], {images: x(2, 8, 8, 3)}


def embedding():
    table, words = tf.Variable(x(7, 4)), tf.placeholder(tf.int32, [9])
    loss = tf.reduce_sum(tf.square(tf.gather(table, words)))
    return [loss, tf.train.AdagradOptimizer(0.1).minimize(loss)], {words: ints(0, 7, 9)}


def rows_after_a_write():
    table, words = tf.Variable(x(7, 4)), tf.placeholder(tf.int32, [5])
    with tf.control_dependencies([tf.assign_sub(table, x(7, 4, key=1))]):
        return [tf.gather(table, words) + 1.0], {words: ints(0, 7, 5)}


def moved():
    a = tf.placeholder(tf.float32, [4, 6])
    parts = tf.split(tf.transpose(a), 3)
    joined = tf.concat([tf.reverse(part, [1]) for part in parts], 1)
    return [joined, tf.cumsum(joined, 1) + tf.pad(joined[:, 1:], [[0, 0], [1, 0]]), tf.argmax(a, 0)], {a: x(4, 6)}


@pytest.mark.parametrize("program", [perceptron, convolutional, embedding, rows_after_a_write, moved])
def test_a_program_runs_on_another_target(program):
    with tf.Graph().as_default():
        fetches, feeds = program()
        with tf.Session() as sess:
            sess._options = PlanOptions(native="off", strict=True)
            sess.run(tf.global_variables_initializer())
            before = dict(zip(tf.global_variables(), sess.run(tf.global_variables()), strict=True))
            plan = sess._plan(*_asked(sess, fetches, feeds))
            signature = tuple(value.shape for value in feeds.values())
            lowered = lower(specialized(plan.key, signature)[0], numpy_target.kernels)
            assert any(isinstance(n, Called) for n in lowered.nodes)
            assert not any(isinstance(n, Hosted) for n in lowered.nodes)
            of = {variable.op.name: value for variable, value in before.items()}
            variables = [np.array(of[lowered.program.origin(op).name]) for op in lowered.variables]
            states = [op.opdef.state_factory(op) for op, _ in lowered.draws]
            results = numpy_target.Machine(lowered, list(feeds.values()), variables, states).run()
            expected = [value for value in sess.run(fetches, feeds) if value is not None]
            for actual, value in zip(results, expected, strict=True):
                np.testing.assert_allclose(actual, value, rtol=1e-4, atol=1e-5)
            for op, value in zip(lowered.variables, variables, strict=True):
                name = lowered.program.origin(op).name
                np.testing.assert_allclose(value, sess.run(f"{name}:0"), rtol=1e-4, atol=1e-5, err_msg=name)


def test_what_a_target_has_no_kernels_for_stays_with_python():
    with tf.Graph().as_default():
        fetches, feeds = moved()
        with tf.Session() as sess:
            plan = sess._plan(*_asked(sess, fetches, feeds))
            signature = tuple(value.shape for value in feeds.values())
            lowered = lower(specialized(plan.key, signature)[0], lambda record, inputs, outputs: None)
            assert {node.op.type for node in lowered.nodes if isinstance(node, Hosted)} >= {"Cumsum", "Pad", "ArgMax"}
            assert not any(isinstance(node, Called) for node in lowered.nodes)
            results = numpy_target.Machine(lowered, list(feeds.values()), [], []).run()
            for actual, expected in zip(results, sess.run(fetches, feeds), strict=True):
                np.testing.assert_allclose(actual, expected, rtol=1e-6)


def _asked(sess, fetches, feeds):
    elements = tuple(sess.graph.as_graph_element(fetch) for fetch in fetches)
    return elements, tuple(feeds)


# -- tables ------------------------------------------------------------------------------------------------------------


def test_every_record_has_kernels_on_each_target():
    classes = {c for _, c in inspect.getmembers(records, inspect.isclass) if c.__module__ == records.__name__}
    work = {c for c in classes if issubclass(c, tuple)} - PARTS - OF_NO_TABLE
    assert work == set(table._PARTS) == set(numpy_target.TABLE)
    for record, part in table._PARTS.items():
        assert record in part()


def test_what_is_no_record_is_refused():
    with pytest.raises(TypeError, match=r"expected a record .* that the CPU has kernels for, got View"):
        cpu_kernels(records.View((1,)), [], [])


def test_records_know_no_target():
    """Neither LLVM nor what writes its text is imported by them."""
    code = "import graphrt.native.records, sys; print(*[m for m in sys.modules if 'native' in m or 'llvm' in m])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(shown) == {"graphrt.native", "graphrt.native.records"}
