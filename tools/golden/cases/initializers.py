"""Every initializer, through get_variable: nodes and values, by shape, dtype and seed."""

from tools.golden.case import Facts, Run, case, each, grid

INITIALIZERS = {
    "default": lambda tf: None,
    "zeros": lambda tf: tf.zeros_initializer(),
    "ones": lambda tf: tf.ones_initializer(),
    "constant": lambda tf: tf.constant_initializer(2.5),
    "constant_list": lambda tf: tf.constant_initializer([1, 2, 3]),
    "uniform": lambda tf: tf.random_uniform_initializer(),
    "uniform_range": lambda tf: tf.random_uniform_initializer(-2, 2, seed=3),
    "normal": lambda tf: tf.random_normal_initializer(),
    "normal_seed": lambda tf: tf.random_normal_initializer(1.0, 0.1, seed=3),
    "truncated": lambda tf: tf.truncated_normal_initializer(stddev=0.1),
    "truncated_seed": lambda tf: tf.truncated_normal_initializer(seed=3),
    "unit_scaling": lambda tf: tf.uniform_unit_scaling_initializer(seed=3),
    "variance_scaling": lambda tf: tf.variance_scaling_initializer(),
    "variance_uniform": lambda tf: tf.variance_scaling_initializer(2.0, "fan_avg", "uniform", seed=3),
    "variance_fan_out": lambda tf: tf.variance_scaling_initializer(mode="fan_out", distribution="truncated_normal"),
    "variance_untruncated": lambda tf: tf.variance_scaling_initializer(distribution="untruncated_normal", seed=3),
    "glorot_uniform": lambda tf: tf.glorot_uniform_initializer(),
    "glorot_normal": lambda tf: tf.glorot_normal_initializer(seed=3),
    "he_normal": lambda tf: tf.initializers.he_normal(),
    "he_uniform": lambda tf: tf.initializers.he_uniform(seed=3),
    "lecun_normal": lambda tf: tf.initializers.lecun_normal(),
    "lecun_uniform": lambda tf: tf.initializers.lecun_uniform(seed=3),
    "xavier": lambda tf: tf.contrib.layers.xavier_initializer(),
    "xavier_normal": lambda tf: tf.contrib.layers.xavier_initializer(uniform=False),
    "contrib_variance": lambda tf: tf.contrib.layers.variance_scaling_initializer(),
    "keras_he": lambda tf: tf.keras.initializers.he_normal(),
}
SHAPES = {"2x3": [2, 3], "5": [5], "scalar": [], "conv": [3, 3, 2, 4], "large": [40, 30]}


ROWS = grid(name=list(INITIALIZERS), shape=list(SHAPES))
del ROWS["constant_list-scalar"]  # more values than elements


@each(ROWS)
def of_float32(tf, np, name, shape):
    tf.set_random_seed(11)
    v = tf.get_variable("v", SHAPES[shape], initializer=INITIALIZERS[name](tf))
    return Run({"v": v}, init=tf.global_variables_initializer())


@each(grid(name=[name for name in INITIALIZERS if not name.startswith(("xavier", "contrib", "keras"))]))
def of_float64(tf, np, name):
    tf.set_random_seed(11)
    v = tf.get_variable("v", [4, 3], dtype=tf.float64, initializer=INITIALIZERS[name](tf))
    return Run({"v": v}, init=tf.global_variables_initializer())


@each({"square": ([4, 4],), "tall": ([6, 3],), "wide": ([3, 6],), "conv": ([2, 2, 3, 5],)}, tolerance=2e-5)
def orthogonal(tf, np, shape):
    v = tf.get_variable("v", shape, initializer=tf.orthogonal_initializer(gain=2.0, seed=3))
    return Run({"v": v}, init=tf.global_variables_initializer())


@each({"square": ([3, 3],), "tall": ([4, 2],), "wide": ([2, 4],)})
def identity(tf, np, shape):
    v = tf.get_variable("v", shape, initializer=tf.initializers.identity(gain=2.0))
    return Run({"v": v}, init=tf.global_variables_initializer())


