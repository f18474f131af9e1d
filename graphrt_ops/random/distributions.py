"""From random words to numbers, bit layout by bit layout as TensorFlow 1.15: uniform, normal, truncated, integer.

Every function draws `shape` numbers from a `Stream` and moves it on by 256 blocks for each of them, as TensorFlow
does. Numbers of up to 32 bits come four to a block, numbers of 64 bits two to a block.
"""

import math
from collections.abc import Callable, Hashable
from typing import Any

import ml_dtypes
import numpy as np

from graphrt_ops.random.philox import WORDS_PER_BLOCK, chunks, words_at
from graphrt_ops.random.stream import BLOCKS_PER_ELEMENT, Stream

_TRUNCATE_AT = 2.0
# Below this TensorFlow's Box-Muller takes the first uniform to be this, so that the logarithm stays finite.
_SMALLEST_UNIFORM = 1.0e-7
_EXPLICIT_MANTISSA_BITS = {
    np.dtype(np.float64): 52,
    np.dtype(np.float32): 23,
    np.dtype(np.float16): 10,
    np.dtype(ml_dtypes.bfloat16): 7,
}


def uniform(xp: Any, stream: Stream, shape: tuple[int, ...], dtype: Any) -> Any:
    """Numbers in [0, 1): the low bits of each word are the mantissa of a number in [1, 2), less 1.

    >>> uniform(np, Stream(1, 2), (3,), np.float32)
    array([0.40639675, 0.8575996 , 0.05539584], dtype=float32)
    """
    return _draw(xp, stream, shape, np.dtype(dtype), _unit_interval)


def normal(xp: Any, stream: Stream, shape: tuple[int, ...], dtype: Any) -> Any:
    """Standard normal numbers by the method of Box and Muller (Annals of Mathematical Statistics 29, 1958), sine first.

    TensorFlow calls the C library's logf and sincosf; here they are computed in float64 and rounded. The two differ
    by at most 3 units in the last place, and in nineteen of twenty numbers not at all.

    >>> normal(np, Stream(1, 2), (2,), np.float32)
    array([-1.0467793,  0.8397046], dtype=float32)
    """
    return _draw(xp, stream, shape, np.dtype(dtype), _box_muller)


def integers(xp: Any, stream: Stream, shape: tuple[int, ...], dtype: Any, low: int, high: int) -> Any:
    """Integers in [low, high): low + word % (high - low), with the slight bias towards small ones that this has.

    >>> integers(np, Stream(1, 2), (4,), np.int32, 0, 100)
    array([99, 15,  2,  9], dtype=int32)
    """
    dtype = np.dtype(dtype)
    unsigned = np.dtype(f"u{dtype.itemsize}")
    span, first = (xp.asarray(value & (2 ** (8 * dtype.itemsize) - 1), unsigned) for value in (high - low, low))

    def convert(xp: Any, words: Any, out: Any) -> None:
        raw, result = words.view(unsigned), out.view(unsigned)
        xp.floor_divide(raw, span, out=result)  # NumPy has a fast division by one number, but no fast remainder
        result *= span
        xp.subtract(raw, result, out=result)
        result += first

    return _draw(xp, stream, shape, dtype, convert, bounds=(low, high))


def truncated_normal(xp: Any, stream: Stream, shape: tuple[int, ...], dtype: Any) -> Any:
    """Standard normal numbers of which those at 2 and beyond are drawn again.

    As many outputs as one block gives normal numbers are a group. A group has 256 blocks for each four words of
    output to itself and fills its places in order with the numbers it draws there that lie within the bounds.

    >>> truncated_normal(np, Stream(1, 2), (4,), np.float32)
    array([-1.0467793,  0.8397046,  1.2358364,  0.3037427], dtype=float32)
    """
    dtype = np.dtype(dtype)
    size = _per_block(dtype)
    # Numbers of 16 bits are compared with the bound before they are rounded.
    wide = np.dtype(np.float64 if dtype == np.float64 else np.float32)

    def fill(heads: Any, out: Any) -> None:
        out[...] = _truncated_groups(xp, stream, heads, size, wide)

    step = BLOCKS_PER_ELEMENT * size // WORDS_PER_BLOCK
    return _draw_groups(xp, stream, shape, dtype, fill, ("truncated", dtype, math.prod(shape)), step)


def _truncated_groups(xp: Any, stream: Stream, heads: Any, size: int, dtype: Any) -> Any:
    """One row of numbers for each group, whose first blocks are `heads`."""
    drawn = _normals(xp, stream, heads, size, dtype)
    rows = drawn.copy()
    # One comparison for a row of `size` truth values: NumPy is slow at reducing a short axis.
    outside = xp.abs(drawn) >= _TRUNCATE_AT
    pending = xp.nonzero(outside.view(np.dtype(f"u{size}"))[:, 0])[0]
    drawn = drawn[pending]
    filled = xp.zeros(len(pending), xp.int64)
    block = 0
    while len(pending):
        for column in range(size):
            kept = xp.nonzero((xp.abs(drawn[:, column]) < _TRUNCATE_AT) & (filled < size))[0]
            rows[pending[kept], filled[kept]] = drawn[kept, column]
            filled[kept] += 1
        short = filled < size
        pending, filled = pending[short], filled[short]
        block += 1
        drawn = _normals(xp, stream, heads[pending] + xp.uint64(block), size, dtype)
    return rows


