"""Random streams: every seed combination, several runs, dtypes and sizes; equal bits where TensorFlow's are integers."""

from tools.golden.case import Facts, Run, case, each, grid

SIZES = {"scalar": [], "5": [5], "6": [2, 3], "empty": [0], "1000": [1000], "1027": [13, 79], "4099": [4099]}
SEEDS = {
    "both": (1, 2),
    "op": (None, 2),
    "graph": (42, None),
    "zero": (0, 0),
    "negative": (-1, -5),
    "large": (2**31, 2**40),
}


def seeded(tf, graph_seed):
    if graph_seed is not None:
        tf.set_random_seed(graph_seed)


def twice(fetches, feed=None):
    return [Run(fetches, feed), Run(fetches, feed), Run(fetches, feed)]


@each(grid(seeds=list(SEEDS)), tolerance=0)
def uniform_seeds(tf, np, seeds):
    graph_seed, op_seed = SEEDS[seeds]
    seeded(tf, graph_seed)
    return twice({"a": tf.random_uniform([7], seed=op_seed), "b": tf.random_uniform([3], -1.0, 1.0, seed=op_seed)})


@each(grid(size=list(SIZES), dtype=["float32", "float64"]), tolerance=0)
def uniform(tf, np, size, dtype):
    tf.set_random_seed(1)
    return twice({"u": tf.random_uniform(SIZES[size], dtype=dtype, seed=2)})


@each(grid(size=list(SIZES), dtype=["int32", "int64"]), tolerance=0)
def uniform_integers(tf, np, size, dtype):
    tf.set_random_seed(1)
    return twice({"u": tf.random_uniform(SIZES[size], -5, 100, dtype=dtype, seed=2)})


@case(tolerance=0)
def uniform_integers_of_wide_ranges(tf, np):
    tf.set_random_seed(1)
    full = tf.random_uniform([9], -(2**31), 2**31 - 1, dtype=tf.int32, seed=3)
    wide = tf.random_uniform([9], -(2**62), 2**62, dtype=tf.int64, seed=4)
    return Run({"full": full, "wide": wide})


@case(tolerance=0)
def uniform_float16(tf, np):
    tf.set_random_seed(1)
    return twice({"u": tf.random_uniform([9], dtype=tf.float16, seed=2)})


@each(grid(name=["random_normal", "truncated_normal"], size=list(SIZES), dtype=["float32", "float64"]))
def normal(tf, np, name, size, dtype):
    tf.set_random_seed(1)
    return twice({"n": getattr(tf, name)(SIZES[size], dtype=dtype, seed=2)})


@each(grid(name=["random_normal", "truncated_normal"], seeds=list(SEEDS)))
def normal_seeds(tf, np, name, seeds):
    graph_seed, op_seed = SEEDS[seeds]
    seeded(tf, graph_seed)
    function = getattr(tf, name)
    return twice({"a": function([7], seed=op_seed), "b": function([3], 5.0, 0.5, seed=op_seed, name="named")})


@case
def truncated_normal_of_many(tf, np):
    """Long enough to meet groups that need many draws."""
    tf.set_random_seed(3)
    return [Run({"n": tf.truncated_normal([20000], seed=4)})]


@case(tolerance=0)
def fed_shape(tf, np):
    tf.set_random_seed(1)
    shape = tf.placeholder(tf.int32, [None])
    u = tf.random_uniform(shape, seed=2)
    return [Run({"u": u}, {shape: [3]}), Run({"u": u}, {shape: [2, 2]}), Run({"u": u}, {shape: [5]})]


@case(tolerance=0)
def shape_of_a_tensor(tf, np):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 2])
    return twice({"u": tf.random_uniform(tf.shape(x))}, {x: np.zeros([3, 2], np.float32)})


@case
def tensor_bounds(tf, np):
    tf.set_random_seed(1)
    low = tf.placeholder(tf.float32, [])
    fetches = {"u": tf.random_uniform([4], low, low + 2.0), "n": tf.random_normal([4], mean=low, stddev=[1.0, 2, 3, 4])}
    return twice(fetches, {low: np.float32(3)})


@each(grid(size=[1, 2, 5, 17, 1000], dtype=["int32", "float32", "string"]), tolerance=0)
def shuffle(tf, np, size, dtype):
    tf.set_random_seed(1)
    values = [str(i) for i in range(size)] if dtype == "string" else np.arange(size).astype(dtype)
    return twice({"s": tf.random_shuffle(tf.constant(values), seed=2)})


@case(tolerance=0)
def shuffle_rows(tf, np):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 2])
    return twice({"s": tf.random_shuffle(x)}, {x: np.arange(14, dtype=np.float32).reshape(7, 2)})


@each(grid(samples=[1, 4, 6, 100], dtype=["float32", "float64"]), tolerance=0)
def multinomial(tf, np, samples, dtype):
    tf.set_random_seed(1)
    logits = tf.placeholder(dtype, [None, 3])
    fetches = {"m": tf.multinomial(logits, samples, seed=2)}
    return twice(fetches, {logits: np.array([[0, 1, 2], [3, 0, 0], [-1, -1, -1]], dtype)})


