"""What forms must agree on beyond the small arrays of the table (``check_forms`` in harness.py): long rows,
many channels, and the cases that once differed, against answers that are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef import OpDef, registry
from graphrt.passes.key import PlanOptions
from graphrt_ops.shapes import FLOATS, unchanged
from tests.ops import forms
from tests.ops.harness import normal

TIERS = {"kernels": PlanOptions(native="off"), "native": PlanOptions(native="on", strict=True)}
every_tier = pytest.mark.parametrize("tier", TIERS)


def run(tier, outputs, feeds):
    with tf.Session() as session, np.errstate(all="ignore"):
        session._options = TIERS[tier]
        session.run(outputs, feeds)
        return session.run(outputs, feeds)  # the second run uses memory again


def conv(channels, outputs):
    return lambda x: tf.nn.conv2d(
        x, tf.constant(normal(5, 5, channels, outputs).astype(x.dtype.as_numpy_dtype)), 1, "SAME"
    )


def depthwise(channels):
    return lambda x: tf.nn.depthwise_conv2d(
        x, tf.constant(normal(3, 3, channels, 1).astype(x.dtype.as_numpy_dtype)), [1, 1, 1, 1], "SAME"
    )


LONG = {
    "softmax": (tf.nn.softmax, (3, 300)),
    "log_softmax": (tf.nn.log_softmax, (40, 10)),
    "cross_entropy": (lambda x: tf.nn.softmax_cross_entropy_with_logits_v2(labels=x, logits=x * 0.5), (5, 77)),
    "sparse_cross_entropy": (
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.constant([0, 76, 3]), logits=x),
        (3, 77),
    ),
    "reduce_max": (lambda x: tf.reduce_max(x, 1), (3, 300)),
    "reduce_min": (lambda x: tf.reduce_min(x, 0), (300, 3)),
    "reduce_prod": (lambda x: tf.reduce_prod(x * 0.0 + x, 1), (3, 7)),
    "reduce_sum": (tf.reduce_sum, (70, 70)),
    "argmax": (lambda x: tf.argmax(x, 1), (3, 300)),
    "argmin": (lambda x: tf.argmin(x, 0), (300, 3)),
    "matmul": (lambda x: tf.matmul(x, x, transpose_b=True), (20, 33)),
    "conv2d_1": (conv(1, 4), (2, 12, 12, 1)),
    "conv2d_8": (conv(8, 3), (1, 12, 12, 8)),
    "conv2d_20": (conv(20, 16), (1, 10, 10, 20)),
    "depthwise": (depthwise(20), (1, 10, 10, 20)),
    "max_pool": (lambda x: tf.nn.max_pool(x, 3, 2, "SAME"), (1, 12, 12, 20)),
    "avg_pool": (lambda x: tf.nn.avg_pool(x, 3, 2, "SAME"), (1, 12, 12, 20)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LONG)
def test_long_rows_and_many_channels(name, dtype):
    function, shape = LONG[name]
    with tf.Graph().as_default() as graph, np.errstate(all="ignore"):
        x = tf.placeholder(dtype, shape)
        y = function(x)
        outputs, feeds = [y], {x: normal(*shape).astype(dtype)}
        if y.dtype.is_floating:
            dy = tf.placeholder(dtype, y.shape)
            outputs += tf.gradients(y, x, dy)
            feeds[dy] = normal(*y.shape.as_list(), seed=1).astype(dtype)
        wrong = forms.disagreements(graph, outputs, feeds)
    assert not wrong, "\n".join(wrong[:20])


RUNNING = [
    [0.0, 1e30, 1e30],
    [1e-30, 1e30, 2.0],
    [3e38, -3e38, 1.5e38],
    [np.inf, 1.0, -1.0],
    [np.inf, -np.inf, 1.0],
    [np.nan, 1.0],
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("function", [tf.cumsum, tf.cumprod])
def test_running_sums_and_products_go_in_order(function, exclusive, reverse):
    """Native code made 1e30 * 1e30 before it came to the 0, and nan of them."""
    rng = np.random.default_rng(0)
    for shape, axis in (((3, 70), 1), ((17,), 0), ((40, 3), 0)):
        x = tf.placeholder(tf.float32, shape)
        y = function(x, axis, exclusive=exclusive, reverse=reverse)
        for numbers in RUNNING:
            value = rng.choice(np.array(numbers, np.float32), shape)
            plain, native = (run(tier, y, {x: value}) for tier in TIERS)
            np.testing.assert_array_equal(np.isfinite(plain), np.isfinite(native))
            np.testing.assert_allclose(native, plain, 1e-5, 1e-5 * np.abs(value[np.isfinite(value)]).max(initial=0))


@every_tier
def test_nothing_comes_back_from_zero(tier):
    x = tf.placeholder(tf.float32, [40])
    value = np.full(40, 1e30, np.float32)
    value[0] = 0
    assert not run(tier, tf.cumprod(x), {x: value}).any()


@every_tier
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floormod_is_exact(tier, dtype):
    """Against fractions: what x / y rounds off was lost, and 1 mod inf was nan."""
    numbers = forms.hard_numbers(dtype)
    a, b = (column.ravel() for column in np.meshgrid(numbers, numbers))
    x, y = tf.placeholder(dtype, a.shape), tf.placeholder(dtype, a.shape)
    actual = run(tier, tf.floormod(x, y), {x: a, y: b})
    for i, (dividend, divisor) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        if not np.isfinite(dividend) or np.isnan(divisor) or divisor == 0:
            assert np.isnan(actual[i])
        elif np.isinf(divisor):
            assert actual[i] == (dividend if dividend == 0 or (dividend < 0) == (divisor < 0) else divisor)
        else:
            assert actual[i] == np.dtype(dtype).type(float(Fraction(dividend) % Fraction(divisor))), (dividend, divisor)
    assert run(tier, tf.floormod(x, y), {x: np.full(a.shape, 514.62555), y: np.full(a.shape, 0.1)})[0] < 0.1


@every_tier
@pytest.mark.parametrize("channels", [1, 4, 8, 9])
def test_an_infinity_reaches_the_pixels_that_see_it(tier, channels):
    """Products with the zeros of a banded matrix made nan of the neighbours, 45 pixels in all."""
    image = np.zeros((1, 12, 12, channels), np.float32)
    image[0, 5, 6, 0] = np.inf
    x = tf.placeholder(tf.float32, image.shape)
    filters = np.ones((5, 5, channels, 2), np.float32)
    result = run(tier, tf.nn.conv2d(x, filters, 1, "SAME"), {x: image})[0, ..., 0]
    assert np.isinf(result[3:8, 4:9]).all()
    assert np.isfinite(result).sum() == 144 - 25
    gradient = run(
        tier, tf.nn.conv2d_backprop_input([1, 12, 12, 2], filters.transpose(0, 1, 3, 2), x, 1, "SAME"), {x: image}
    )
    assert np.isfinite(gradient[..., 0]).sum() == 144 - 25


@every_tier
def test_an_infinity_in_one_channel_stays_there(tier):
    """The gradient of depthwise convolutions multiplied what it then threw away by zeros, and added it up."""
    image = np.ones((1, 6, 7, 2), np.float32)
    image[0, 0, 0, 0] = np.inf
    x = tf.placeholder(tf.float32, image.shape)
    dy = np.ones((1, 3, 4, 2), np.float32)
    result = run(
        tier, tf.nn.depthwise_conv2d_native_backprop_filter(x, [2, 2, 2, 1], dy, [1, 2, 2, 1], "SAME"), {x: image}
    )
    assert np.isinf(result[0, 0, 0, 0])
    assert np.isfinite(result).sum() == 7


@every_tier
def test_a_pools_gradient_goes_to_the_maximum_alone(tier):
    x, dy = tf.placeholder(tf.float32, [1, 4, 4, 1]), tf.placeholder(tf.float32, [1, 2, 2, 1])
    gradient = tf.gradients(tf.nn.max_pool(x, 2, 2, "SAME"), x, dy)[0]
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    value = run(tier, gradient, {x: image, dy: np.full((1, 2, 2, 1), np.inf)})[0, ..., 0]
    np.testing.assert_array_equal(np.isinf(value), np.isin(image[0, ..., 0], [5, 7, 13, 15]))
    assert np.isfinite(value).sum() == 12


@every_tier
@pytest.mark.parametrize("rows", [1, 3])
def test_cross_entropy_over_no_classes(tier, rows):
    """Dense: 0, with gradients of no elements. Sparse: an error, as no label can be right. Both as TF 1.15.5."""
    logits, labels = tf.placeholder(tf.float32, [None, None]), tf.placeholder(tf.float32, [None, None])
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
    nothing = np.zeros((rows, 0))
    value, gradient = run(tier, [loss, tf.gradients(loss, logits)[0]], {logits: nothing, labels: nothing})
    np.testing.assert_array_equal(value, np.zeros(rows))
    assert gradient.shape == (rows, 0)
    classes = tf.placeholder(tf.int32, [None])
    sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=logits)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Must have at least one class, but got logits shape"):
        run(tier, sparse, {logits: nothing, classes: np.zeros(rows)})
    assert run(tier, sparse, {logits: np.zeros((0, 3)), classes: np.zeros(0)}).shape == (0,)


def test_svd_of_an_infinity_ends():
    """LAPACK's routine never comes back."""
    x = tf.placeholder(tf.float64, [3, 3])
    value = normal(3, 3)
    value[0, 1] = np.inf
    with pytest.raises(tf.errors.InvalidArgumentError, match="Singular value decomposition was not successful"):
        run("kernels", tf.linalg.svd(x, compute_uv=False), {x: value})


