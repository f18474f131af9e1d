"""Elementwise chains as NumPy does them best: one pass an op, in place, nothing allocated."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks import data


def _six_ops(x, y):
    np.multiply(x, np.float32(0.5), out=y)
    np.add(y, np.float32(0.1), out=y)
    np.multiply(y, x, out=y)
    np.subtract(y, np.float32(0.2), out=y)
    np.maximum(y, np.float32(0), out=y)
    return np.multiply(y, x, out=y)


def _with_tanh(x, y):
    np.multiply(x, np.float32(0.5), out=y)
    np.add(y, np.float32(0.1), out=y)
    np.tanh(y, out=y)
    np.multiply(y, x, out=y)
    np.subtract(y, np.float32(0.2), out=y)
    return np.maximum(y, np.float32(0), out=y)


def chain(count, ops=_six_ops):
    x = data.normal(np, [count], 1.0)
    y = np.zeros_like(x)
    return lambda: ops(x, y)


def fetched_chain(count=data.CHAIN_SIZES["4 M"]):
    x = data.normal(np, [count], 1.0)
    return lambda: _six_ops(x, np.empty_like(x))


CASES = {
    **{f"elementwise chain, {title}": partial(chain, count) for title, count in data.CHAIN_SIZES.items()},
    "elementwise chain, 4 M, with tanh": partial(chain, data.CHAIN_SIZES["4 M"], _with_tanh),
    "elementwise chain, 4 M, fed and fetched": fetched_chain,
}
