"""When native code is made for a plan, and how a run finds it.

A plan starts on tier 1, its generated Python. When it has been run twice with values of the same shapes, native code
for these shapes is made in the background; once it is ready, runs with such values use it. A plan on large variables
is compiled before its first run. ``GRAPHRT_NATIVE`` may say otherwise:

    0       no native code            1, or not set    as above
    force   native code is made before the first run, and whatever goes wrong with it is an error: for tests
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from graphrt.backends.blas import BLAS_THREADS
from graphrt.graph.operation import Operation
from graphrt.native.assemble import Native, Unbound, assemble
from graphrt.native.compiler import give_way
from graphrt.native.expressions import CannotLower
from graphrt.native.gate import Gate, forced
from graphrt.native.lower import lower
from graphrt.native.specialize import Signature, conditions, operations_of, specialized
from graphrt.native.target import host, installed_memory
from graphrt.native.work import Hosted
from graphrt.plan.live_bytes import nbytes
from graphrt.plan.plan import Plan

_HEAVY = 1 << 22  # elements of variables from which on native code is made before the first run
_MOMENT = 2e-4  # seconds
_RUNS = 2  # runs with values of the same shapes before native code is made for them
_MOST = 8  # kinds of shapes for which one plan has native code
_LARGEST = 5000  # nodes of a plan: compiling takes some milliseconds for each
_NODES, _ELEMENTS = 5, 4096  # a plan of fewer nodes on fewer elements stays in Python, where calling costs less


class Specialization:
    """The native code of a plan for values of certain shapes: wanted, being made, there, or not possible."""

    def __init__(self) -> None:
        self.runs = 0
        self.asked = False
        self.native: Native | None = None
        self.refused = ""  # why there is none
        self.seconds = 0.0  # what making it took


class Tiered:
    """What a session calls to run a plan: native code where there is any for the values, else tier 1.

    ``mode`` is "auto", or "on": native code for whatever can have it, made before the first run.
    """

    def __init__(self, plan: Plan, gate: Gate, state_of: Callable[[Operation], Any], mode: str) -> None:
        self.plan = plan
        self.gate = gate
        self.state_of = state_of
        self.at_once = mode == "on" or forced()
        self.kinds: dict[Any, Specialization] = {}
        self.native: dict[Any, Native] = {}
        self.conditions = conditions(plan.key.feeds)

    def __call__(self, *fed: Any) -> tuple[Any, ...]:
        signature = self._signature(fed)
        native = self.native.get(signature)
        if native is None:
            native = self._missing(signature)
        if native is not None:
            result = self._natively(native, fed)
            if result is not None:
                return result
        if not self.plan.variables:
            return self.plan.function(*fed)
        with self.gate:
            return self.plan.function(*fed)

    def _signature(self, fed: Sequence[Any]) -> Signature:
        """What decides whether native code fits these values. A condition that is fed as no scalar decides nothing."""
        signature: Signature = tuple([value.shape for value in fed])
        if self.conditions:
            signature += tuple([not fed[i].ndim and bool(fed[i]) for i in self.conditions])
        return signature

    def specialization(self, fed: Sequence[Any]) -> Specialization:
        """That for values such as these, made now if nobody has asked for it yet."""
        signature = self._signature(fed)
        kind = self.kinds.get(signature)
        if kind is None:
            kind = self.kinds[signature] = Specialization()
        if kind.native is None and not kind.refused:
            kind.asked = True
            self.make(signature, kind)
        return kind

    def _natively(self, native: Native, fed: Sequence[Any]) -> tuple[Any, ...] | None:
        """A run by native code; None if tier 1 must do it this time."""
        if native.products:
            BLAS_THREADS.for_product(0)
        try:
            if not native.slots:
                return native.call(fed)
            gate = self.gate
            if native.writes_variables:
                with gate.alone:
                    return native.call(fed) if gate.empty else None
            with gate:
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
        kind = self.kinds.get(signature)
        if kind is None:
            if len(self.kinds) >= _MOST and not self._forgotten():
                return None
            kind = self.kinds[signature] = Specialization()
        kind.runs += 1
        at_once = self.at_once or (kind.runs == 1 and self._heavy())
        if COMPILER.needs_python:
            # Python's lock would go to and fro: some steps wait a moment, and native code is there in half the time.
            time.sleep(_MOMENT)
        if kind.asked or (kind.runs < _RUNS and not at_once):
            return kind.native
        kind.asked = True
        if at_once:
            self.make(signature, kind)
        else:
            COMPILER.add(self, signature, kind)
        return kind.native

    def _forgotten(self) -> bool:
        """Makes room for another kind by forgetting one that native code has not been asked for; False: there is none.

        Shapes that come once must not keep those that come often from native code.
        """
        for signature, kind in list(self.kinds.items()):
            if not kind.asked:
                self.kinds.pop(signature, None)
                return True
        return False

    def make(self, signature: Signature, kind: Specialization) -> None:
        """Makes the native code, if there can be any."""
        started = time.perf_counter()
        try:
            native = self._made(signature)
            assert native.code is not None
            self.plan.sources[native.code] = (native.lowered.program, native.lines)
            kind.native = native
            self.native[signature] = native
        except (CannotLower, ImportError, NotImplementedError) as error:
            kind.refused = str(error)
        except Exception as error:
            # Tier 1 computes the same: a mistake of the compiler's must not end a user's run.
            kind.refused = "".join(traceback.format_exception_only(error)).strip()
            if forced() or self.plan.key.options.strict:
                raise
        kind.seconds = time.perf_counter() - started

    def _made(self, signature: Signature) -> Native:
        native = self._assembled(signature)
        limit = self.plan.key.options.memory_limit
        if limit is not None and native.bytes > limit:
            smaller = self._assembled(signature, limit)
            if smaller.bytes < native.bytes:
                native = smaller
        if COMPILER.stopping:
            raise CannotLower("the process is ending")
        COMPILER.needs_python = False
        native.compile()
        return native

    def _running(self) -> list[Operation]:
        """The user's nodes that tier 1 runs whatever the conditions are."""
        program = self.plan.program
        return [
            origin for op in program.operations() if not program.guard(op) for origin in program.origins.get(op, ())
        ]

    def _assembled(self, signature: Signature, memory_limit: int | None = None) -> Native:
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
        lowered = lower(program)
        hosted = sum(isinstance(node, Hosted) for node in lowered.nodes)
        if 2 * hosted > len(lowered.nodes) and not self.at_once:
            raise CannotLower(f"{hosted} of its {len(lowered.nodes)} nodes have no native code")
        native = assemble(lowered, host().lanes, self.state_of)
        native.reports = reports
        return native


