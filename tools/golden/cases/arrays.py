"""Shapes and layout: reshape, transpose, concat, stack, split, gather, where, pad, tile, one_hot, range..."""

from tools.golden.case import Facts, Run, case, each, grid


def block(np, dtype="float32"):
    return np.arange(24).reshape(2, 3, 4).astype(dtype)


ONE_INPUT = {
    "reshape_list": lambda tf, x: tf.reshape(x, [-1, 6]),
    "reshape_flat": lambda tf, x: tf.reshape(x, [-1], name="flat"),
    "reshape_with_tensor": lambda tf, x: tf.reshape(x, [tf.shape(x)[0], 12]),
    "reshape_stack": lambda tf, x: tf.reshape(x, tf.stack([tf.shape(x)[0], 4, 3])),
    "reshape_shape": lambda tf, x: tf.reshape(x, tf.shape(x)),
    "reshape_concat": lambda tf, x: tf.reshape(x, tf.concat([tf.shape(x)[:1], [-1]], 0)),
    "transpose": lambda tf, x: tf.transpose(x),
    "transpose_perm": lambda tf, x: tf.transpose(x, [1, 0, 2]),
    "transpose_named": lambda tf, x: tf.transpose(x, perm=[2, 1, 0], name="t"),
    "matrix_transpose": lambda tf, x: tf.matrix_transpose(x),
    "expand_dims_0": lambda tf, x: tf.expand_dims(x, 0),
    "expand_dims_last": lambda tf, x: tf.expand_dims(x, -1),
    "expand_dims_axis": lambda tf, x: tf.expand_dims(x, axis=2, name="e"),
    "expand_dims_dim": lambda tf, x: tf.expand_dims(x, dim=1),
    "squeeze_axis": lambda tf, x: tf.squeeze(tf.expand_dims(x, 1), axis=[1]),
    "squeeze_dims": lambda tf, x: tf.squeeze(tf.expand_dims(x, 1), squeeze_dims=[1]),
    "squeeze_negative": lambda tf, x: tf.squeeze(tf.expand_dims(x, -1), -1),
    "squeeze_unknown": lambda tf, x: tf.squeeze(x[:1]),
    "concat_0": lambda tf, x: tf.concat([x, x], 0),
    "concat_1": lambda tf, x: tf.concat([x, tf.zeros([2, 5, 4])], axis=1),
    "concat_last": lambda tf, x: tf.concat([x, x, x], -1, name="c"),
    "concat_single": lambda tf, x: tf.concat([x], 1),
    "concat_not_a_list": lambda tf, x: tf.concat(x, 1),
    "stack": lambda tf, x: tf.stack([x, x]),
    "stack_axis": lambda tf, x: tf.stack([x, x + 1.0], axis=1),
    "stack_last": lambda tf, x: tf.stack([x, x], axis=-1, name="s"),
    "stack_scalars": lambda tf, x: tf.stack([x[0, 0, 0], 2.0, x[1, 2, 3]]),
    "stack_tensor_and_python": lambda tf, x: tf.stack([tf.reduce_sum(x), 2]),
    "parallel_stack_free": lambda tf, x: tf.stack([[1, 2], [3, 4]]),
    "unstack": lambda tf, x: tf.unstack(x, axis=1),
    "unstack_last": lambda tf, x: tf.unstack(x, axis=-1, name="u"),
    "unstack_num": lambda tf, x: tf.unstack(x, 2),
    "split_number": lambda tf, x: tf.split(x, 3, axis=1),
    "split_last": lambda tf, x: tf.split(x, num_or_size_splits=2, axis=-1),
    "split_0": lambda tf, x: tf.split(x, 2),
    "split_sizes": lambda tf, x: tf.split(x, [1, 3], 2),
    "split_sizes_rest": lambda tf, x: tf.split(x, [1, -1], 2, name="parts"),
    "split_sizes_tensor": lambda tf, x: tf.split(x, tf.constant([1, 2, 1]), 2),
    "slice": lambda tf, x: tf.slice(x, [0, 1, 2], [-1, 2, 1]),
    "strided_slice": lambda tf, x: tf.strided_slice(x, [0, 0, 0], [2, 3, 4], [1, 2, 3]),
    "gather": lambda tf, x: tf.gather(x, [1, 0, 1]),
    "gather_axis": lambda tf, x: tf.gather(x, [[2, 0], [1, 1]], axis=1),
    "gather_last": lambda tf, x: tf.gather(x, 3, axis=-1),
    "gather_nd": lambda tf, x: tf.gather_nd(x, [[0, 1], [1, 2]]),
    "gather_nd_full": lambda tf, x: tf.gather_nd(x, [[0, 1, 2], [1, 2, 3]]),
    "batch_gather": lambda tf, x: tf.gather(x, [[0, 1], [1, 2]], batch_dims=1),
    "where_three": lambda tf, x: tf.where(x > 5.0, x, -x),
    "where_rows": lambda tf, x: tf.where([True, False], x, -x),
    "where_one": lambda tf, x: tf.where(x > 20.0),
    "tile": lambda tf, x: tf.tile(x, [2, 1, 3]),
    "tile_tensor": lambda tf, x: tf.tile(x, [tf.shape(x)[0], 1, 1]),
    "pad": lambda tf, x: tf.pad(x, [[0, 1], [2, 0], [1, 1]]),
    "pad_value": lambda tf, x: tf.pad(x, [[0, 0], [1, 0], [0, 0]], constant_values=7.0),
    "pad_reflect": lambda tf, x: tf.pad(x, [[1, 1], [2, 0], [0, 3]], "REFLECT"),
    "pad_symmetric": lambda tf, x: tf.pad(x, [[1, 1], [2, 0], [0, 3]], mode="symmetric", name="p"),
    "reverse": lambda tf, x: tf.reverse(x, [0, -1]),
    "reverse_v2": lambda tf, x: tf.reverse(x, axis=[1]),
    "shape": lambda tf, x: tf.shape(x),
    "shape_int64": lambda tf, x: tf.shape(x, out_type=tf.int64, name="sh"),
    "shape_n": lambda tf, x: tf.shape_n([x, x[0]]),
    "size": lambda tf, x: tf.size(x),
    "rank": lambda tf, x: tf.rank(x),
    "shape_element": lambda tf, x: tf.shape(x)[0],
    "zeros_like": lambda tf, x: tf.zeros_like(x),
    "zeros_like_int": lambda tf, x: tf.zeros_like(x, dtype=tf.int32),
    "zeros_like_unoptimized": lambda tf, x: tf.zeros_like(x, optimize=False),
    "ones_like": lambda tf, x: tf.ones_like(x),
    "ones_like_bool": lambda tf, x: tf.ones_like(x, dtype=tf.bool, name="o"),
    "zeros_of_shape": lambda tf, x: tf.zeros(tf.shape(x)),
    "zeros_of_stack": lambda tf, x: tf.zeros([tf.shape(x)[0], 3]),
    "ones_of_stack": lambda tf, x: tf.ones(tf.stack([tf.shape(x)[0], 3])),
    "fill_of_shape": lambda tf, x: tf.fill(tf.shape(x), 3.0),
    "fill_of_shape_of_tensor": lambda tf, x: tf.fill([tf.shape(x)[0], 2], tf.reduce_sum(x)),
    "boolean_mask": lambda tf, x: tf.boolean_mask(x, [[True, False, True], [False, True, False]]),
    "boolean_mask_full": lambda tf, x: tf.boolean_mask(x, x > 20.0),
    "boolean_mask_axis": lambda tf, x: tf.boolean_mask(x, [True, False, False, True], axis=2),
    "broadcast_to": lambda tf, x: tf.broadcast_to(x, [5, 2, 3, 4]),
    "reverse_sequence": lambda tf, x: tf.reverse_sequence(x, [1, 3], seq_axis=1, batch_axis=0),
    "cast_int": lambda tf, x: tf.cast(x / 3.0, tf.int32),
    "cast_bool": lambda tf, x: tf.cast(x, tf.bool),
    "cast_same": lambda tf, x: tf.cast(x, tf.float32),
    "cast_string_name": lambda tf, x: tf.cast(x, "float64", name="c"),
    "to_int32": lambda tf, x: tf.to_int32(x),
    "to_int64": lambda tf, x: tf.to_int64(x),
    "to_double": lambda tf, x: tf.to_double(x),
    "to_float": lambda tf, x: tf.to_float(tf.to_int32(x)),
    "saturate_cast": lambda tf, x: tf.saturate_cast(x * 20.0 - 50.0, tf.uint8),
    "bitcast": lambda tf, x: tf.bitcast(x, tf.int32),
    "identity_n": lambda tf, x: tf.identity_n([x, x[0]]),
    "unique": lambda tf, x: tf.unique(tf.reshape(tf.floormod(x, 5.0), [-1])),
    "diag": lambda tf, x: tf.diag(x[0, 0]),
    "diag_part": lambda tf, x: tf.diag_part(tf.reshape(x[0], [12])[:9:1] * tf.eye(9)),
    "matrix_diag": lambda tf, x: tf.matrix_diag(x),
    "matrix_band_part": lambda tf, x: tf.matrix_band_part(x, 0, -1),
    "sort": lambda tf, x: tf.sort(x, axis=1, direction="DESCENDING"),
    "argsort": lambda tf, x: tf.argsort(-x, axis=-1),
    "roll": lambda tf, x: tf.roll(x, 1, 2),
    "guarantee_const": lambda tf, x: tf.guarantee_const(x),
    "meshgrid": lambda tf, x: tf.meshgrid(x[0, 0], x[0, :, 0]),
    "space_to_depth": lambda tf, x: tf.space_to_depth(tf.reshape(x, [1, 4, 2, 3]), 2),
    "segment_sum": lambda tf, x: tf.segment_sum(x, [0, 0]),
    "unsorted_segment_sum": lambda tf, x: tf.unsorted_segment_sum(x, [2, 0], 4),
    "scatter_nd": lambda tf, x: tf.scatter_nd([[0], [2]], x, [3, 3, 4]),
    "invert_permutation": lambda tf, x: tf.invert_permutation([2, 0, 1]),
    "dynamic_partition": lambda tf, x: tf.dynamic_partition(x, [1, 0], 2),
    "dynamic_stitch": lambda tf, x: tf.dynamic_stitch([[1], [0]], [x[:1], x[1:]]),
}


