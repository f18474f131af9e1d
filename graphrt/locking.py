"""Holding an object's lock while a method of it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def locked(method: F) -> F:
    """The method, run while ``self._lock`` is held.

    The lock is taken and given back on one line: whatever is raised in between by a signal handler or a tracer, which
    come between lines, nobody is left waiting for it.
    """

    @wraps(method)
    def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
        with self._lock: return method(self, *arguments, **keywords)  # fmt: skip  # noqa: E701

    return call  # type: ignore[return-value]
