"""The cases in PyTensor: one compiled function a step, state in shared variables. It has no two-dimensional convolution
but SciPy's, one image at a time: here a convolution is a product of shifted images and the filters."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt

from benchmarks import data

pytensor.config.floatX = "float32"


def _shared(*shape, deviation=0.1):
    return pytensor.shared(data.normal(np, shape, deviation, seed=len(shape) + sum(shape)))


def _zeros(*shape):
    return pytensor.shared(np.zeros(shape, "float32"))


def _single(number):
    return np.float32(number)


def adam(parameters, gradients, rate=0.001):
    """Adam as TensorFlow writes it (epsilon outside of the correction)."""
    step = pytensor.shared(_single(0))
    now = step + _single(1)
    corrected = _single(rate) * pt.sqrt(1 - _single(0.999) ** now) / (1 - _single(0.9) ** now)
    updates = [(step, now)]
    for w, g in zip(parameters, gradients, strict=True):
        m, v = _zeros(*w.get_value().shape), _zeros(*w.get_value().shape)
        new_m = m + _single(0.1) * (g - m)
        new_v = v + _single(0.001) * (g * g - v)
        updates += [(m, new_m), (v, new_v), (w, w - corrected * new_m / (pt.sqrt(new_v) + _single(1e-8)))]
    return updates


def _descent(parameters, gradients, rate):
    return [(w, w - _single(rate) * g) for w, g in zip(parameters, gradients, strict=True)]


# Functions are compiled by numba, the default and the fastest; but for convolutional networks that takes minutes.
IN_C = pytensor.compile.mode.Mode(linker="cvm", optimizer="fast_run")


def _function(inputs, outputs, updates, mode=None):
    function = pytensor.function(inputs, outputs, updates=updates, mode=mode)
    function.trust_input = True  # the arrays have the right types: spares checking them
    return function


def _training(loss, inputs, values, parameters, optimizer=adam, mode=None):
    """A step on the same arrays that returns the loss."""
    function = _function(inputs, loss, optimizer(parameters, pt.grad(loss, parameters)), mode)
    return lambda: function(*values)


def session_floor():
    x = pt.fscalar()
    function, value = _function([x], x * _single(2), []), np.array(3, "float32")
    return lambda: function(value)


def logistic_regression(features=data.FEATURES):
    values, labels = data.labelled(np, (1, features), 2)
    x, y, w, b = pt.fmatrix(), pt.fmatrix(), _zeros(features, 1), _zeros(1)
    logits = x @ w + b
    loss = pt.mean(pt.softplus(logits) - logits * y)
    labels = labels.reshape(1, 1).astype("float32")
    return _training(loss, [x, y], [values, labels], [w, b], partial(_descent, rate=0.01))


def _batch_norm(hidden, parameters, updates):
    width = parameters[-1].get_value().shape[0]
    gamma, beta = pytensor.shared(np.ones(width, "float32")), _zeros(width)
    parameters += [gamma, beta]
    mean, variance = hidden.mean(0), hidden.var(0)
    for average, new in ((_zeros(width), mean), (pytensor.shared(np.ones(width, "float32")), variance)):
        updates.append((average, average - (average - new) * _single(0.01)))
    return (hidden - mean) * (gamma / pt.sqrt(variance + _single(1e-3))) + beta


def regression(variant):
    layers = list(zip(data.WIDTHS, data.WIDTHS[1:], strict=False))

    def make():
        x, y, parameters, updates = pt.fmatrix(), pt.fmatrix(), [], []
        stream, hidden = pt.random.RandomStream(0), x
        for i, (a, b) in enumerate(layers):
            parameters += [_shared(a, b), _shared(b)]
            hidden = hidden @ parameters[-2] + parameters[-1]
            if i == len(layers) - 1:
                break
            if variant == "batch norm":
                hidden = _batch_norm(hidden, parameters, updates)
            hidden = pt.sigmoid(hidden)
            if variant == "dropout":
                kept = stream.uniform(size=(data.BATCH_OF_REGRESSION, b), dtype="float32") < _single(0.8)
                hidden = pt.switch(kept, hidden / _single(0.8), _single(0))
        loss = pt.mean(pt.sqr(hidden - y))
        function = _function([x, y], [], adam(parameters, pt.grad(loss, parameters)) + updates)
        xs, ys, picked = data.regression(np)
        xs, ys = xs.astype("float32"), ys.astype("float32")

        def step():
            rows = picked()
            function(xs[rows], ys[rows])

        return step

    return make


def _cross_entropy(logits, labels):
    return -pt.mean(pt.special.log_softmax(logits, axis=1)[pt.arange(labels.shape[0]), labels])


def _dense(x, sizes, parameters):
    """Dense layers with relu between them."""
    for i, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False)):
        parameters += [_shared(a, b), _zeros(b)]
        x = x @ parameters[-2] + parameters[-1]
        if i < len(sizes) - 2:
            x = pt.maximum(x, _single(0))
    return x


def mlp(batch=128, sizes=(784, 512, 512, 10)):
    x, y, parameters = pt.fmatrix(), pt.ivector(), []
    loss = _cross_entropy(_dense(x, sizes, parameters), y)
    return _training(loss, [x, y], data.labelled(np, (batch, sizes[0])), parameters)


def _pooled_convolution(image, batch, size, kernel, channels, filters, parameters):
    """Convolution, bias, relu and 2x2 max pooling of NHWC images."""
    parameters += [_shared(kernel * kernel * channels, filters), _zeros(filters)]
    around = kernel // 2
    wide = pt.zeros((batch, size + 2 * around, size + 2 * around, channels), dtype="float32")
    wide = wide[:, around : around + size, around : around + size].set(image)
    shifted = [wide[:, i : i + size, j : j + size] for i in range(kernel) for j in range(kernel)]
    columns = pt.concatenate(shifted, axis=3).reshape((batch * size * size, kernel * kernel * channels))
    image = pt.maximum(columns @ parameters[-2] + parameters[-1], _single(0))
    return image.reshape((batch, size // 2, 2, size // 2, 2, filters)).max(axis=(2, 4))


def _convolutional(batch, size, kernel, channels, units, parameters, x):
    """Logits of two pooled convolutions and two dense layers, without dropout."""
    image, now = x.reshape((batch, size, size, 1)), size
    for a, b in zip(channels, channels[1:], strict=False):
        image = _pooled_convolution(image, batch, now, kernel, a, b, parameters)
        now //= 2
    flat = now * now * channels[-1]
    return _dense(image.reshape((batch, flat)), (flat, units, 10), parameters)


def _convolutional_training(batch, size, kernel, channels, units):
    x, y, parameters = pt.fmatrix(), pt.ivector(), []
    loss = _cross_entropy(_convolutional(batch, size, kernel, channels, units, parameters, x), y)
    return _training(loss, [x, y], data.labelled(np, (batch, size * size)), parameters, mode=IN_C)


def digits_cnn(batch=64):
    return _convolutional_training(batch, 8, 3, (1, 16, 32), 64)


def lenet(batch=128):
    return _convolutional_training(batch, 28, 5, (1, 32, 64), 1024)


def notes_cnn_inference(batch=16, size=128):
    x, parameters = pt.fmatrix(), []
    logits = _convolutional(batch, size, 5, (1, 32, 32), 1024, parameters, x)
    function = _function([x], pt.special.softmax(logits, axis=1), [], IN_C)
    values, _ = data.labelled(np, (batch, size * size))
    return lambda: function(values)


def notes_cnn_training(batch=16, size=128):
    x, y, parameters = pt.fmatrix(), pt.ivector(), []
    image = x.reshape((batch, size, size, 1))
    image = _pooled_convolution(image, batch, size, 5, 1, 32, parameters)
    image = _pooled_convolution(image, batch, size // 2, 5, 32, 32, parameters)
    flat = (size // 4) ** 2 * 32
    hidden = pt.maximum(_dense(image.reshape((batch, flat)), (flat, 1024), parameters), _single(0))
    kept = pt.random.RandomStream(0).uniform(size=(batch, 1024), dtype="float32") < _single(0.6)
    hidden = pt.switch(kept, hidden / _single(0.6), _single(0))
    loss = _cross_entropy(_dense(hidden, (1024, 10), parameters), y)
    values = data.labelled(np, (batch, size * size))
    return _training(loss, [x, y], values, parameters, partial(_descent, rate=0.001), IN_C)


def lstm(batch=128, units=128, length=28, inputs=28):
    x, y = pt.ftensor3(), pt.ivector()
    kernel, bias = _shared(inputs + units, 4 * units), _zeros(4 * units)

    def cell(now, state, output, kernel, bias):
        gates = pt.concatenate([now, output], axis=1) @ kernel + bias
        enter, new, keep, show = (gates[:, i * units : (i + 1) * units] for i in range(4))
        state = pt.sigmoid(keep + _single(1)) * state + pt.sigmoid(enter) * pt.tanh(new)
        return state, pt.sigmoid(show) * pt.tanh(state)

    zeros = pt.zeros((batch, units), dtype="float32")
    (_, outputs), _ = pytensor.scan(
        cell, sequences=[x.dimshuffle(1, 0, 2)], outputs_info=[zeros, zeros], non_sequences=[kernel, bias]
    )
    parameters = [kernel, bias]
    loss = _cross_entropy(_dense(outputs[-1], (units, 10), parameters), y)
    return _training(loss, [x, y], data.labelled(np, (batch, length, inputs)), parameters)


def _six_ops(x):
    return pt.maximum((x * _single(0.5) + _single(0.1)) * x - _single(0.2), _single(0)) * x


def _with_tanh(x):
    return pt.maximum(pt.tanh(x * _single(0.5) + _single(0.1)) * x - _single(0.2), _single(0))


def chain(count, ops=_six_ops):
    x, y = _shared(count, deviation=1.0), _zeros(count)
    return _function([], [], [(y, ops(x))])


def fetched_chain(count=data.CHAIN_SIZES["4 M"]):
    x = pt.fvector()
    function, values = _function([x], _six_ops(x), []), data.normal(np, [count], 1.0)
    return lambda: function(values)


def softmax_cross_entropy(batch=32, classes=data.CLASSES):
    logits, y = _shared(batch, classes), pt.ivector()
    labels = data.labelled(np, (batch, 1), classes)[1]
    return _training(_cross_entropy(logits, y), [y], [labels], [logits], partial(_descent, rate=0.1))


def adam_alone(tensors=10, size=1000):
    parameters = [_shared(size, size) for _ in range(tensors)]
    return _function([], [], adam(parameters, [_shared(size, size) for _ in range(tensors)]))


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