@each({name: (function,) for name, function in ONE_INPUT.items()})
def one_input(tf, np, function):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    return Run({"y": function(tf, x)}, {x: block(np)}, vary=False)


STATIC_NAMES = (
    "shape size rank zeros_like ones_like reshape_shape reshape_stack zeros_of_shape fill_of_shape transpose tile"
).split()
STATIC = {name: ONE_INPUT[name] for name in STATIC_NAMES}


@each({name: (function,) for name, function in STATIC.items()})
def one_known_input(tf, np, function):
    """With every dimension known some of these become constants."""
    x = tf.placeholder(tf.float32, [2, 3, 4], name="x")
    return Run({"y": function(tf, x)}, {x: block(np)})


@each({name: (function,) for name, function in ONE_INPUT.items() if name in STATIC or name.startswith("expand_dims")})
def one_unknown_input(tf, np, function):
    """With an unknown rank."""
    x = tf.placeholder(tf.float32, name="x")
    return Run({"y": function(tf, x)}, {x: block(np)})


@each(grid(dtype=["float64", "int32", "int64", "bool", "string", "uint8"]))
def layout_of_other_types(tf, np, dtype):
    x = tf.placeholder(dtype, [None, 2])
    fetches = {
        "transpose": tf.transpose(x),
        "concat": tf.concat([x, x], 1),
        "stack": tf.stack([x, x]),
        "gather": tf.gather(x, [1, 0]),
        "reshape": tf.reshape(x, [-1]),
        "tile": tf.tile(x, [1, 2]),
        "slice": x[1:, ::-1],
        "where": tf.where([[True, False], [False, True]], x, tf.identity(x)[::-1]),
        "zeros_like": tf.zeros_like(x),
    }
    value = [["a", "b"], ["", "dd"]] if dtype == "string" else np.array([[1, 0], [3, 4]]).astype(dtype)
    return Run(fetches, {x: value})


