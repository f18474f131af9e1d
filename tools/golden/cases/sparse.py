"""Sparse tensors: making, feeding and fetching them, dense results, arithmetic, and gradients."""

from tools.golden.case import Facts, Run, case, each

INDICES, SHAPE = [[0, 1], [1, 0], [1, 2]], [2, 3]


def made(tf, values=None):
    return tf.SparseTensor(INDICES, [1.0, 2.0, 3.0] if values is None else values, SHAPE)


OPERATIONS = {
    "itself": lambda tf, s, x: s,
    "to_dense": lambda tf, s, x: tf.sparse.to_dense(s),
    "tensor_to_dense": lambda tf, s, x: tf.sparse_tensor_to_dense(s, -1.0, name="dense"),
    "matmul": lambda tf, s, x: tf.sparse_tensor_dense_matmul(s, tf.transpose(x)),
    "matmul_adjoint_a": lambda tf, s, x: tf.sparse_tensor_dense_matmul(s, x, adjoint_a=True),
    "matmul_adjoint_b": lambda tf, s, x: tf.sparse.matmul(s, x, adjoint_b=True, name="product"),
    "reduce_sum": lambda tf, s, x: tf.sparse_reduce_sum(s),
    "reduce_sum_axis": lambda tf, s, x: tf.sparse_reduce_sum(s, 1),
    "reduce_sum_keep": lambda tf, s, x: tf.sparse.reduce_sum(s, axis=[0], keepdims=True),
    "reduce_sum_old": lambda tf, s, x: tf.sparse_reduce_sum(s, reduction_axes=[-1], keep_dims=True),
    "reduce_max": lambda tf, s, x: tf.sparse_reduce_max(s, 0),
    "reorder": lambda tf, s, x: tf.sparse_reorder(s),
    "add": lambda tf, s, x: tf.sparse_add(s, tf.SparseTensor([[0, 1], [0, 2]], [10.0, 20.0], SHAPE)),
    "add_threshold": lambda tf, s, x: tf.sparse_add(s, tf.SparseTensor([[0, 1]], [-1.0], SHAPE), 0.5),
    "add_dense": lambda tf, s, x: tf.sparse_add(s, x),
    "dense_add": lambda tf, s, x: tf.sparse_add(x, s),
    "times_number": lambda tf, s, x: s * 2.0,
    "times_dense": lambda tf, s, x: s * x,
    "times_row": lambda tf, s, x: s * x[0],
    "divided": lambda tf, s, x: s / (x + 10.0),
    "transpose": lambda tf, s, x: tf.sparse_transpose(s),
    "transpose_perm": lambda tf, s, x: tf.sparse.transpose(s, perm=[1, 0]),
    "retain": lambda tf, s, x: tf.sparse_retain(s, [True, False, True]),
    "cast": lambda tf, s, x: tf.cast(s, tf.int32),
    "placeholder_with_convert": lambda tf, s, x: tf.convert_to_tensor_or_sparse_tensor(s).values,
}


@each({name: (function,) for name, function in OPERATIONS.items()})
def of_a_constant(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return Run({"y": function(tf, made(tf), x)}, {x: np.arange(6).reshape(2, 3)})


@each(
    {name: (OPERATIONS[name],) for name in "to_dense matmul reduce_sum_axis add_dense times_row reorder retain".split()}
)
def of_a_placeholder(tf, np, function):
    s = tf.sparse_placeholder(tf.float32, name="s")
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    fed = tf.SparseTensorValue(np.array(INDICES), np.array([1.0, 2.0, 3.0], np.float32), np.array(SHAPE))
    return Run(
        {"y": function(tf, s, x)},
        {s.indices: fed[0], s.values: fed[1], s.dense_shape: fed[2], x: np.arange(6).reshape(2, 3)},
        vary=False,
    )


@each({"known": ([2, 3],), "partly": ([None, 3],), "free": (None,)})
def placeholders(tf, np, shape):
    s = tf.sparse_placeholder(tf.float32, shape)
    t = tf.sparse_placeholder(tf.float32, shape, name="t")
    facts = Facts(
        shape=str(t.get_shape()), dtype=s.dtype.name, names=[t.indices.name, t.values.name, t.dense_shape.name]
    )
    return [facts, Run({"y": tf.sparse_reduce_sum(s)}, {s: (INDICES, [1.0, 2.0, 3.0], SHAPE)}, vary=False)]


GRADIENTS = "tensor_to_dense matmul matmul_adjoint_a matmul_adjoint_b reduce_sum_axis reduce_sum_keep reorder add add_dense times_dense times_row divided".split()


@each({name: (OPERATIONS[name],) for name in GRADIENTS})
def gradients(tf, np, function):
    x, v = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [3], name="v")
    y = function(tf, made(tf, v), x)
    dv, dx = tf.gradients(y if hasattr(y, "eval") and not hasattr(y, "indices") else y.values, [v, x])
    fetches = {name: g for name, g in [("dv", dv), ("dx", dx)] if g is not None}
    return [
        Run(fetches, {x: np.arange(6).reshape(2, 3) + 1.0, v: [1.0, 2.0, 3.0]}),
        Facts(none=[dv is None, dx is None]),
    ]


