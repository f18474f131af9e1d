"""Golden cases of the gradients of shape and selection ops, matmul and reductions, with known and unknown shapes."""

from tools.golden.families import exact, fails, integers, table, uniform

X = uniform(2, 3)
T = uniform(2, 3, 4)
EVERY = ["float32", "float64", "batch", "dims"]
TWO = ["float32", "batch"]

# ------------------------------------------------------------------------------------------ reductions

REDUCTIONS = "sum mean max min prod logsumexp".split()


def reduction(kind, **options):
    return lambda tf, x: getattr(tf, "reduce_" + kind)(x, **options)


for _kind in REDUCTIONS:
    table(
        [
            ("reduce_" + _kind, reduction(_kind), [X], ["float32", "float64", "batch", "rank"]),
            ("reduce_" + _kind + "_0", reduction(_kind, axis=0), [X], EVERY),
            ("reduce_" + _kind + "_m1_keep", reduction(_kind, axis=-1, keepdims=True), [T], TWO),
            ("reduce_" + _kind + "_axes", reduction(_kind, axis=[0, 2]), [T], EVERY),
            ("reduce_" + _kind + "_indices", reduction(_kind, reduction_indices=[1], name="r"), [X], ["float32"]),
            ("reduce_" + _kind + "_keep_dims", reduction(_kind, axis=[0], keep_dims=True), [X], TWO),
            ("reduce_" + _kind + "_none", reduction(_kind, axis=[]), [X], ["float32"]),
            ("reduce_" + _kind + "_scalar", reduction(_kind), [uniform()], ["float32"]),
            ("reduce_" + _kind + "_empty", reduction(_kind, axis=0), [uniform(0, 3)], ["ones", "batch"]),
            ("reduce_" + _kind + "_second", reduction(_kind, axis=1), [X], ["second", "second_batch"]),
            (
                "reduce_" + _kind + "_square_second",
                lambda tf, x, k=_kind: reduction(k, axis=1)(tf, tf.square(x)),
                [X],
                ["second"],
            ),
            (
                "reduce_" + _kind + "_axis_tensor",
                lambda tf, x, a, k=_kind: reduction(k, axis=a)(tf, x),
                [X, exact([1], "int32")],
                ["float32"],
            ),
            fails("reduce_" + _kind + "_bad_axis", reduction(_kind, axis=2), [X]),
        ]
    )
