"""Gate: who may use a session's variables at the same time.

Tier 1 never changes an array that a variable holds: it replaces it. Native code changes it in place, so nobody else may
be reading meanwhile. Runs that read, or write by replacing, pass the gate together; a run that writes in place passes
alone, or is told that it cannot, and then is done by tier 1.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def enabled() -> bool:
    """False if GRAPHRT_NATIVE=0: everything then runs on tier 1."""
    return os.environ.get("GRAPHRT_NATIVE") != "0"


def forced() -> bool:
    """True if GRAPHRT_NATIVE=force: native code is made before the first run, and its mistakes are errors."""
    return os.environ.get("GRAPHRT_NATIVE") == "force"


class Gate:
    """For one session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """A block that others may be in, too; waits while somebody writes in place."""
        with self._lock:
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    @contextmanager
    def exclusive(self) -> Iterator[bool]:
        """A block in which nobody else is, if its value is True; else the caller must not write in place."""
        with self._lock:
            yield self._inside == 0
