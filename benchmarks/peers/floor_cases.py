"""The least that a case can take on this machine: just its matrix products, or just its traffic to memory.

- Networks of matrix products: these products, by ``np.matmul`` into arrays that exist.
- Convolutional networks: their floating-point operations at the speed of a large matrix product.
- What is bound by memory: its bytes at the speed at which NumPy copies (chains) or updates in place (Adam, softmax)
  arrays of that size, on all cores.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks import data, machine


def _products(shapes):
    """Products of (rows, inner, columns), one after another."""
    arrays = [
        (
            np.ones((rows, inner), np.float32),
            np.ones((inner, columns), np.float32),
            np.empty((rows, columns), "float32"),
        )
        for rows, inner, columns in shapes
    ]

    def step():
        for a, b, out in arrays:
            np.matmul(a, b, out=out)

    return step


def _dense(batch, sizes, first_gradient=False):
    """The products of training dense layers: forward, the weights' gradients, and the inputs' but for the first's."""
    layers = list(zip(sizes, sizes[1:], strict=False))
    forward = [(batch, before, units) for before, units in layers]
    weights = [(before, batch, units) for before, units in layers]
    inputs = [(batch, units, before) for before, units in layers[0 if first_gradient else 1 :]]
    return forward + weights + inputs


def mlp(batch=128, sizes=(784, 512, 512, 10)):
    return _products(_dense(batch, sizes))


def lstm(batch=128, units=128, length=28, inputs=28):
    step = [(batch, inputs + units, 4 * units), (inputs + units, batch, 4 * units), (batch, 4 * units, inputs + units)]
    return _products(step * length + _dense(batch, (units, 10), first_gradient=True))


def _flops(layers, batch, training):
    """Of layers (rows for one example, inner, columns); the first needs no gradient of its input."""
    passes = [3 if training else 1] * len(layers)
    passes[0] -= training
    return sum(
        2.0 * batch * rows * inner * columns * n for (rows, inner, columns), n in zip(layers, passes, strict=True)
    )


def _at_peak(flops):
    """One large product of so many operations."""
    size = machine.SIZE
    return _products([(max(1, round(flops / (2 * size**2))), size, size)])


def notes_cnn(training, batch=16, size=128):
    half, flat = (size // 2) ** 2, (size // 4) ** 2 * 32
    layers = [(size * size, 25, 32), (half, 800, 32), (1, flat, 1024), (1, 1024, 10)]
    return _at_peak(_flops(layers, batch, training))


def lenet(batch=128):
    layers = [(784, 25, 32), (196, 800, 64), (1, 3136, 1024), (1, 1024, 10)]
    return _at_peak(_flops(layers, batch, True))


def copied(count):
    """Reads and writes arrays of so many float32."""
    x, y = np.ones(count, np.float32), np.zeros(count, np.float32)
    if count < 1 << 20:  # handing work to another thread takes longer than copying so little
        return lambda: np.copyto(y, x)
    return machine.split(lambda a, b: np.copyto(b, a), x, y)


def adam(tensors=10, size=1000):
    """Reads and writes parameters and two moments, reads gradients: three updates in place, one of which adds."""
    w, m, v, g = (np.ones(tensors * size * size, np.float32) for _ in range(4))

    def part(w, m, v, g):
        np.add(w, g, out=w)
        np.multiply(m, np.float32(1), out=m)
        np.multiply(v, np.float32(1), out=v)

    return machine.split(part, w, m, v, g)


def softmax_cross_entropy(batch=32, classes=data.CLASSES):
    """Reads the logits and writes them updated."""
    x = np.ones(batch * classes, np.float32)
    return machine.split(lambda a: np.multiply(a, np.float32(1), out=a), x)


CASES = {
    "MLP 784-512-512-10": mlp,
    "LSTM, training": lstm,
    "notes CNN, training": partial(notes_cnn, True),
    "notes CNN, inference": partial(notes_cnn, False),
    "LeNet, training": lenet,
    **{f"elementwise chain, {title}": partial(copied, count) for title, count in data.CHAIN_SIZES.items()},
    "elementwise chain, 4 M, with tanh": partial(copied, data.CHAIN_SIZES["4 M"]),
    "softmax cross-entropy, 50 k classes": softmax_cross_entropy,
    "Adam, 10 M parameters": adam,
}
