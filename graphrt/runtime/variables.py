"""Slot: where a session keeps the value of one variable."""

from __future__ import annotations

from typing import Any

from graphrt.graph.operation import Operation


class UninitializedVariableError(Exception):
    """A Slot was read before it got a value; the session turns this into FailedPreconditionError."""

    def __init__(self, op: Operation) -> None:
        super().__init__(op.name)
        self.op = op


class Slot:
    """The value of one variable in one session.

    A run computes new arrays and commits them (plan/gate.py). Whoever reads an array must not change it; native code
    changes it in its place while nobody else is in the session.
    """

    __slots__ = ("op", "value")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.value: Any = None

    @property
    def initialized(self) -> bool:
        return self.value is not None

    def read(self) -> Any:
        """The array; it must not be changed in place."""
        value = self.value
        if value is None:
            raise UninitializedVariableError(self.op)
        return value
