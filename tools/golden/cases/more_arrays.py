"""Array functions beyond those of arrays.py, with their gradients: segments, scattering, blocks, sorting, sets, padding..."""

from tools.golden.case import Run, case, each

VALUES = [[0.5, -1.5, 2.0, 1.0], [3.0, 0.0, -2.5, 1.0], [-0.25, 4.0, 1.5, -1.0]]

FLOATS = {
    "segment_sum": lambda tf, x: tf.segment_sum(x, [0, 0, 3]),
    "segment_mean": lambda tf, x: tf.segment_mean(x, [0, 0, 2]),
    "segment_prod": lambda tf, x: tf.segment_prod(x, [0, 2, 2]),
    "segment_max": lambda tf, x: tf.segment_max(x, [0, 2, 2]),
    "segment_min": lambda tf, x: tf.segment_min(x, [0, 0, 1], name="least"),
    "unsorted_segment_sum": lambda tf, x: tf.unsorted_segment_sum(x, [2, -1, 2], 4),
    "unsorted_segment_sum_2d": lambda tf, x: tf.unsorted_segment_sum(x, [[0, 1, 0, 2], [2, 2, 1, 0], [1, 1, 1, 1]], 3),
    "unsorted_segment_mean": lambda tf, x: tf.unsorted_segment_mean(x, [2, 0, 2], 4),
    "unsorted_segment_sqrt_n": lambda tf, x: tf.math.unsorted_segment_sqrt_n(x, [2, 0, 2], 3),
    "unsorted_segment_prod": lambda tf, x: tf.unsorted_segment_prod(x, [1, 0, 1], 3),
    "unsorted_segment_max": lambda tf, x: tf.unsorted_segment_max(x, [1, 0, 1], 3),
    "unsorted_segment_min": lambda tf, x: tf.unsorted_segment_min(x, [1, 0, 1], 3),
    "gather_nd_slices": lambda tf, x: tf.gather_nd(x, [[2], [0], [2]]),
    "gather_nd_matrix": lambda tf, x: tf.gather_nd(x, [[[0, 1], [2, 3]], [[1, 0], [1, 0]]]),
    "gather_batch": lambda tf, x: tf.gather(x, [[0, 1], [3, 3], [2, 0]], batch_dims=1),
    "gather_batch_axis": lambda tf, x: tf.gather(tf.reshape(x, [3, 2, 2]), [[0], [1], [1]], axis=2, batch_dims=1),
    "gather_matrix_axis": lambda tf, x: tf.gather(x, [[1, 2], [0, 0]], axis=1),
    "gather_negative_axis": lambda tf, x: tf.gather(x, [3, 0], axis=-1),
    "scatter_nd": lambda tf, x: tf.scatter_nd([[4], [1], [4]], x, [5, 4]),
    "tensor_scatter_update": lambda tf, x: tf.tensor_scatter_update(x, [[0, 1], [2, 2]], [10.0, 20.0]),
    "tensor_scatter_add": lambda tf, x: tf.tensor_scatter_add(x, [[0], [0]], [[1.0] * 4, [2.0] * 4]),
    "tensor_scatter_sub": lambda tf, x: tf.tensor_scatter_sub(x, [[0], [2]], [[1.0] * 4, [2.0] * 4]),
    "top_k": lambda tf, x: tf.nn.top_k(x, 2),
    "top_k_values": lambda tf, x: tf.nn.top_k(x, k=3, sorted=True, name="best").values,
    "sort": lambda tf, x: tf.sort(x),
    "sort_down_axis": lambda tf, x: tf.sort(x, axis=0, direction="DESCENDING"),
    "argsort_axis": lambda tf, x: tf.argsort(x, axis=0),
    "roll_two": lambda tf, x: tf.roll(x, [1, -1], [0, 1]),
    "reverse_sequence": lambda tf, x: tf.reverse_sequence(x, [2, 4, 0], seq_dim=1, batch_dim=0),
    "reverse_sequence_0": lambda tf, x: tf.reverse_sequence(x, [1, 2, 3, 0], seq_axis=0, batch_axis=1),
    "mirror_reflect": lambda tf, x: tf.pad(x, [[2, 1], [0, 3]], "REFLECT"),
    "mirror_symmetric": lambda tf, x: tf.pad(x, [[3, 1], [0, 4]], "SYMMETRIC"),
    "pad_value_tensor": lambda tf, x: tf.pad(x, [[1, 0], [0, 1]], constant_values=tf.reduce_sum(x)),
    "space_to_depth": lambda tf, x: tf.space_to_depth(tf.reshape(x, [1, 2, 2, 3]), 2),
    "depth_to_space": lambda tf, x: tf.depth_to_space(tf.reshape(x, [1, 1, 3, 4]), 2),
    "space_to_batch": lambda tf, x: tf.space_to_batch(tf.reshape(x, [1, 2, 6, 1]), [[0, 0], [1, 1]], 2),
    "batch_to_space": lambda tf, x: tf.batch_to_space(tf.reshape(x, [4, 1, 3, 1]), [[0, 0], [1, 0]], 2),
    "space_to_batch_nd": lambda tf, x: tf.space_to_batch_nd(tf.reshape(x, [3, 4, 1]), [2], [[0, 0]]),
    "batch_to_space_nd": lambda tf, x: tf.batch_to_space_nd(tf.reshape(x, [2, 3, 2]), [2], [[0, 1]]),
    "meshgrid_ij": lambda tf, x: tf.meshgrid(x[0], x[1], indexing="ij"),
    "meshgrid_three": lambda tf, x: tf.meshgrid(x[0, :2], x[1, :3], x[2, :2], name="grid"),
    "parallel_stack": lambda tf, x: tf.parallel_stack([x[0], x[1]]),
    "dynamic_partition": lambda tf, x: tf.dynamic_partition(x, [1, 0, 1], 3),
    "dynamic_partition_2d": lambda tf, x: tf.dynamic_partition(x, [[0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 1]], 2),
    "dynamic_stitch": lambda tf, x: tf.dynamic_stitch([[3, 0], [[1], [2]]], [x[:2], tf.reshape(x[1:], [2, 1, 4])]),
    "broadcast_to": lambda tf, x: tf.broadcast_to(x[:1], [2, 3, 4]),
    "where_scalar": lambda tf, x: tf.where(tf.reduce_sum(x) > 0.0, x, -x),
    "identity_n": lambda tf, x: tf.identity_n([x, x * 2.0]),
    "matrix_transpose": lambda tf, x: tf.matrix_transpose(tf.reshape(x, [3, 2, 2])),
    "transpose_conjugate": lambda tf, x: tf.transpose(x, conjugate=True),
    "strided_masks": lambda tf, x: tf.strided_slice(
        x, [0, 1], [2, 3], [1, 1], begin_mask=1, end_mask=2, shrink_axis_mask=0
    ),
    "strided_new_axis": lambda tf, x: tf.strided_slice(
        x, [0, 0, 1], [0, 0, 3], [1, 1, 1], ellipsis_mask=1, new_axis_mask=2
    ),
    "split_sum": lambda tf, x: tf.add_n(tf.split(x, 2, axis=1)),
    "split_many": lambda tf, x: tf.concat(
        [part * float(i) for i, part in enumerate(tf.split(tf.reshape(x, [12]), 12))] * 2, 0
    ),
    "concat_axis_tensor": lambda tf, x: tf.concat([x, x], tf.constant(1)),
    "guarantee_const": lambda tf, x: tf.guarantee_const(x),
    "ensure_shape": lambda tf, x: tf.ensure_shape(x, [3, None]) * 2.0,
    "verify_finite": lambda tf, x: tf.verify_tensor_all_finite(x, "bad"),
    "expand_and_squeeze": lambda tf, x: tf.squeeze(tf.expand_dims(tf.expand_dims(x, 0), -1), [0, -1]),
}


