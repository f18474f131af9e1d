"""A plan in two: what has to run before some shapes are known, and the rest, which is given what the first part made.

    y = py_func(f, [relu(x @ v)]); loss = mean((y @ w) ** 2); train = minimize(loss)          (nobody knows y's shape)
    ->  first:  (x) -> y                      rest:  (x, y) -> train                           fed with y

The cut is made in the user's graph, by what makes it simple there: whatever is fed takes the place of its computation.
So the rest is a plan like any other whose feeds are tensors that the first part has computed, and its native code is
made for the shapes that were observed. What has run already (``PlanKey.done``) it does not wait for.

The first part is what the nodes that decide shapes need, and what has an effect, or is there to check something, and
would run before them: nothing is seen from outside in another order than without a cut. Constants, variables and
what follows from shapes belong to both. See docs/decisions/0180-plans-are-cut-where-shapes-become-known.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program, needed
from graphrt.graph.roles import foreign
from graphrt.passes.capture import conditional
from graphrt.passes.key import PlanKey
from graphrt.plan.schedule import scheduled


@dataclass(frozen=True)
class Parts:
    """Two plans that do together what one did.

    Attributes:
      first, rest: what they are for. The fetches of ``first`` are fed to ``rest`` after some of the plan's feeds.
      first_feeds, rest_feeds: which of the plan's feeds each is given, by number.
      reads: the variables whose values ``first`` uses, unless something foreign in it may write them: then nobody may
        write them until the rest has read its own. Empty: they need not be of one moment.
    """

    first: PlanKey
    rest: PlanKey
    first_feeds: tuple[int, ...]
    rest_feeds: tuple[int, ...]
    reads: tuple[Operation, ...]


def cut(key: PlanKey, program: Program, openers: Collection[Operation]) -> Parts | None:
    """The parts of a plan around the user's nodes that decide shapes; None if it cannot be cut there.

    ``program`` is the one that the plan runs: its order says what has been seen from outside when the openers run.
    """
    return _Cutting(key, program, openers).parts()


class _Cutting:
    def __init__(self, key: PlanKey, program: Program, openers: Collection[Operation]) -> None:
        self.key = key
        self.fed = frozenset(key.feeds)
        self.needed = needed(key.fetches, set(key.feeds), key.done)
        self.targets = self._targets(program, openers)
        before = needed(list(self.targets), set(key.feeds), key.done)
        self.before = dict.fromkeys(before)
        self.both = self._in_both()
        self.done = frozenset(op for op in before if op not in self.both)

    def _targets(self, program: Program, openers: Collection[Operation]) -> dict[Operation, None]:
        """The openers, and what is seen from outside before the last of them."""
        position = {
            user: i for i, op in enumerate(scheduled(program)) for user in reversed(program.origins.get(op, ()))
        }
        last = max((position.get(op, -1) for op in openers), default=-1)
        seen = [op for op in self.needed if _is_seen(op) and position.get(op, last) < last]
        there = set(self.needed)
        return dict.fromkeys(op for op in (*seen, *openers) if op in there)

    def _in_both(self) -> set[Operation]:
        """What both parts may have for themselves: it is there before anything runs, or follows from shapes."""
        known: set[Operation] = set()
        others: set[Operation] = set()
        for op in self.needed:
            opdef, role = op.opdef, op.opdef.role
            follows = all(tensor.op in known and tensor not in self.fed for tensor in op._inputs)
            if role == "variable" or (role == "identity" and not follows):
                others.add(op)
            elif (
                role in ("constant", "placeholder", "identity")
                or (opdef.pure and opdef.static_rule is not None)
                or (follows and opdef.pure and not opdef.checks)
            ):
                known.add(op)
        return known | others

    def parts(self) -> Parts | None:
        key = self.key
        rest = self._rest()
        if not self.targets or any(op.opdef.writes for op in self.done) or not rest:
            return None
        boundary = self._boundary(rest)
        if boundary is None:
            return None
        reads = tuple(op for op in self.before if op.opdef.role == "variable")
        if any(foreign(op) for op in self.done):
            reads = ()
        elif reads and any(op.opdef.blocking for op in rest):
            return None  # others would have to wait for whom it waits for
        first_feeds = self._feeds_of(self.before, ())
        rest_feeds = self._feeds_of(rest, key.fetches)
        feeds = key.feeds
        without_value = [op for op in self.targets if not any(t in boundary for t in op._outputs)]
        return Parts(
            replace(key, fetches=(*boundary, *without_value), feeds=tuple(feeds[i] for i in first_feeds)),
            replace(
                key,
                fetches=tuple(e for e in key.fetches if e not in self.done),
                feeds=(*(feeds[i] for i in rest_feeds), *boundary),
                done=key.done | self.done,
            ),
            first_feeds,
            rest_feeds,
            reads,
        )

    def _rest(self) -> list[Operation]:
        """The nodes that are still to run, or that what is still to run has for itself."""
        wanted = [e for e in self.key.fetches if isinstance(e, Operation) and e not in self.done]
        tensors = [e for e in self.key.fetches if isinstance(e, Tensor) and e.op not in self.done]
        made = {t for op in self.done for t in op._outputs}
        return needed([*wanted, *tensors], self.fed | made, self.key.done | self.done)

    def _boundary(self, rest: Sequence[Operation]) -> dict[Tensor, None] | None:
        """The tensors that the rest is given; None if one of them cannot be handed over."""
        wanted: Iterable[Tensor] = [e for e in self.key.fetches if isinstance(e, Tensor)]
        crossing = [t for t in (*wanted, *(t for op in rest for t in op._inputs)) if t.op in self.done]
        boundary = dict.fromkeys(t for t in crossing if t not in self.fed)
        if any(t.dtype.is_ref for t in boundary):
            return None
        if any(op.opdef.role == "switch" for op in self.done):
            # What exists only if a branch is taken cannot be handed over, nor can its condition.
            sometimes = conditional(self.key.fetches, self.key.feeds, self.key.done)
            across = [t.op for t in boundary] + [c for op in rest for c in op._control_inputs if c in self.done]
            if any(op in sometimes for op in across):
                return None
        return boundary

    def _feeds_of(self, operations: Iterable[Operation], fetches: Iterable[Tensor | Operation]) -> tuple[int, ...]:
        used = {t for op in operations for t in op._inputs} | {e for e in fetches if isinstance(e, Tensor)}
        return tuple(i for i, feed in enumerate(self.key.feeds) if feed in used)


def _is_seen(op: Operation) -> bool:
    return foreign(op) or op.opdef.checks


def as_fed(value: Any) -> Any:
    """What a plan has made, as it is fed to another one: scalars come as NumPy's, or as bytes."""
    if type(value) is not bytes:
        return np.asarray(value, order="C")
    array = np.empty((), object)
    array[()] = value
    return array
