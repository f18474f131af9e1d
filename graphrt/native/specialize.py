"""A plan's program again, for the shapes of the values that are fed: then everything that follows is known, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes import PIPELINE, run_pipeline
from graphrt.passes.base import Pass, PassReport
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
    key: PlanKey, signature: Signature, memory_limit: int | None = None
) -> tuple[Program, list[PassReport]]:
    """The program of ``key`` after the passes, with the shapes and conditions of ``signature``; with a limit, what it
    computes twice to keep that."""
    feeds = key.feeds
    given = zip(conditions(feeds), signature[len(feeds) :], strict=True)
    values = {i: np.array(value) for i, value in given if signature[i] == ()}
    program = capture(key.fetches, feeds, signature[: len(feeds)], values)
    # Native code updates every variable in its place: there is nothing to gather. And it computes in its own memory.
    pipeline: list[Pass] = [step for step in PIPELINE if not isinstance(step, (FuseUpdates, HoistInvariants))]
    if memory_limit is not None:
        pipeline.append(Recompute(memory_limit, in_place=True, warns=False))
    return run_pipeline(program, replace(key, options=replace(key.options, optimize=True)), pipeline)


def operations_of(program: Program) -> list[Operation]:
    """The nodes that compute something."""
    return [op for op in program.operations() if not op.opdef.role and op.outputs]