ONE_HOT = {
    "default": ([0, 2, -1, 5], 3, {}),
    "values": ([0, 2], 3, {"on_value": 5.0, "off_value": -1.0}),
    "integer_on": ([0, 2], 3, {"on_value": 5}),
    "axis_0": ([[0, 2], [1, 1]], 3, {"axis": 0}),
    "axis_1": ([[0, 2], [1, 1]], 3, {"axis": 1}),
    "dtype": ([0, 1], 2, {"dtype": "int64"}),
    "bool": ([0, 1], 2, {"on_value": True, "off_value": False, "dtype": "bool"}),
    "named": ([1], 2, {"name": "o"}),
    "scalar": (1, 4, {}),
}


@each(ONE_HOT)
def one_hot(tf, np, indices, depth, options):
    fed = tf.placeholder(tf.int64, np.shape(indices)[:1] and (None,) + np.shape(indices)[1:])
    fetches = {"constant": tf.one_hot(indices, depth, **options), "fed": tf.one_hot(fed, depth, **options)}
    return Run(fetches, {fed: indices})


RANGES = {
    "stop": (3,),
    "start_stop": (2, 6),
    "step": (1, 10, 3),
    "down": (5, 0, -2),
    "float": (3.0,),
    "float_step": (0.5, 2.0, 0.25),
    "mixed": (0, 3.5),
    "empty": (3, 3),
}


