"""Golden cases of gradients, element by element: unary functions, and pairs that broadcast with known and unknown shapes.

Each case holds the forward nodes, the gradient nodes and both values.
"""

from tools.golden.families import exact, fails, integers, table, uniform

X = uniform(2, 3, low=-2.0, high=2.0)
POSITIVE = uniform(2, 3, low=0.3, high=2.0)
UNIT = uniform(2, 3, low=-0.9, high=0.9)
LARGE = uniform(2, 3, low=1.1, high=3.0)

UNARY = {
    "abs": X, "acos": UNIT, "acosh": LARGE, "asin": UNIT, "asinh": X, "atan": X, "atanh": UNIT, "ceil": X, "cos": X,
    "cosh": X, "digamma": POSITIVE, "erf": X, "erfc": X, "exp": X, "expm1": X, "floor": X, "identity": X,
    "lgamma": POSITIVE, "log": POSITIVE, "log1p": POSITIVE, "log_sigmoid": X, "negative": X, "reciprocal": POSITIVE,
    "rint": X, "round": X, "rsqrt": POSITIVE, "sigmoid": X, "sign": X, "sin": X, "sinh": X, "sqrt": POSITIVE,
    "square": X, "tan": UNIT, "tanh": X, "zeros_like": X, "ones_like": X, "stop_gradient": X,
}  # fmt: skip
SMOOTH = [name for name in UNARY if name not in "ceil floor rint round zeros_like ones_like stop_gradient".split()]
SMOOTH = [name for name in SMOOTH if name not in ("digamma", "lgamma", "asin")]


def unary(name):
    return lambda tf, x: getattr(tf, name)(x)


table([(name, unary(name), [sample]) for name, sample in UNARY.items()])
table([("asin_second", lambda tf, x: 1.5 * tf.asin(x), [UNIT], ["second", "second_batch"])])  # cos(asin(x)) cancels
table([(name + "_second", unary(name), [UNARY[name]], ["second", "second_batch"]) for name in SMOOTH])

CORNERS = {
    "abs": [-1.0, -0.0, 0.0, 2.0, float("inf"), float("nan")],
    "sqrt": [0.0, 4.0, -1.0, float("inf")],
    "rsqrt": [0.0, 4.0, -1.0],
    "log": [0.0, 1.0, -1.0, float("inf")],
    "log1p": [-1.0, 0.0, -2.0, 1e-8],
    "expm1": [1e-8, 0.0, 100.0, -100.0],
    "exp": [1000.0, -1000.0, float("-inf"), float("nan")],
    "reciprocal": [0.0, -0.0, float("inf")],
    "sign": [-0.0, 0.0, float("nan"), float("-inf"), 5.0],
    "tan": [0.0, 1.5],
    "acosh": [1.0, 0.5],
    "asin": [1.0, -1.0, 2.0],
    "atanh": [1.0, -1.0, 2.0],
    "log_sigmoid": [100.0, -100.0, 0.0],
    "round": [0.5, 1.5, 2.5, -0.5, -1.5],
    "floor": [-0.5, 0.5, float("inf")],
    "lgamma": [0.0, 1.0, -0.5],
    "erf": [0.0, 10.0, float("inf")],
}
table([(name + "_corners", unary(name), [exact(data)], ["ones"]) for name, data in CORNERS.items()])

# ------------------------------------------------------------------------------------------------ pairs

PAIRS = {
    "add": lambda tf, x, y: tf.add(x, y),
    "operator_add": lambda tf, x, y: x + y,
    "subtract": lambda tf, x, y: tf.subtract(x, y),
    "multiply": lambda tf, x, y: tf.multiply(x, y),
    "divide": lambda tf, x, y: tf.divide(x, y),
    "div": lambda tf, x, y: tf.div(x, y),
    "truediv": lambda tf, x, y: tf.truediv(x, y),
    "div_no_nan": lambda tf, x, y: tf.div_no_nan(x, y),
    "floordiv": lambda tf, x, y: tf.floordiv(x, y),
    "mod": lambda tf, x, y: tf.mod(x, y),
    "maximum": lambda tf, x, y: tf.maximum(x, y),
    "minimum": lambda tf, x, y: tf.minimum(x, y),
    "pow": lambda tf, x, y: tf.pow(x, y),
    "squared_difference": lambda tf, x, y: tf.squared_difference(x, y),
}  # atan2 stands apart: TF1's gradient of it forgets the sum over broadcast dimensions


