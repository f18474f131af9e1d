"""Where in the arena each value lies: values that are never needed at the same time share memory."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

from graphrt.native.fuse import Step, operand_covers
from graphrt.native.lower import Array, Memory

_ALIGNMENT = 64


def planned(steps: Sequence[Step], scratch: Sequence[Sequence[Memory]]) -> int:
    """Decides the offset of each value in the arena, and of the scratch buffers of each step: the arena's size."""
    last: dict[Memory, int] = {}
    for i, step in enumerate(steps):
        for memory in (*step.reads, *step.writes):
            last[memory] = i
    _overwrite(steps, last)
    lives: dict[Memory, list[int]] = {}
    for i, (step, buffers) in enumerate(zip(steps, scratch, strict=True)):
        for memory in (*step.reads, *step.writes, *buffers):
            owner = memory.owner()
            if owner.kind == "arena":
                life = lives.setdefault(owner, [i, i])
                life[1] = i
    return _placed(lives.items())


def _overwrite(steps: Sequence[Step], last: dict[Memory, int]) -> None:
    """Lets outputs take over the memory of inputs that die where they are made."""
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


def _placed(lives: Iterable[tuple[Memory, list[int]]]) -> int:
    """Gives each memory, the longest-lived large ones first, the lowest place that is free during its life."""
    placed: list[tuple[int, int, Memory, list[int]]] = []
    top = 0
    for memory, life in sorted(lives, key=lambda item: (-item[0].size, item[1])):
        size = -(-max(memory.size, 1) // _ALIGNMENT) * _ALIGNMENT
        at = 0
        for begin, end, _, other in placed:
            if other[1] < life[0] or other[0] > life[1]:
                continue
            if at + size <= begin:
                break
            at = max(at, end)
        memory.offset = at
        bisect.insort(placed, (at, at + size, memory, life), key=lambda row: row[:2])
        top = max(top, at + size)
    return top
