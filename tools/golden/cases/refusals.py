"""Golden cases of inputs that do not fit: the class of the error and its moment, with shapes known and not.

Each row is a function of tensors and the arrays that it is given. `known` declares the arrays' shapes and makes
constants of those of integers, so that shape functions can see what is wrong; `fed` declares nothing, so that kernels
must. (What ends TensorFlow's process, or lets it read beyond its arrays, is not here.)
"""

import numpy

from tools.golden.case import Run, each, grid

F = numpy.float32


def _i(*values):
    return numpy.array(values if len(values) != 1 else values[0], numpy.int32)


def _x(*shape):
    return numpy.ones(shape, F)


def _gradient(function):
    """Of a function of x, with the gradient of its output as the second tensor."""
    return lambda tf, x, dy: tf.gradients(function(tf, x), x, dy)[0]


ROWS = {
    # name: (function, arrays)
    "transpose_scalar": (lambda tf, x, p: tf.transpose(x, p), [_x(3, 4), _i(1)]),
    "transpose_long": (lambda tf, x, p: tf.transpose(x, p), [_x(3, 4), _i(0, 1, 2)]),
    "transpose_twice": (lambda tf, x, p: tf.transpose(x, p), [_x(3, 4), _i(0, 0)]),
    "broadcast_to_negative": (lambda tf, x, d: tf.broadcast_to(x, d), [_x(3, 4), _i(-1, 4)]),
    "broadcast_to_smaller": (lambda tf, x, d: tf.broadcast_to(x, d), [_x(3, 4), _i(1, 4)]),
    "broadcast_to_other": (lambda tf, x, d: tf.broadcast_to(x, d), [_x(3, 4), _i(5, 4)]),
    "roll_axis": (lambda tf, x, s, a: tf.manip.roll(x, s, a), [_x(3, 4), _i([1]), _i([2])]),
    "roll_counts": (lambda tf, x, s, a: tf.manip.roll(x, s, a), [_x(3, 4), _i(1, 1), _i([0])]),
    "roll_matrix": (lambda tf, x, s, a: tf.manip.roll(x, s, a), [_x(3, 4), _i([[1]]), _i([[0]])]),
    "scatter_rows": (lambda tf, x, i, u: tf.tensor_scatter_add(x, i, u), [_x(3, 2), _i([[0], [1]]), _x(3, 2)]),
    "scatter_columns": (lambda tf, x, i, u: tf.tensor_scatter_sub(x, i, u), [_x(3, 2), _i([[0], [1]]), _x(2, 3)]),
    "scatter_outside": (lambda tf, x, i, u: tf.tensor_scatter_update(x, i, u), [_x(3), _i([[3]]), _x(1)]),
    "scatter_negative": (lambda tf, x, i, u: tf.tensor_scatter_update(x, i, u), [_x(3), _i([[-1]]), _x(1)]),
    "scatter_nd_rows": (lambda tf, i, u: tf.scatter_nd(i, u, [4, 2]), [_i([[0], [1]]), _x(3, 2)]),
    "scatter_nd_vector": (lambda tf, i, u: tf.scatter_nd(i, u, [4]), [_i([0]), _x()]),
    "gather_nd_outside": (lambda tf, x, i: tf.gather_nd(x, i), [_x(3, 2), _i([[0, 2]])]),
    "gather_negative": (lambda tf, x, i: tf.gather(x, i), [_x(3), _i(0, -1)]),
    "stitch_tails": (lambda tf, x, y: tf.dynamic_stitch([[0], [1]], [x, y]), [_x(1, 2), _x(1, 3)]),
    "stitch_starts": (lambda tf, x, y: tf.dynamic_stitch([[0], [1]], [x, y]), [_x(2, 2), _x(1, 2)]),
    "stitch_negative": (lambda tf, i, x: tf.dynamic_stitch([i], [x]), [_i(0, -1), _x(2)]),
    "partition_outside": (lambda tf, x, i: tf.dynamic_partition(x, i, 2), [_x(2), _i(0, 2)]),
    "add_n": (lambda tf, x, y: tf.add_n([x, y]), [_x(2, 3), _x(1, 3)]),
    "accumulate_n": (lambda tf, x, y: tf.accumulate_n([x, y]), [_x(2, 3), _x(1, 3)]),
    "unravel_matrix": (lambda tf, i: tf.unravel_index(i, [3, 4]), [_i([[0, 1], [2, 3]])]),
    "reshape_scalar": (lambda tf, x, d: tf.reshape(x, d), [_x(3, 4), _i(12)]),
    "reshape_negative": (lambda tf, x, d: tf.reshape(x, d), [_x(3, 4), _i(-2, 4)]),
    "reshape_other": (lambda tf, x, d: tf.reshape(x, d), [_x(3, 4), _i(5, -1)]),
    "segment_negative_count": (lambda tf, x, i, n: tf.unsorted_segment_sum(x, i, n), [_x(3, 4), _i(0, 1, 2), _i(-1)]),
    "segment_outside": (lambda tf, x, i: tf.unsorted_segment_max(x, i, 2), [_x(3, 4), _i(0, 1, 2)]),
    "segment_unsorted": (lambda tf, x, i: tf.segment_sum(x, i), [_x(3, 4), _i(0, 1, 0)]),
    "sparse_segment_outside": (lambda tf, x, i: tf.sparse_segment_sum(x, i, [0, 0]), [_x(3, 4), _i(0, 3)]),
    "one_hot_negative": (lambda tf, i, n: tf.one_hot(i, n), [_i(0, 1), _i(-1)]),
    "range_vector": (lambda tf, a: tf.range(a, 5, 1), [_i([0])]),
    "linspace_vector": (lambda tf, x: tf.linspace(x, 1.0, 3), [_x(1)]),
    "bias_add_rank": (lambda tf, x, b: tf.nn.bias_add(x, b), [_x(4), _x(4)]),
    "bias_add_count": (lambda tf, x, b: tf.nn.bias_add(x, b), [_x(2, 4), _x(3)]),
    "pad_negative": (lambda tf, x, p: tf.pad(x, p), [_x(3), _i([[-1, 0]])]),
    "slice_beyond": (lambda tf, x, n: tf.slice(x, [1], n), [_x(3), _i([5])]),
    "slice_before": (lambda tf, x, b: tf.slice(x, b, [1]), [_x(3), _i([-1])]),
    "slice_negative": (lambda tf, x, n: tf.slice(x, [0], n), [_x(3), _i([-2])]),
    "index_beyond": (lambda tf, x, i: x[i], [_x(3), _i(3)]),
    "invert_matrix": (lambda tf, p: tf.invert_permutation(p), [_i([[0, 1]])]),
    "invert_twice": (lambda tf, p: tf.invert_permutation(p), [_i(0, 0)]),
    "top_k_negative": (lambda tf, x, k: tf.nn.top_k(x, k)[0], [_x(3), _i(-1)]),
    "top_k_many": (lambda tf, x, k: tf.nn.top_k(x, k)[0], [_x(3), _i(4)]),
    "reverse_sequence_count": (lambda tf, x, n: tf.reverse_sequence(x, n, seq_axis=1), [_x(3, 4), _i(1, 2)]),
    "reverse_sequence_long": (lambda tf, x, n: tf.reverse_sequence(x, n, seq_axis=1), [_x(2, 4), _i(1, 5)]),
    "tile_negative": (lambda tf, x, n: tf.tile(x, n), [_x(3), _i([-1])]),
    "fill_negative": (lambda tf, d: tf.fill(d, 0.0), [_i([-1])]),
    "concat": (lambda tf, x, y: tf.concat([x, y], 0), [_x(3, 4), _x(3, 5)]),
    "sum_axis": (lambda tf, x, a: tf.reduce_sum(x, a), [_x(3, 4), _i(2)]),
    "space_crops": (lambda tf, x, c: tf.batch_to_space_nd(x, [2], c), [_x(2, 3, 1), _i([[0, 0], [0, 0]])]),
    "triangular_nan": (lambda tf, x, y: tf.matrix_triangular_solve(x, y), [F([[numpy.nan]]), _x(1, 1)]),
    "inverse_nan": (lambda tf, x: tf.matrix_inverse(x), [F([[numpy.nan]])]),
    "labels_count": (
        lambda tf, x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
        [_x(1, 4), _i(0, 1)],
    ),
    "betainc": (lambda tf, x, y: tf.betainc(x, y, y), [_x(1, 3), _x(2, 3)]),
    "relu_gradient": (_gradient(lambda tf, x: tf.nn.relu(x)), [_x(2, 3), _x(2, 1)]),
    "relu6_gradient": (_gradient(lambda tf, x: tf.nn.relu6(x)), [_x(2, 3), _x(1, 3)]),
    "elu_gradient": (_gradient(lambda tf, x: tf.nn.elu(x)), [_x(2, 3), _x(2, 1)]),
    "leaky_relu_gradient": (_gradient(lambda tf, x: tf.nn.leaky_relu(x)), [_x(2, 3), _x(2, 1)]),
    "softsign_gradient": (_gradient(lambda tf, x: tf.nn.softsign(x)), [_x(2, 3), _x(2, 1)]),
    "dilation_depth": (
        lambda tf, x, f: tf.nn.dilation2d(x, f, [1, 1, 1, 1], [1, 1, 1, 1], "SAME"),
        [_x(1, 4, 4, 1), _x(2, 2, 2)],
    ),
    "batch_norm_vector": (lambda tf, x, s, o: tf.nn.fused_batch_norm(x, s, o)[0], [_x(1, 2, 2, 1), _x(), _x(1)]),
    "transposed_sizes": (
        lambda tf, x, f, n: tf.nn.conv2d_backprop_input(n, f, x, [1, 1, 1, 1], "SAME"),
        [_x(1, 4, 4, 1), _x(2, 2, 1, 1), _i(1, 4, 4, 1, 1)],
    ),
    "sparse_reorder": (
        lambda tf, i, x: tf.sparse_reorder(tf.SparseTensor(tf.cast(i, tf.int64), x, [2, 3])).values,
        [_i([[0, 0], [1, 1]]), _x(2, 2)],
    ),
    "sparse_dense": (
        lambda tf, i, x: tf.sparse_to_dense(i, [4], x),
        [_i(0, 1), _x(3)],
    ),
}
# Only the run can tell: TensorFlow's own gradients do not look at the forward pass where its shape is known.
FED = {
    "gather_gradient_negative": (lambda tf, x, i: tf.gradients(tf.gather(x, i, axis=1), x)[0], [_x(3, 2), _i(0, -1)]),
}


@each({"%s-%s" % (name, how): (name, how) for name in ROWS for how in ("known", "fed")}, raises=True)
def refused(tf, np, name, how):
    return _run(tf, how, *ROWS[name])


@each(grid(name=sorted(FED)), raises=True)
def refused_when_fed(tf, np, name):
    return _run(tf, "fed", *FED[name])


def _run(tf, how, function, arrays):
    tensors, feed = [], {}
    for i, array in enumerate(arrays):
        if how == "known" and array.dtype.kind == "i":
            tensors.append(tf.constant(array))
            continue
        tensors.append(tf.placeholder(array.dtype, array.shape if how == "known" else None, name="xyz"[i]))
        feed[tensors[-1]] = array
    return Run({"y": function(tf, *tensors)}, feed)
