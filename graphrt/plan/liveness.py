"""Which node uses a value last, and which values share memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphrt.graph.operation import Operation, Tensor


def last_uses(order: Sequence[Operation], kept: Iterable[Tensor]) -> dict[Operation, list[Tensor]]:
    """For each node, the tensors that nothing after it needs (``kept`` are needed to the end)."""
    kept_set = set(kept)
    last: dict[Tensor, Operation] = {}
    for op in order:
        for tensor in op._inputs:
            last[tensor] = op
        for tensor in op._outputs:
            last.setdefault(tensor, op)
    result: dict[Operation, list[Tensor]] = {}
    for tensor, op in last.items():
        if tensor not in kept_set:
            result.setdefault(op, []).append(tensor)
    return result
