"""A plan's program again, for the shapes of the values that are fed: then everything that follows is known, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.opdef.opdef import OpDef
from graphrt.opdef.signature import Slot
from graphrt.opdef.static import static_value
from graphrt.passes import PIPELINE, run_pipeline
from graphrt.passes.base import Pass, PassReport
from graphrt.passes.bound_rows import BoundRows
from graphrt.passes.capture import capture
from graphrt.passes.fuse_updates import FuseUpdates
from graphrt.passes.hoist_invariants import HoistInvariants
from graphrt.passes.key import PlanKey
from graphrt.plan.recompute import Recompute

Signature = tuple[Any, ...]
"""What a plan is specialised on: the shape of each fed value, then the values of the fed conditions."""


def conditions(feeds: Sequence[Tensor]) -> list[int]:
    """The feeds that are specialised by value: bools which decide what runs (``training``, say), if they are single
    ones; placeholders are often declared without a shape."""
    bools = [i for i, tensor in enumerate(feeds) if tensor.dtype.base_dtype.name == "bool"]
    return [i for i in bools if feeds[i].shape.rank in (0, None)]


def specialized(
    key: PlanKey, signature: Signature, memory_limit: int | None = None, running: Collection[Operation] = ()
) -> tuple[Program, list[PassReport]]:
    """The program of ``key`` after the passes, with the shapes and conditions of ``signature``; with a limit, what it
    computes twice to keep that.

    ``running`` are the user's nodes that may run without these shapes. Where only the shape of a node's value is
    needed, nothing needs the node any more once shapes are known; but if it may refuse what it is given (an index out
    of range), it must still do so, and if it draws random numbers, its stream moves on.
    """
    program = _captured(key, key.fetches, signature)
    mattering = {}
    if running:
        mattering = _origins(program, [op for op in program.operations() if _matters(op) and _may_run(program, op)])
    program, reports = _rewritten(program, key, memory_limit)
    if mattering:
        kept = _origins(program, program.operations())
        lost = [op for op in running if op in mattering and op not in kept]
        if lost:
            return _rewritten(_captured(key, (*key.fetches, *lost), signature), key, memory_limit)
    return program, reports


def _origins(program: Program, operations: Iterable[Operation]) -> dict[Operation, None]:
    """The user's nodes that these stand for."""
    return dict.fromkeys(origin for op in operations for origin in program.origins.get(op, ()))


def _may_run(program: Program, op: Operation) -> bool:
    """False if a condition that is fed keeps the node from running."""
    return all(p.op.opdef.role != "constant" or p.op.attrs["value"] == taken for p, taken in program.guard(op))


def _matters(op: Operation) -> bool:
    """True if it makes a difference whether the node runs, also where nobody needs its value."""
    return _may_refuse(op) or op.opdef.advances


def _may_refuse(op: Operation) -> bool:
    """True if the node may find the values that it is given bad, though their shapes are right: it is there to check,
    or it has integers among its inputs that say where (indices), or how much (sizes) and are not known beforehand."""
    opdef = op.opdef
    if opdef.role or not opdef.pure:
        return False
    return opdef.checks or any(
        tensor.dtype.is_integer and _may_be_bad(op, opdef.slot_of(op, i), tensor) for i, tensor in enumerate(op._inputs)
    )


def _may_be_bad(op: Operation, slot: Slot, tensor: Tensor) -> bool:
    if not _only_integers(op.opdef, slot):
        return False
    # Shape functions check sizes that are known, and no indices.
    return static_value(tensor) is None if slot.host else static_value(op._outputs[0]) is None


def _only_integers(opdef: OpDef, slot: Slot) -> bool:
    """True if an input can be of no other type: then it is not what is computed with."""
    if slot.dtype is not None:
        return slot.dtype.is_integer
    allowed = opdef.allowed.get(slot.type_attr or "")
    return allowed is not None and all(dtype.is_integer for dtype in allowed)


def _captured(key: PlanKey, fetches: Sequence[Tensor | Operation], signature: Signature) -> Program:
    feeds = key.feeds
    given = zip(conditions(feeds), signature[len(feeds) :], strict=True)
    values = {i: np.array(value) for i, value in given if signature[i] == ()}
    return capture(fetches, feeds, signature[: len(feeds)], values, key.done)


def _rewritten(program: Program, key: PlanKey, memory_limit: int | None) -> tuple[Program, list[PassReport]]:
    # Native code updates every variable in its place: there is nothing to gather. And it computes in its own memory.
    pipeline: list[Pass] = [step for step in PIPELINE if not isinstance(step, (FuseUpdates, HoistInvariants))]
    pipeline.append(BoundRows())
    if memory_limit is not None:
        pipeline.append(Recompute(memory_limit, in_place=True, warns=False))
    return run_pipeline(program, replace(key, options=replace(key.options, optimize=True)), pipeline)


def operations_of(program: Program) -> list[Operation]:
    """The nodes that compute something."""
    return [op for op in program.operations() if not op.opdef.role and op.outputs]
