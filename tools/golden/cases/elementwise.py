"""Elementwise functions: values over ordinary and special inputs, graphs, static shapes, dtypes."""

from tools.golden.case import Facts, Run, case, each, grid

FLOATS = ["float32", "float64"]


def ordinary(np, dtype):
    """Values of both signs, inside and outside of [-1, 1], integers and halves (round, floor)."""
    values = [-2.5, -1.5, -1.0, -0.75, -0.5, -0.1, 0.0, 0.1, 0.3, 0.5, 1.0, 1.5, 2.0, 2.5, 3.7]
    return np.array(values, dtype).reshape(3, 5)


def special(np, dtype):
    return np.array([[np.nan, np.inf, -np.inf, -0.0, 1e-20, -1e-20, 20.0, -20.0]], dtype)


def unary_runs(tf, np, function, dtype, arrays):
    """The function of a placeholder of known and of unknown rank; scalar and empty inputs too."""
    known = tf.placeholder(dtype, [None, arrays[0].shape[1]], name="known")
    unknown = tf.placeholder(dtype, name="unknown")
    first, second = function(known), function(unknown)
    runs = [Run({"known": first}, {known: arrays[0]})]
    runs += [Run({"unknown": second}, {unknown: array}) for array in arrays[1:]]
    scalar, empty = arrays[0].ravel()[3], np.zeros([0, 2], dtype)
    return runs + [Run({"scalar": second}, {unknown: scalar}), Run({"empty": second}, {unknown: empty})]


UNARY = (
    "abs negative sign square sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh "
    "atanh erf erfc floor ceil round rint reciprocal sigmoid log_sigmoid is_nan is_inf is_finite"
).split()


@each(grid(name=UNARY, dtype=FLOATS))
def unary(tf, np, name, dtype):
    function = getattr(tf.math, name)
    return unary_runs(tf, np, function, dtype, [ordinary(np, dtype), special(np, dtype)])


@each(grid(name=["lgamma", "digamma"], dtype=FLOATS), tolerance=1e-5)
def gamma_functions(tf, np, name, dtype):
    return unary_runs(tf, np, getattr(tf.math, name), dtype, [np.array([[0.1, 0.5, 1.0, 2.0, 3.7]], dtype)])


@each(grid(name=["abs", "negative", "sign", "square"], dtype=["int32", "int64"]))
def unary_of_integers(tf, np, name, dtype):
    values = np.array([[-3, -1, 0, 2, 2**31 - 1]], dtype)
    return unary_runs(tf, np, getattr(tf.math, name), dtype, [values])