@each(grid(name=["zeros", "ones", "constant_list", "normal_seed", "glorot_normal"]))
def called(tf, np, name):
    """An initializer is a callable: `initializer(shape)`."""
    initializer = INITIALIZERS[name](tf)
    fetches = {"plain": initializer([2, 3])}
    fetches["double"] = initializer([2, 2], dtype=tf.float64)
    return Run(fetches)


@each(grid(name=sorted(set(INITIALIZERS) - {"default", "xavier", "xavier_normal", "contrib_variance"})))
def config(tf, np, name):
    """What an initializer says of itself, and that it can be made again from that."""
    initializer = INITIALIZERS[name](tf)
    again = type(initializer).from_config(initializer.get_config())
    serialized = tf.keras.initializers.serialize(initializer)
    return Facts(config=initializer.get_config(), again=again.get_config(), serialized=serialized["config"])


@each(
    {
        "name": lambda tf: tf.keras.initializers.get("glorot_uniform"),
        "class_name": lambda tf: tf.keras.initializers.get("Zeros"),
        "normal": lambda tf: tf.keras.initializers.get("normal"),
        "dict": lambda tf: tf.keras.initializers.get({"class_name": "Constant", "config": {"value": 3}}),
        "class": lambda tf: tf.keras.initializers.get(tf.keras.initializers.RandomUniform)(),
        "lecun": lambda tf: tf.keras.initializers.get("lecun_normal"),
        "truncated": lambda tf: tf.keras.initializers.TruncatedNormal(seed=3),
    }
)
def of_keras(tf, np, function):
    tf.set_random_seed(5)
    initializer = function(tf)
    return [Facts(config=initializer.get_config()), Run({"v": initializer([3, 2])})]


@each(grid(name=["zeros", "constant", "uniform", "glorot_uniform", "unit_scaling", "variance_fan_out"]))
def of_partitions(tf, np, name):
    """The spread of a part is that of the whole variable."""
    tf.set_random_seed(11)
    partitioner = tf.fixed_size_partitioner(2)
    v = tf.get_variable("v", [5, 4], initializer=INITIALIZERS[name](tf), partitioner=partitioner)
    return Run({"v": list(v)}, init=tf.global_variables_initializer())


@case
def identity_of_partitions(tf, np):
    v = tf.get_variable("v", [5, 3], initializer=tf.initializers.identity(), partitioner=tf.fixed_size_partitioner(2))
    return Run({"v": list(v)}, init=tf.global_variables_initializer())


@each(
    {
        "negative_scale": lambda tf: tf.variance_scaling_initializer(scale=-1.0),
        "unknown_mode": lambda tf: tf.variance_scaling_initializer(mode="fan"),
        "unknown_distribution": lambda tf: tf.variance_scaling_initializer(distribution="cauchy"),
        "normal_of_integers": lambda tf: tf.random_normal_initializer(dtype=tf.int32),
        "constant_of_a_dict": lambda tf: tf.constant_initializer({}),
        "too_many_values": lambda tf: tf.constant_initializer([1, 2, 3])([2]),
        "verified_shape": lambda tf: tf.constant_initializer([1, 2], verify_shape=True)([3]),
        "verified_shape_of_the_call": lambda tf: tf.constant_initializer([1, 2])([3], verify_shape=True),
        "orthogonal_vector": lambda tf: tf.orthogonal_initializer()([3]),
        "identity_of_rank_3": lambda tf: tf.initializers.identity()([2, 2, 2]),
        "xavier_of_integers": lambda tf: tf.contrib.layers.xavier_initializer(dtype=tf.int32),
        "contrib_mode": lambda tf: tf.contrib.layers.variance_scaling_initializer(mode="fan_in"),
        "keras_unknown": lambda tf: tf.keras.initializers.get("no_such_thing"),
        "keras_number": lambda tf: tf.keras.initializers.get(3),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)