WITHOUT_GRADIENT = ("segment_prod", "parallel_stack", "guarantee_const")


@each({name: (FLOATS[name],) for name in WITHOUT_GRADIENT})
def values(tf, np, function):
    x = tf.placeholder(tf.float32, [3, 4], name="x")
    return Run({"y": function(tf, x)}, {x: np.array(VALUES, np.float32)})


@each({name: (function,) for name, function in FLOATS.items() if name not in WITHOUT_GRADIENT})
def values_and_gradients(tf, np, function):
    x = tf.placeholder(tf.float32, [3, 4], name="x")
    y = function(tf, x)
    fetches = {"y": y}
    flat = [t for t in (y if isinstance(y, (list, tuple)) else [y]) if t.dtype == tf.float32]
    grads = tf.gradients(flat, x) if flat else [None]
    if grads[0] is not None:
        fetches["dx"] = grads[0]
    return Run(fetches, {x: np.array(VALUES, np.float32)})


UNKNOWN = "segment_mean unsorted_segment_sum gather_batch gather_nd_matrix top_k sort roll_two mirror_reflect dynamic_partition broadcast_to space_to_batch_nd reverse_sequence".split()


@each({name: (FLOATS[name],) for name in UNKNOWN})
def of_unknown_shapes(tf, np, function):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = function(tf, x)
    flat = [t for t in (y if isinstance(y, (list, tuple)) else [y]) if t.dtype == tf.float32]
    return Run({"y": y, "dx": tf.gradients(flat, x)[0]}, {x: np.array(VALUES, np.float32)})