@each({name: (limits,) for name, limits in RANGES.items()})
def range_of_numbers(tf, np, limits):
    return Run({"r": tf.range(*limits), "double": tf.range(*limits, dtype=tf.float64, name="d")})


@case
def range_of_tensors(tf, np):
    n = tf.placeholder(tf.int32, [])
    x = tf.placeholder(tf.float32, [None, 2])
    fetches = {"n": tf.range(n), "rows": tf.range(tf.shape(x)[0]), "s": tf.range(1, n, delta=2)}
    return Run(fetches, {n: 6, x: np.zeros([3, 2])})


@case
def sequence_mask(tf, np):
    lengths = tf.placeholder(tf.int32, [None])
    fetches = {
        "max": tf.sequence_mask(lengths, 5),
        "free": tf.sequence_mask(lengths),
        "float": tf.sequence_mask([1, 3], 3, dtype=tf.float32, name="m"),
    }
    return Run(fetches, {lengths: [1, 0, 3]})


@case
def eye(tf, np):
    return Run({"a": tf.eye(3), "b": tf.eye(2, 3), "c": tf.eye(2, batch_shape=[2], dtype=tf.float64)})


@case
def static_shape_facts(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    u = tf.placeholder(tf.float32)
    s = tf.placeholder(tf.float32, [None, None])
    s.set_shape([4, None])
    reshaped = tf.reshape(x, [-1, 6])
    return Facts(
        x=str(x.shape),
        u=str(u.shape),
        s=s.get_shape().as_list(),
        reshaped=reshaped.shape.as_list(),
        ndims=[x.shape.ndims, u.shape.ndims],
        value=x.shape[1].value,
        none=x.shape[0].value,
        defined=[x.shape.is_fully_defined(), tf.TensorShape([2, 3]).is_fully_defined()],
        merged=str(x.shape.merge_with([5, None])),
        compatible=x.shape.is_compatible_with([7, 3]),
        concatenated=str(x.shape.concatenate([4])),
        equal=tf.TensorShape([2, 3]) == [2, 3],
        elements=tf.TensorShape([2, 3]).num_elements(),
        top=str(x.shape[:1]),
        repr=repr(x.shape),
        dimension=repr(x.shape[1]),
        arithmetic=[(x.shape[1] * 2).value, (x.shape[1] // 2).value, (x.shape[0] + 1).value],
        broadcast=tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3])).as_list(),
        print=str(x),
        unknown_print=str(u),
        int_print=str(tf.shape(x)),
        many=str(tf.zeros([2, 3]) + 1.0),
    )


@case
def constant_value_shapes(tf, np):
    """Static shapes that follow from values: shape arithmetic stays known."""
    x = tf.placeholder(tf.float32, [None, 6])
    batch = tf.shape(x)[0]
    y = tf.reshape(x, [batch, 2, 3])
    z = tf.zeros([batch, 4])
    tiled = tf.tile(x, [1, 2])
    static = tf.reshape(x, [-1, tf.constant(6)])
    ranged = tf.range(6)
    padded = tf.pad(x, [[0, 0], [1, 2]])
    filled = tf.fill([2, batch], 1.0)
    shapes = [str(t.shape) for t in (y, z, tiled, static, ranged, padded, filled, tf.one_hot(ranged, 3))]
    return Facts(shapes=shapes)


