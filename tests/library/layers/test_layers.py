"""tf.layers against NumPy: what they compute, which variables they make, how they share them."""

import inspect

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture(autouse=True)
def new_graph():
    with tf.Graph().as_default():
        yield


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def names(variables):
    return [variable.op.name for variable in variables]


def test_dense():
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    layer = tf.layers.Dense(2, activation=tf.nn.relu, bias_initializer=tf.constant_initializer(0.5))
    y, w, b = run([layer(tf.constant(x)), layer.kernel, layer.bias])
    np.testing.assert_allclose(y, np.maximum(x @ w + b, 0), rtol=1e-5)
    assert abs(w).max() <= np.sqrt(6 / 5)  # Glorot's uniform
    assert names(layer.trainable_weights) == ["dense/kernel", "dense/bias"]
    assert layer.count_params() == 8


def test_dense_of_higher_rank():
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    layer = tf.layers.Dense(4, use_bias=False)
    y, w = run([layer(tf.constant(x)), layer.kernel])
    np.testing.assert_allclose(y, x @ w, rtol=1e-5)


def test_names_count_up_and_reuse_shares():
    x = tf.placeholder(tf.float32, [None, 3])
    tf.layers.dense(x, 2)
    tf.layers.dense(x, 2)
    tf.layers.dense(x, 2, name="mine")
    tf.layers.dense(x, 2, name="mine", reuse=True)
    assert names(tf.global_variables()[::2]) == ["dense/kernel", "dense_1/kernel", "mine/kernel"]
    with pytest.raises(ValueError, match=r"mine/kernel already exists"):
        tf.layers.dense(x, 2, name="mine")


def test_a_layer_called_twice_has_one_set_of_weights():
    layer = tf.layers.Dense(2)
    a, b = layer(tf.ones([1, 3])), layer(tf.ones([1, 3]))
    assert len(tf.global_variables()) == 2
    np.testing.assert_array_equal(*run([a, b]))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