INTEGERS = {
    "unique": lambda tf, i: tf.unique(i),
    "unique_int64": lambda tf, i: tf.unique(i, out_idx=tf.int64),
    "unique_with_counts": lambda tf, i: tf.unique_with_counts(i),
    "setdiff1d": lambda tf, i: tf.setdiff1d(i, [3, 4]),
    "invert_permutation": lambda tf, i: tf.invert_permutation(tf.argsort(i)),
    "one_hot": lambda tf, i: tf.one_hot(i, 4),
    "sequence_mask": lambda tf, i: tf.sequence_mask(i),
    "bincount_free": lambda tf, i: tf.unsorted_segment_sum(tf.ones_like(i), i, 6),
    "searchsorted": lambda tf, i: tf.searchsorted([1, 3, 3, 5], i),
    "searchsorted_right": lambda tf, i: tf.searchsorted(
        tf.constant([[1, 3, 3, 5]]), i[None, :], side="right", out_type=tf.int64
    ),
    "bitcast": lambda tf, i: tf.bitcast(i, tf.uint8),
    "bitcast_back": lambda tf, i: tf.bitcast(tf.reshape(tf.bitcast(i, tf.uint8), [-1, 2]), tf.int16),
    "broadcast_dynamic_shape": lambda tf, i: tf.broadcast_dynamic_shape(tf.shape(i), [3, 1]),
    "range": lambda tf, i: tf.range(i[0], 20, 3),
    "top_k": lambda tf, i: tf.nn.top_k(i, 3),
    "where": lambda tf, i: tf.where(tf.equal(i, 3)),
    "boolean_mask": lambda tf, i: tf.boolean_mask(i, tf.greater(i, 2)),
    "zeros_like": lambda tf, i: [
        tf.zeros_like(i),
        tf.ones_like(i, dtype=tf.float64),
        tf.zeros(tf.shape(i)),
        tf.fill(tf.shape(i), True),
    ],
    "stack_nested": lambda tf, i: tf.convert_to_tensor([[i[0], 1], [2, i[1]]]),
    "required_paddings": lambda tf, i: tf.required_space_to_batch_paddings(i[:2], [2, 3]),
    "segment_sum": lambda tf, i: tf.segment_sum(i, [0, 0, 1, 1, 1, 3]),
    "is_increasing": lambda tf, i: [tf.is_non_decreasing(i), tf.is_strictly_increasing(tf.sort(i))],
}


@each({name: (function,) for name, function in INTEGERS.items()})
def of_integers(tf, np, function):
    i = tf.placeholder(tf.int32, [None], name="i")
    return Run({"y": function(tf, i)}, {i: [3, 1, 3, 5, 0, 1]})