@each(
    {
        "reshape": lambda tf: tf.reshape(tf.zeros([2, 3]), [4, 2]),
        "concat_shapes": lambda tf: tf.concat([tf.zeros([2, 3]), tf.zeros([3, 4])], 0),
        "concat_types": lambda tf: tf.concat([tf.zeros([2]), tf.constant([1])], 0),
        "concat_order": lambda tf: tf.concat(0, [tf.zeros([2]), tf.zeros([2])]),
        "stack_shapes": lambda tf: tf.stack([tf.zeros([2]), tf.zeros([3])]),
        "stack_axis": lambda tf: tf.stack([tf.zeros([2])], axis=3),
        "split_uneven": lambda tf: tf.split(tf.zeros([5]), 2),
        "split_order": lambda tf: tf.split(0, 2, tf.zeros([4])),
        "unstack_unknown": lambda tf: tf.unstack(tf.placeholder("float", [None, 2])),
        "transpose_rank": lambda tf: tf.transpose(tf.zeros([2, 3]), [0, 1, 2]),
        "squeeze": lambda tf: tf.squeeze(tf.zeros([2, 3]), [0]),
        "expand_dims": lambda tf: tf.expand_dims(tf.zeros([2]), 3),
        "range_backwards": lambda tf: tf.range(3, 0),
        "one_hot_floats": lambda tf: tf.one_hot([0.5], 3),
        "where_shapes": lambda tf: tf.where([True, False], tf.zeros([3]), tf.zeros([3])),
        "where_half": lambda tf: tf.where([True], tf.zeros([1])),
        "gather_floats": lambda tf: tf.gather(tf.zeros([2]), [0.5]),
        "tile_rank": lambda tf: tf.tile(tf.zeros([2]), [1, 2]),
        "pad_rank": lambda tf: tf.pad(tf.zeros([2]), [[1, 1], [1, 1]]),
        "pad_mode": lambda tf: tf.pad(tf.zeros([2]), [[1, 1]], "edge"),
        "set_shape": lambda tf: tf.zeros([2]).set_shape([3]),
        "as_list": lambda tf: tf.placeholder("float").shape.as_list(),
        "linspace_ints": lambda tf: tf.linspace(0, 3, 4),
        "boolean_mask_scalar": lambda tf: tf.boolean_mask([1, 2], True),
        "fill_shape": lambda tf: tf.fill([2, 2], [1.0]),
        "accumulate_n_empty": lambda tf: tf.accumulate_n([]),
        "add_n_empty": lambda tf: tf.add_n([]),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


@each(
    {
        "reshape": (lambda tf, x: tf.reshape(x, [5, 5]), [2, 3]),
        "gather": (lambda tf, x: tf.gather(x, [7]), [2]),
        "gather_nd": (lambda tf, x: tf.gather_nd(x, [[7]]), [2]),
        "concat": (lambda tf, x: tf.concat([x, tf.zeros([3, 3])], 1), [2, 3]),
        "squeeze": (lambda tf, x: tf.squeeze(x, [0]), [2, 3]),
        "add": (lambda tf, x: x + tf.zeros([4]), [2, 3]),
        "matmul": (lambda tf, x: tf.matmul(x, tf.zeros([4, 2])), [2, 3]),
        "stack": (lambda tf, x: tf.stack([x, tf.zeros([7])]), [2]),
        "reshape_two_unknown": (lambda tf, x: tf.reshape(x, [-1, -1]), [2, 3]),
        "transpose_perm": (lambda tf, x: tf.transpose(x, [0, 0]), [2, 3]),
        "slice_too_large": (lambda tf, x: tf.slice(x, [1], [5]), [2]),
    },
    raises=True,
)
def running_raises(tf, np, function, shape):
    x = tf.placeholder(tf.float32, name="x")
    return Run({"y": function(tf, x)}, {x: np.zeros(shape, np.float32)})