@case
def sparse_to_dense(tf, np):
    v = tf.placeholder(tf.float32, [2])
    fetches = {
        "matrix": tf.sparse_to_dense([[0, 1], [1, 2]], [2, 3], v),
        "vector": tf.sparse_to_dense([1, 3], [5], v, default_value=-1.0),
        "unordered": tf.sparse_to_dense([[1], [0]], [3], v, validate_indices=False, name="loose"),
        "scalar": tf.sparse_to_dense([[0], [2]], [3], 7),
    }
    return Run(fetches, {v: [5.0, 6.0]})


@each(
    {
        "order": lambda tf, v: tf.sparse_to_dense([[1], [0]], [3], v),
        "repeated": lambda tf, v: tf.sparse_to_dense([[1], [1]], [3], v),
        "outside": lambda tf, v: tf.sparse_to_dense([[1], [7]], [3], v),
    },
    raises=True,
)
def running_raises(tf, np, function):
    v = tf.placeholder(tf.float32, [2])
    return Run({"y": function(tf, v)}, {v: [5.0, 6.0]})


@each(
    {
        "indices_rank": lambda tf: tf.SparseTensor([0, 1], [1.0, 2.0], [3]),
        "counts": lambda tf: tf.SparseTensor([[0], [1]], [1.0], [3]),
        "dense_reorder": lambda tf: tf.sparse_reorder(tf.zeros([2])),
        "two_dense": lambda tf: tf.sparse_add(tf.zeros([2]), tf.zeros([2])),
        "inner": lambda tf: tf.sparse_tensor_dense_matmul(made(tf), tf.zeros([2, 2])),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


@each(
    {
        "slices": lambda tf, x: tf.IndexedSlices(x, tf.constant([2, 0]), tf.constant([4, 3])),
        "unknown": lambda tf, x: tf.IndexedSlices(x, tf.constant([1, 1]), tf.placeholder_with_default([4, 3], [2])),
    }
)
def indexed_slices_made_dense(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3])
    slices = function(tf, x)
    return Run(
        {"dense": tf.convert_to_tensor(slices), "times": tf.multiply(slices, 2.0), "slices": slices},
        {x: np.arange(6).reshape(2, 3)},
    )


@case(raises=True)
def indexed_slices_without_a_shape(tf, np):
    tf.convert_to_tensor(tf.IndexedSlices(tf.zeros([1, 2]), tf.constant([0])))


MORE = {
    "reshape": lambda tf, s, x: tf.sparse_reshape(s, [3, 2]),
    "reshape_rest": lambda tf, s, x: tf.sparse.reshape(s, [-1], name="flat"),
    "concat": lambda tf, s, x: tf.sparse_concat(0, [s, s]),
    "concat_axis": lambda tf, s, x: tf.sparse_concat(1, [s, tf.SparseTensor([[0, 0]], [9.0], [2, 1])], name="both"),
    "concat_expand": lambda tf, s, x: tf.sparse.concat(
        0, [s, tf.SparseTensor([[0, 4]], [9.0], [1, 5])], expand_nonconcat_dim=True
    ),
    "slice": lambda tf, s, x: tf.sparse_slice(s, [0, 1], [2, 2]),
    "fill_empty_rows": lambda tf, s, x: list(tf.sparse_fill_empty_rows(tf.SparseTensor([[1, 1]], [4.0], [3, 2]), 7.0)),
    "segment_sum": lambda tf, s, x: tf.sparse_segment_sum(x, [1, 0, 1], [0, 0, 2]),
    "segment_mean": lambda tf, s, x: tf.sparse_segment_mean(x, [1, 0, 1], [0, 0, 2]),
    "segment_sqrt_n": lambda tf, s, x: tf.sparse.segment_sqrt_n(x, [1, 0, 1], [0, 0, 1], name="root"),
    "segment_count": lambda tf, s, x: tf.sparse_segment_mean(x, [1, 0], [0, 2], num_segments=5),
}


@each({name: (function,) for name, function in MORE.items()})
def more(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return Run({"y": function(tf, made(tf), x)}, {x: np.arange(6).reshape(2, 3)})


@each({name: (MORE[name],) for name in "segment_sum segment_mean segment_sqrt_n segment_count".split()})
def more_gradients(tf, np, function):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    (dx,) = tf.gradients(function(tf, None, x), x)
    return Run({"dx": tf.convert_to_tensor(dx)}, {x: np.arange(6).reshape(2, 3)})


@case
def slice_and_fill_gradients(tf, np):
    v, d = tf.placeholder(tf.float32, [3], name="v"), tf.placeholder(tf.float32, [], name="d")
    part = tf.sparse_slice(made(tf, v), [0, 1], [2, 2])
    full, _ = tf.sparse_fill_empty_rows(tf.SparseTensor([[0, 1], [2, 0], [2, 1]], v, [4, 2]), d)
    fetches = {
        "slice": tf.gradients(part.values * [2.0, 3.0], v)[0],
        "fill": tf.gradients(tf.square(full.values), [v, d]),
    }
    return Run(fetches, {v: [1.0, 2.0, 3.0], d: 5.0})


@each({"counted": (False,), "normalized": (True,)})
def edit_distance(tf, np, normalize):
    a = tf.SparseTensor([[0, 0], [0, 1], [0, 2], [1, 0], [3, 0]], ["k", "i", "t", "x", "z"], [4, 3])
    b = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], ["s", "i", "y"], [4, 2])
    return Run({"y": tf.edit_distance(a, b, normalize)})


@case(raises=True)
def edit_distance_of_dense_tensors(tf, np):
    tf.edit_distance(tf.zeros([1, 1]), made(tf))
