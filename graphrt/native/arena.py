"""Where in the arena each value lies: values that are never needed at the same time share memory."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphrt.native.fuse import Step, operand_covers
from graphrt.native.work import Array, Guard, Memory

_ALIGNMENT = 64
_NEARLY = 1.02  # times the least possible size: good enough
_MOST_PLACED_AGAIN = 1000  # memories; placing takes quadratic time


def planned(steps: Sequence[Step], scratch: Sequence[Sequence[Memory]]) -> int:
    """Decides the offset of each value in the arena, and of the scratch buffers of each step: the arena's size."""
    last: dict[Memory, int] = {}
    for i, step in enumerate(steps):
        for memory in (*step.reads, *step.writes):
            last[memory] = i
    _overwrite(steps, last)
    lives: dict[Memory, Life] = {}
    for i, (step, buffers) in enumerate(zip(steps, scratch, strict=True)):
        for memory in (*step.reads, *step.writes, *buffers):
            owner = memory.owner()
            if owner.kind == "arena":
                life = lives.setdefault(owner, Life(i, i, step.guard))
                life.last = i
                life.guard = tuple([condition for condition in life.guard if condition in step.guard])
    return _placed(lives.items())


@dataclass
class Life:
    """The steps in which a memory is used, first and last, and the conditions that hold in all of them."""

    first: int
    last: int
    guard: Guard = ()

    def meets(self, other: Life) -> bool:
        """True if both are used at the same time in some run: memories of two branches, of which one runs, are not."""
        if other.last < self.first or other.first > self.last:
            return False
        return not any((array, not wanted) in other.guard for array, wanted in self.guard)


def _overwrite(steps: Sequence[Step], last: dict[Memory, int]) -> None:
    """Lets outputs take over the memory of inputs that die where they are made."""
    guards: dict[Memory, set[Guard]] = {}
    for step in steps:
        for memory in step.writes:
            guards.setdefault(memory, set()).add(step.guard)
    for i, step in enumerate(steps):
        if step.hosted is not None:
            continue
        pairs = _loop_pairs(step) if step.loop is not None else _called_pairs(step)
        taken: set[int] = set()
        for source, output in pairs:
            if source.memory.owner().kind != "arena" or output.memory.kind != "arena" or output.memory.host is not None:
                continue
            owner = source.memory.owner()
            if id(owner) in taken or owner is output.memory or not (source.whole and output.whole):
                continue
            if len(guards[output.memory]) > 1:
                continue  # it may be written before this step, in a run where this step is not done
            if owner.size != output.memory.size or last.get(owner, -1) != i or output.memory not in step.writes:
                continue
            if sum(a.memory.owner() is owner for a in step.arrays) != 1:
                continue
            output.memory.host = owner
            last[owner] = last[output.memory]
            taken.add(id(owner))


def _loop_pairs(step: Step) -> Iterable[tuple[Array, Array]]:
    loop = step.loop
    assert loop is not None
    count = len(loop.inputs)
    outputs = step.arrays[count : count + len(loop.outputs)]
    for output in outputs:
        for source in step.arrays[:count]:
            if operand_covers(source, loop.domain) and source.dtype.itemsize == output.dtype.itemsize:
                yield source, output


def _called_pairs(step: Step) -> Iterable[tuple[Array, Array]]:
    called = step.called
    if called is None:
        return
    for i, o in called.lowering.overwrites:
        source, output = called.inputs[i], called.outputs[o]
        if isinstance(source, Array) and isinstance(output, Array):
            yield source, output


def least(lives: Iterable[tuple[Memory, Life]]) -> int:
    """Bytes that are needed at once at some time, if all conditions held: without any, no placement takes less."""
    changes: dict[int, int] = defaultdict(int)
    for memory, life in lives:
        changes[life.first] += _size(memory)
        changes[life.last + 1] -= _size(memory)
    return max(itertools.accumulate(change for _, change in sorted(changes.items())), default=0)


def _size(memory: Memory) -> int:
    return -(-max(memory.size, 1) // _ALIGNMENT) * _ALIGNMENT


Placement = list[tuple[int, Memory]]
_Order = Callable[[tuple[Memory, Life]], Any]

_ORDERS: tuple[_Order, ...] = (
    lambda item: (-item[0].size, item[1].first, item[1].last),
    lambda item: (-item[0].size * (item[1].last - item[1].first + 1), item[1].first, item[1].last),
    lambda item: (item[1].first - item[1].last, -item[0].size, item[1].first),
    lambda item: (item[1].first, item[1].last, -item[0].size),
)
"""In which the memories are placed: large ones first; large and long-lived; long-lived; those first needed."""


def _placed(lives: Iterable[tuple[Memory, Life]]) -> int:
    """Decides every offset: the best of several placements, if the first is not nearly as good as can be."""
    items = list(lives)
    enough = least(items) * _NEARLY
    best, found = _first_fit(sorted(items, key=_ORDERS[0]))
    if len(items) <= _MOST_PLACED_AGAIN:
        for order in _ORDERS[1:]:
            if best <= enough:
                break
            top, places = _first_fit(sorted(items, key=order))
            if top < best:
                best, found = top, places
    for offset, memory in found:
        memory.offset = offset
    return best


def _first_fit(items: Sequence[tuple[Memory, Life]]) -> tuple[int, Placement]:
    """Gives each memory, one after another, the lowest place that is free during its life."""
    placed: list[tuple[int, int, Memory, Life]] = []
    top = 0
    for memory, life in items:
        size = _size(memory)
        at = 0
        for begin, end, _, other in placed:
            if not life.meets(other):
                continue
            if at + size <= begin:
                break
            at = max(at, end)
        bisect.insort(placed, (at, at + size, memory, life), key=lambda row: row[:2])
        top = max(top, at + size)
    return top, [(begin, memory) for begin, _, memory, _ in placed]
