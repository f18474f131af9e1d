"""The rewriting pipeline, in the order in which it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from graphrt.graph.program import Program
from graphrt.graph.verify import verify
from graphrt.passes.base import Pass, PassReport
from graphrt.passes.fold_constants import FoldConstants
from graphrt.passes.fuse_updates import FuseUpdates
from graphrt.passes.key import PlanKey
from graphrt.passes.merge_equal import MergeEqual
from graphrt.passes.refine_shapes import RefineShapes
from graphrt.passes.remove_identities import RemoveIdentities
from graphrt.passes.rules import Rules
from graphrt.passes.sink_controls import SinkControls

PIPELINE: tuple[Pass, ...] = (
    SinkControls(),
    RemoveIdentities(),
    FoldConstants(limit=1 << 20),
    RefineShapes(),
    Rules(),
    MergeEqual(),
    FuseUpdates(),
)


def run_pipeline(
    program: Program, key: PlanKey, pipeline: Sequence[Pass] | None = None
) -> tuple[Program, list[PassReport]]:
    """``program`` after every pass that the key's options leave on, and what each pass did."""
    reports: list[PassReport] = []
    options = key.options
    if not options.optimize:
        return program, reports
    if options.verify:
        verify(program)
    for step in PIPELINE if pipeline is None else pipeline:
        name = type(step).__name__
        if name in options.disabled_passes:
            continue
        before = len(program.operations())
        started = time.perf_counter()
        program = step(program, key)
        elapsed = time.perf_counter() - started
        if options.verify:
            verify(program)
        reports.append(PassReport(name, before, len(program.operations()), elapsed, program.notes))
        program.notes = []
    return program, reports