@each(
    {
        "tf.abs": lambda tf, x: tf.abs(x),
        "tf.neg": lambda tf, x: tf.negative(x, name="neg"),
        "tf.is_nan": lambda tf, x: tf.is_nan(x),
        "tf.is_inf": lambda tf, x: tf.is_inf(x),
        "tf.is_finite": lambda tf, x: tf.is_finite(x),
        "tf.ceil": lambda tf, x: tf.ceil(x),
        "tf.log_sigmoid": lambda tf, x: tf.log_sigmoid(x),
        "tf.nn.sigmoid": lambda tf, x: tf.nn.sigmoid(x, name="s"),
        "tf.reciprocal": lambda tf, x: tf.reciprocal(x),
        "tf.identity": lambda tf, x: tf.identity(x),
        "tf.stop_gradient": lambda tf, x: tf.stop_gradient(x),
        "tf.check_numerics": lambda tf, x: tf.check_numerics(x, "bad"),
        "tf.pow_python": lambda tf, x: tf.pow(x, 2),
        "tf.norm": lambda tf, x: tf.norm(x),
        "tf.norm_axis": lambda tf, x: tf.norm(x, axis=1),
        "tf.norm_ord1": lambda tf, x: tf.norm(x, ord=1, axis=0, keepdims=True),
        "tf.norm_inf": lambda tf, x: tf.norm(x, ord=float("inf")),
        "tf.clip_by_value": lambda tf, x: tf.clip_by_value(x, -1.0, 1.0),
        "tf.clip_by_value_ints": lambda tf, x: tf.clip_by_value(x, -1, 1),
        "tf.clip_by_norm": lambda tf, x: tf.clip_by_norm(x, 1.0),
        "tf.clip_by_norm_axes": lambda tf, x: tf.clip_by_norm(x, 1.0, axes=[1]),
        "tf.clip_by_average_norm": lambda tf, x: tf.clip_by_average_norm(x, 1.0),
        "tf.global_norm": lambda tf, x: tf.global_norm([x, None, x * 2.0]),
        "tf.clip_by_global_norm": lambda tf, x: tf.clip_by_global_norm([x, None, x * 2.0], 1.0)[0][::2],
        "tf.clip_by_global_norm_use_norm": lambda tf, x: tf.clip_by_global_norm([x, x], 1.0, use_norm=tf.norm(x)),
        "tf.add_n": lambda tf, x: tf.add_n([x, x, x * 2.0]),
        "tf.add_n_one": lambda tf, x: tf.add_n([x]),
        "tf.add_n_one_named": lambda tf, x: tf.add_n([x], name="only"),
        "tf.accumulate_n": lambda tf, x: tf.accumulate_n([x, x, x], shape=[3, 5]),
        "tf.tensordot_ints": lambda tf, x: tf.tensordot(x, tf.ones([5, 2]), 1),
        "tf.tensordot_lists": lambda tf, x: tf.tensordot(x, tf.ones([2, 3]), [[0], [1]]),
        "tf.tensordot_outer": lambda tf, x: tf.tensordot(x, tf.ones([2]), 0),
        "tf.cumsum": lambda tf, x: tf.cumsum(x),
        "tf.cumsum_axis": lambda tf, x: tf.cumsum(x, axis=1, exclusive=True),
        "tf.cumsum_reverse": lambda tf, x: tf.cumsum(x, axis=-1, reverse=True),
        "tf.cumsum_both": lambda tf, x: tf.cumsum(x, axis=0, exclusive=True, reverse=True),
        "tf.cumprod": lambda tf, x: tf.cumprod(x, axis=1),
        "tf.squared_difference": lambda tf, x: tf.squared_difference(x, 1.0),
        "tf.lbeta_free": lambda tf, x: tf.log1p(tf.exp(x)),
        "tf.scalar_mul": lambda tf, x: tf.scalar_mul(3.0, x),
    }
)
def one_call(tf, np, function):
    x = tf.placeholder(tf.float32, [None, 5], name="x")
    return Run({"y": function(tf, x)}, {x: ordinary(np, "float32")})


BINARY = (
    "add subtract multiply divide truediv floordiv mod floormod div realdiv div_no_nan maximum minimum pow "
    "squared_difference atan2 equal not_equal less less_equal greater greater_equal"
).split()
PAIRS = [
    ([[-2.5, 0.0, 3.0], [1.0, -1.0, 0.5]], [[2.0, -3.0, 0.5], [1.0, 0.3, -2.0]]),
    ([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], [2.0, -3.0, 0.5]),
    ([[1.0], [-2.0]], [[3.0, 4.0, -5.0]]),
    (2.0, [[3.0, -4.0]]),
    ([1.5, -2.0], -3.0),
    (7.0, 2.0),
]
SPECIAL_PAIRS = [([[0.0, -0.0, 1.0, -1.0]], [[0.0], [1.0]])]
NOT_A_NUMBER_PAIRS = [([float("nan"), 1.0, float("inf"), float("-inf")], [[1.0], [float("nan")], [float("inf")]])]
# What TensorFlow makes of infinities here differs between its vector and scalar loops.
FINITE_ONLY = {"floordiv", "mod", "floormod", "div_no_nan"}


def binary_function(tf, name):
    return getattr(tf, name) if hasattr(tf, name) else getattr(tf.math, name)


