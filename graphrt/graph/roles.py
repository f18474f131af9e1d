"""What a node's role means: said once, for all who go through a program node by node.

Whoever runs, prints or lowers a program says what each role becomes for it; which node has which role, and which nodes
do nothing at all, is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from graphrt.errors import InvalidArgumentError
from graphrt.graph.operation import Operation
from graphrt.shapes import as_shape, brackets


class ByRole(ABC):
    """Visits nodes by their roles."""

    def visit(self, op: Operation) -> None:
        """Calls the method of the node's role; none for a node that only others wait for (a group, say)."""
        role = op.opdef.role
        if role in ("", "placeholder"):
            if op._outputs or op.opdef.kernel_function is not None:
                self.compute(op)
        elif role == "constant":
            self.constant(op)
        elif role == "identity":
            self.identity(op)
        elif role == "variable":
            self.variable(op)
        elif role == "choose":
            self.choose(op)
        elif role == "join":
            self.join(op)
        elif role != "feed":  # what is fed is there already
            raise NotImplementedError(f"{op.type} has the role {role!r}, which no program holds")

    @abstractmethod
    def constant(self, op: Operation) -> None:
        """The output is ``op.attrs["value"]``."""

    @abstractmethod
    def identity(self, op: Operation) -> None:
        """The output is the input; if that is a reference, the value of its version."""

    @abstractmethod
    def variable(self, op: Operation) -> None:
        """The output is the variable's value from before the run, which may be absent."""

    @abstractmethod
    def choose(self, op: Operation) -> None:
        """The output is input 2 where input 0 is true, else input 1. Only one of the two need be there."""

    @abstractmethod
    def join(self, op: Operation) -> None:
        """The output is input 1, if the node that makes it has run, else input 0."""

    @abstractmethod
    def compute(self, op: Operation) -> None:
        """The outputs are what the kernel returns: one value, or as many as there are outputs. Of a write these
        include the versions that it makes."""


def foreign(op: Operation) -> bool:
    """True if the node runs somebody else's code, waits, or shows something outside: what a run has written until then
    must be there for everyone to see. A check does not: the run that it ends has written nothing."""
    opdef = op.opdef
    if opdef.blocking:
        return True
    if opdef.checks:
        return False
    return opdef.has_effect and not opdef.writes and not any(t.dtype.is_ref for t in op._inputs)


def decided(predicate: Any) -> bool:
    """The truth of what decides which nodes run.

    Raises:
      InvalidArgumentError: if it is no scalar: an array of one element is none either.
    """
    if predicate.ndim:
        shape = brackets(as_shape(predicate.shape))
        raise InvalidArgumentError(
            None, None, f"the condition must be a scalar: it decides which branch runs, but it has the shape {shape}"
        )
    return bool(predicate)
