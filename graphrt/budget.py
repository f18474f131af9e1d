"""What a session keeps to be quicker the next time, and how much memory that may take together.

Plans with their native code, and values that are computed once, can all be made again. So they share one limit; above
it, what has not been used for longest is given up.
"""

from __future__ import annotations

import threading
import weakref

from graphrt import forking
from graphrt.locking import locked

_LATEST = 8
"""What was used last is never given up: a few plans too large for the limit must not push each other out in turns."""


class Held:
    """Something that is kept, and can be made again.

    Attributes:
      budget: what counts it; None: nothing does. bytes: about what it takes.
      used: when it was used last, in the budget's time.
    """

    __slots__ = ("__weakref__", "budget", "bytes", "used")

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget
        self.bytes = 0
        self.used = 0

    def charge(self, more: int) -> None:
        """It takes so many bytes more."""
        if self.budget is not None:
            self.budget.charge(self, more)

    def touch(self) -> None:
        """It is being used."""
        if self.budget is not None:
            self.used = self.budget.now

    def give_up(self) -> None:
        """Lets go of what takes memory."""
        raise NotImplementedError


class Budget:
    """Counts what is held, as long as it lives.

    Time passes when something is added, so that using something costs no more than noting ``now``.

    >>> class Word(Held):
    ...     def give_up(self):
    ...         print("gone")
    >>> budget = Budget(limit=1000)
    >>> words = [Word(budget) for _ in range(9)]
    >>> for word in words:
    ...     word.charge(120)
    gone
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.now = 0
        self._held: weakref.WeakSet[Held] = weakref.WeakSet()
        self._total = 0  # of these and of some that are gone: counted anew before anything is given up
        self._reset_after_fork()
        forking.reset_after_fork(self)

    @locked
    def charge(self, held: Held, more: int) -> None:
        """Notes that ``held`` takes so many bytes more, and gives up others where that is too much."""
        self.now += 1
        held.used = self.now
        held.bytes += more
        self._held.add(held)
        self._total += more
        if self._total > self.limit:
            self._make_room()

    @locked
    def total(self) -> int:
        """About how many bytes are held."""
        return sum(held.bytes for held in self._held)

    def _make_room(self) -> None:
        """Gives up an eighth more than it has to, so that the next one need not look again."""
        eldest = sorted(self._held, key=lambda held: held.used)
        self._total = sum(held.bytes for held in eldest)
        if self._total <= self.limit:
            return
        for held in eldest[:-_LATEST]:
            if self._total <= self.limit - self.limit // 8:
                break
            self._total -= held.bytes
            held.bytes = 0
            self._held.discard(held)
            held.give_up()

    def _reset_after_fork(self) -> None:
        self._lock = threading.RLock()
