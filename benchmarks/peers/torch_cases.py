"""The cases in PyTorch: eager, its own fused optimizers, convolutions in the layout that oneDNN likes best."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks import data


def _normal(*shape, deviation=0.1, trained=True):
    values = torch.from_numpy(data.normal(np, shape, deviation, seed=len(shape) + sum(shape)))
    return values.requires_grad_(trained)


def _zeros(*shape):
    return torch.zeros(shape, requires_grad=True)


def _adam(parameters):
    return torch.optim.Adam(parameters, lr=0.001, fused=True)


def _descent(parameters, rate):
    return torch.optim.SGD(parameters, lr=rate, fused=True)


def _training(loss, optimizer, *arrays):
    """A step on the same arrays that returns the loss."""

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss(*(torch.from_numpy(array) for array in arrays))
        value.backward()
        optimizer.step()
        return value.item()

    return step


def session_floor():
    def step():
        with torch.inference_mode():
            return (torch.tensor(np.float32(3)) * 2.0).numpy()

    return step


def logistic_regression(features=data.FEATURES):
    values, labels = data.labelled(np, (1, features), 2)
    w, b = _zeros(features, 1), _zeros(1)

    def loss(x, y):
        return F.binary_cross_entropy_with_logits(torch.addmm(b, x, w), y)

    return _training(loss, _descent([w, b], 0.01), values, labels.reshape(1, 1).astype("float32"))


def regression(variant):
    layers = list(zip(data.WIDTHS, data.WIDTHS[1:], strict=False))

    def make():
        dense = [(_normal(a, b), _normal(b)) for a, b in layers]
        parameters = [parameter for layer in dense for parameter in layer]
        norms = []
        if variant == "batch norm":
            norms = [torch.nn.BatchNorm1d(b, eps=1e-3, momentum=0.01) for _, b in layers[:-1]]
            parameters += [parameter for norm in norms for parameter in norm.parameters()]
        optimizer = _adam(parameters)
        xs, ys, picked = data.regression(np)
        xs, ys = xs.astype("float32"), ys.astype("float32")

        def step():
            rows = picked()
            hidden, y = torch.from_numpy(xs[rows]), torch.from_numpy(ys[rows])
            optimizer.zero_grad(set_to_none=True)
            for i, (w, b) in enumerate(dense[:-1]):
                hidden = torch.addmm(b, hidden, w)
                if norms:
                    hidden = norms[i](hidden)
                hidden = torch.sigmoid(hidden)
                if variant == "dropout":
                    hidden = F.dropout(hidden, 0.2)
            w, b = dense[-1]
            F.mse_loss(torch.addmm(b, hidden, w), y).backward()
            optimizer.step()

        return step

    return make


def _dense_layers(sizes):
    return [(_normal(a, b), _zeros(b)) for a, b in zip(sizes, sizes[1:], strict=False)]


def mlp(batch=128, sizes=(784, 512, 512, 10)):
    values, labels = data.labelled(np, (batch, sizes[0]))
    layers = _dense_layers(sizes)

    def loss(x, y):
        for w, b in layers[:-1]:
            x = F.relu(torch.addmm(b, x, w))
        w, b = layers[-1]
        return F.cross_entropy(torch.addmm(b, x, w), y)

    return _training(loss, _adam([p for layer in layers for p in layer]), values, labels.astype("int64"))


class _Convolutional:
    """Two pooled convolutions and two dense layers."""

    def __init__(self, kernel, channels, flat, units, size):
        self.size = size
        self.filters = [
            (_normal(b, a, kernel, kernel, trained=False), _zeros(b))
            for a, b in zip(channels, channels[1:], strict=False)
        ]
        self.filters = [(w.contiguous(memory_format=torch.channels_last).requires_grad_(), b) for w, b in self.filters]
        self.dense = _dense_layers((flat, units, 10))

    def parameters(self):
        return [parameter for layer in self.filters + self.dense for parameter in layer]

    def logits(self, x, dropout=0.0):
        image = x.view(-1, 1, self.size, self.size).contiguous(memory_format=torch.channels_last)
        for w, b in self.filters:
            image = F.max_pool2d(F.relu(F.conv2d(image, w, b, padding="same")), 2)
        (w1, b1), (w2, b2) = self.dense
        flat = image.permute(0, 2, 3, 1).flatten(1)  # no copy: the channels are last in memory already
        hidden = F.relu(torch.addmm(b1, flat, w1))
        if dropout:
            hidden = F.dropout(hidden, dropout)
        return torch.addmm(b2, hidden, w2)

    def training(self, optimizer, batch, dropout=0.0):
        values, labels = data.labelled(np, (batch, self.size**2))

        def loss(x, y):
            return F.cross_entropy(self.logits(x, dropout), y)

        return _training(loss, optimizer(self.parameters()), values, labels.astype("int64"))


def digits_cnn(batch=64):
    return _Convolutional(3, (1, 16, 32), 128, 64, 8).training(_adam, batch)


def lenet(batch=128):
    return _Convolutional(5, (1, 32, 64), 3136, 1024, 28).training(_adam, batch)


def notes_cnn_training(batch=16, size=128):
    network = _Convolutional(5, (1, 32, 32), (size // 4) ** 2 * 32, 1024, size)
    return network.training(partial(_descent, rate=0.001), batch, dropout=0.4)


def notes_cnn_inference(batch=16, size=128):
    network = _Convolutional(5, (1, 32, 32), (size // 4) ** 2 * 32, 1024, size)
    values, _ = data.labelled(np, (batch, size * size))

    def step():
        with torch.inference_mode():
            return F.softmax(network.logits(torch.from_numpy(values)), 1).numpy()

    return step


def lstm(batch=128, units=128, length=28, inputs=28):
    values, labels = data.labelled(np, (batch, length, inputs))
    layer = torch.nn.LSTM(inputs, units, batch_first=True)
    w, b = _normal(units, 10), _zeros(10)

    def loss(x, y):
        output, _ = layer(x)
        return F.cross_entropy(torch.addmm(b, output[:, -1], w), y)

    return _training(loss, _adam([*layer.parameters(), w, b]), values, labels.astype("int64"))


def _six_ops(x, y):
    torch.mul(x, 0.5, out=y)
    return y.add_(0.1).mul_(x).sub_(0.2).relu_().mul_(x)


def _with_tanh(x, y):
    torch.mul(x, 0.5, out=y)
    return y.add_(0.1).tanh_().mul_(x).sub_(0.2).relu_()


def chain(count, ops=_six_ops):
    x, y = _normal(count, deviation=1.0, trained=False), torch.zeros(count)

    def step():
        with torch.inference_mode():
            ops(x, y)

    return step


def fetched_chain(count=data.CHAIN_SIZES["4 M"]):
    values = data.normal(np, [count], 1.0)

    def step():
        with torch.inference_mode():
            x = torch.from_numpy(values)
            return _six_ops(x, torch.empty_like(x)).numpy()

    return step


def softmax_cross_entropy(batch=32, classes=data.CLASSES):
    _, labels = data.labelled(np, (batch, 1), classes)
    logits = _normal(batch, classes)
    return _training(lambda y: F.cross_entropy(logits, y), _descent([logits], 0.1), labels.astype("int64"))


def adam(tensors=10, size=1000):
    parameters = [_normal(size, size) for _ in range(tensors)]
    for parameter in parameters:
        parameter.grad = _normal(size, size, trained=False)
    return _adam(parameters).step


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
    "Adam, 10 M parameters": adam,
}
