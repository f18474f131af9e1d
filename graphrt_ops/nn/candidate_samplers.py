"""How candidate classes are drawn, on TF1's random streams: its samplers, its rejection, its expected counts."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphrt_ops.random import philox
from graphrt_ops.random.stream import Stream

# TF1 sets this many blocks aside for each candidate (2048 words), and uses words again where they do not suffice.
BLOCKS_PER_CANDIDATE = 512


class Words:
    """The 32-bit words of a stretch of a stream, one after the other."""

    def __init__(self, stream: Stream, candidates: int) -> None:
        self.stream = stream
        self.block = stream.reserve(BLOCKS_PER_CANDIDATE * candidates)
        self.held: list[int] = []
        self.ahead = candidates + 2  # blocks to make at a time

    def word(self) -> int:
        if not self.held:
            words = philox.blocks(np, self.stream.seed, self.stream.seed2, self.block, self.ahead)
            self.block += self.ahead
            self.held = words.ravel()[::-1].tolist()
        return self.held.pop()

    def fraction(self) -> float:
        """A number in [0, 1) of 23 random bits."""
        return (self.word() & 0x7FFFFF) / (1 << 23)

    def precise_fraction(self) -> float:
        """A number in [0, 1) of 52 random bits."""
        high, low = self.word(), self.word()
        return ((high & 0xFFFFF) << 32 | low) / (1 << 52)

    def below(self, limit: int, bits: int) -> int:
        """A whole number below ``limit``, every one equally likely, of words of 32 or 64 bits."""
        if limit & (limit - 1) == 0:
            return self._wide(bits) & (limit - 1)
        largest = (1 << bits) - 1
        surplus = largest % limit + 1
        value = self._wide(bits)
        while value >= largest - surplus:
            value = self._wide(bits)
        return value % limit

    def _wide(self, bits: int) -> int:
        return self.word() if bits == 32 else self.word() | self.word() << 32


class Sampler:
    """A distribution over the classes 0 to ``range_max`` - 1."""

    def __init__(self, range_max: int) -> None:
        self.range_max = range_max

    def draw(self, words: Words) -> int:
        raise NotImplementedError

    def probability(self, classes: Any) -> Any:
        """The probabilities of an array of classes, as float32."""
        raise NotImplementedError

    def seen(self, classes: Any) -> None:
        """Learns from the true classes of a run, where the sampler learns."""


class Uniform(Sampler):
    """Every class alike."""

    def draw(self, words: Words) -> int:
        return words.below(self.range_max, 64)

    def probability(self, classes: Any) -> Any:
        return np.full(classes.shape, 1 / self.range_max, np.float32)


class LogUniform(Sampler):
    """P(k) = (log(k + 2) - log(k + 1)) / log(range_max + 1): Zipf's law, for classes sorted by falling frequency."""

    def __init__(self, range_max: int) -> None:
        super().__init__(range_max)
        self.log_range = math.log1p(range_max)

    def draw(self, words: Words) -> int:
        return (int(math.exp(words.precise_fraction() * self.log_range)) - 1) % self.range_max

    def probability(self, classes: Any) -> Any:
        return (np.log((classes + 2.0) / (classes + 1.0)) / self.log_range).astype(np.float32)


class LearnedUnigram(Sampler):
    """Every class as often as it was a true class before, and once more."""

    def __init__(self, range_max: int) -> None:
        super().__init__(range_max)
        self.counts = np.ones(range_max, np.int64)

    def draw(self, words: Words) -> int:
        sums = np.cumsum(self.counts)
        return int(np.searchsorted(sums, words.below(int(sums[-1]), 32), side="right"))

    def probability(self, classes: Any) -> Any:
        return (self.counts[classes].astype(np.float32) / np.float32(self.counts.sum())).astype(np.float32)

    def seen(self, classes: Any) -> None:
        np.add.at(self.counts, classes.ravel(), 1)


class FixedUnigram(Sampler):
    """Given frequencies, raised to ``distortion``; drawn by Walker's alias method (as Vose made it, 1991)."""

    def __init__(self, weights: Sequence[float], distortion: float, reserved: int, shards: int, shard: int) -> None:
        own = [weight**distortion for i, weight in enumerate(weights, reserved) if i % shards == shard]
        none = [0.0 for i in range(reserved) if i % shards == shard]
        self.weights = np.array(none + own, np.float32)
        super().__init__(len(self.weights))
        self.total = float(sum(own))
        self.shards, self.shard = shards, shard
        self._build()

    def _build(self) -> None:
        count = len(self.weights)
        mass = (self.weights.astype(np.float64) * count / float(self.weights.astype(np.float64).sum())).tolist()
        self.keep, self.alias = [1.0] * count, list(range(count))
        high = [i for i in range(count) if mass[i] >= 1]
        low = [i for i in range(count) if mass[i] < 1]
        while high and low:
            poor, rich = low.pop(), high.pop()
            self.keep[poor], self.alias[poor] = mass[poor], rich
            mass[rich] -= 1 - mass[poor]
            (high if mass[rich] >= 1 else low).append(rich)

    def draw(self, words: Words) -> int:
        fraction = words.fraction()
        index = words.below(len(self.weights), 32)
        chosen = index if fraction < np.float32(self.keep[index]) else self.alias[index]
        return chosen * self.shards + self.shard

    def probability(self, classes: Any) -> Any:
        inside = (classes % self.shards == self.shard) & (classes // self.shards < len(self.weights))
        weights = np.where(inside, self.weights[np.where(inside, classes // self.shards, 0)], 0)
        return (weights.astype(np.float64) / self.total).astype(np.float32)


def unigrams_of(vocab_file: str) -> list[float]:
    """The last column of a vocabulary file: how often each word occurs."""
    with Path(vocab_file).open(newline="", encoding="utf-8") as lines:
        return [float(row[-1]) for row in csv.reader(lines) if row]


def sample(sampler: Sampler, stream: Stream, true_classes: Any, count: int, unique: bool) -> tuple[Any, Any, Any]:
    """``count`` candidates, and how often each true class and each candidate was to be expected among them."""
    if unique and count > sampler.range_max:
        raise ValueError(
            f"Sampler's range is too small: {count} different candidates of {sampler.range_max} classes are asked for"
        )
    words = Words(stream, count)
    drawn: list[int] = []
    tries = 0
    taken: set[int] = set()
    while len(drawn) < count:
        value = sampler.draw(words)
        tries += 1
        if not unique or value not in taken:
            taken.add(value)
            drawn.append(value)
    candidates = np.array(drawn, np.int64)
    counts = [_expected(sampler.probability(classes), count, tries) for classes in (true_classes, candidates)]
    sampler.seen(true_classes)
    return candidates, counts[0], counts[1]


def _expected(probability: Any, count: int, tries: int) -> Any:
    """How often a class was to be expected: with rejection, the chance to be among ``tries`` draws at all."""
    if tries == count:
        return probability * np.float32(count)
    # As the C library rounds, of which NumPy's own float32 functions differ in the last bit.
    exponent = np.float32(tries) * np.log1p(-probability.astype(np.float64)).astype(np.float32)
    return -np.expm1(exponent.astype(np.float64)).astype(np.float32)