def positive(*shape):
    return uniform(*shape, low=0.4, high=2.0)


table([("atan2", lambda tf, x, y: tf.atan2(x, y), [positive(2, 3), positive(2, 3)], ["float32", "float64", "batch"])])
for _name, _function in PAIRS.items():
    table(
        [
            (_name, _function, [positive(2, 3), positive(2, 3)], ["float32", "float64", "batch", "rank"]),
            (_name + "_row", _function, [positive(2, 3), positive(3)], ["float32", "float64", "batch"]),
            (_name + "_scalar_left", _function, [positive(), positive(2, 3)], ["float32", "batch"]),
            (_name + "_outer", _function, [positive(2, 1), positive(3)], ["float32", "dims"]),
            (_name + "_3d", _function, [positive(2, 1, 3), positive(4, 1)], ["float32"]),
            (_name + "_empty", _function, [positive(0, 3), positive(3)], ["ones", "batch"]),
        ]
    )
for _name in [name for name in PAIRS if name not in ("floordiv", "mod", "maximum", "minimum")]:
    table([(_name + "_second", PAIRS[_name], [positive(2, 3), positive(3)], ["second", "second_batch"])])

table(
    [
        ("maximum_ties", lambda tf, x, y: tf.maximum(x, y), [exact([1.0, 2.0, 3.0]), exact([1.0, 3.0, 2.0])], ["ones"]),
        ("minimum_ties", lambda tf, x, y: tf.minimum(x, y), [exact([1.0, 2.0, 3.0]), exact([1.0, 3.0, 2.0])], ["ones"]),
        ("maximum_same", lambda tf, x: tf.maximum(x, x), [X], ["float32"]),
        ("maximum_number", lambda tf, x: tf.maximum(x, 0.0), [X]),
        ("minimum_number", lambda tf, x: tf.minimum(0.5, x), [X], ["float32", "batch"]),
        ("maximum_second", lambda tf, x: tf.maximum(tf.square(x), 0.1), [X], ["second"]),
        ("minimum_second", lambda tf, x: tf.minimum(tf.square(x), 0.1), [X], ["second"]),
        ("atan2_second", lambda tf, x, y: tf.atan2(x, y), [positive(3), positive(3)], ["second"]),
        (
            "pow_corners",
            lambda tf, x, y: tf.pow(x, y),
            [exact([0.0, 0.0, 0.0, -2.0, 2.0, -2.0]), exact([2.0, 0.5, 0.0, 3.0, 0.0, 0.5])],
            ["ones"],
        ),
        ("pow_number", lambda tf, x: x**3, [X]),
        ("pow_number_2", lambda tf, x: tf.pow(x, 2.0), [X], ["float32", "second"]),
        ("number_pow", lambda tf, x: 2.0**x, [X]),
        ("divide_corners", lambda tf, x, y: x / y, [exact([1.0, 0.0, -1.0]), exact([0.0, 0.0, 0.0])], ["ones"]),
        ("div_no_nan_corners", lambda tf, x, y: tf.div_no_nan(x, y), [exact([1.0, 0.0]), exact([0.0, 2.0])], ["ones"]),
        ("atan2_corners", lambda tf, x, y: tf.atan2(x, y), [exact([0.0, 0.0, 1.0]), exact([0.0, -1.0, 0.0])], ["ones"]),
        ("floormod_negative", lambda tf, x, y: tf.floormod(x, y), [exact([-7.0, 7.0]), exact([2.0, -2.0])], ["ones"]),
        ("number_minus", lambda tf, x: 1.0 - x, [X]),
        ("number_times", lambda tf, x: 3 * x, [X], ["float32"]),
        ("number_over", lambda tf, x: 1 / x, [positive(3)], ["float32", "second"]),
        ("over_number", lambda tf, x: x / 4, [X], ["float32"]),
        ("negated_operator", lambda tf, x: abs(-x), [X], ["float32"]),
        ("int_division", lambda tf, x, y: [x // y, x / y, x % y, -x], [integers(4, low=-9, high=9), integers(4, low=1, high=5)], ["float32"]),
        ("comparisons", lambda tf, x, y: [tf.less(x, y), x <= y, x > y, x >= y, tf.equal(x, y), tf.not_equal(x, y)], [X, uniform(3)], ["value"]),
        ("logic", lambda tf, x, y: [tf.logical_and(x > 0, y > 0), (x > 0) | (y > 0), ~(x > 0), tf.logical_xor(x > 0, y > 0)], [X, X], ["value"]),
        fails("add_mismatch", PAIRS["add"], [uniform(2), uniform(3)]),
        fails("add_types", PAIRS["add"], [uniform(2), uniform(2, dtype="float64")]),
        ("through_comparison", lambda tf, x: x * tf.cast(x > 0, x.dtype), [X]),
        ("through_int", lambda tf, x: x + tf.cast(tf.cast(x, "int32"), x.dtype), [X], ["float32"]),
        ("cast_up", lambda tf, x: tf.cast(x, "float64") * 2.0, [uniform(3, dtype="float32")], ["ones", "batch"]),
        ("cast_down", lambda tf, x: tf.cast(x, tf.float16), [uniform(3, dtype="float32")], ["ones"]),
        ("cast_same", lambda tf, x: tf.cast(x, x.dtype) + 1.0, [X], ["float32"]),
        ("cast_from_int", lambda tf, x: tf.cast(x, "float32") * 0.5, [integers(3)], ["float32"]),
        ("to_float", lambda tf, x: tf.to_float(x) + tf.to_float(1), [uniform(3, dtype="float64")], ["ones"]),
        ("add_n", lambda tf, x, y, z: tf.add_n([x, y, z]), [X, X, X], ["float32", "batch", "second"]),
        ("add_n_one", lambda tf, x: tf.add_n([x]), [X], ["float32"]),
        ("accumulate_n", lambda tf, x, y: tf.accumulate_n([x, y]), [X, X], ["float32"]),
        ("clip_by_value", lambda tf, x: tf.clip_by_value(x, -0.5, 0.7), [X]),
        ("clip_by_value_edges", lambda tf, x: tf.clip_by_value(x, 0.0, 1.0), [exact([-1.0, 0.0, 0.5, 1.0, 2.0])], ["ones"]),
        ("clip_by_value_tensors", lambda tf, x, a, b: tf.clip_by_value(x, a, b), [X, uniform(2, 3, low=-1, high=0), uniform(2, 3, low=0)], ["float32", "batch"]),
        ("clip_by_value_int", lambda tf, x: tf.clip_by_value(x, 1, 3, name="clip"), [integers(6, high=6)], ["float32"]),
        ("clip_by_norm", lambda tf, x: tf.clip_by_norm(x, 1.0), [X]),
        ("clip_by_norm_axes", lambda tf, x: tf.clip_by_norm(x, 0.8, axes=[1]), [X], ["float32", "batch"]),
        ("clip_by_norm_zero", lambda tf, x: tf.clip_by_norm(x, 1.0), [exact([0.0, 0.0])], ["ones"]),
        ("clip_by_norm_second", lambda tf, x: tf.clip_by_norm(x, 1.0), [X], ["second"]),
        ("clip_by_average_norm", lambda tf, x: tf.clip_by_average_norm(x, 0.2), [X], ["float32", "batch"]),
        ("clip_by_global_norm", lambda tf, x, y: tf.clip_by_global_norm([x, None, y], 0.7)[0][::2], [X, uniform(3)]),
        ("clip_by_global_norm_use", lambda tf, x, n: tf.clip_by_global_norm([x], 0.7, use_norm=n)[0], [X, positive()], ["float32"]),
        ("clip_by_global_norm_below", lambda tf, x: tf.clip_by_global_norm([x], 70.0, name="g")[0], [X], ["float32"]),
        ("global_norm", lambda tf, x, y: tf.global_norm([x, y]), [X, uniform(3)], ["float32", "batch", "second"]),
        ("clip_by_global_norm_nan", lambda tf, x, y: tf.clip_by_global_norm([x, y], 1.0)[0], [exact([1.0, float("inf")]), exact([2.0])], ["value"]),
        ("saturate_cast", lambda tf, x: tf.saturate_cast(x, tf.uint8), [exact([300.0, -5.0, 7.9])], ["value"]),
        ("polynomial", lambda tf, x: x * x * x - 2 * x * x + 1, [X], ["float32", "second"]),
        ("sigmoid_by_hand", lambda tf, x: 1 / (1 + tf.exp(-x)), [X], ["float32", "batch", "second"]),
    ]
)  # fmt: skip
