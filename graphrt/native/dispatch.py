"""When native code is made for a plan, and how a run finds it.

A plan starts on tier 1, its generated Python. When it has been run twice with values of the same shapes, native code
for these shapes is made in the background; once it is ready, runs with such values use it (which shapes keep theirs
where there are many: kinds.py). A plan on large variables is compiled before its first run. A plan whose nodes decide
shapes, which are known only when these have run, is cut there (segments.py). ``GRAPHRT_NATIVE`` may say otherwise:

    0       no native code            1, or not set    as above
    force   native code is made before the first run, and whatever goes wrong with it is an error: for tests
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from graphrt.backends.blas import BLAS_THREADS
from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.native.assemble import Native, Unbound, assemble
from graphrt.native.background import COMPILER
from graphrt.native.background import idle as idle
from graphrt.native.expressions import CannotLower
from graphrt.native.kinds import Kind, Kinds
from graphrt.native.lower import lower
from graphrt.native.mode import forced
from graphrt.native.segments import Segments, openers
from graphrt.native.specialize import Signature, conditions, operations_of, specialized
from graphrt.native.target import host, installed_memory
from graphrt.native.work import Hosted
from graphrt.passes.key import PlanKey
from graphrt.plan.cut import cut
from graphrt.plan.gate import Gate
from graphrt.plan.live_bytes import nbytes
from graphrt.plan.plan import Plan

_HEAVY = 1 << 22  # elements of variables from which on native code is made before the first run
_MOMENT = 2e-4  # seconds
_LARGEST = 5000  # nodes of a plan: compiling takes some milliseconds for each
_NODES, _ELEMENTS = 5, 4096  # a plan of fewer nodes on fewer elements stays in Python, where calling costs less
_MOST_HOSTED = 4  # times as many nodes in Python as in native code: more, and copying from one to the other is a loss
_BYTES = 45_000  # that a step of native code takes: machine code, the lowered program, texts (by tracemalloc)


class Tiered:
    """What a session calls to run a plan: native code where there is any for the values, else tier 1.

    ``mode`` is "auto", or "on": native code for whatever can have it, made before the first run.
    """

    def __init__(
        self,
        plan: Plan,
        gate: Gate,
        state_of: Callable[[Operation], Any],
        mode: str,
        charge: Callable[[int], None] = lambda more: None,
        part: Callable[[PlanKey], Plan] | None = None,
    ) -> None:
        self.plan = plan
        self.part = part  # makes the plan of a part of this one
        self.charge = charge  # is told how many bytes more it holds
        self.gate = gate
        self.state_of = state_of
        self.at_once = mode == "on" or forced()
        self.kinds = Kinds(self._give_back)
        self.segments: dict[Signature, Segments] = {}  # by the values of the conditions, if the plan is cut
        self.conditions = conditions(plan.key.feeds)

    def __call__(self, *fed: Any) -> tuple[Any, ...]:
        signature = self._signature(fed)
        kind = self.kinds.get(signature)
        native = kind.native if kind is not None else None
        if native is not None:
            kind.lately += 1  # type: ignore[union-attr]
            result = self._natively(native, fed)
        else:
            result = self._not_yet(signature, fed)
        return self.plan.run(*fed) if result is None else result

    def _not_yet(self, signature: Signature, fed: Sequence[Any]) -> tuple[Any, ...] | None:
        """A run for which there is no native code as a whole; None if tier 1 must do it."""
        values = signature[len(fed) :]
        if values not in self.segments:
            native = self._missing(signature)
            if native is not None:
                return self._natively(native, fed)
        segments = self.segments.get(values)
        if segments is None:
            return None
        if not segments.pays and self.segments.pop(values, None) is segments:
            self.part = None
            segments.forget()
            return None
        return segments.call(fed)

    def _signature(self, fed: Sequence[Any]) -> Signature:
        """What decides whether native code fits these values. A condition that is fed as no scalar decides nothing."""
        signature: Signature = tuple([value.shape for value in fed])
        if self.conditions:
            signature += tuple([not fed[i].ndim and bool(fed[i]) for i in self.conditions])
        return signature

    def specialization(self, fed: Sequence[Any]) -> Kind | None:
        """That for values such as these, made now if nobody has asked for it yet; None if the plan is cut for them."""
        signature = self._signature(fed)
        kind = self.kinds.get(signature)
        if kind is None and signature[len(fed) :] not in self.segments:
            kind = self.kinds[signature] = Kind()
        if kind is not None and kind.native is None and not kind.refused:
            self.kinds.ask(kind)
            self.make(signature, kind)
        return self.kinds.get(signature)

    def _natively(self, native: Native, fed: Sequence[Any]) -> tuple[Any, ...] | None:
        """A run by native code; None if tier 1 must do it this time."""
        if native.products:
            BLAS_THREADS.for_product(0)
        try:
            return native.call(fed)
        except Unbound:
            return None

    def _heavy(self) -> bool:
        """True if its variables are so large that one run by tier 1, which makes new arrays of all of them, takes as
        long as compiling, and sets the process's peak of memory."""
        if sum(op.outputs[0].shape.num_elements() or 0 for op in self.plan.variables) < _HEAVY:
            return False
        slots = [self.state_of(self.plan.program.origin(op)) for op in self.plan.variables]
        return all(slot.value is not None for slot in slots)

    def _missing(self, signature: Signature) -> Native | None:
        kind = self.kinds.came(signature)
        at_once = self.at_once or (kind.runs == 1 and self._heavy())
        if COMPILER.needs_python:
            # Python's lock would go to and fro: some steps wait a moment, and native code is there in half the time.
            time.sleep(_MOMENT)
        if self.kinds.is_due(kind, at_once):
            self.kinds.ask(kind)
            if at_once:
                self.make(signature, kind)
            else:
                COMPILER.add(self, signature, kind)
        return kind.native

    def _give_back(self, kind: Kind) -> None:
        """Lets go of native code that has lost its place. Runs that are at it go on, and free it when they end."""
        native, kind.native = kind.native, None
        if native is not None:
            native.give_back()
            self.charge(-kind.bytes)

    def forget(self) -> None:
        """Gives up all native code, also what is only wanted yet. Runs that are at it go on."""
        kinds, self.kinds = self.kinds, Kinds(self._give_back)
        for kind in kinds.values():
            if kind.native is not None:
                kind.native.give_back()
        segments, self.segments = self.segments, {}
        for parts in segments.values():
            parts.forget()

    def make(self, signature: Signature, kind: Kind) -> None:
        """Makes the native code, if there can be any, and nobody has forgotten meanwhile that it was wanted."""
        if self.kinds.get(signature) is not kind:
            return
        if signature[len(self.plan.key.feeds) :] in self.segments:  # cut meanwhile, for another kind's sake
            self.kinds.pop(signature, None)
            return
        started = time.perf_counter()
        try:
            native = self._made(signature)
            if native is None:
                self.kinds.pop(signature, None)
                return
            assert native.code is not None
            self.plan.add_lines(native.code, native.lowered.program, native.lines, as_long_as=native)
            kind.bytes = native.arena_size + _BYTES * len(native.steps)
            kind.native = native
            if self.kinds.get(signature) is kind:
                self.charge(kind.bytes)
        except (CannotLower, ImportError, NotImplementedError) as error:
            kind.refused = str(error)
            kind.refused_at = getattr(error, "node", None)
        except Exception as error:
            # Tier 1 computes the same: a mistake of the compiler's must not end a user's run.
            kind.refused = "".join(traceback.format_exception_only(error)).strip()
            if forced() or self.plan.key.options.strict:
                raise
        kind.seconds = time.perf_counter() - started

    def _made(self, signature: Signature) -> Native | None:
        """Native code; None if the plan has been cut instead."""
        native = self._assembled(signature)
        limit = self.plan.key.options.memory_limit
        if native is not None and limit is not None and native.bytes > limit:
            smaller = self._assembled(signature, limit)
            if smaller is not None and smaller.bytes < native.bytes:
                native = smaller
        if COMPILER.stopping:
            raise CannotLower("the process is ending")
        COMPILER.needs_python = False
        if native is not None:
            native.compile()
        return native

    def _cut(self, program: Program) -> Segments | None:
        """The plan in parts, if it has nodes that decide the shapes of many others."""
        deciding = openers(program) if self.part is not None else []
        parts = cut(self.plan.key, self.plan.program, deciding) if deciding else None
        if parts is None or self.part is None:
            return None
        slots = [self.state_of(op) for op in parts.reads]
        first, rest = [self._segment(key) for key in (parts.first, parts.rest)]
        return Segments(parts, deciding, first, rest, self.gate, slots)

    def _segment(self, key: PlanKey) -> Tiered:
        assert self.part is not None
        plan = self.part(key)
        plan.share_lines(self.plan)
        return Tiered(plan, self.gate, self.state_of, "on" if self.at_once else "auto", self.charge, self.part)

    def _running(self) -> list[Operation]:
        """The user's nodes that tier 1 runs, if their conditions hold."""
        program = self.plan.program
        return [origin for op in program.operations() for origin in program.origins.get(op, ())]

    def _assembled(self, signature: Signature, memory_limit: int | None = None) -> Native | None:
        try:
            program, reports = specialized(self.plan.key, signature, memory_limit, self._running())
        except ValueError as error:
            # The shapes do not fit each other: running it says so, at the node.
            raise CannotLower(str(error)) from error
        operations = operations_of(program)
        elements = sum(t.shape.num_elements() or 0 for op in operations for t in op.outputs)
        if len(operations) < _NODES and elements < _ELEMENTS and not self.at_once:
            raise CannotLower("it is too small to gain by native code")
        if len(operations) > _LARGEST and not self.at_once:
            raise CannotLower(f"its {len(operations)} nodes would take minutes to compile")
        largest = max((nbytes(t) for op in operations for t in op.outputs), default=0)
        if largest > installed_memory():
            # Native code may do without the array, and be busy for hours: tier 1 says at once that it does not fit.
            raise CannotLower("one of its values is larger than this machine's memory")
        segments = self._cut(program)
        if segments is not None:
            self.segments[signature[len(self.plan.key.feeds) :]] = segments
            return None
        lowered = lower(program)
        hosted = sum(isinstance(node, Hosted) for node in lowered.nodes)
        if hosted > _MOST_HOSTED * (len(lowered.nodes) - hosted) and not self.at_once:
            raise CannotLower(f"{hosted} of its {len(lowered.nodes)} nodes have no native code")
        native = assemble(lowered, host().lanes, self.state_of, self.gate)
        native.reports = reports
        program.finish()
        return native