def test_functions_where_they_are_steep_or_large():
    """The values are mpmath's."""
    points = tf.constant([-1e-20, -514.62555], tf.float64)
    np.testing.assert_allclose(run("kernels", tf.digamma(points), {})[0], 1e20)
    np.testing.assert_allclose(
        run("kernels", tf.polygamma(tf.constant(1.0, tf.float64), points), {})[1], 11.577623, 1e-6
    )
    largest = np.finfo(np.float64).max
    np.testing.assert_allclose(run("kernels", tf.math.bessel_i0e(tf.constant(largest)), {}), 2.975e-155, 1e-3)


@pytest.fixture
def tripled():
    """Makes an op whose forms do not agree, and takes it out of the register afterwards."""
    opdef = OpDef("HarnessTriple", "x", "y", dtypes=FLOATS, infer=unchanged, elementwise=True)
    opdef.kernel(lambda xp, x: x + x + x)
    yield opdef
    del registry._OPDEFS["HarnessTriple"]


def test_a_form_of_its_own_mind_is_found(tripled):
    tripled.scalar(lambda m, x: 4 * x - x)  # right for most numbers
    with tf.Graph().as_default() as graph, np.errstate(all="ignore"):
        x = tf.placeholder(tf.float32, [2])
        wrong = forms.disagreements(graph, [tripled(x)], {x: np.array([1.0, 2.0], np.float32)})
    assert any("the scalar expression gives" in text for text in wrong)
    assert any("native code gives" in text for text in wrong)