def _normals(xp: Any, stream: Stream, block_indices: Any, size: int, dtype: Any) -> Any:
    out = xp.empty((len(block_indices), size), dtype)
    _box_muller(xp, words_at(xp, stream.seed, stream.seed2, block_indices), out)
    return out


def _draw(
    xp: Any,
    stream: Stream,
    shape: tuple[int, ...],
    dtype: Any,
    convert: Callable[[Any, Any, Any], None],
    bounds: tuple[int, ...] = (),
) -> Any:
    """An array of `shape`, made block by block: convert(xp, words [n, 4], out [n, numbers in a block])."""

    def fill(heads: Any, out: Any) -> None:
        convert(xp, words_at(xp, stream.seed, stream.seed2, heads), out)

    kind = bounds or convert
    return _draw_groups(xp, stream, shape, dtype, fill, (kind, dtype, math.prod(shape)), step=1)


def _draw_groups(
    xp: Any,
    stream: Stream,
    shape: tuple[int, ...],
    dtype: Any,
    fill: Callable[[Any, Any], None],
    key: Hashable,
    step: int,
) -> Any:
    """An array of `shape`, made group by group: fill(first block of each group, out [groups, numbers in a group])."""
    count = math.prod(shape)
    size = _per_block(dtype)
    groups = -(-count // size)

    def make(start: int, runs: int) -> Any:
        out = xp.empty((runs * groups, size), dtype)
        for first, last in chunks(xp, len(out)):
            heads = xp.arange(first, last, dtype=xp.uint64)
            if runs > 1:
                run = heads // groups
                heads -= run * groups
                heads *= step
                heads += run * (count * BLOCKS_PER_ELEMENT)
            elif step > 1:
                heads *= step
            heads += xp.uint64(start)
            fill(heads, out[first:last])
        return out.reshape(runs, groups * size)[:, :count]

    return stream.draw(key, count, make).reshape(shape)


def _per_block(dtype: Any) -> int:
    """How many numbers one block of four words gives."""
    return 2 if dtype.itemsize == 8 else 4


def unit_float64(xp: Any, words: Any) -> Any:
    """The float64 uniforms in [0, 1) that blocks of words [n, 4] encode, shape [n, 2]. May overwrite `words`."""
    out = xp.empty((len(words), 2), xp.float64)
    _unit_interval(xp, words, out)
    return out


def normal_float64(xp: Any, words: Any) -> Any:
    """The float64 normal numbers that blocks of words [n, 4] encode, shape [n, 2]. May overwrite `words`."""
    out = xp.empty((len(words), 2), xp.float64)
    _box_muller(xp, words, out)
    return out


def _unit_interval(xp: Any, words: Any, out: Any) -> None:
    """Fill `out` with the uniforms that `words` encode, one a word, or one for two words (the high one first).

    May overwrite `words`.
    """
    dtype = out.dtype
    bits = _EXPLICIT_MANTISSA_BITS[dtype]
    if dtype.itemsize < 4:
        # Exact: the mantissa is a whole number below 2**bits.
        words &= 2**bits - 1
        out[...] = words.astype(xp.float32) * xp.float32(2.0**-bits)
        return
    unsigned = np.dtype(f"u{dtype.itemsize}")
    raw = words.view(unsigned)
    if dtype.itemsize == 8:
        raw = raw << 32 | raw >> 32
    raw &= unsigned.type(2**bits - 1)
    raw |= np.ones((), dtype).view(unsigned)[()]
    xp.subtract(raw.view(dtype), dtype.type(1), out=out)


def _box_muller(xp: Any, words: Any, out: Any) -> None:
    """Fill `out` with normal numbers: a pair for two uniforms, as (sin(angle) * radius, cos(angle) * radius).

    TensorFlow rounds every step to float32 unless it makes float64; so does this. The sine and cosine come from the
    tangent of the half angle, which NumPy has vectorised in float64, and the sine not.
    """
    wide = np.dtype(np.float64 if out.dtype == np.float64 else np.float32)
    uniforms = xp.empty((len(words), words.shape[1] * 4 // wide.itemsize), wide)
    _unit_interval(xp, words, uniforms)
    pairs = uniforms.reshape(-1, 2)

    radius = xp.maximum(pairs[:, 0], wide.type(_SMALLEST_UNIFORM)).astype(xp.float64)
    xp.log(radius, out=radius)
    radius = radius.astype(wide, copy=False)
    radius *= wide.type(-2)
    xp.sqrt(radius, out=radius)

    sine, cosine = _sine_cosine(xp, pairs[:, 1], wide)
    sine *= radius
    cosine *= radius
    flat = out.reshape(-1, 2)
    flat[:, 0] = sine
    flat[:, 1] = cosine


def _sine_cosine(xp: Any, turns: Any, wide: Any) -> tuple[Any, Any]:
    angle = turns.astype(xp.float64)
    angle *= 2 * math.pi
    if wide == np.float64:
        return xp.sin(angle), xp.cos(angle)
    angle = angle.astype(xp.float32).astype(xp.float64)  # TensorFlow's angle is a float32
    angle *= 0.5
    tangent = xp.tan(angle, out=angle)
    inverse = xp.square(tangent)
    inverse += 1
    xp.reciprocal(inverse, out=inverse)
    cosine = 1 - tangent
    sine = tangent * inverse
    sine *= 2
    tangent += 1
    cosine *= tangent
    cosine *= inverse
    return sine.astype(xp.float32), cosine.astype(xp.float32)
