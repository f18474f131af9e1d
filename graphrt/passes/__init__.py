"""The rewriting pipeline, in the order in which it runs.

A rewrite that fails never kills a run. A rule that raises has changed nothing yet: it is left out at that node. A pass
that raises may have changed half of what it wanted: the program is captured anew, and the pipeline runs without that
pass. Either way there is a warning, and ``explain`` says what was left out and why. (``strict`` lets it raise.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from graphrt.graph.program import Program
from graphrt.graph.verify import verify
from graphrt.passes.base import Pass, PassReport
from graphrt.passes.fold_constants import FoldConstants
from graphrt.passes.fuse_updates import FuseUpdates
from graphrt.passes.hoist_invariants import HoistInvariants
from graphrt.passes.key import PlanKey
from graphrt.passes.merge_equal import MergeEqual
from graphrt.passes.refine_shapes import RefineShapes
from graphrt.passes.remove_identities import RemoveIdentities
from graphrt.passes.resolve_conditions import ResolveConditions
from graphrt.passes.rules import Rules
from graphrt.passes.sink_controls import SinkControls
from graphrt.source import warn

PIPELINE: tuple[Pass, ...] = (
    SinkControls(),
    RemoveIdentities(),
    FoldConstants(limit=1 << 20),
    ResolveConditions(),
    RefineShapes(),
    Rules(),
    MergeEqual(),
    HoistInvariants(),
    FuseUpdates(),
)


def run_pipeline(
    program: Program,
    key: PlanKey,
    pipeline: Sequence[Pass] | None = None,
    again: Callable[[], Program] | None = None,
) -> tuple[Program, list[PassReport]]:
    """``program`` after every pass that the key's options leave on, and what each pass did.

    ``again`` captures the program anew, which is needed after a pass has failed; without it, a failure is raised.
    """
    options = key.options
    if not options.optimize or len(program.operations()) < options.least_nodes:
        return program, []
    steps = [p for p in (PIPELINE if pipeline is None else pipeline) if _name(p) not in options.disabled_passes]
    if options.verify:
        verify(program)
    failed: list[PassReport] = []
    while True:
        reports: list[PassReport] = []
        for step in steps:
            try:
                program = _applied(step, program, key, reports)
            except Exception as error:
                if options.strict or options.verify or again is None:
                    raise
                failed.append(PassReport(_name(step), 0, 0, 0.0, failures=[repr(error)]))
                warn(f"graphrt: the pass {_name(step)} failed and was left out: {error!r}", RuntimeWarning)
                steps.remove(step)
                program = again()
                break
        else:
            return program, reports + failed


def _applied(step: Pass, program: Program, key: PlanKey, reports: list[PassReport]) -> Program:
    """The program after one pass, whose report is added to the others."""
    name = _name(step)
    before = len(program.operations())
    started = time.perf_counter()
    program = step(program, key)
    after = len(program.operations())
    elapsed = time.perf_counter() - started
    if key.options.verify:
        verify(program)
    reports.append(PassReport(name, before, after, elapsed, program.notes, program.fired, program.failures))
    for failure in program.failures:
        warn(f"graphrt: a rewrite failed and was left out: {failure}", RuntimeWarning)
    program.notes, program.fired, program.failures = [], [], []
    return program


def _name(step: Pass) -> str:
    return type(step).__name__


def without(key: PlanKey, **options: object) -> PlanKey:
    """The key with some options changed."""
    return replace(key, options=replace(key.options, **options))  # type: ignore[arg-type]
