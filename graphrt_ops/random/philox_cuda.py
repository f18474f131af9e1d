"""Philox as one CUDA kernel, by CuPy: array operations would take some eighty launches for the same words."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from graphrt_ops.random.philox_constants import KEY_STEPS, MULTIPLIERS, ROUNDS, WORDS_PER_BLOCK

_MASK = 0xFFFF_FFFF_FFFF_FFFF
# What is done for block `block`, the i-th one. It is plain C, too, and tested as such on machines without a GPU.
BODY = f"""
unsigned int a = (unsigned int)block, b = (unsigned int)(block >> 32);
unsigned int c = (unsigned int)upper, d = (unsigned int)(upper >> 32);
unsigned int key = (unsigned int)seed, other_key = (unsigned int)(seed >> 32);
for (int number = 0; number < {ROUNDS}; number++) {{
    unsigned long long product = {MULTIPLIERS[0]}ULL * a, other = {MULTIPLIERS[1]}ULL * c;
    a = (unsigned int)(other >> 32) ^ b ^ key;
    b = (unsigned int)other;
    c = (unsigned int)(product >> 32) ^ d ^ other_key;
    d = (unsigned int)product;
    key += {KEY_STEPS[0]}U;
    other_key += {KEY_STEPS[1]}U;
}}
words[4 * i] = a;
words[4 * i + 1] = b;
words[4 * i + 2] = c;
words[4 * i + 3] = d;
"""


def words_at(xp: Any, seed: int, seed2: int, indices: Any) -> Any:
    """As philox.words_at, for CuPy."""
    words = xp.empty((len(indices), WORDS_PER_BLOCK), xp.uint32)
    if len(indices):
        _kernel(xp)(indices, np.uint64(seed & _MASK), np.uint64(seed2 & _MASK), words)
    return words


@functools.cache
def _kernel(xp: Any) -> Any:
    inputs = "uint64 block, uint64 seed, uint64 upper"
    return xp.ElementwiseKernel(inputs, "raw uint32 words", BODY, "graphrt_philox")
