"""Draws that pick: shuffled orders and classes by their probability, as TensorFlow 1.15's CPU kernels make them."""

import math
from typing import Any

import numpy as np

from graphrt_ops.random.distributions import unit_float64
from graphrt_ops.random.philox import WORDS_PER_BLOCK, blocks
from graphrt_ops.random.philox_native import NATIVE
from graphrt_ops.random.stream import BLOCKS_PER_ELEMENT, Stream

_LARGEST = 1 << 16  # comparisons made at a time: they stay in the cache


def permutation(xp: Any, stream: Stream, size: int) -> Any:
    """The order in which RandomShuffle puts `size` rows, int64: the result is rows[permutation].

    The forward shuffle of Fisher and Yates: place i is swapped with place i + word % (size - i). One word a swap, and
    the stream moves on by the blocks that they fill. With fewer than two rows nothing is drawn.

    >>> (permutation(np, Stream(1, 2), 5) + 1).tolist()
    [5, 1, 3, 2, 4]
    """
    if size < 2:
        return xp.arange(size)
    count = -(-(size - 1) // WORDS_PER_BLOCK)
    # Each swap depends on those before it, so this part is the host's.
    words = blocks(np, stream.seed, stream.seed2, stream.reserve(count), count).reshape(-1)[: size - 1]
    order = np.arange(size)
    if not NATIVE.shuffle(order, words):
        places = np.arange(size - 1)
        places += words % (size - places).astype(np.uint32)
        rows = order.tolist()
        for place, other in enumerate(places.tolist()):
            rows[place], rows[other] = rows[other], rows[place]
        order[:] = rows
    return xp.asarray(order)


def multinomial(xp: Any, stream: Stream, logits: Any, samples: int, dtype: Any) -> Any:
    """Classes drawn with probabilities softmax(logits), one row of draws for each row of logits.

    A draw is the first class whose cumulated weight is above uniform * total. Weights are float64 and the uniforms
    take two words each, rows one after another. Logits that are not finite have no weight.

    Args:
        logits: float array [rows, classes].
        samples: draws for each row.
        dtype: int32 or int64.

    Returns:
        Array [rows, samples] of `dtype`.

    >>> multinomial(np, Stream(1, 2), np.array([[0., 1., 2.], [3., 0., 0.]]), 6, np.int64).tolist()
    [[1, 2, 1, 1, 2, 2], [0, 0, 0, 0, 0, 0]]
    """
    rows = len(logits)
    out = xp.empty((rows, samples), dtype)
    if not out.size:
        return out
    per_block = 2
    start = stream.reserve(rows * -(-samples // 4) * 4 * 2 * BLOCKS_PER_ELEMENT)
    words = blocks(xp, stream.seed, stream.seed2, start, math.ceil(out.size / per_block))
    uniforms = unit_float64(xp, words).reshape(-1)[: out.size].reshape(out.shape)

    logits = logits.astype(xp.float64)
    finite = xp.isfinite(logits)
    largest = xp.max(xp.where(finite, logits, -xp.inf), axis=1, keepdims=True)
    heights = xp.exp(xp.where(finite, logits, 0.0) - xp.where(finite, largest, 0.0))
    cumulated = xp.cumsum(xp.where(finite, heights, 0.0), axis=1)
    points = uniforms * cumulated[:, -1:]
    together = max(1, _LARGEST // max(1, samples * logits.shape[1]))
    for first in range(0, rows, together):
        part = slice(first, first + together)
        if together == 1:
            out[first] = xp.searchsorted(cumulated[first], points[first], side="right")
        else:
            out[part] = (cumulated[part, None, :] <= points[part, :, None]).sum(axis=2)
    return out