@each(grid(name=BINARY, dtype=FLOATS))
def binary(tf, np, name, dtype):
    x, y = tf.placeholder(dtype, name="x"), tf.placeholder(dtype, name="y")
    z = binary_function(tf, name)(x, y)
    pairs = list(PAIRS)
    if name not in FINITE_ONLY:
        pairs += SPECIAL_PAIRS + NOT_A_NUMBER_PAIRS
    pairs += [(np.zeros([0, 3]), np.ones([3])), (np.zeros([2, 0]), np.zeros([1, 0]))]
    return [Run({"z": z}, {x: np.array(a, dtype), y: np.array(b, dtype)}, vary=name != "pow") for a, b in pairs]


INTEGER_BINARY = (
    "add subtract multiply divide truediv floordiv mod floormod truncatediv truncatemod div maximum minimum "
    "squared_difference equal not_equal less less_equal greater greater_equal"
).split()


@each(grid(name=INTEGER_BINARY, dtype=["int32", "int64"]))
def binary_of_integers(tf, np, name, dtype):
    x, y = tf.placeholder(dtype, [None, 3], name="x"), tf.placeholder(dtype, [3], name="y")
    z = binary_function(tf, name)(x, y)
    fed = np.array([[-7, 7, 2147483647], [7, -7, 0], [-8, 8, 1]], dtype)
    return [Run({"z": z}, {x: fed, y: np.array([2, -2, 3], dtype)}), Run({"z": z}, {x: fed[:0], y: fed[0]})]


@each(grid(dtype=["int32", "int64"]))
def power_of_integers(tf, np, dtype):
    x, y = tf.placeholder(dtype, [None]), tf.placeholder(dtype, [None])
    return Run({"z": tf.pow(x, y)}, {x: np.array([2, -2, 0, 7], dtype), y: np.array([3, 3, 0, 10], dtype)})


@each(grid(name=["logical_and", "logical_or", "logical_xor"]))
def logical(tf, np, name):
    x, y = tf.placeholder(tf.bool, [None, 2]), tf.placeholder(tf.bool, [2])
    z = getattr(tf, name)(x, y)
    return [
        Run({"z": z}, {x: np.array([[True, False], [False, True]]), y: np.array([True, False])}),
        Run({"z": z}, {x: np.zeros([0, 2], bool), y: np.array([True, False])}),
    ]


@case
def logical_not(tf, np):
    x = tf.placeholder(tf.bool, [None])
    return Run({"z": tf.logical_not(x)}, {x: np.array([True, False])})


@each(grid(name=["bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"], dtype=["int32", "uint8"]))
def bitwise(tf, np, name, dtype):
    x, y = tf.placeholder(dtype, [None]), tf.placeholder(dtype, [None])
    z = getattr(tf.bitwise, name)(x, y)
    return Run({"z": z}, {x: np.array([5, 12, 100], dtype), y: np.array([3, 1, 2], dtype)})


@each(grid(dtype=["int32", "uint8", "int64"]))
def bitwise_invert(tf, np, dtype):
    x = tf.placeholder(dtype, [None])
    return Run({"z": tf.bitwise.invert(x)}, {x: np.array([0, 5, 100], dtype)})


SHAPES = {"none": None, "scalar": [], "3": [3], "x": [None], "2x3": [2, 3], "ax3": [None, 3], "2x1": [2, 1]}
SHAPES.update({"axb": [None, None], "1x3": [1, 3], "0x3": [0, 3], "4x2x1": [4, 2, 1]})


@case
def broadcast_static_shapes(tf, np):
    answers = {}
    for left, left_shape in SHAPES.items():
        for right, right_shape in SHAPES.items():
            x, y = tf.placeholder(tf.float32, left_shape), tf.placeholder(tf.float32, right_shape)
            try:
                answers[left + " " + right] = str(tf.add(x, y).shape)
            except ValueError:
                answers[left + " " + right] = "ValueError"
    return Facts(**answers)


