"""TensorFlow 1's random words: Philox 4x32-10, a counter run through ten rounds of multiply and exclusive-or.

The 128-bit counter holds the block index in its lower half and `seed2` in its upper half; the 64-bit key is `seed`.
One block is four 32-bit words. Any block can be had without those before it, so a chunk of any array, on any device
and in any order, is the same numbers.

Source of the function: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2,
3", SC 2011.
"""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from graphrt_ops.random import philox_cuda
from graphrt_ops.random.philox_constants import KEY_STEPS, MULTIPLIERS, ROUNDS, WORDS_PER_BLOCK
from graphrt_ops.random.philox_native import NATIVE

# Blocks made at a time on the CPU: the working arrays (48 bytes a block) then stay in the second-level cache.
CHUNK = 1 << 14

_LOW = 0xFFFFFFFF


def words_at(xp: Any, seed: int, seed2: int, indices: Any) -> Any:
    """The blocks with the given indices.

    Args:
        xp: numpy or cupy.
        seed: the key; 64 bits of it count.
        seed2: the upper half of the counter; 64 bits of it count.
        indices: uint64 array of one axis, the lower half of the counter.

    Returns:
        uint32 array of shape (len(indices), 4).
    """
    if xp.__name__ == "cupy":
        return philox_cuda.words_at(xp, seed, seed2, indices)
    native = NATIVE.words_at(seed, seed2, indices) if xp is np else None
    return _words_by_array_operations(xp, seed, seed2, indices) if native is None else native


def _words_by_array_operations(xp: Any, seed: int, seed2: int, indices: Any) -> Any:
    # Words 0 and 2, which get multiplied, are the rows of `factors`; words 1 and 3 are the rows of `others`. A round
    # would swap the rows of both: instead, the multipliers and keys are handed out in swapped order every other round.
    # All are 64 bits wide, for the products; the upper halves of `others` are garbage that the mask takes away.
    factors, others, products = xp.empty((3, 2, len(indices)), xp.uint64)
    factors[0] = indices
    factors[0] &= _LOW
    factors[1] = seed2 & _LOW
    xp.right_shift(indices, 32, out=others[0])
    others[1] = (seed2 >> 32) & _LOW
    for multipliers, keys in _round_constants(xp, seed):
        xp.multiply(factors, multipliers, out=products)
        xp.right_shift(products, 32, out=factors)
        factors ^= others[::-1]
        factors ^= keys
        factors &= _LOW
        products, others = others, products
    words = xp.empty((len(indices), WORDS_PER_BLOCK), xp.uint32)
    for row in range(2):
        words[:, 2 * row] = factors[row]
        words[:, 2 * row + 1] = others[row]
    return words


@functools.lru_cache(maxsize=256)
def _round_constants(xp: Any, seed: int) -> tuple[tuple[Any, Any], ...]:
    """For each round the multipliers and keys of both rows, as uint64 columns."""
    keys = [seed & _LOW, (seed >> 32) & _LOW]
    table = []
    for number in range(ROUNDS):
        even = number % 2 == 0
        table.append((MULTIPLIERS if even else MULTIPLIERS[::-1], keys[::-1] if even else tuple(keys)))
        keys = [(key + step) & _LOW for key, step in zip(keys, KEY_STEPS, strict=True)]
    columns = xp.asarray(np.array(table, np.uint64)[..., None])
    return tuple((column[0], column[1]) for column in columns)


def blocks(xp: Any, seed: int, seed2: int, start: int, count: int) -> Any:
    """The `count` blocks from block `start` on, a uint32 array of shape (count, 4).

    >>> blocks(np, 0, 0, 0, 1)[0].tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]  # from the authors
    True
    """
    words = xp.empty((count, WORDS_PER_BLOCK), xp.uint32)
    for first, last in chunks(xp, count):
        words[first:last] = words_at(xp, seed, seed2, indices(xp, start + first, last - first))
    return words


def indices(xp: Any, start: int, count: int, step: int = 1) -> Any:
    """The block numbers start, start + step, ...: `count` of them, as uint64 (the sum wraps as a counter does)."""
    numbers = xp.arange(count, dtype=xp.uint64)
    if step != 1:
        numbers *= xp.uint64(step)
    numbers += xp.uint64(start & 0xFFFF_FFFF_FFFF_FFFF)
    return numbers


def chunks(xp: Any, count: int) -> Iterator[tuple[int, int]]:
    """(first, last) of the pieces in which to make `count` blocks: cache-sized on the CPU, one launch on a GPU."""
    size = CHUNK if xp is np else max(count, 1)
    for first in range(0, count, size):
        yield first, min(first + size, count)
