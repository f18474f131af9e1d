"""Plans on top of plans: in a graph that grows with every run, each run plans the new nodes only.

    x = x + 1; sess.run(x)        again and again

needs one node more than the run before. Once that has been noticed (``growth.py``), such a run is a *stack*: stages
that are done one after another, each of some dozens of nodes, and each given what the one before it has made. The next
run stands on the same stages. What is run often becomes an ordinary plan.

Only what nothing can tell apart from an ordinary plan is stacked: pure nodes, constants, and variables, which are read
once, before the first stage.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.passes.key import PlanKey
from graphrt.plan.gate import Gate, value_of
from graphrt.plan.plan import Plan

NODES = 24
"""A stage of so many nodes is closed: the next one stands on it."""

_MOST_KEPT = 16 << 20  # bytes of a value that a memo keeps
_RUNS = 2  # runs after which a stack becomes an ordinary plan


class Stage(NamedTuple):
    """``function(*fed, *values of reads, *what the stage before has made)``."""

    function: Callable[..., tuple[Any, ...]]
    reads: tuple[Tensor, ...]


class Made(NamedTuple):
    """What ``stage`` has made, from these arrays of variables, when so many had been written over in their place."""

    stage: Stage
    variables: dict[Tensor, Any]
    written_over: int
    values: tuple[Any, ...]


class Memo:
    """What a stage that others stand on has made lately: the next run, which stands on the same, goes on from it.

    One value a session, that of the last stack that was run: a chain needs no more.
    """

    def __init__(self) -> None:
        self._last: Made | None = None

    def keep(self, made: Made) -> None:
        if sum(value.nbytes for value in made.values) <= _MOST_KEPT:
            self._last = made

    def found(
        self, stages: Sequence[Stage], variables: Mapping[Tensor, Any], written_over: int
    ) -> tuple[int, tuple[Any, ...]]:
        """How many of the stages need not be run, and what they would make."""
        last = self._last
        if last is None or last.written_over != written_over:
            return 0, ()
        if any(variables.get(read) is not value for read, value in last.variables.items()):
            return 0, ()
        # A stack stands on all of what the one before it stood on, and perhaps on that one.
        for number in range(len(stages), max(0, len(stages) - 2), -1):
            if stages[number - 1] is last.stage:
                return number, last.values
        return 0, ()


class Part(NamedTuple):
    """What has to be planned for some fetches: nodes, reads of variables, and the tensor that another stack makes."""

    nodes: int
    reads: tuple[Tensor, ...]
    below: Tensor | None


def part_of(
    fetches: Iterable[Tensor | Operation], fed: Collection[Tensor], made: Callable[[Tensor], bool]
) -> Part | None:
    """What has to be planned, where tensors that are ``made`` are given; None if that cannot be a stack."""
    stack: list[Operation] = []
    reads: dict[Tensor, None] = {}
    below: Tensor | None = None
    wanted: list[Tensor] = []
    for fetch in fetches:
        if isinstance(fetch, Operation) or fetch in fed or fetch.dtype.is_ref:
            return None
        wanted.append(fetch)
    seen: set[Operation] = set()
    while wanted or stack:
        if not wanted:
            wanted.extend(stack.pop()._inputs)
            continue
        tensor = wanted.pop()
        op = tensor.op
        if op in seen or tensor in fed:
            continue
        if made(tensor):
            if below not in (None, tensor):
                return None
            below = tensor
        elif _reads_variable(op):
            reads[tensor] = None
        elif _is_plain(op):
            seen.add(op)
            stack.append(op)
        else:
            return None
    return Part(len(seen), tuple(reads), below)


def _is_plain(op: Operation) -> bool:
    role = op.opdef.role
    if op._control_inputs or any(tensor.dtype.is_ref for tensor in (*op._inputs, *op._outputs)):
        return False
    return role in ("constant", "identity") or (not role and op.opdef.pure)


def _reads_variable(op: Operation) -> bool:
    if op.opdef.role != "identity" or op._control_inputs:
        return False
    source = op._inputs[0]
    return source.dtype.is_ref and source.op.opdef.role == "variable"


def stage_key(key: PlanKey, part: Part) -> PlanKey:
    """What the plan of the new nodes is for: what is given comes after what is fed."""
    return replace(key, feeds=(*key.feeds, *part.reads, *([] if part.below is None else [part.below])))


class Stacked:
    """What a session calls to run a stack: ``plan`` is that of its last stage.

    Args:
      below: the stages that it stands on.
      charge: is told how many bytes it keeps.
      whole: makes the ordinary plan that does the same.
      gate: the session's, for reading variables. state_of: gives the Slot of a variable. memo: the session's.
    """

    def __init__(
        self,
        plan: Plan,
        part: Part,
        below: Sequence[Stage],
        charge: Callable[[int], None],
        whole: Callable[[], Plan],
        gate: Gate,
        state_of: Callable[[Operation], Any],
        memo: Memo,
    ) -> None:
        self.plan = plan
        self.memo = memo
        self.nodes = part.nodes
        self.stages: tuple[Stage, ...] = (*below, Stage(plan.function, part.reads))
        self.closed = len(below) + (part.nodes >= NODES)  # so many stages others may stand on
        self.read_below = _reads(self.stages[: self.closed])
        reads = _reads(self.stages)
        self.slots = {read: state_of(read.op._inputs[0].op) for read in reads}
        self.charge = charge
        self.whole = whole
        self.gate = gate
        self.runs = 0
        self.kept: tuple[Any, ...] | None = None  # what it makes, if that is always the same

    def __call__(self, *fed: Any) -> tuple[Any, ...]:
        self.runs += 1
        if self.runs > _RUNS:
            return self.settle().call(*fed)
        if self.kept is not None:
            return tuple([value.copy()[()] for value in self.kept])  # the user's own
        try:
            return self._run(fed)
        except Exception:
            # Nothing has happened yet: the ordinary plan fails in the same way, and knows at which node.
            return self.settle().call(*fed)

    def _run(self, fed: Sequence[Any]) -> tuple[Any, ...]:
        gate, slots = self.gate, self.slots.values()
        with gate.lock: _here, held, count = gate.presence, [*map(value_of, slots)], gate.written_over  # fmt: skip  # noqa: E701
        # (What has no value raises; native code changes none of the others while ``_here`` lives.)
        values = {
            read: slot.read() if v is None else v for (read, slot), v in zip(self.slots.items(), held, strict=True)
        }
        first, made = (0, ()) if fed else self.memo.found(self.stages, values, count)
        for number, stage in enumerate(self.stages[first:], first + 1):
            made = stage.function(*fed, *[values[read] for read in stage.reads], *map(_as_array, made))
            if number == self.closed and values and not fed:
                below = {read: values[read] for read in self.read_below}
                self.memo.keep(Made(stage, below, count, _own(made)))
        if self.kept is None and self.nodes >= NODES and not fed and not values:
            self._keep(made)
        return tuple([value.copy()[()] for value in made]) if first == len(self.stages) else made

    def _keep(self, made: Sequence[Any]) -> None:
        """What depends on nothing is not computed again: neither here, nor for those that stand on it."""
        kept = self.kept = _own(made)
        self.charge(sum(value.nbytes for value in kept))
        self.stages = (Stage(lambda: kept, ()),)

    def settle(self) -> Plan:
        """Makes the plan an ordinary one, for who runs it often or looks at it."""
        if self.plan.call is self:
            vars(self.plan).update(vars(self.whole()))
        return self.plan


def _reads(stages: Iterable[Stage]) -> dict[Tensor, None]:
    return dict.fromkeys(read for stage in stages for read in stage.reads)


def _own(made: Iterable[Any]) -> tuple[Any, ...]:
    """What a stage has made, as arrays that nobody else has."""
    return tuple([_as_array(value).copy() for value in made])


def _as_array(value: Any) -> Any:
    """What a stage has made, as it is fed to the next one: scalars come as NumPy's, or as bytes."""
    if type(value) is not bytes:
        return np.asarray(value)
    array = np.empty((), object)
    array[()] = value
    return array
