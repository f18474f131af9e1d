"""Reductions over every kind of axis; argmax and argmin; reductions of empty and special inputs."""

from tools.golden.case import Run, case, each, grid

AXES = {"all": None, "0": 0, "1": 1, "-1": -1, "list": [0, 2], "negative_list": [-1, 0], "empty_list": []}
AXES["tuple"] = (1,)
FLOAT_REDUCTIONS = [
    "reduce_sum",
    "reduce_mean",
    "reduce_prod",
    "reduce_max",
    "reduce_min",
    "reduce_logsumexp",
    "reduce_euclidean_norm",
    "reduce_std",
    "reduce_variance",
]


def function_named(tf, name):
    return getattr(tf, name) if hasattr(tf, name) else getattr(tf.math, name)


def block(np, dtype):
    return (((np.arange(24) * 7) % 11) - 5).reshape(2, 3, 4).astype(dtype) / np.array(2).astype(dtype)


@each(grid(name=FLOAT_REDUCTIONS, axis=list(AXES)))
def of_floats(tf, np, name, axis):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    function = function_named(tf, name)
    fetches = {"plain": function(x, axis=AXES[axis]), "kept": function(x, axis=AXES[axis], keepdims=True)}
    return Run(fetches, {x: block(np, "float32")})


@each(grid(name=FLOAT_REDUCTIONS[:6]))
def of_float64(tf, np, name):
    x = tf.placeholder(tf.float64, [None, 3, 4], name="x")
    function = function_named(tf, name)
    return Run({"all": function(x), "last": function(x, -1)}, {x: block(np, "float64")})


@each(grid(name=FLOAT_REDUCTIONS[:6]))
def of_empty_and_special(tf, np, name):
    x = tf.placeholder(tf.float32, name="x")
    function = function_named(tf, name)
    fetches = {"all": function(x), "rows": function(x, axis=0)}
    special = np.array([[1, np.inf], [-np.inf, 2]], np.float32)
    arrays = [np.zeros([0, 3]), np.zeros([2, 0]), special[:1], special[:, 1:], np.array([[3.0]])]
    return [Run(fetches, {x: array.astype(np.float32)}) for array in arrays]


@each(grid(name=["reduce_sum", "reduce_mean", "reduce_prod", "reduce_max", "reduce_min"], dtype=["int32", "int64"]))
def of_integers(tf, np, name, dtype):
    x = tf.placeholder(dtype, [None, 2], name="x")
    function = function_named(tf, name)
    fetches = {"all": function(x), "rows": function(x, 0), "columns": function(x, [1], keepdims=True)}
    return [
        Run(fetches, {x: np.array([[1, 2], [-1, -2], [-3, 0]], dtype)}),
        Run({"rows": fetches["rows"]}, {x: np.array([[7, -7]], dtype)}),
    ]


@each(grid(name=["reduce_all", "reduce_any"], axis=list(AXES)))
def of_booleans(tf, np, name, axis):
    x = tf.placeholder(tf.bool, [None, 3, 4], name="x")
    y = function_named(tf, name)(x, axis=AXES[axis])
    return [Run({"y": y}, {x: block(np, "float32") > -2}), Run({"y": y}, {x: np.zeros([0, 3, 4], bool)})]


@each(grid(name=FLOAT_REDUCTIONS[:5] + ["reduce_logsumexp"]))
def spellings(tf, np, name):
    """The deprecated spellings, a tensor as the axis, a scalar input, an unknown rank, a python list as the input."""
    function = function_named(tf, name)
    x, u = tf.placeholder(tf.float32, [None, 4], name="x"), tf.placeholder(tf.float32, name="u")
    fetches = {
        "indices": function(x, reduction_indices=[1]),
        "keep_dims": function(x, axis=1, keep_dims=True),
        "tensor_axis": function(x, axis=tf.constant([0])),
        "scalar": function(tf.constant(3.0)),
        "unknown": function(u),
        "unknown_last": function(u, axis=-1),
        "list": function([[1.0, 2.0], [3.0, 4.0]], 1, name="named"),
    }
    return Run(fetches, {x: np.ones([3, 4], np.float32), u: np.full([2, 2], 2.0, np.float32)})


@each(grid(name=["argmax", "argmin"], dtype=["float32", "float64", "int32"]))
def arg_reductions(tf, np, name, dtype):
    x = tf.placeholder(dtype, [None, 4], name="x")
    function = getattr(tf, name)
    fetches = {
        "default": function(x),
        "axis": function(x, axis=1),
        "negative": function(x, -1),
        "dimension": function(x, dimension=0),
        "int32": function(x, axis=1, output_type=tf.int32),
    }
    return Run(fetches, {x: np.array([[3, 1, 3, 1], [0, 5, 5, -2], [3, 1, 2, -2]], dtype)}, vary=False)


@each(grid(name=["argmax", "argmin"]))
def arg_reductions_of_special(tf, np, name):
    x = tf.placeholder(tf.float32, name="x")
    y = getattr(tf, name)(x, axis=0)
    infinite = np.array([[1.0, np.inf, -np.inf], [2.0, np.inf, -np.inf]], np.float32)
    return [Run({"y": y}, {x: infinite}), Run({"y": y}, {x: np.zeros([2, 0], np.float32)})]


@case
def count_nonzero(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    fetches = {"all": tf.count_nonzero(x), "rows": tf.count_nonzero(x, axis=1)}
    fetches["int32"] = tf.count_nonzero(x, dtype=tf.int32)
    return Run(fetches, {x: [[0.0, 1.0, -1.0], [0.0, 0.0, 2.0]]})


@each(
    {
        "bool": lambda tf: tf.reduce_sum([True, False]),
        "any_of_floats": lambda tf: tf.reduce_any([1.0]),
        "axis_too_large": lambda tf: tf.reduce_sum(tf.zeros([2, 2]), axis=2),
        "both_axes": lambda tf: tf.reduce_sum(tf.zeros([2]), axis=0, reduction_indices=0),
        "both_keepdims": lambda tf: tf.reduce_sum(tf.zeros([2]), keepdims=True, keep_dims=True),
        "argmax_both": lambda tf: tf.argmax(tf.zeros([2]), axis=0, dimension=0),
        "float_axis": lambda tf: tf.reduce_sum(tf.zeros([2]), axis=0.5),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


@case(raises=True)
def fed_axis_raises(tf, np):
    x, a = tf.placeholder(tf.float32, [2, 2]), tf.placeholder(tf.int32, [None])
    return Run({"y": tf.reduce_sum(x, axis=a)}, {x: np.ones([2, 2]), a: [2]})


@case(raises=True)
def argmax_of_nothing_raises(tf, np):
    x = tf.placeholder(tf.float32, [None])
    return Run({"y": tf.argmax(x)}, {x: np.zeros([0])})
