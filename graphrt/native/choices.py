"""Where branches meet: each side of a choice is made where the result lies.

    if p:      a = MatMul(x, w); c = a            if p:      c = MatMul(x, w)
    if not p:  b = MatMul(x, v); c = b     ->     if not p:  c = MatMul(x, v)

Lowering has written a copy for each side. They never both run, so they may be one memory all along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphrt.graph.operation import Tensor
from graphrt.native.work import Array, Lowered, Memory, Node, without


@dataclass
class Choice:
    """A copy of one side, all of which is made under the very condition of the copy."""

    copy: Node
    side: Array
    output: Array


def chosen_in_place(lowered: Lowered, choices: Sequence[Choice]) -> Lowered:
    """``lowered`` without the copies that are not needed."""
    versions = {memory for join in lowered.joins.values() for memory in (join.before, join.written)}
    versions |= {array.memory for array in lowered.commits.values()}
    versions |= {o.memory for node in lowered.nodes if node.replaces for o in node.outputs if isinstance(o, Array)}
    moved: dict[Memory, Memory] = {}
    gone: list[Node] = []
    for choice in choices:
        side, output = choice.side, choice.output
        if side.memory.kind == "arena" and side.whole and side.memory not in versions and side.memory not in moved:
            moved[side.memory] = output.memory
            gone.append(choice.copy)
    if not moved:
        return lowered

    def place(value: Array | Tensor) -> Array | Tensor:
        return placed(value) if isinstance(value, Array) else value

    def placed(array: Array) -> Array:
        memory = array.memory
        while memory in moved:
            memory = moved[memory]
        return array if memory is array.memory else replace(array, memory=memory)

    for node in lowered.nodes:
        node.inputs = [place(value) for value in node.inputs]
        node.outputs = [place(value) for value in node.outputs]
        node.guard = tuple([(placed(array), wanted) for array, wanted in node.guard])
    return without(lowered, {node.position: node.after for node in gone})
