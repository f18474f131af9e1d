"""Gamma and Poisson numbers, which TensorFlow 1.15 draws by rejection in float64.

Each output element has 256 blocks of its own and takes from them, as it needs them, a block of two uniforms or of two
normal numbers at a time; the *second* of the two is used first. All elements that have not accepted a number yet try
again together.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from graphrt_ops.random.distributions import normal_float64, unit_float64
from graphrt_ops.random.philox import chunks, indices, words_at
from graphrt_ops.random.stream import BLOCKS_PER_ELEMENT, Stream

_PER_BLOCK = 2
# From this rate on, counting uniforms would take too many of them.
_RATE_OF_TRANSFORMED_REJECTION = 10.0


class _Draws:
    """What is left of the blocks of some elements: the next block of each, and the numbers of the block before it."""

    def __init__(self, xp: Any, stream: Stream, heads: Any) -> None:
        self.xp = xp
        self._stream = stream
        self._next_block = heads.copy()
        self._kinds = {
            kind: (convert, xp.empty((len(heads), _PER_BLOCK)), xp.zeros(len(heads), xp.int64))
            for kind, convert in (("uniform", unit_float64), ("normal", normal_float64))
        }

    def uniform(self, rows: Any) -> Any:
        return self._take("uniform", rows)

    def normal(self, rows: Any) -> Any:
        return self._take("normal", rows)

    def _take(self, kind: str, rows: Any) -> Any:
        convert, numbers, left = self._kinds[kind]
        empty = rows[left[rows] == 0]
        numbers[empty] = convert(
            self.xp, words_at(self.xp, self._stream.seed, self._stream.seed2, self._next_block[empty])
        )
        self._next_block[empty] += self.xp.uint64(1)
        left[empty] = _PER_BLOCK
        left[rows] -= 1
        return numbers[rows, left[rows]]


def gamma(xp: Any, stream: Stream, shape: tuple[int, ...], alpha: Any) -> Any:
    """Gamma numbers of unit rate, shape `shape` + alpha.shape, in alpha's dtype.

    The method of G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM Transactions on
    Mathematical Software 26, 2000; an exponential number where alpha is 1; alpha below 1 is raised by 1 and the result
    multiplied with uniform**(1 / alpha).

    >>> gamma(np, Stream(1, 2), (3,), np.array([0.5, 1.0, 3.0]))[:1]
    array([[0.01443956, 0.33404185, 2.60264736]])
    """
    return _each_element(xp, stream, shape, alpha, alpha.dtype, _gamma_numbers)


def poisson(xp: Any, stream: Stream, shape: tuple[int, ...], rate: Any, dtype: Any) -> Any:
    """Poisson numbers, shape `shape` + rate.shape, in `dtype`; NaN (of an integer dtype its least number) where the
    rate is not finite, 0 where it is negative.

    Rates below 10: how many uniforms can be multiplied before the product falls to exp(-rate). Above: W. Hormann,
    "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and Economics
    12, 1993, algorithm PTRS.

    >>> poisson(np, Stream(1, 2), (3,), np.array([0.5, 1.0, 30.0]), np.float32)[:1]
    array([[ 0.,  0., 35.]], dtype=float32)
    """
    return _each_element(xp, stream, shape, rate, np.dtype(dtype), _poisson_numbers)


def _each_element(
    xp: Any, stream: Stream, shape: tuple[int, ...], parameter: Any, dtype: Any, draw: Callable[[Any, Any], Any]
) -> Any:
    """Draw `shape` samples for each element of `parameter`: the samples of one element have consecutive blocks."""
    samples = math.prod(shape)
    flat = parameter.reshape(-1).astype(xp.float64)
    count = samples * flat.size
    start = stream.reserve(count * BLOCKS_PER_ELEMENT)
    out = xp.empty(count, dtype)
    for first, last in chunks(xp, count):
        heads = indices(xp, start + first * BLOCKS_PER_ELEMENT, last - first, BLOCKS_PER_ELEMENT)
        numbers = draw(_Draws(xp, stream, heads), flat[xp.arange(first, last) // samples])
        if out.dtype.kind == "i":
            numbers[xp.isnan(numbers)] = np.iinfo(out.dtype).min
        out[first:last] = numbers
    return xp.ascontiguousarray(out.reshape(flat.size, samples).T).reshape(*shape, *parameter.shape)


def _gamma_numbers(draws: _Draws, alpha: Any) -> Any:
    xp = draws.xp
    out = xp.full(len(alpha), xp.nan)
    ones = xp.nonzero(alpha == 1)[0]
    out[ones] = -xp.log1p(-draws.uniform(ones))

    small = alpha < 1
    d = alpha + xp.where(small, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / xp.sqrt(xp.abs(d))
    rows = xp.nonzero((alpha != 1) & (d > 0) & xp.isfinite(d))[0]  # for other alphas TensorFlow would try for ever
    while len(rows):
        x = draws.normal(rows)
        v = 1 + c[rows] * x
        candidates = xp.nonzero(v > 0)[0]
        tried, x, v = rows[candidates], x[candidates], v[candidates] ** 3
        u = draws.uniform(tried)
        good = (u < 1 - 0.0331 * x**4) | (_log(xp, u) < 0.5 * x * x + d[tried] * (1 - v + xp.log(v)))
        out[tried[good]] = d[tried[good]] * v[good]
        rows = _without(xp, rows, candidates[good])
    raised = xp.nonzero(small)[0]
    with np.errstate(divide="ignore"):
        out[raised] *= draws.uniform(raised) ** (1 / alpha[raised])
    return out


def _poisson_numbers(draws: _Draws, rate: Any) -> Any:
    xp = draws.xp
    out = xp.full(len(rate), xp.nan)
    few = xp.nonzero(xp.isfinite(rate) & (rate < _RATE_OF_TRANSFORMED_REJECTION))[0]
    many = xp.nonzero(xp.isfinite(rate) & (rate >= _RATE_OF_TRANSFORMED_REJECTION))[0]
    _count_uniforms(draws, few, rate, out)
    _transformed_rejection(draws, many, rate, out)
    return out


def _count_uniforms(draws: _Draws, rows: Any, rate: Any, out: Any) -> None:
    xp = draws.xp
    product = xp.ones(len(rows))
    limit = xp.exp(-rate[rows])
    number = 0
    while len(rows):
        product *= draws.uniform(rows)
        done = product <= limit
        out[rows[done]] = number
        rows, product, limit = rows[~done], product[~done], limit[~done]
        number += 1


def _transformed_rejection(draws: _Draws, rows: Any, rate: Any, out: Any) -> None:
    xp = draws.xp
    while len(rows):
        mean = rate[rows]
        b = 0.931 + 2.53 * xp.sqrt(mean)
        a = -0.059 + 0.02483 * b
        u = draws.uniform(rows) - 0.5
        v = draws.uniform(rows)
        us = 0.5 - xp.abs(u)
        k = xp.floor((2 * a / us + b) * u + mean + 0.43)
        squeeze = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
        open_case = ~squeeze & (k >= 0) & ~((us < 0.013) & (v > us))
        s = _log(xp, v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (us * us) + b))
        t = -mean + k * xp.log(mean) - _log_factorial(xp, xp.maximum(k, 0))
        good = squeeze | (open_case & (s <= t))
        out[rows[good]] = k[good]
        rows = rows[~good]


def _log(xp: Any, values: Any) -> Any:
    """log, with minus infinity for the uniform 0 and no warning."""
    with np.errstate(divide="ignore"):
        return xp.log(values)


def _without(xp: Any, rows: Any, places: Any) -> Any:
    kept = xp.ones(len(rows), bool)
    kept[places] = False
    return rows[kept]


def _log_factorial(xp: Any, numbers: Any) -> Any:
    """log(k!) for whole k >= 0 in float64: the logarithm where k! is exact, else Stirling's series for log gamma(z).

    Abramowitz and Stegun 6.1.41; from z = 21 on its next term is below 1e-15.
    """
    exact = xp.asarray([math.log(math.factorial(k)) for k in range(20)])
    z = xp.maximum(numbers, 20) + 1
    inverse_square = 1 / (z * z)
    series = (1 / 12 - inverse_square * (1 / 360 - inverse_square * (1 / 1260 - inverse_square / 1680))) / z
    stirling = (z - 0.5) * xp.log(z) - z + 0.5 * math.log(2 * math.pi) + series
    return xp.where(numbers < 20, exact[xp.minimum(numbers, 19).astype(xp.int64)], stirling)