TIES = exact([[1.0, 3.0, 3.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
table(
    [
        ("reduce_max_ties", reduction("max", axis=1), [TIES], ["ones"]),
        ("reduce_min_ties", reduction("min", axis=1), [TIES], ["ones"]),
        ("reduce_prod_zeros", reduction("prod", axis=1), [exact([[0.0, 3.0, 4.0], [0.0, 0.0, 2.0]])], ["ones"]),
        ("reduce_logsumexp_large", reduction("logsumexp"), [exact([1000.0, 1000.0])], ["ones"]),
        ("reduce_mean_int", reduction("mean"), [integers(5, low=-9, high=9)], ["float32"]),
        ("reduce_any_all", lambda tf, x: [tf.reduce_any(x > 0, 1), tf.reduce_all(x > 0, 0, keepdims=True)], [X], ["value", "value_batch"]),
        ("reduce_std", lambda tf, x: [tf.math.reduce_std(x, 0), tf.math.reduce_variance(x)], [X], TWO),
        ("arg", lambda tf, x: [tf.argmax(x), tf.argmin(x, 1), tf.argmax(x, axis=-1, output_type=tf.int32)], [X], ["value", "value_batch"]),
        ("norm", lambda tf, x: tf.norm(x), [X], ["float32", "batch", "second"]),
        ("norm_axis", lambda tf, x: tf.norm(x, axis=1), [X], TWO),
        ("norm_1", lambda tf, x: tf.norm(x, ord=1, axis=0, keepdims=True), [X], ["float32"]),
        ("cumsum", lambda tf, x: tf.cumsum(x, axis=1), [X], EVERY),
        ("cumsum_exclusive", lambda tf, x: tf.cumsum(x, exclusive=True, reverse=True), [X], ["float32"]),
        ("cumprod", lambda tf, x: tf.cumprod(x), [X], TWO),
        ("count_nonzero", lambda tf, x: tf.count_nonzero(x, 0), [exact([[0.0, 1.0], [2.0, 0.0]])], ["value"]),
        ("variance_by_hand", lambda tf, x: tf.reduce_mean(tf.square(x - tf.reduce_mean(x, 0))), [X], EVERY),
        ("mse", lambda tf, x, y: tf.reduce_mean(tf.square(x - y)), [X, X], ["float32", "float64", "batch", "second", "rank"]),
        ("tensordot", lambda tf, x, w: tf.tensordot(x, w, [[2], [0]]), [T, uniform(4, 2)], TWO),
        ("tensordot_1", lambda tf, x, w: tf.tensordot(x, w, 1), [X, uniform(3, 2)], TWO),
        ("segment_sum", lambda tf, x: tf.segment_sum(x, [0, 0, 2]), [uniform(3, 2)], ["float32"]),
        ("unsorted_segment_sum", lambda tf, x: tf.unsorted_segment_sum(x, [2, 0, 2], 4), [uniform(3, 2)], TWO),
    ]
)  # fmt: skip

# ---------------------------------------------------------------------------------------------- matmul


def matmul(**options):
    return lambda tf, a, b: tf.matmul(a, b, **options)


for _name, _left, _right, _options in [
    ("", (2, 3), (3, 4), {}),
    ("_ta", (3, 2), (3, 4), {"transpose_a": True}),
    ("_tb", (2, 3), (4, 3), {"transpose_b": True}),
    ("_ta_tb", (3, 2), (4, 3), {"transpose_a": True, "transpose_b": True}),
]:
    _samples, _batch = [uniform(*_left), uniform(*_right)], [uniform(2, *_left), uniform(2, *_right)]
    table([("matmul" + _name, matmul(**_options), _samples, EVERY + ["second"])])
    table([("batch_matmul" + _name, matmul(**_options), _batch, ["float32", "float64", "batch", "second"])])
    table(
        [("batch_matmul_4d" + _name, matmul(**_options), [uniform(2, 2, *_left), uniform(2, 2, *_right)], ["float32"])]
    )
table(
    [
        ("matmul_adjoint", matmul(adjoint_a=True), [uniform(3, 2), uniform(3, 4)], ["float32"]),
        ("batch_matmul_adjoint", matmul(adjoint_b=True), [uniform(2, 2, 3), uniform(2, 4, 3)], ["float32"]),
        ("matmul_broadcast", matmul(), [uniform(5, 2, 3), uniform(3, 4)], ["float32", "batch", "second"]),
        ("matmul_operator", lambda tf, a, b: a @ b, [X, uniform(3, 2)], ["float32"]),
        ("matmul_int", matmul(), [integers(2, 3), integers(3, 2)], ["float32"]),
        ("matmul_sparse_flags", matmul(a_is_sparse=True, b_is_sparse=True), [X, uniform(3, 2)], ["float32"]),
        ("matmul_empty", matmul(), [uniform(0, 3), uniform(3, 2)], ["ones", "batch"]),
        ("matmul_empty_inner", matmul(), [uniform(2, 0), uniform(0, 3)], ["ones"]),
        ("matmul_rank", matmul(), [X, uniform(3, 2)], ["rank"]),
        fails("matmul_vector", matmul(), [X, uniform(3)]),
        fails("matmul_mismatch", matmul(), [X, uniform(2, 3)]),
        fails("matmul_mismatch_run", matmul(), [X, uniform(2, 3)], ["dims"]),
        fails("matmul_types", matmul(), [X, uniform(3, 2, dtype="float64")]),
        ("dense_by_hand", lambda tf, x, w, b: tf.nn.sigmoid(tf.matmul(x, w) + b), [X, uniform(3, 4), uniform(4)], EVERY + ["second"]),
        ("dense_tf_add", lambda tf, x, w, b: tf.nn.relu(tf.add(tf.matmul(x, w), b)), [X, uniform(3, 4), uniform(4)], TWO),
    ]
)  # fmt: skip

# ------------------------------------------------------------------------------- shapes and selections

LINEAR = {
    "reshape": lambda tf, x: tf.reshape(x, [3, 2]),
    "reshape_m1": lambda tf, x: tf.reshape(x, [-1]),
    "reshape_shape": lambda tf, x: tf.reshape(x, [tf.shape(x)[1], -1]),
    "transpose": lambda tf, x: tf.transpose(x),
    "transpose_perm": lambda tf, x: tf.transpose(x, [1, 0], name="swap"),
    "expand_dims": lambda tf, x: tf.expand_dims(x, 1),
    "expand_dims_m1": lambda tf, x: tf.expand_dims(x, axis=-1),
    "squeeze": lambda tf, x: tf.squeeze(tf.expand_dims(x, 0)),
    "squeeze_axis": lambda tf, x: tf.squeeze(tf.expand_dims(x, 0), [0]),
    "tile": lambda tf, x: tf.tile(x, [2, 3]),
    "pad": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]]),
    "pad_constant": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]], constant_values=3.0),
    "pad_reflect": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]], "REFLECT"),
    "pad_symmetric": lambda tf, x: tf.pad(x, [[1, 1], [0, 2]], mode="SYMMETRIC"),
    "slice": lambda tf, x: tf.slice(x, [0, 1], [2, -1]),
    "index_row": lambda tf, x: x[0],
    "index_column": lambda tf, x: x[:, 1],
    "index_both": lambda tf, x: x[1, -1],
    "index_range": lambda tf, x: x[:, 1:],
    "index_step": lambda tf, x: x[::-1, ::2],
    "index_ellipsis": lambda tf, x: x[..., 0:2],
    "index_new": lambda tf, x: x[:, tf.newaxis, :2],
    "index_none": lambda tf, x: x[None],
    "index_tensor": lambda tf, x: x[tf.constant(1)],
    "index_tensor_range": lambda tf, x: x[: tf.shape(x)[0] - 1],
    "strided_slice": lambda tf, x: tf.strided_slice(x, [0, 0], [2, 3], [1, 2]),
    "unstack": lambda tf, x: tf.unstack(x, axis=1),
    "unstack_num": lambda tf, x: tf.unstack(x, num=2),
    "split": lambda tf, x: tf.split(x, 3, axis=1),
    "split_sizes": lambda tf, x: tf.split(x, [1, 2], 1),
    "stack": lambda tf, x: tf.stack([x, 2 * x]),
    "stack_axis": lambda tf, x: tf.stack([x, x], axis=1, name="both"),
    "concat": lambda tf, x: tf.concat([x, x * 2.0], 0),
    "concat_m1": lambda tf, x: tf.concat([x, x], axis=-1),
    "gather": lambda tf, x: tf.gather(x, [1, 0, 1]),
    "gather_axis": lambda tf, x: tf.gather(x, [2, 0, 2], axis=1),
    "gather_scalar": lambda tf, x: tf.gather(x, 1),
    "gather_nd": lambda tf, x: tf.gather_nd(x, [[0, 1], [1, 2], [0, 1]]),
    "reverse": lambda tf, x: tf.reverse(x, [1]),
    "broadcast_to": lambda tf, x: tf.broadcast_to(x, [4, 2, 3]),
    "matrix_band_part": lambda tf, x: tf.matrix_band_part(x, 0, -1),
    "boolean_mask": lambda tf, x: tf.boolean_mask(x, [True, False]),
    "where_rows": lambda tf, x: tf.where([True, False], x, 2 * x),
    "where": lambda tf, x: tf.where(x > 0, x * 2, tf.zeros_like(x)),
    "identity_n": lambda tf, x: tf.identity_n([x, x]),
    "tuple": lambda tf, x: tf.tuple([x * 2, x * 3]),
    "print": lambda tf, x: tf.Print(x, [x], "x: "),
    "flatten": lambda tf, x: tf.layers.flatten(x),
    "meshgrid": lambda tf, x: tf.meshgrid(x[0], x[1]),
    "space_of_diag": lambda tf, x: tf.diag_part(tf.matmul(x, x, transpose_b=True)),
    "diag": lambda tf, x: tf.diag(x[0]),
    "trace": lambda tf, x: tf.trace(tf.matmul(x, x, transpose_b=True)),
    "roll": lambda tf, x: tf.roll(x, 1, axis=1),
    "sort": lambda tf, x: tf.sort(x, axis=1),
    "check_numerics": lambda tf, x: tf.check_numerics(x, "numbers"),
    "placeholder_with_default": lambda tf, x: tf.placeholder_with_default(x, [None, 3]) * 2,
    "assert": lambda tf, x: _asserted(tf, x),
}


