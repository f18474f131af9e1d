"""The cases in JAX: one ``jax.jit`` function a step, state donated, every step waited for."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks import data


def _normal(*shape, deviation=0.1):
    return jnp.asarray(data.normal(np, shape, deviation, seed=len(shape) + sum(shape)))


def _cross_entropy(logits, labels):
    picked = jnp.take_along_axis(logits, labels[:, None].astype(jnp.int32), 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - picked)


def adam(parameters, gradients, state, rate=0.001):
    """Adam as TensorFlow writes it (epsilon outside of the correction); state is (m, v, step)."""
    m, v, step = state
    step = step + 1
    corrected = rate * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, gradients)
    v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, gradients)
    new = jax.tree.map(lambda w, m, v: w - corrected * m / (jnp.sqrt(v) + 1e-8), parameters, m, v)
    return new, (m, v, step)


def _adam_state(parameters):
    # Two trees of zeros: buffers that are donated may not be shared.
    return jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0)


def _descent(parameters, gradients, state, rate):
    return jax.tree.map(lambda w, g: w - rate * g, parameters, gradients), state


def _training(loss, parameters, batch, update=adam, state=None):
    """A step on the same batch that returns the loss. ``batch`` gives the other arguments of ``loss``."""

    @partial(jax.jit, donate_argnums=(0, 1))
    def train(parameters, state, *batch):
        value, gradients = jax.value_and_grad(loss)(parameters, *batch)
        return *update(parameters, gradients, state), value

    now = [parameters, _adam_state(parameters) if update is adam else ()]

    def step():
        now[0], now[1], value = train(*now, *batch())
        jax.block_until_ready(now)
        return np.asarray(value)

    return step


def session_floor():
    double = jax.jit(lambda x: x * 2.0)
    return lambda: np.asarray(double(np.float32(3)))


def logistic_regression(features=data.FEATURES):
    values, labels = data.labelled(np, (1, features), 2)
    labels = labels.reshape(1, 1).astype("float32")

    def loss(parameters, x, y):
        w, b = parameters
        logits = x @ w + b
        return jnp.mean(jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits))))

    parameters = (jnp.zeros((features, 1)), jnp.zeros(1))
    return _training(loss, parameters, lambda: (values, labels), partial(_descent, rate=0.01))


def regression(variant):
    layers = list(zip(data.WIDTHS, data.WIDTHS[1:], strict=False))

    def forward(parameters, x, key):
        hidden, moments = x, []
        for i, (w, b) in enumerate(parameters["dense"][:-1]):
            hidden = hidden @ w + b
            if variant == "batch norm":
                gamma, beta = parameters["norm"][i]
                mean, variance = hidden.mean(0), hidden.var(0)
                moments.append((mean, variance))
                hidden = (hidden - mean) * (gamma * lax.rsqrt(variance + 1e-3)) + beta
            hidden = jax.nn.sigmoid(hidden)
            if variant == "dropout":
                kept = jax.random.bernoulli(jax.random.fold_in(key, i), 0.8, hidden.shape)
                hidden = jnp.where(kept, hidden / 0.8, 0)
        w, b = parameters["dense"][-1]
        return hidden @ w + b, moments

    def loss(parameters, x, y, key):
        prediction, moments = forward(parameters, x, key)
        return jnp.mean(jnp.square(prediction - y)), moments

    @partial(jax.jit, donate_argnums=(0, 1, 2, 3))
    def train(parameters, state, averages, key, x, y):
        key, now = jax.random.split(key) if variant == "dropout" else (key, key)
        gradients, moments = jax.grad(loss, has_aux=True)(parameters, x, y, now)
        averages = jax.tree.map(lambda average, new: average - (average - new) * 0.01, averages, moments)
        return *adam(parameters, gradients, state), averages, key

    def make():
        parameters = {"dense": [(_normal(a, b), _normal(b)) for a, b in layers]}
        averages = []
        if variant == "batch norm":
            parameters["norm"] = [(jnp.ones(b), jnp.zeros(b)) for _, b in layers[:-1]]
            averages = [(jnp.zeros(b), jnp.ones(b)) for _, b in layers[:-1]]
        now = [parameters, _adam_state(parameters), averages, jax.random.key(0)]
        xs, ys, picked = data.regression(np)
        xs, ys = xs.astype("float32"), ys.astype("float32")

        def step():
            rows = picked()
            now[:] = train(*now, xs[rows], ys[rows])
            jax.block_until_ready(now)

        return step

    return make


def _dense_layers(sizes):
    return [(_normal(a, b), jnp.zeros(b)) for a, b in zip(sizes, sizes[1:], strict=False)]


def mlp(batch=128, sizes=(784, 512, 512, 10)):
    values, labels = data.labelled(np, (batch, sizes[0]))

    def loss(parameters, x, y):
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = parameters[-1]
        return _cross_entropy(x @ w + b, y)

    return _training(loss, _dense_layers(sizes), lambda: (values, labels))


def _pooled_convolution(image, w, b):
    image = lax.conv_general_dilated(image, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    image = jax.nn.relu(image + b)
    batch, height, width, channels = image.shape
    # The gradient of lax.reduce_window is twice as slow on the CPU.
    return image.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))


def _convolutional(parameters, x, size, key=None):
    """Logits of a network of two pooled convolutions and two dense layers, with dropout where there is a key."""
    image = x.reshape(-1, size, size, 1)
    for w, b in parameters[:2]:
        image = _pooled_convolution(image, w, b)
    (w1, b1), (w2, b2) = parameters[2:]
    hidden = jax.nn.relu(image.reshape(image.shape[0], -1) @ w1 + b1)
    if key is not None:
        hidden = jnp.where(jax.random.bernoulli(key, 0.6, hidden.shape), hidden / 0.6, 0)
    return hidden @ w2 + b2


def _convolutional_parameters(kernel, channels, flat, units):
    filters = [(_normal(kernel, kernel, a, b), jnp.zeros(b)) for a, b in zip(channels, channels[1:], strict=False)]
    return filters + _dense_layers((flat, units, 10))


def _convolutional_training(parameters, values, labels, size):
    def loss(parameters, x, y):
        return _cross_entropy(_convolutional(parameters, x, size), y)

    return _training(loss, parameters, lambda: (values, labels))


def digits_cnn(batch=64):
    parameters = _convolutional_parameters(3, (1, 16, 32), 128, 64)
    return _convolutional_training(parameters, *data.labelled(np, (batch, 64)), 8)


def lenet(batch=128):
    parameters = _convolutional_parameters(5, (1, 32, 64), 3136, 1024)
    return _convolutional_training(parameters, *data.labelled(np, (batch, 784)), 28)


def notes_cnn_training(batch=16, size=128):
    values, labels = data.labelled(np, (batch, size * size))
    parameters = _convolutional_parameters(5, (1, 32, 32), (size // 4) ** 2 * 32, 1024)

    def loss(parameters, key, x, y):
        return _cross_entropy(_convolutional(parameters, x, size, key), y)

    @partial(jax.jit, donate_argnums=(0, 1))
    def train(parameters, key, x, y):
        key, now = jax.random.split(key)
        value, gradients = jax.value_and_grad(loss)(parameters, now, x, y)
        return _descent(parameters, gradients, None, 0.001)[0], key, value

    now = [parameters, jax.random.key(0)]

    def step():
        now[0], now[1], value = train(*now, values, labels)
        jax.block_until_ready(now)
        return np.asarray(value)

    return step


def notes_cnn_inference(batch=16, size=128):
    values, _ = data.labelled(np, (batch, size * size))
    parameters = _convolutional_parameters(5, (1, 32, 32), (size // 4) ** 2 * 32, 1024)
    infer = jax.jit(lambda parameters, x: jax.nn.softmax(_convolutional(parameters, x, size)))
    return lambda: np.asarray(infer(parameters, values))


def lstm(batch=128, units=128, length=28, inputs=28):
    values, labels = data.labelled(np, (batch, length, inputs))

    def loss(parameters, x, y):
        kernel, bias, w, b = parameters

        def cell(carry, now):
            state, output = carry
            gates = jnp.concatenate([now, output], 1) @ kernel + bias
            enter, new, keep, show = jnp.split(gates, 4, axis=1)
            state = jax.nn.sigmoid(keep + 1.0) * state + jax.nn.sigmoid(enter) * jnp.tanh(new)
            return (state, jax.nn.sigmoid(show) * jnp.tanh(state)), None

        zeros = jnp.zeros((batch, units))
        (_, output), _ = lax.scan(cell, (zeros, zeros), jnp.swapaxes(x, 0, 1), unroll=length)
        return _cross_entropy(output @ w + b, y)

    parameters = [_normal(inputs + units, 4 * units), jnp.zeros(4 * units), _normal(units, 10), jnp.zeros(10)]
    return _training(loss, parameters, lambda: (values, labels))


def _six_ops(x):
    return jnp.maximum((x * 0.5 + 0.1) * x - 0.2, 0) * x


def _with_tanh(x):
    return jnp.maximum(jnp.tanh(x * 0.5 + 0.1) * x - 0.2, 0)


def chain(count, ops=_six_ops):
    x, now = _normal(count, deviation=1.0), [jnp.zeros(count)]
    run = jax.jit(lambda x, y: ops(x), donate_argnums=1, keep_unused=True)

    def step():
        now[0] = run(x, now[0])
        now[0].block_until_ready()

    return step


def fetched_chain(count=data.CHAIN_SIZES["4 M"]):
    x, run = data.normal(np, [count], 1.0), jax.jit(_six_ops)
    return lambda: np.asarray(run(x))


def softmax_cross_entropy(batch=32, classes=data.CLASSES):
    _, labels = data.labelled(np, (batch, 1), classes)
    return _training(_cross_entropy, _normal(batch, classes), lambda: (labels,), partial(_descent, rate=0.1))


def adam_alone(tensors=10, size=1000):
    parameters = [_normal(size, size) for _ in range(tensors)]
    gradients = [_normal(size, size) for _ in range(tensors)]
    run = jax.jit(adam, donate_argnums=(0, 2))
    now = [parameters, _adam_state(parameters)]

    def step():
        now[:] = run(now[0], gradients, now[1])
        jax.block_until_ready(now)

    return step


CASES = {
    "session floor": session_floor,
    "logistic regression, batch 1": logistic_regression,
    **{f"notes regression, {variant}": regression(variant) for variant in ("plain", "dropout", "batch norm")},
    "digits MLP": partial(mlp, 64, (64, 128, 64, 10)),
    "digits CNN": digits_cnn,
    "MLP 784-512-512-10": mlp,
    "notes CNN, training": notes_cnn_training,
    "notes CNN, inference": notes_cnn_inference,
    "LeNet, training": lenet,
    "LSTM, training": lstm,
    **{f"elementwise chain, {title}": partial(chain, count) for title, count in data.CHAIN_SIZES.items()},
    "elementwise chain, 4 M, with tanh": partial(chain, data.CHAIN_SIZES["4 M"], _with_tanh),
    "elementwise chain, 4 M, fed and fetched": fetched_chain,
    "softmax cross-entropy, 50 k classes": softmax_cross_entropy,
    "Adam, 10 M parameters": adam_alone,
}
