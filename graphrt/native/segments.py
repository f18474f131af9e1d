"""A plan that is cut where shapes become known: where that is worth it, and how its parts run.

See plan/cut.py for what the parts are. Each is a plan of its own, in Python first, with native code for the shapes that
come often; those of the second part include what the first part has made.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING, Any

from graphrt.graph.accesses import needs_of
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.plan.cut import Parts, as_fed
from graphrt.plan.gate import Gate, value_of

if TYPE_CHECKING:
    from graphrt.native.dispatch import Tiered

_WORTHWHILE = 6  # nodes in Python for want of a shape: fewer are not worth a cut
_MOST_KINDS = 16  # of shapes that the rest has met beyond twice those of the feeds: it meets ever new ones


def openers(program: Program) -> list[Operation]:
    """The user's nodes that decide shapes, if many others would stay in Python for want of these. Those that use what
    others of them make are left out: they are in the rest, which may be cut in its turn."""
    nothing = frozenset[Operation]()
    deciding: dict[Tensor, frozenset[Operation]] = {}  # of a tensor whose shape is unknown: what decides it
    above: dict[Operation, frozenset[Operation]] = {}  # the deciding nodes that a node depends on in any way
    followers: dict[Operation, int] = {}
    for op in program.operations():
        computes = not op.opdef.role
        mine = nothing.union(*[deciding[tensor] for tensor in op._inputs if tensor in deciding])
        above[op] = nothing.union(*[above[need] for need in needs_of(program, op)])
        for opener in mine:
            followers[opener] += computes
        unknown = [tensor for tensor in op._outputs if _is_unknown(tensor)]
        if unknown and computes and not mine:
            followers[op] = 0
            mine = frozenset([op])
        deciding.update(dict.fromkeys(unknown, mine))
        if op in followers:
            above[op] |= {op}
    chosen = {op for op, count in followers.items() if count >= _WORTHWHILE}
    first = [op for op in followers if op in chosen and above[op] & chosen == {op}]
    return list(dict.fromkeys(origin for op in first for origin in program.origins.get(op, ())))


def _is_unknown(tensor: Tensor) -> bool:
    return not tensor.shape.is_fully_defined() and tensor.dtype.base_dtype.numpy.kind in "fiub"


class Segments:
    """The two parts of a plan. ``first`` and ``rest`` are called as plans are; ``openers`` are the user's nodes that
    decide the shapes between them; ``slots``: of the variables whose values must not change meanwhile."""

    def __init__(
        self,
        parts: Parts,
        openers: Sequence[Operation],
        first: Tiered,
        rest: Tiered,
        gate: Gate,
        slots: Sequence[Any],
    ) -> None:
        self.openers = openers
        self.first = first
        self.rest = rest
        self.first_feeds = parts.first_feeds
        self.rest_feeds = parts.rest_feeds
        self.gate = gate
        self.slots = slots

    def call(self, fed: Sequence[Any]) -> tuple[Any, ...] | None:
        """One run; None if it must be begun anew, in one piece, and nothing has been seen of it outside."""
        given = [fed[i] for i in self.first_feeds]
        if not self.slots:
            return self._rest(fed, self.first(*given))
        with self.gate.lock: here, before = self.gate.presence, [*map(value_of, self.slots)]  # fmt: skip  # noqa: E701
        made = self.first(*given)
        # (While the lock is held nobody writes: what has not been written until now is what the rest reads.)
        with self.gate.lock: del here; return self._rest(fed, made) if self._still(before) else None  # fmt: skip  # noqa: E701, E702

    def _still(self, before: Sequence[Any]) -> bool:
        return all(map(is_, map(value_of, self.slots), before))

    def _rest(self, fed: Sequence[Any], made: Sequence[Any]) -> tuple[Any, ...]:
        return self.rest(*[fed[i] for i in self.rest_feeds], *map(as_fed, made))

    @property
    def pays(self) -> bool:
        """False if the shapes between the parts change with every run."""
        return self.rest.kinds.met <= _MOST_KINDS + 2 * self.first.kinds.met

    def forget(self) -> None:
        self.first.forget()
        self.rest.forget()