def _asserted(tf, x):
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x < 10), [x])]):
        return tf.identity(x)


table([(name, function, [X], ["float32", "float64", "batch"]) for name, function in LINEAR.items()])
SECOND = "reshape transpose slice index_row index_step unstack split stack concat gather pad tile where squeeze".split()
table(
    [
        (name + "_second", lambda tf, x, f=LINEAR[name]: tf.square(tf.stack(f(tf, x))), [X], ["second", "second_batch"])
        for name in SECOND
    ]
)
table(
    [
        ("concat_two", lambda tf, x, y: tf.concat([x, y], 1), [X, uniform(2, 2)], EVERY),
        ("concat_three_0", lambda tf, x, y, z: tf.concat([x, y, z], 0), [X, X, uniform(1, 3)], EVERY),
        ("concat_one", lambda tf, x: tf.concat([x], 0), [X], ["float32"]),
        fails("concat_mismatch", lambda tf, x, y: tf.concat([x, y], 0), [X, uniform(2, 2)]),
        ("where_pair", lambda tf, x, y: tf.where(x > y, x, y), [X, X], EVERY),
        fails("where_mismatch", lambda tf, x, y: tf.where(x > 0, x, y), [X, uniform(3)]),
        ("where_coordinates", lambda tf, x: tf.where(x > 0), [X], ["value", "value_batch"]),
        ("gather_fed", lambda tf, x, i: tf.gather(x, i), [X, integers(4, high=2)], EVERY),
        ("gather_2d", lambda tf, x, i: tf.gather(x, i), [X, integers(2, 2, high=2)], TWO),
        ("gather_twice", lambda tf, x, i: tf.gather(x, i) * tf.reduce_sum(tf.gather(x, [0])), [X, integers(4, high=2)], TWO),
        ("gather_and_dense", lambda tf, x, i: tf.reduce_sum(tf.gather(x, i)) + tf.reduce_sum(x * x), [X, integers(4, high=2)], TWO),
        fails("gather_out_of_range", lambda tf, x, i: tf.gather(x, i), [X, exact([5], "int32")]),
        ("gather_int64", lambda tf, x, i: tf.gather(x, i), [X, integers(3, high=2, dtype="int64")], ["float32"]),
        ("scatter_nd", lambda tf, x: tf.scatter_nd([[1], [3], [1]], x, [5]), [uniform(3)], ["float32"]),
        ("dynamic_stitch", lambda tf, x, y: tf.dynamic_stitch([[0, 2], [1]], [x, y]), [uniform(2), uniform(1)], ["float32"]),
        ("dynamic_partition", lambda tf, x: tf.dynamic_partition(x, [0, 1, 0], 2), [uniform(3)], ["float32"]),
        ("one_hot", lambda tf, i: tf.one_hot(i, 3), [exact([0, 2, -1, 5], "int32")], ["value", "value_batch"]),
        ("one_hot_times", lambda tf, x, i: x * tf.one_hot(i, 3, on_value=2.0, off_value=-1.0, axis=-1), [X, integers(2)], ["float32", "batch", "dims"]),
        ("squeeze_unknown", lambda tf, x: tf.squeeze(x), [uniform(1, 3, 1)], EVERY),
        fails("squeeze_wrong", lambda tf, x: tf.squeeze(x, [1]), [X]),
        ("transpose_3d", lambda tf, x: tf.transpose(x, [2, 0, 1]), [T], EVERY),
        ("matrix_transpose", lambda tf, x: tf.matrix_transpose(x), [T], TWO),
        fails("reshape_wrong", lambda tf, x: tf.reshape(x, [4, 2]), [X]),
        ("reshape_fed", lambda tf, x, s: tf.reshape(x, s), [X, exact([3, 2], "int32")], ["float32"]),
        ("slice_fed", lambda tf, x, b: tf.slice(x, b, [1, 2]), [X, exact([1, 1], "int32")], ["float32"]),
        ("tile_fed", lambda tf, x, m: tf.tile(x, m), [X, exact([2, 1], "int32")], TWO),
        ("tile_vector", lambda tf, x: tf.tile(x, [3]), [uniform(2)], ["float32"]),
        ("pad_fed", lambda tf, x, p: tf.pad(x, p), [X, exact([[0, 1], [2, 0]], "int32")], ["float32"]),
        ("shapes", lambda tf, x: [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x, out_type=tf.int64), tf.zeros_like(x), tf.ones_like(x)], [X], ["value", "value_batch"]),
        ("scale_by_size", lambda tf, x: x / tf.cast(tf.size(x), x.dtype), [X], TWO),
        ("fill_shape", lambda tf, x, v: tf.fill(tf.shape(x), v) * x, [X, uniform()], TWO),
        ("zeros_shape", lambda tf, x: x + tf.zeros(tf.shape(x), x.dtype), [X], TWO),
        ("range_times", lambda tf, x: x * tf.cast(tf.range(3), x.dtype), [X], TWO),
        ("split_tensor_value", lambda tf, x: tf.split(value=x, num_or_size_splits=2), [T], TWO),
        ("unstack_3d", lambda tf, x: tf.unstack(x, axis=-1), [T], TWO),
        ("index_3d", lambda tf, x: x[0, ..., 1:3], [T], TWO),
        ("index_scalar_list", lambda tf, x: x[[0, 1]], [X], ["float32"]),
        ("index_mask", lambda tf, x, m: x[m > 0], [X, X], ["float32"]),
        fails("index_out_of_range", lambda tf, x: x[7], [X]),
        ("index_beyond", lambda tf, x: x[5:9], [X], ["ones", "batch"]),
        ("space_to_batch", lambda tf, x: tf.space_to_batch_nd(x, [2, 2], [[0, 0], [0, 0]]), [uniform(1, 4, 4, 1)], ["float32"]),
        ("map_fn_free", lambda tf, x: tf.add_n(tf.unstack(x)), [X], ["float32"]),
    ]
)  # fmt: skip
