"""Gate: who may use a session's variables at the same time.

Tier 1 never changes an array that a variable holds: it replaces it. Native code changes it in place, so nobody else may
be reading meanwhile. Runs that read, or write by replacing, pass the gate together; a run that writes in place passes
alone, or is told that it cannot, and then is done by tier 1.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from graphrt import forking


def enabled() -> bool:
    """False if GRAPHRT_NATIVE=0: everything then runs on tier 1."""
    return os.environ.get("GRAPHRT_NATIVE") != "0"


def forced() -> bool:
    """True if GRAPHRT_NATIVE=force: native code is made before the first run, and its mistakes are errors."""
    return os.environ.get("GRAPHRT_NATIVE") == "force"


class Gate:
    """For one session. Runs are inside it (``with gate:``), or hold ``alone`` while they write in place."""

    def __init__(self) -> None:
        self._reset_after_fork()
        forking.reset_after_fork(self)

    def _reset_after_fork(self) -> None:
        self.alone = threading.Lock()
        self._inside = 0

    def enter(self) -> None:
        """Joins those that do not write in place; waits while somebody does."""
        with self.alone:
            self._inside += 1

    def leave(self) -> None:
        with self.alone:
            self._inside -= 1

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *error: object) -> None:
        self.leave()

    def passed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with the gate around it."""

        def inside(*arguments: Any) -> Any:
            with self:
                return function(*arguments)

        return inside

    @property
    def empty(self) -> bool:
        """True if nobody is inside: who holds ``alone`` may then write in place."""
        return self._inside == 0
