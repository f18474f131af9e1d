"""Slot: where a session keeps the value of one variable."""

from __future__ import annotations

import threading
from typing import Any

from graphrt.graph.operation import Operation


class UninitializedVariableError(Exception):
    """A Slot was read before it got a value; the session turns this into FailedPreconditionError."""

    def __init__(self, op: Operation) -> None:
        super().__init__(op.name)
        self.op = op


class Slot:
    """The value of one variable in one session.

    Assigning replaces the array and never changes it in place, so that whoever read the old one may go on using it:
    runs in other threads see a value from before or after a write, never one half-way.
    """

    __slots__ = ("lock", "op", "value")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.value: Any = None
        self.lock = threading.RLock()

    @property
    def initialized(self) -> bool:
        return self.value is not None

    def read(self) -> Any:
        """The array; it must not be changed in place."""
        value = self.value
        if value is None:
            raise UninitializedVariableError(self.op)
        return value

    def assign(self, value: Any) -> None:
        """Replaces the array by a copy of ``value`` (which may be a fed array, or belong to another variable)."""
        own = value.copy() if hasattr(value, "copy") else value
        with self.lock:
            self.value = own

    def replace(self, value: Any) -> None:
        """Replaces the array by ``value``, which nobody else holds."""
        self.value = value