@case
def linspace(tf, np):
    a = tf.placeholder(tf.float32, [])
    fetches = {
        "a": tf.linspace(a, 1.7, 23),
        "b": tf.lin_space(0.0, 1.0, 1, name="one"),
        "c": tf.linspace(np.float64(1.0), 0.0, 7),
    }
    return Run(fetches, {a: 0.1})


@case
def range_of_floats(tf, np):
    a = tf.placeholder(tf.float32, [])
    return Run(
        {"a": tf.range(a, 3.0, 0.1), "b": tf.range(a, -1.0, -0.3), "c": tf.range(tf.constant(0, tf.int64), 5)}, {a: 0.1}
    )


@case
def zeros_and_ones(tf, np):
    n = tf.placeholder(tf.int32, [], name="n")
    fetches = {
        "number": tf.zeros(5),
        "large": tf.zeros([40, 30])[0, :2],
        "scalar": tf.ones([]),
        "string": tf.zeros([2], tf.string),
        "bool": tf.ones([2], "bool"),
        "tensor": tf.ones([n, 3, 4])[:, :1, :1],
        "shape": tf.zeros(tf.TensorShape([2, 3]), name="named"),
        "numpy": tf.ones(np.array([2, 1])),
        "int64": tf.zeros(np.array([1, 2]), tf.int64),
        "like": tf.ones_like([1, 2]),
        "like_free": tf.ones_like(tf.zeros([3]), optimize=False),
    }
    return Run(fetches, {n: 2})