def test_conv2d_against_loops(padding, strides):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype(np.float32)
    layer = tf.layers.Conv2D(4, 3, strides=strides, padding=padding)
    y, w, b = run([layer(tf.constant(x)), layer.kernel, layer.bias])
    if padding == "same":
        wanted = [-(-size // strides) for size in (5, 6)]
        total = [max((n - 1) * strides + 3 - size, 0) for n, size in zip(wanted, (5, 6), strict=True)]
        x = np.pad(x, [(0, 0)] + [(t // 2, t - t // 2) for t in total] + [(0, 0)])
    height, width = [(size - 3) // strides + 1 for size in x.shape[1:3]]
    expected = np.zeros((2, height, width, 4))
    for i in range(height):
        for j in range(width):
            window = x[:, i * strides : i * strides + 3, j * strides : j * strides + 3]
            expected[:, i, j] = np.tensordot(window, w, 3) + b
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_signatures_are_those_of_the_classes():
    signature = inspect.signature(tf.layers.conv3d)
    assert list(signature.parameters)[:4] == ["inputs", "filters", "kernel_size", "strides"]
    assert list(signature.parameters)[-2:] == ["name", "reuse"]
    assert signature.parameters["strides"].default == (1, 1, 1)
    assert inspect.signature(tf.layers.conv1d).parameters["strides"].default == 1
    assert list(inspect.signature(tf.layers.max_pooling1d).parameters) == [
        "inputs", "pool_size", "strides", "padding", "data_format", "name",
    ]  # fmt: skip
    with pytest.raises(TypeError, match="missing a required argument: 'kernel_size'"):
        tf.layers.conv1d(tf.zeros([1, 2, 3]), 4)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first_equals_channels_last(rank):
    shape = (2, *[5, 6, 4][:rank], 3)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    first = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    function = getattr(tf.layers, f"conv{rank}d")
    last = function(tf.constant(x), 2, 3, name="conv", padding="same")
    other = function(tf.constant(first), 2, 3, name="conv", padding="same", data_format="channels_first", reuse=True)
    expected, got = run([last, other])
    np.testing.assert_allclose(np.moveaxis(got, 1, -1), expected, rtol=1e-4, atol=1e-5)
    pool = getattr(tf.layers, f"average_pooling{rank}d")
    expected, got = run([pool(tf.constant(x), 2, 2), pool(tf.constant(first), 2, 2, data_format="channels_first")])
    np.testing.assert_allclose(np.moveaxis(got, 1, -1), expected, rtol=1e-5)


def test_a_transposed_convolution_is_the_gradient_of_a_convolution():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 2)).astype(np.float32)
    layer = tf.layers.Conv2DTranspose(3, 3, strides=2, use_bias=False)
    y = layer(tf.constant(x))
    big = tf.placeholder(tf.float32, y.shape)
    forward = tf.nn.conv2d(big, layer.kernel, [1, 2, 2, 1], "VALID")
    backward = tf.gradients(forward, big, grad_ys=tf.constant(x))[0]
    np.testing.assert_allclose(*run([y, backward], {big: np.zeros(y.shape.as_list())}), rtol=1e-5)
    assert y.shape.as_list() == layer.compute_output_shape([2, 3, 4, 2]).as_list() == [2, 7, 9, 3]


def test_a_causal_convolution_sees_no_future():
    x = np.random.default_rng(0).normal(size=(1, 8, 2)).astype(np.float32)
    signal = tf.placeholder(tf.float32, [1, 8, 2])
    y = tf.layers.conv1d(signal, 1, 3, padding="causal", dilation_rate=2)
    changed = x.copy()
    changed[:, 5:] += 1.0
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before, after = sess.run(y, {signal: x}), sess.run(y, {signal: changed})
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).all()


def test_dropout_scales_what_it_keeps():
    x = tf.ones([2000])
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.dropout(x, rate=0.25, training=training, seed=3)
    kept = run(y, {training: True})
    np.testing.assert_allclose(np.unique(kept), [0.0, 1 / 0.75], rtol=1e-6)
    assert abs((kept == 0).mean() - 0.25) < 0.05
    np.testing.assert_array_equal(run(y, {training: False}), np.ones(2000))
    assert tf.layers.dropout(x, training=False).op.type == "Identity"


@pytest.mark.parametrize("shape", [(8, 3), (4, 3, 5, 2)], ids=["plain", "fused"])
def test_batch_normalization(shape):
    data = np.random.default_rng(0).normal(2.0, 3.0, size=shape).astype(np.float32)
    axes, channels, count = tuple(range(len(shape) - 1)), shape[-1], data.size // shape[-1]
    x, training = tf.placeholder(tf.float32, (None, *shape[1:])), tf.placeholder(tf.bool, [])
    y = tf.layers.batch_normalization(x, momentum=0.9, training=training)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    mean, variance = tf.global_variables()[2:]
    assert names([mean, variance]) == ["batch_normalization/moving_mean", "batch_normalization/moving_variance"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        trained, _ = sess.run([y, updates], {x: data, training: True})
        moved = sess.run([mean, variance])
        used, _ = sess.run([y, updates], {x: data, training: False})
        unmoved = sess.run([mean, variance])
    m, v = data.mean(axes), data.var(axes)
    np.testing.assert_allclose(trained, (data - m) / np.sqrt(v + 1e-3), rtol=1e-4, atol=1e-5)
    bessel = count / (count - 1) if len(shape) == 4 else 1.0  # the fused op's running variance is unbiased
    np.testing.assert_allclose(moved[0], 0.1 * m, rtol=1e-4)
    np.testing.assert_allclose(moved[1], 0.9 + 0.1 * v * bessel, rtol=1e-4)
    np.testing.assert_allclose(used, (data - moved[0]) / np.sqrt(moved[1] + 1e-3), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(moved, unmoved)
    assert channels == moved[0].size


def test_flatten_and_pooling():
    x = np.arange(2 * 4 * 4 * 1, dtype=np.float32).reshape(2, 4, 4, 1)
    largest = tf.layers.max_pooling2d(tf.constant(x), 2, 2)
    mean = tf.layers.average_pooling2d(tf.constant(x), 2, 2)
    blocks = x.reshape(2, 2, 2, 2, 2, 1)
    flat, average = run([tf.layers.flatten(largest), mean])
    np.testing.assert_array_equal(flat, blocks.max((2, 4)).reshape(2, 4))
    np.testing.assert_array_equal(average, blocks.mean((2, 4)))


def test_regularization_losses():
    x = tf.placeholder(tf.float32, [None, 3])
    layer = tf.layers.Dense(
        2,
        kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1),
        activity_regularizer=lambda y: tf.reduce_sum(tf.square(y)),
    )
    y = layer(x)
    layer(x)
    regular = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert len(regular) == 3  # one for the kernel, one for each output
    data = np.ones([4, 3], np.float32)
    w, out, values = run([layer.kernel, y, regular], {x: data})
    np.testing.assert_allclose(values[0], 0.05 * (w**2).sum(), rtol=1e-5)
    np.testing.assert_allclose(values[1:], [(out**2).sum() / 4] * 2, rtol=1e-5)


def test_updates_and_losses_of_inputs():
    x, other = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 3])
    norm = tf.layers.BatchNormalization(gamma_regularizer=tf.contrib.layers.l2_regularizer(1.0))
    norm(x, training=True)
    norm(other, training=True)
    assert len(norm.updates) == 4
    assert norm.get_updates_for(x) == norm.updates[:2]
    assert norm.get_updates_for([other]) == norm.updates[2:]
    assert norm.get_updates_for(None) == []
    assert norm.get_losses_for(x) == []
    assert len(norm.get_losses_for(None)) == 1


def test_frozen_layers_are_not_trained():
    x = tf.placeholder(tf.float32, [None, 3])
    frozen = tf.layers.Dense(2, trainable=False)
    frozen(x)
    assert frozen.trainable_weights == [] and len(frozen.non_trainable_weights) == 2
    assert tf.trainable_variables() == []


def test_own_layers():
    class Scale(tf.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_variable("factor", [], initializer=tf.constant_initializer(3.0))
            super().build(input_shape)

        def call(self, inputs):
            return inputs * self.factor

    layer = Scale(name="scale")
    np.testing.assert_array_equal(run(layer(tf.constant([1.0, 2.0]))), [3.0, 6.0])
    assert names(layer.variables) == ["scale/factor"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tf.layers.conv2d(x, 2, 3), ValueError, "expected ndim=4, found ndim=2"),
        (lambda x: tf.layers.conv2d(tf.expand_dims(x, 0)[..., None], 2, 3, padding="full"), ValueError, "padding"),
        (lambda x: tf.layers.max_pooling2d(x, 2), TypeError, "strides"),
        (lambda x: tf.layers.dense(tf.placeholder(tf.float32), 2), ValueError, "rank"),
        (lambda x: tf.layers.dense(x, 2, activation="nosuch"), ValueError, "Unknown activation function:nosuch"),
        (lambda x: tf.layers.dense(x, 2, kernel_regularizer="l2"), ValueError, "pass a function of the variable"),
        (lambda x: tf.layers.batch_normalization(x, renorm=True), NotImplementedError, "renorm"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(tf.placeholder(tf.float32, [None, 3]))