class _Compiler:
    """Makes native code in the background, one plan after another."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Tiered, Any, Specialization]] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._unfinished = 0
        self.needs_python = False  # it is at work, and not yet at what LLVM does by itself
        self.stopping = False  # the process is ending: nothing new is begun
        self._done = threading.Condition(self._lock)

    def add(self, tiered: Tiered, signature: Any, kind: Specialization) -> None:
        with self._lock:
            self._unfinished += 1
            self._queue.put((tiered, signature, kind))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="graphrt-compiler", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        give_way()
        while True:
            tiered, signature, kind = self._queue.get()
            self.needs_python = True
            try:
                tiered.make(signature, kind)
            finally:
                self.needs_python = False
                with self._done:
                    self._unfinished -= 1
                    self._done.notify_all()

    def idle(self, timeout: float | None = None) -> bool:
        """Waits until there is nothing to be made; False if it takes longer than ``timeout`` seconds."""
        with self._done:
            return self._done.wait_for(lambda: self._unfinished == 0, timeout)

    def stop(self) -> None:
        """Called when the process ends: LLVM must not be at work while it is taken down."""
        self.stopping = True
        with self._lock:
            waiting = self._unfinished
            while not self._queue.empty():
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    break
                waiting -= 1
            self._unfinished = min(self._unfinished, max(waiting, 0))
        self.idle(timeout=10)


COMPILER = _Compiler()
atexit.register(COMPILER.stop)


def idle(timeout: float | None = None) -> bool:
    """Waits until all native code that was asked for has been made; False after ``timeout`` seconds."""
    return COMPILER.idle(timeout)
