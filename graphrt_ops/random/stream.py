"""The generator of one random op in one session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from graphrt import forking

# TensorFlow moves a generator this far for each output element, whatever the element used up.
BLOCKS_PER_ELEMENT = 256
# How many numbers to draw ahead at most: they fit into the cache, and the calls of NumPy no longer count.
MOST_AHEAD = 1 << 16
_WORD = 0xFFFF_FFFF_FFFF_FFFF


class _Batch(NamedTuple):
    """What the coming runs will ask for, if they ask for the same again: row i is the draw of the i-th of them."""

    key: Hashable
    start: int
    rows: Any


class Stream:
    """A seed pair, and the next block that nobody has drawn yet.

    Several runs of a session may draw at once: each gets a stretch of blocks of its own.

    A run that asks for few numbers would pay for some eighty calls of NumPy. But where the next run's numbers are is
    known beforehand, as each run moves the stream by 256 blocks for each number. So a run that repeats the draw of
    the run before makes a batch for this and the coming runs, twice as long as the last batch.

    >>> stream = Stream(seed=1, seed2=2)
    >>> stream.reserve(512), stream.reserve(1), stream.reserve(1)
    (0, 512, 513)
    """

    __slots__ = ("__weakref__", "_batch", "_lock", "_offset", "seed", "seed2")

    def __init__(self, seed: int, seed2: int) -> None:
        self.seed = seed
        self.seed2 = seed2
        self._offset = 0
        self._batch: _Batch | None = None
        self._lock = threading.RLock()
        forking.reset_after_fork(self)

    def _reset_after_fork(self) -> None:
        self._lock = threading.RLock()

    def reserve(self, blocks: int) -> int:
        """The first block of a stretch of `blocks` blocks that no other call has been or will be given."""
        with self._lock:
            start = self._offset
            self._offset += blocks
        return start

    def advance(self, count: int) -> tuple[int, int, int]:
        """Moves on by a run that draws ``count`` numbers, and returns the seeds of that run.

        These are what a Draw (graphrt/native/records.py) gives its kernels: seed, seed2 and the number of the first
        block, each as 64 bits without a sign. Runs that get their numbers so and runs that ``draw`` may take turns.

        >>> stream = Stream(seed=1, seed2=-2)
        >>> stream.advance(3), stream.advance(1)
        ((1, 18446744073709551614, 0), (1, 18446744073709551614, 768))
        """
        start = self.reserve(count * BLOCKS_PER_ELEMENT)
        return self.seed & _WORD, self.seed2 & _WORD, start & _WORD

    def draw(self, key: Hashable, count: int, make: Callable[[int, int], Any]) -> Any:
        """The next `count` numbers.

        Args:
          key: equal for calls that want the same kind and count of numbers.
          count: how many; the stream moves on by 256 blocks for each.
          make: make(start, runs) returns an array [runs, count]: the numbers of `runs` runs, of which the first
            starts at block `start`.

        Returns:
          Array [count] that nobody else has.
        """
        if count == 0 or 2 * count > MOST_AHEAD:
            return make(self.reserve(count * BLOCKS_PER_ELEMENT), 1)[0]
        with self._lock:
            start = self._offset
            self._offset += count * BLOCKS_PER_ELEMENT
            batch = self._batch
            if batch is None or batch.key != key:
                runs = 1
            else:
                row, rest = divmod(start - batch.start, count * BLOCKS_PER_ELEMENT)
                if rest == 0 and row < len(batch.rows):
                    return batch.rows[row].copy()
                runs = min(2 * len(batch.rows), MOST_AHEAD // count)
            self._batch = batch = _Batch(key, start, make(start, runs))
        return batch.rows[0].copy()

    def __repr__(self) -> str:
        return f"Stream(seed={self.seed}, seed2={self.seed2}, offset={self._offset})"