@case(tolerance=0)
def multinomial_int32_and_categorical(tf, np):
    tf.set_random_seed(1)
    logits = tf.log([[10.0, 10.0, 1.0]])
    fetches = {"m": tf.multinomial(logits, 5, output_dtype=tf.int32), "c": tf.random.categorical(logits, 5)}
    return twice(fetches)


@each(
    {
        "crop": lambda tf: tf.random_crop(tf.reshape(tf.range(48), [4, 4, 3]), [2, 2, 3], seed=2),
        "gamma_shape": lambda tf: tf.shape(tf.random_gamma([3], 2.0, seed=2)),
        "poisson_shape": lambda tf: tf.shape(tf.random_poisson(2.0, [3], seed=2)),
    },
    tolerance=0,
)
def other_ops(tf, np, function):
    tf.set_random_seed(1)
    return twice({"r": function(tf)})


@case(tolerance=0)
def consumers_share_a_draw(tf, np):
    u = tf.random_uniform([2], seed=1)
    return twice({"a": u + 0.0, "b": u * 1.0, "u": u})


@case(tolerance=0)
def same_seed_same_sequence(tf, np):
    tf.set_random_seed(5)
    return twice({"a": tf.random_uniform([3], seed=7), "b": tf.random_uniform([3], seed=7)})


@case(tolerance=0)
def set_random_seed_affects_later_ops(tf, np):
    early = tf.random_uniform([2], seed=3)
    tf.set_random_seed(9)
    late, last = tf.random_uniform([2], seed=3), tf.random_uniform([2])
    return [Facts(seed=tf.get_default_graph().seed), Run({"early": early, "late": late, "last": last})]


@case
def get_seed_facts(tf, np):
    rows = [list(tf.get_seed(5))]
    tf.set_random_seed(9)
    rows += [list(tf.get_seed(5)), list(tf.get_seed(None)), list(tf.get_seed(0))]
    tf.constant(1)
    rows.append(list(tf.get_seed(None)))
    tf.set_random_seed(0)
    rows.append(list(tf.get_seed(0)))
    return Facts(rows=rows)


COUNTED = {
    "placeholder": lambda tf: tf.placeholder("float"),
    "variable_number": lambda tf: tf.Variable(1.0),
    "variable_list": lambda tf: tf.Variable([1.0, 2.0]),
    "variable_tensor": lambda tf: tf.Variable(tf.zeros([2])),
    "random_uniform": lambda tf: tf.random_uniform([2]),
    "random_uniform_int": lambda tf: tf.random_uniform([2], maxval=5, dtype=tf.int32),
    "random_normal": lambda tf: tf.random_normal([2]),
    "get_variable": lambda tf: tf.get_variable("v", [2, 2]),
    "get_variable_zeros": lambda tf: tf.get_variable("v", [2], initializer=tf.zeros_initializer()),
    "get_variable_normal": lambda tf: tf.get_variable("v", [2], initializer=tf.random_normal_initializer()),
    "get_variable_truncated": lambda tf: tf.get_variable("v", [2], initializer=tf.truncated_normal_initializer()),
    "slice": lambda tf: tf.zeros([2, 2])[:, 0],
    "reduce": lambda tf: tf.reduce_mean(tf.zeros([2, 2])),
    "matmul": lambda tf: tf.matmul(tf.zeros([2, 2]), tf.zeros([2, 2])),
    "one_hot": lambda tf: tf.one_hot([1], 3),
    "global_step": lambda tf: tf.train.get_or_create_global_step(),
    "moments": lambda tf: tf.nn.moments(tf.zeros([2, 2]), [0]),
    "zeros_1000": lambda tf: tf.zeros([1000]),
    "cond": lambda tf: tf.cond(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2)),
    "l2_normalize": lambda tf: tf.nn.l2_normalize(tf.zeros([2, 2]), 1),
    "softmax_xent": lambda tf: tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=tf.zeros([2, 2]), logits=tf.zeros([2, 2])
    ),
    "sparse_xent": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0], logits=tf.zeros([1, 2])),
    "dropout": lambda tf: tf.nn.dropout(tf.zeros([2, 2]), 0.5),
    "dense": lambda tf: tf.layers.dense(tf.zeros([2, 2]), 3),
    "initializer_op": lambda tf: (tf.Variable(1.0), tf.global_variables_initializer()),
    "embedding": lambda tf: tf.nn.embedding_lookup(tf.zeros([3, 2]), [1]),
    "group": lambda tf: tf.group(tf.constant(1), tf.constant(2)),
}


@each({name: (function,) for name, function in COUNTED.items()})
def seed_after(tf, np, function):
    """The default seed of a random op after each call: the node counter."""
    tf.set_random_seed(7)
    function(tf)
    seed = tf.get_seed(None)[1]
    return [Facts(seed=seed), Run({"u": tf.random_uniform([2], name="last")})]


@each(
    {
        "int_without_maxval": lambda tf: tf.random_uniform([2], dtype=tf.int32),
        "bad_dtype": lambda tf: tf.random_uniform([2], dtype=tf.bool),
        "normal_int": lambda tf: tf.random_normal([2], dtype=tf.int32),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


@case(raises=True)
def empty_integer_range(tf, np):
    return Run({"u": tf.random_uniform([2], 5, 5, dtype=tf.int32)})
