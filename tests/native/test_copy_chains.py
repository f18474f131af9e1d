"""Random chains of ops that move elements, in a session: views of views, copies of views, views that are fetched."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.passes.key import PlanOptions


def _slice(x, rng):
    index = []
    for n in x.shape.as_list():
        first, last = sorted(rng.integers(0, n + 1, 2).tolist())
        index.append(slice(first, max(last, first + 1) if first < n else None, int(rng.integers(1, 3))))
    return x[tuple(index)]


def _pad(x, rng):
    return tf.pad(x, rng.integers(0, 3, (x.shape.rank, 2)), constant_values=0.5)


def _split(x, rng):
    axis = int(rng.integers(x.shape.rank))
    parts = tf.split(x, [1, x.shape.as_list()[axis] - 1], axis)
    return parts[1] if x.shape.as_list()[axis] > 1 else parts[0]


def _reshape(x, rng):
    shape = x.shape.as_list()
    return tf.reshape(x, [shape[0], -1, 1][: int(rng.integers(2, 4))])


STEPS = [
    _slice,
    _pad,
    _split,
    _reshape,
    lambda x, rng: tf.transpose(x, rng.permutation(x.shape.rank)),
    lambda x, rng: tf.reverse(x, [int(rng.integers(x.shape.rank))]),
    lambda x, rng: tf.concat([x, x[..., :1], x * 2.0], -1),
    lambda x, rng: tf.stack([x, -x], int(rng.integers(x.shape.rank + 1))) if x.shape.rank < 4 else x,
    lambda x, rng: tf.unstack(x, axis=0)[-1] if x.shape.rank > 2 else x,
    lambda x, rng: tf.tile(x, [1] * (x.shape.rank - 1) + [2]),
    lambda x, rng: tf.broadcast_to(x, [2, *x.shape.as_list()]) if x.shape.rank < 4 else x,
    lambda x, rng: tf.gather(x, [0, x.shape.as_list()[0] - 1, 0]),
    lambda x, rng: x + tf.reduce_sum(x, -1, keepdims=True),
    lambda x, rng: tf.nn.softmax(x / 100.0),
    lambda x, rng: tf.cumsum(x, int(rng.integers(x.shape.rank)), reverse=bool(rng.integers(2))),
    lambda x, rng: tf.roll(x, 1, int(rng.integers(x.shape.rank))),
    lambda x, rng: tf.expand_dims(x, 0) if x.shape.rank < 4 else x,
]


def _chain(rng, count):
    x = tf.placeholder(tf.float32, [5, 7, 4])
    values = [x]
    while len(values) <= count:
        source = values[int(rng.integers(max(0, len(values) - 3), len(values)))]
        value = STEPS[int(rng.integers(len(STEPS)))](source, rng)
        if 0 < value.shape.num_elements() < 5000:
            values.append(value)
    return x, values[1:]


@pytest.mark.parametrize("seed", range(30))
def test_chain(seed):
    rng = np.random.default_rng(seed)
    with tf.Graph().as_default():
        x, values = _chain(rng, 9)
        gradient = tf.convert_to_tensor(tf.gradients(tf.reduce_sum(tf.square(values[-1])), x)[0])
        given = rng.normal(size=(5, 7, 4)).astype(np.float32)
        results = []
        for native in ("off", "on"):
            with tf.Session() as session:
                session._options = PlanOptions(native=native, strict=True)
                results.append(session.run([values[-1], values[-2], gradient], {x: given}))
                again = session.run([values[-1], gradient], {x: given})
                assert np.array_equal(again[0], results[-1][0])
    for off, on in zip(*results, strict=True):
        np.testing.assert_allclose(on, off, rtol=2e-5, atol=1e-4 * max(1e-3, np.abs(off).max()))
