"""The forward pass: which ops compute something from the data, on the way to what a graph is for.

Training joins nearly every op of a graph to its gradients, its optimizer and its weight decay. Pictures leave such
edges out where they are many (arrange.py); what leads from the data to the loss is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphrt.view.kinds import CONSTANT, GRADIENT, OP, PLACEHOLDER, UPDATE, kind_of
from graphrt.view.records import OpRecord


def forward_ops(records: Sequence[OpRecord]) -> set[str]:
    """The names of the ops that compute from data, and not from gradients.

    Data is what is fed, read or drawn, or arrays of constants where nothing is fed. What is made of variables alone
    (weight decay) is none.
    """
    kinds = {op.name: kind_of(op) for op in records}
    users: dict[str, list[str]] = {op.name: [] for op in records}
    for op in records:
        for producer, _ in op.inputs:
            users[producer].append(op.name)
    backward = _reached((name for name, kind in kinds.items() if kind in (GRADIENT, UPDATE)), users, set())
    data = [op.name for op in records if kinds[op.name] == PLACEHOLDER or (kinds[op.name] == OP and op.stateful)]
    if PLACEHOLDER not in kinds.values():
        data += [op.name for op in records if kinds[op.name] == CONSTANT and _may_be_data(op)]
    return _reached(data, users, backward)


def _may_be_data(constant: OpRecord) -> bool:
    """Whether a constant may be what a script without placeholders learns from: no scalar, no axis, no shape."""
    tensor = constant.outputs[0]
    return "," in tensor.shape and (tensor.dtype != "int32" or ", " in tensor.shape)


def _reached(starts: Iterable[str], users: Mapping[str, list[str]], without: set[str]) -> set[str]:
    """The names in `starts` and all that use them, but for those in `without` and what only they lead to."""
    waiting = [name for name in starts if name not in without]
    found = set(waiting)
    while waiting:
        new = [user for user in users[waiting.pop()] if user not in found and user not in without]
        found.update(new)
        waiting += new
    return found