@each(
    {
        "transpose_a": ({"transpose_a": True}, [3, 2], [3, 4]),
        "transpose_b": ({"transpose_b": True}, [2, 3], [4, 3]),
        "both": ({"transpose_a": True, "transpose_b": True}, [3, 2], [4, 3]),
        "plain": ({}, [2, 3], [3, 4]),
        "batch": ({}, [5, 2, 3], [5, 3, 4]),
        "batch_adjoint": ({"adjoint_b": True}, [5, 2, 3], [5, 4, 3]),
        "batch_transpose": ({"transpose_a": True}, [5, 3, 2], [5, 3, 4]),
        "batch_broadcast": ({}, [5, 2, 3], [3, 4]),
        "batch4_broadcast": ({}, [2, 1, 2, 3], [5, 3, 4]),
        "empty_inner": ({}, [2, 0], [0, 4]),
        "empty_rows": ({}, [0, 3], [3, 4]),
        "named": ({"name": "mm"}, [1, 3], [3, 1]),
        "a_is_sparse": ({"a_is_sparse": True}, [2, 3], [3, 4]),
    }
)
def matmul(tf, np, options, left, right):
    runs = []
    for dtype in ("float32", "float64", "int32"):
        if dtype != "float32" and "a_is_sparse" in options:
            continue
        x, y = tf.placeholder(dtype, [None] + left[1:]), tf.placeholder(dtype, right)
        count_left, count_right = int(np.prod(left)), int(np.prod(right))
        a = ((np.arange(count_left) % 7) - 3).reshape(left).astype(dtype)
        b = ((np.arange(count_right) % 5) - 2).reshape(right).astype(dtype)
        runs.append(Run({"z": tf.matmul(x, y, **options)}, {x: a, y: b}))
    return runs


@case
def matmul_operator(tf, np):
    x = tf.placeholder(tf.float32, [None, 3])
    w = np.ones([3, 2], np.float32)
    return Run({"y": x @ w, "z": np.ones([1, 2], np.float32) @ tf.transpose(x @ w)}, {x: np.ones([4, 3], np.float32)})


@case
def matvec(tf, np):
    x = tf.placeholder(tf.float32, [2, 3])
    return Run({"y": tf.linalg.matvec(x, [1.0, 2.0, 3.0])}, {x: np.ones([2, 3], np.float32)})


@case
def linspace(tf, np):
    return Run({"a": tf.linspace(0.0, 1.0, 5), "b": tf.lin_space(-1.0, 1.0, 1), "c": tf.linspace(np.float64(2), 3, 4)})


@case
def int32_addition_wraps(tf, np):
    x = tf.placeholder(tf.int32, [])
    return Run({"y": x + 1, "z": x * 2}, {x: np.int32(2147483647)})


@case
def complex_numbers(tf, np):
    x = tf.placeholder(tf.complex64, [None])
    fetches = {"abs": tf.abs(x), "real": tf.real(x), "imag": tf.imag(x), "conj": tf.conj(x), "times": x * (2 + 1j)}
    fetches["complex"] = tf.complex(tf.real(x), tf.imag(x))
    return Run(fetches, {x: np.array([1 + 2j, -3j, 0], np.complex64)})


@case
def top_k_and_friends(tf, np):
    x = tf.placeholder(tf.float32, [None, 4])
    values, indices = tf.nn.top_k(x, k=2)
    inside = tf.nn.in_top_k(x, [1, 3], 2)
    fed = {x: [[1.0, 3, 3, 2], [0, 5, 5, 5]]}
    return Run({"values": values, "indices": indices, "inside": inside}, fed, vary=False)


@each(grid(stage=["pow_negative", "floordiv", "floormod"]), raises=True)
def integer_arithmetic_raises_at_run(tf, np, stage):
    x = tf.placeholder(tf.int32, [None])
    functions = {
        "pow_negative": lambda: tf.pow(x, [-1]),
        "floordiv": lambda: x // [0],
        "floormod": lambda: x % [0],
    }
    return Run({"y": functions[stage]()}, {x: [3]})


@case(raises=True)
def check_numerics_raises(tf, np):
    x = tf.placeholder(tf.float32, [None])
    return Run({"y": tf.check_numerics(x, "bad")}, {x: [1.0, np.nan]})


@case(raises=True)
def add_n_of_different_shapes(tf, np):
    return Run({"y": tf.add_n([tf.zeros([2]), tf.zeros([3])])})
