"""Gate: how the runs of a session share its variables.

Nobody but native code ever changes an array that a variable holds: a run computes new arrays, and ``commit`` lets all
variables that it has written have them at once, by one call that neither a signal nor another thread comes between.
Native code may change an array in its place, while it is the only run in the session. So there are

    lock        held while variables are written: from the first write of a run on Python's tier until it commits, and
                while native code writes in place. It knows its owner: a signal handler that interrupts a run may run
                what it likes in the same thread.
    presence    an object that each run holds in a local variable for as long as it uses arrays of variables. How many
                do is its number of references, which ends with the run however that ends: nothing can be leaked.
    written_over  how often native code has changed arrays in their place, counted before it does. Who keeps what
                follows from the arrays of variables keeps this number, too, and compares.

Where ``lock`` is held in our own code, the ``with`` and its body stand on one line: a tracer, or the tests that raise
KeyboardInterrupt at every line, cannot come between the body and the release. (Real signals cannot either way.) No
comprehension stands there: from Python 3.12 on its loop is part of the function, and a tracer sees each round.
See docs/decisions/0101-a-run-commits-what-it-has-written.md.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from operator import attrgetter, is_
from typing import Any

from graphrt import forking
from graphrt.errors import AbortedError

value_of = attrgetter("value")
_drain: Callable[[Any], None] = deque(maxlen=0).extend
_VALUE = repeat("value")


class Gate:
    """For one session."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.presence = object()
        self._nobody = sys.getrefcount(self.presence)
        self.written_over = 0
        forking.reset_after_fork(self)

    def others(self, mine: int = 1) -> bool:
        """True if anyone beside the run that asks, which is present (``mine`` times), may be using arrays of
        variables."""
        return sys.getrefcount(self.presence) > self._nobody + mine

    def closing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, after which the lock is free if it was before, whatever was raised where."""
        lock: Any = self.lock

        def call(*arguments: Any) -> Any:
            held = lock._is_owned()
            try:
                return function(*arguments)
            finally:
                if not held and lock._is_owned():
                    lock.release()

        return call

    def _reset_after_fork(self) -> None:
        """In the child of a fork: those who were here are not, but for the thread that forked."""
        lock: Any = self.lock
        if not lock._is_owned():
            lock._at_fork_reinit()
        self.presence = object()


def commit(slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any]) -> None:
    """Lets ``slots`` have the values ``after``, all at once. The lock must be held.

    Raises:
      AbortedError: if one of them no longer has the value in ``before`` from which the new ones were computed. Only who
        holds the same lock can have written it: a signal handler, or a Python function of the run itself.
    """
    if not all(map(is_, map(value_of, slots), before)):
        raise overwritten(slots, before)
    _drain(map(setattr, slots, _VALUE, after))  # in C from the first one to the last


def overwritten(slots: Sequence[Any], before: Sequence[Any]) -> AbortedError:
    """The error of a run whose variables were written by something that interrupted it."""
    names = [slot.op.name for slot, value in zip(slots, before, strict=True) if slot.value is not value]
    return AbortedError(
        None,
        None,
        f"the variables {names} were written by a run within this run (in a signal handler, or a Python function that "
        "it called), and this run was about to write them, too. It has written nothing. Let the handler only note "
        "what is to be done, or write other variables",
    )
