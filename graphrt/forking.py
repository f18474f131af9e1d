"""What a child process of ``fork`` must not inherit.

A child has one thread, the one that forked. Locks that other threads held stay locked in it for ever, work that they
were at is never finished, and their threads are gone. Who keeps any of these registers itself here, and begins anew in
the child, before anything else runs there.
"""

from __future__ import annotations

import os
import weakref
from typing import Any, Protocol


class Resettable(Protocol):
    """What can begin anew; it needs a ``__weakref__`` slot if it has slots."""

    def _reset_after_fork(self) -> None: ...


_objects: weakref.WeakSet[Any] = weakref.WeakSet()


def reset_after_fork(object: Resettable) -> None:
    """Lets the child of every later fork call ``object._reset_after_fork()``, for as long as the object lives.

    The thread that forked goes on in the child, and may itself be inside the object: what belongs to that thread
    (a lock that it holds) must stay as it is.
    """
    _objects.add(object)


def _in_child() -> None:
    for object in list(_objects):
        object._reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
