"""Every rule of algebra: it fires where it should, and changes no value (or brings it nearer to the true one)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphrt as tf
from graphrt.passes import PIPELINE, run_pipeline
from graphrt.passes.capture import capture
from graphrt.passes.key import PlanKey, PlanOptions
from graphrt.passes.rule import FAMILIES, load_rules

load_rules()
SHAPE = (2, 3)


def tanh_of(x):
    return tf.tanh(x)


def softmax_gradient(x, y):
    return tf.gradients(tf.reduce_sum(y * tf.log(tf.nn.softmax(x))), x)[0]


# (rule, what is declared with x and y, both [2, 3], type, domain)
TABLE = [
    ("log(softmax(x)) -> log_softmax(x)", lambda x, y: tf.log(tf.nn.softmax(x)), "real"),
    ("log(sigmoid(x)) -> -softplus(-x)", lambda x, y: tf.log(tf.sigmoid(x)), "real"),
    ("log(1 - sigmoid(x)) -> -softplus(x)", lambda x, y: tf.log(1.0 - tf.sigmoid(x)), "real"),
    ("log(1 + exp(x)) -> softplus(x)", lambda x, y: tf.log(1.0 + tf.exp(x)), "real"),
    ("log1p(exp(x)) -> softplus(x)", lambda x, y: tf.log1p(tf.exp(x)), "real"),
    ("log(exp(x)) -> x", lambda x, y: tf.log(tf.exp(x)), "real"),
    ("log(1 + x) -> log1p(x)", lambda x, y: tf.log(x + 1.0), "positive"),
    ("exp(x) - 1 -> expm1(x)", lambda x, y: tf.exp(x) - 1.0, "real"),
    ("exp(x) + (-1) -> expm1(x)", lambda x, y: tf.exp(x) + (-1.0), "real"),
    ("gradient of log(softmax(x)), by quotient -> dy - sum(dy) * softmax(x)", softmax_gradient, "real"),
    (
        "gradient of log(sigmoid(x)), by quotient -> dy * (1 - sigmoid(x))",
        lambda x, y: tf.gradients(tf.log(tf.sigmoid(x)), x, y)[0],
        "real",
    ),
    (
        "gradient of log(1 - sigmoid(x)), by quotient -> -dy * sigmoid(x)",
        lambda x, y: tf.gradients(tf.log(1.0 - tf.sigmoid(x)), x, y)[0],
        "real",
    ),
    ("1 / (1 + exp(-x)) -> sigmoid(x)", lambda x, y: 1.0 / (1.0 + tf.exp(-x)), "any"),
    ("reshape(reshape(x)) -> reshape(x)", lambda x, y: tf.reshape(tf.reshape(x, [3, 2]), [6]), "any"),
    ("reshape(expand_dims(x)) -> reshape(x)", lambda x, y: tf.reshape(tf.expand_dims(x, 1), [6]), "any"),
    (
        "reshape(squeeze(x)) -> reshape(x)",
        lambda x, y: tf.reshape(tf.squeeze(tf.tanh(tf.expand_dims(x, 0))), [6]),
        "any",
    ),
    ("squeeze(expand_dims(x)) -> x", lambda x, y: tf.squeeze(tf.expand_dims(x, 1), [1]), "any"),
    ("shape(x)[i], if known -> a constant", lambda x, y: tf.shape(partly_known(x))[1], "any"),
    ("size of x, if known -> a constant", lambda x, y: node("Size", x, out_type=tf.int64), "any"),
    ("shape(f(x, smaller)) -> shape(x)", lambda x, y: tf.shape(tf.exp(partly_known(x))), "any"),
    ("reshape(x, the shape of x) -> x", lambda x, y: tf.reshape(x, [-1, 3]), "any"),
    *(
        (f"{name}(x, over no axes) -> x", lambda x, y, name=name: getattr(tf, f"reduce_{name}")(x, []), "any")
        for name in ("sum", "mean", "max", "min", "prod")
    ),
    ("tile(x, once along each axis) -> x", lambda x, y: tf.tile(x, [1, 1]), "any"),
    ("x + 0 -> x", lambda x, y: 0.0 + x, "any"),
    ("x + 0 -> x (zeros like y)", lambda x, y: x + zeros_like(y), "any"),
    ("x + 0 -> x (filled)", lambda x, y: x + big_fill(x, 0.0), "any"),
    ("x - 0 -> x", lambda x, y: x - 0.0, "any"),
    ("x - 0 -> x (zeros like y)", lambda x, y: x - zeros_like(y), "any"),
    ("x - 0 -> x (filled)", lambda x, y: x - big_fill(x, 0.0), "any"),
    ("x * 1 -> x", lambda x, y: x * np.ones((2, 1), np.float32), "any"),
    ("x * 1 -> x (ones like y)", lambda x, y: x * ones_like(y), "any"),
    ("x * 1 -> x (filled)", lambda x, y: x * big_fill(x, 1.0), "any"),
    ("x / 1 -> x", lambda x, y: x / 1.0, "any"),
    ("x * (-1) -> -x", lambda x, y: -1.0 * x, "any"),
    ("x / (-1) -> -x", lambda x, y: x / -1.0, "any"),
    ("x * 0 -> 0, of integers", lambda x, y: x * 0, "integer"),
    ("-(-x) -> x", lambda x, y: tf.negative(tf.negative(x)), "any"),
    ("x - (-y) -> x + y", lambda x, y: x - (-y), "any"),
    ("x + (-y) -> x - y", lambda x, y: -y + x, "any"),
    ("(-x) * (-y) -> x * y", lambda x, y: (-x) * (-y), "any"),
    ("(-x) / (-y) -> x / y", lambda x, y: (-x) / (-y), "any"),
    ("abs(-x) -> abs(x)", lambda x, y: tf.abs(-x), "any"),
    ("square(-x) -> square(x)", lambda x, y: tf.square(-x), "any"),
    ("square(abs(x)) -> square(x)", lambda x, y: tf.square(tf.abs(x)), "any"),
    ("not not x -> x", lambda x, y: tf.logical_not(tf.logical_not(x > y)), "any"),
    ("maximum(x, x) -> x", lambda x, y: tf.maximum(x, x), "any"),
    ("minimum(x, x) -> x", lambda x, y: tf.minimum(x, x), "any"),
    ("logicaland(x, x) -> x", lambda x, y: same_twice(tf.logical_and, x > y), "any"),
    ("logicalor(x, x) -> x", lambda x, y: same_twice(tf.logical_or, x > y), "any"),
    ("abs(abs(x)) -> abs(x)", lambda x, y: tf.abs(tf.abs(x)), "any"),
    ("relu(relu(x)) -> relu(x)", lambda x, y: tf.nn.relu(tf.nn.relu(x)), "any"),
    ("floor(floor(x)) -> floor(x)", lambda x, y: tf.floor(tf.floor(x)), "any"),
    ("ceil(ceil(x)) -> ceil(x)", lambda x, y: tf.ceil(tf.ceil(x)), "any"),
    ("sign(sign(x)) -> sign(x)", lambda x, y: tf.sign(tf.sign(x)), "any"),
    ("x ** 1 -> x", lambda x, y: x**1.0, "any"),
    ("x ** 2 -> square(x)", lambda x, y: x**2.0, "any"),
    ("x ** 0.5 -> sqrt(x)", lambda x, y: tf.abs(x) ** 0.5, "any"),
    ("x ** -1 -> 1 / x", lambda x, y: x**-1.0, "any"),
    ("x ** 3 -> square(x) * x", lambda x, y: x**3.0, "freely"),
    ("x ** -0.5 -> rsqrt(x)", lambda x, y: tf.exp(x) ** -0.5, "freely"),
    ("x / 2**n -> x * 2**-n", lambda x, y: x / np.array([4.0, -0.5, 2.0], np.float32), "any"),
    ("x / c -> x * (1 / c)", lambda x, y: x / 3.0, "freely"),
    ("x * (1 / y) -> x / y", lambda x, y: x * tf.reciprocal(y), "real"),
    ("cast(x, its own type) -> x", lambda x, y: own_cast(x), "any"),
    ("cast(cast(x, wider), back) -> x", lambda x, y: tf.cast(tf.cast(x, tf.float64), tf.float32), "any"),
    (
        "cast(cast(x, wider), other) -> cast(x, other)",
        lambda x, y: tf.cast(tf.cast(x, tf.float64), tf.float16),
        "real",
    ),
    ("transpose(x, in the same order) -> x", lambda x, y: tf.transpose(x, [0, 1]), "any"),
    (
        "transpose(transpose(x)) -> one transpose, or none",
        lambda x, y: tf.transpose(tf.transpose(tf.reshape(x, [1, 2, 3]), [2, 0, 1]), [2, 1, 0]),
        "any",
    ),
    ("matmul(transpose(a), b) -> matmul(a, b) with a flag", lambda x, y: tf.matmul(tf.transpose(x), y), "real"),
    ("matmul(a, transpose(b)) -> matmul(a, b) with a flag", lambda x, y: tf.matmul(x, tf.transpose(y)), "real"),
    (
        "batchmatmulv2(transpose(a), b) -> batchmatmulv2(a, b) with a flag",
        lambda x, y: tf.matmul(tf.transpose(tf.reshape(x, [1, 2, 3]), [0, 2, 1]), tf.reshape(y, [1, 2, 3])),
        "real",
    ),
    (
        "batchmatmulv2(a, transpose(b)) -> batchmatmulv2(a, b) with a flag",
        lambda x, y: tf.matmul(tf.reshape(x, [1, 2, 3]), tf.transpose(tf.reshape(y, [1, 2, 3]), [0, 2, 1])),
        "real",
    ),
    ("sum(tile(x), over the copies) -> x * number of copies", lambda x, y: sum_of_tile(x, [0]), "real"),
    ("add_n([x]) -> x", lambda x, y: one_term(x), "any"),
    ("add_n without its zeros", lambda x, y: tf.add_n([x, zeros_like(x), y]), "any"),
    (
        "add_n(add_n(a, b), c) -> add_n(a, b, c)",
        lambda x, y: tf.add_n([tf.exp(x), tf.add_n([x, y, x]), y]),
        "any",
    ),
    *(
        (
            f"{name}({name}(x)) -> {name}(x)",
            lambda x, y, name=name: twice(getattr(tf, f"reduce_{name}"), x),
            "any",
        )
        for name in ("max", "min")
    ),
    ("all(all(x)) -> all(x)", lambda x, y: twice(tf.reduce_all, x > y), "any"),
    ("any(any(x)) -> any(x)", lambda x, y: twice(tf.reduce_any, x > y), "any"),
    ("sum(sum(x)) -> sum(x), of integers", lambda x, y: twice(tf.reduce_sum, x), "integer"),
    ("prod(prod(x)) -> prod(x), of integers", lambda x, y: twice(tf.reduce_prod, x), "integer"),
    ("sum(sum(x)) -> sum(x)", lambda x, y: twice(tf.reduce_sum, x), "freely"),
]


def partly_known(x):
    """``x`` with an unknown first dimension."""
    return tf.placeholder_with_default(x, [None, 3])


def zeros_like(y):
    return tf.zeros_like(partly_known(y), optimize=False) if y.shape.rank is None else node("ZerosLike", y)


def ones_like(y):
    return node("OnesLike", y)


def node(kind, *inputs, **attrs):
    from graphrt.opdef.registry import opdef_named

    return opdef_named(kind)(*inputs, **attrs)


def big_fill(x, value):
    """So many numbers are not computed ahead of time in these tests."""
    return tf.fill([2, 3], tf.constant(value))


def same_twice(function, x):
    return function(x, x)


def own_cast(x):
    return node("Cast", x, DstT=tf.float32)


def one_term(x):
    return node("AddN", [x])


def twice(function, x):
    return function(function(x, 1), 0)


def sum_of_tile(x, axes):
    return tf.reduce_sum(tf.tile(tf.reshape(x, [1, 6]), [5, 2]), axes)


BINARY = {
    "add": tf.add, "addv2": lambda x, y: x + y, "sub": tf.subtract, "mul": tf.multiply, "realdiv": lambda x, y: x / y,
    "maximum": tf.maximum, "minimum": tf.minimum, "squareddifference": tf.squared_difference,
}  # fmt: skip
UNARY = {
    "neg": tf.negative, "square": tf.square, "exp": tf.exp, "log": tf.log, "sqrt": tf.sqrt,
    "reciprocal": tf.reciprocal, "abs": tf.abs, "tanh": tf.tanh, "sigmoid": tf.sigmoid,
    "cast": lambda x: tf.cast(x, tf.float64),
}  # fmt: skip
REPEATING = {
    "tile": lambda x: tf.tile(tf.reshape(x[:1], [1, 3]), [2, 1]),
    "broadcastto": lambda x: tf.broadcast_to(x[0], [2, 3]),
}
for _repeating, _repeat in REPEATING.items():
    for _kind, _function in BINARY.items():
        TABLE.append(
            (
                f"{_kind}({_repeating}(x), y) -> {_kind}(x, y)",
                lambda x, y, f=_function, r=_repeat: f(r(x), y),
                "any",
            )
        )
        TABLE.append(
            (
                f"{_kind}(y, {_repeating}(x)) -> {_kind}(y, x)",
                lambda x, y, f=_function, r=_repeat: f(y, r(x)),
                "any",
            )
        )
        if _kind in ("mul", "realdiv", "addv2", "sub"):
            TABLE.append(
                (
                    f"{_kind}({_repeating}(x), scalar) -> {_repeating}({_kind}(x, scalar))",
                    lambda x, y, f=_function, r=_repeat: f(r(x), y[0, 0]),
                    "any",
                )
            )
    for _kind, _function in UNARY.items():
        TABLE.append(
            (
                f"{_kind}({_repeating}(x)) -> {_repeating}({_kind}(x))",
                lambda x, y, f=_function, r=_repeat: f(r(x)),
                "any",
            )
        )

CASES = {text: (build, domain) for text, build, domain in TABLE}
COMMUTING = ("add", "addv2", "mul", "squareddifference")


def rules_of_library():
    return {rule.text: rule for rules in FAMILIES.values() for rule in rules}


def declared(build, dtype=tf.float32):
    graph = tf.Graph()
    with graph.as_default():
        x, y = tf.placeholder(dtype, SHAPE, name="x"), tf.placeholder(dtype, SHAPE, name="y")
        return graph, x, y, build(x, y)


def options_for(domain, **others) -> PlanOptions:
    return PlanOptions(verify=True, strict=True, round_freely=domain == "freely", native="off", **others)


def fired(build, domain) -> list[str]:
    _, x, y, result = declared(build, tf.int32 if domain == "integer" else tf.float32)
    key = PlanKey((result,), (x, y), options=options_for(domain, fold_limit=0))
    steps = [step for step in PIPELINE if type(step).__name__ in ("SinkControls", "RemoveIdentities", "RefineShapes")]
    rules = [step for step in PIPELINE if type(step).__name__ == "Rules"]
    _, reports = run_pipeline(capture(key.fetches, key.feeds), key, [*steps, *rules])
    return [firing.rule for report in reports for firing in report.fired]


def test_every_rule_has_a_case_and_every_case_a_rule():
    texts = set(rules_of_library())
    # The second spelling of a gradient is the first one before another rule has made a quotient of it; and of
    # commuting ops the first rule takes both orders.
    spelled = {text for text in texts if ", by reciprocal" in text}
    swapped = {f"{kind}(y, {r}(x)) -> {kind}(y, x)" for kind in COMMUTING for r in REPEATING}
    assert texts - spelled - swapped == set(CASES) - swapped


@pytest.mark.parametrize("text", [t for t in CASES if not any(t.startswith(f"{k}(y, ") for k in COMMUTING)])
def test_fires(text):
    build, domain = CASES[text]
    assert text in fired(build, domain)


def values_in(domain):
    if domain == "integer":
        return st.integers(-20, 20)
    if domain in ("real", "positive", "freely"):
        return st.floats(0.015625 if domain == "positive" else -60, 60, width=32)
    special = st.sampled_from([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-30, -1e30, 1e-42])
    return st.floats(width=32) | special


@st.composite
def inputs(draw, domain):
    dtype = np.int32 if domain == "integer" else np.float32
    numbers = draw(st.lists(values_in(domain), min_size=12, max_size=12))
    return np.array(numbers, dtype).reshape(2, *SHAPE)


def computed(build, arrays, options, dtype):
    graph, x, y, result = declared(build, dtype)
    with tf.Session(graph=graph) as sess:
        sess._options = options
        return sess.run(result, {x: arrays[0], y: arrays[1]})


QUICK = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("text", CASES)
def test_changes_no_value(text):
    build, domain = CASES[text]
    dtype = tf.int32 if domain == "integer" else tf.float32
    rule = rules_of_library().get(text)

    @QUICK
    @given(inputs(domain))
    def check(arrays):
        before = computed(build, arrays, PlanOptions(optimize=False), dtype)
        after = computed(build, arrays, options_for(domain), dtype)
        assert before.dtype == after.dtype and before.shape == after.shape
        if rule is None or rule.exact:
            np.testing.assert_array_equal(after, before)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            precise = computed(build, arrays.astype(np.float64), PlanOptions(optimize=False), tf.float64)
        if text.startswith("cast("):
            np.testing.assert_array_equal(after, before)
            return
        nearer(after, before, precise)

    check()


def nearer(after, before, precise):
    """``after`` is not farther from the true values than ``before`` (but for a rounding), wherever these are known."""
    after, before, precise = (np.asarray(a, np.float64) for a in (after, before, precise))
    known = np.isfinite(precise) & (np.abs(precise) < 1e38)
    unit = np.maximum(np.abs(precise) * 2**-23, 1e-38)
    with np.errstate(invalid="ignore"):
        error = np.abs(after - precise)
        old = np.where(np.isfinite(before), np.abs(before - precise), np.inf)
    allowed = np.maximum(old, 0) + 8 * unit
    scale = np.max(np.abs(precise[known]), initial=0) * 2**-21  # sums cancel: what counts is the largest term
    assert (error <= allowed + scale)[known].all(), (after, before, precise)