@each(
    {
        "segment_order": lambda tf, x: tf.segment_sum(x, [1, 0]),
        "segment_outside": lambda tf, x: tf.unsorted_segment_sum(x, [0, 9], 3),
        "scatter_nd_outside": lambda tf, x: tf.scatter_nd([[0], [9]], x, [3, 2]),
        "permutation_twice": lambda tf, x: tf.invert_permutation([0, 0]),
        "permutation_outside": lambda tf, x: tf.invert_permutation([0, 2]),
        "batch_gather_outside": lambda tf, x: tf.gather(x, [[0], [7]], batch_dims=1),
        "partition_outside": lambda tf, x: tf.dynamic_partition(x, [0, 7], 2),
        "reflect_too_far": lambda tf, x: tf.pad(x, tf.constant([[0, 0], [2, 2]]) + tf.to_int32(x[0, 0]) * 0, "REFLECT"),
        "check_numerics": lambda tf, x: tf.check_numerics(x / 0.0, "not finite"),
        "ensure_shape": lambda tf, x: tf.ensure_shape(tf.placeholder_with_default(x, None), [3, 3]),
        "broadcast_args": lambda tf, x: tf.broadcast_dynamic_shape([2], [3]),
    },
    raises=True,
)
def running_raises(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    return Run({"y": function(tf, x)}, {x: [[1.0, 2.0], [3.0, 4.0]]})


@each(
    {
        "top_k_too_many": lambda tf: tf.nn.top_k(tf.zeros([2]), 3),
        "top_k_scalar": lambda tf: tf.nn.top_k(1.0),
        "sort_direction": lambda tf: tf.sort([1, 2], direction="UP"),
        "searchsorted_side": lambda tf: tf.searchsorted([1], [1], side="middle"),
        "meshgrid_indexing": lambda tf: tf.meshgrid([1], [2], indexing="zz"),
        "meshgrid_argument": lambda tf: tf.meshgrid([1], [2], sparse=True),
        "expand_both": lambda tf: tf.expand_dims([1], 0, dim=0),
        "expand_none": lambda tf: tf.expand_dims([1]),
        "matrix_transpose": lambda tf: tf.matrix_transpose([1]),
        "segment_ids_rank": lambda tf: tf.segment_sum(tf.zeros([2]), [[0], [1]]),
        "unsorted_shapes": lambda tf: tf.unsorted_segment_sum(tf.zeros([2]), [0, 1, 2], 3),
        "bitcast": lambda tf: tf.bitcast(tf.zeros([3], tf.uint8), tf.int32),
        "reverse_twice": lambda tf: tf.reverse(tf.zeros([2, 3]), [0, 0]),
        "slice_ranks": lambda tf: tf.slice(tf.zeros([2, 3]), [0], [1, 1]),
        "broadcast_to": lambda tf: tf.broadcast_to(tf.zeros([2, 3]), [2, 4]),
        "ensure_shape": lambda tf: tf.ensure_shape(tf.zeros([2]), [3]),
        "check_integers": lambda tf: tf.check_numerics(tf.constant(1), "x"),
        "assert_scalar": lambda tf: tf.assert_scalar(tf.zeros([2])),
        "assert_type": lambda tf: tf.assert_type(tf.zeros([2]), tf.int32),
        "assert_rank_in": lambda tf: tf.assert_rank_in(tf.zeros([2]), [2, 3]),
        "unstack_axis": lambda tf: tf.unstack(tf.zeros([2]), axis=3),
        "split_rank": lambda tf: tf.split(tf.zeros([4]), 2, axis=2),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


ASSERTIONS = {
    "equal": lambda tf, x: tf.assert_equal(x, x * 1.0, message="same", name="check"),
    "none_equal": lambda tf, x: tf.assert_none_equal(x, x + 1.0),
    "less_equal": lambda tf, x: tf.assert_less_equal(x, 9.0, data=["too large", x], summarize=2),
    "greater": lambda tf, x: tf.assert_greater(x, 0.0),
    "negative": lambda tf, x: tf.assert_negative(-x),
    "non_positive": lambda tf, x: tf.assert_non_positive(-x, message="sign"),
    "near": lambda tf, x: tf.assert_near(x, x + 1e-7),
    "rank_at_least": lambda tf, x: tf.assert_rank_at_least(x, 1),
    "rank_unknown": lambda tf, x: tf.assert_rank(tf.placeholder_with_default(x, None), 1),
    "rank_tensor": lambda tf, x: tf.assert_rank(x, tf.placeholder_with_default(1, [])),
    "rank_in": lambda tf, x: tf.assert_rank_in(tf.placeholder_with_default(x, None), [0, 1]),
    "scalar": lambda tf, x: tf.assert_scalar(tf.reduce_sum(x)),
}


@each({name: (function,) for name, function in ASSERTIONS.items()})
def assertions(tf, np, function):
    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.control_dependencies([function(tf, x)]):
        return Run({"y": tf.identity(x)}, {x: [1.0, 2.0]})


COUNTS = {
    "bincount": lambda tf, i, x: tf.bincount(i),
    "bincount_limits": lambda tf, i, x: tf.bincount(i, minlength=8, maxlength=9),
    "bincount_weights": lambda tf, i, x: tf.bincount(i, weights=x),
    "bincount_int64": lambda tf, i, x: tf.math.bincount(i, maxlength=3, dtype=tf.int64),
    "histogram": lambda tf, i, x: tf.histogram_fixed_width(x, [0.0, 5.0], nbins=5),
    "histogram_named": lambda tf, i, x: tf.histogram_fixed_width(x, [-1.0, 1.0], 3, dtype=tf.int64, name="h"),
    "confusion": lambda tf, i, x: tf.confusion_matrix(i, tf.minimum(i, 2)),
    "confusion_classes": lambda tf, i, x: tf.confusion_matrix(i, i, 6, weights=x, dtype=tf.float32, name="table"),
    "confusion_column": lambda tf, i, x: tf.confusion_matrix(i, tf.expand_dims(i, 1), num_classes=6),
    "repeat": lambda tf, i, x: tf.repeat(x, 2),
    "repeat_axis": lambda tf, i, x: tf.repeat(tf.reshape(x, [2, 3]), 3, axis=1),
    "repeat_each": lambda tf, i, x: tf.repeat(tf.reshape(x, [2, 3]), [1, 2], axis=0),
    "repeat_each_axis": lambda tf, i, x: tf.repeat(tf.reshape(x, [2, 3]), [1, 0, 2], axis=1, name="r"),
    "where_v2": lambda tf, i, x: tf.where_v2(tf.greater(i, 2), x, 0.0),
    "where_v2_coordinates": lambda tf, i, x: tf.where_v2(tf.greater(i, 2)),
}


@each({name: (function,) for name, function in COUNTS.items()})
def counting(tf, np, function):
    i, x = tf.placeholder(tf.int32, [None], name="i"), tf.placeholder(tf.float32, [6], name="x")
    return Run({"y": function(tf, i, x)}, {i: [3, 1, 3, 5, 0, 1], x: [0.5, -1.5, 2.0, 7.0, 4.75, 1.0]})


@case
def where_v2_gradients(tf, np):
    c, x, y = tf.placeholder(tf.bool, [2]), tf.placeholder(tf.float32, [3, 2]), tf.placeholder(tf.float32, [3, 1])
    dx, dy = tf.gradients(tf.where_v2(c, x, y), [x, y])
    return Run({"dx": dx, "dy": dy}, {c: [True, False], x: np.ones([3, 2]), y: np.zeros([3, 1])})


@each({"negative": ([-1], [0]), "too_large": ([7], [0])}, raises=True)
def confusion_of_wrong_classes(tf, np, labels, predictions):
    fed = tf.placeholder(tf.int32, [None])
    return Run({"y": tf.confusion_matrix(fed, predictions, 3)}, {fed: labels})


@each(
    {
        "text": lambda tf, x: tf.print("hello"),
        "tensor": lambda tf, x: tf.print(x, name="shown"),
        "several": lambda tf, x: tf.print("x:", x, {"k": x[0]}, 7, sep="|", end="", summarize=2),
        "string": lambda tf, x: tf.print(tf.constant("only this")),
    }
)
def prints(tf, np, function):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.control_dependencies([function(tf, x)]):
        return Run({"y": tf.identity(x)}, {x: [1.0, 2.0]})


PLACES = {
    "unravel_index": lambda tf, i, x: tf.unravel_index(i, [2, 3]),
    "unravel_one": lambda tf, i, x: tf.unravel_index(i[0], [2, 3], name="u"),
    "batch_gather": lambda tf, i, x: tf.batch_gather(tf.reshape(x, [2, 3]), tf.reshape(i[:4], [2, 2]) % 3),
    "batch_gather_rows": lambda tf, i, x: tf.batch_gather(tf.reshape(x, [1, 3, 2]), [[2, 0]]),
    "batch_gather_vector": lambda tf, i, x: tf.batch_gather(x, i),
    "sparse_mask": lambda tf, i, x: tf.sparse_mask(tf.IndexedSlices(x, i), [3, 1]),
}


@each({name: (function,) for name, function in PLACES.items()})
def places(tf, np, function):
    i, x = tf.placeholder(tf.int32, [6], name="i"), tf.placeholder(tf.float32, [6], name="x")
    return Run({"y": function(tf, i, x)}, {i: [3, 1, 3, 5, 0, 1], x: [0.5, -1.5, 2.0, 7.0, 4.75, 1.0]})


SHAPES = {
    "known": lambda tf, x, y: tf.debugging.assert_shapes({x: ("n", 3), y: ("n",)}),
    "pairs": lambda tf, x, y: tf.debugging.assert_shapes(
        [(x, ("n", "m")), (x, ["n", 3]), (y, (None,))], message="shapes"
    ),
    "open": lambda tf, x, y: tf.debugging.assert_shapes([(x, ("*", "m")), (tf.zeros([3]), ("m",))]),
}


@each({name: (function,) for name, function in SHAPES.items()})
def assertions_about_shapes(tf, np, function):
    x, y = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, [None], name="y")
    with tf.control_dependencies([function(tf, x, y)]):
        return Run({"y": tf.identity(y)}, {x: np.ones([2, 3]), y: [1.0, 2.0]})


@each(
    {
        "size": lambda tf, x: tf.debugging.assert_shapes({x: (2, 4)}),
        "rank": lambda tf, x: tf.debugging.assert_shapes({x: (2, 3, 4)}),
        "letters": lambda tf, x: tf.debugging.assert_shapes({x: ("n", "n")}),
        "no_shape": lambda tf, x: tf.debugging.assert_shapes({x: 3}),
        "open_inside": lambda tf, x: tf.debugging.assert_shapes({x: (2, "*")}),
    },
    raises=True,
)
def shapes_that_do_not_fit(tf, np, function):
    function(tf, tf.zeros([2, 3]))
