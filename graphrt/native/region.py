"""A region: the steps between two calls of Python, as one native function.

    int64 region0(table, array, array...)

``table`` holds the pointers of every kernel, one block of them a kernel; those to the plan's own memory, to variables
and to constants are written into it beforehand. The arrays are those that are new in each run, fed values and results:
NumPy array objects, whose data pointers the region copies into the table. It returns 0, or the number (from 1) of the
step that found its inputs bad. Steps under a condition are done in a branch of the function.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from graphrt.native import threads
from graphrt.native.builder import I8, I64, PTR, Builder, Value, constant
from graphrt.native.fuse import Step
from graphrt.native.kernel import Kernel
from graphrt.native.work import Memory

DATA_OFFSET = 16
"""Where a NumPy array object keeps its data pointer: behind the reference count and the type (NumPy's C interface has
kept this since its beginning); ``assemble.py`` checks it before relying on it."""

_WORTH_SPLITTING = 40e-6  # seconds of work
_RANGES_A_THREAD = 4
_FLOPS, _PRODUCT_FLOPS, _BYTES = 20e9, 80e9, 15e9  # a second, of one core: what work is estimated by


@dataclass
class Pointer:
    """An entry of the table."""

    memory: Memory
    offset: int  # bytes


FLAG = Memory("flag", 8)


@dataclass
class Call:
    """One kernel of a step: its function, and where its pointers begin in the table, those to its conditions first."""

    kernel: Kernel
    function: str
    begin: int
    at: int
    pointers: int
    step: Step


@dataclass
class Module:
    """The text of all regions of a plan, and what belongs into their table."""

    lanes: int
    functions: dict[str, str] = field(default_factory=dict)  # text -> name
    known: dict[Hashable, str] = field(default_factory=dict)  # a kernel's key -> name
    declarations: dict[str, str] = field(default_factory=dict)
    table: list[Pointer] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    calls: list[list[Call]] = field(default_factory=list)
    given: list[list[Memory]] = field(default_factory=list)
    checked: list[Step] = field(default_factory=list)  # the steps that may find their inputs bad: 1, 2, ...

    def add(self, steps: Sequence[Step], kernels: Sequence[Sequence[tuple[Kernel, list[Pointer]]]]) -> list[Memory]:
        """Adds the region of these steps; returns the memories whose arrays it is given, in order."""
        calls = []
        for step, of_step in zip(steps, kernels, strict=True):
            for kernel, pointers in of_step:
                begin = len(self.table)
                self.table.extend(Pointer(array.memory, array.byte_offset) for array, _ in step.guard)
                function = self._function(kernel, len(pointers))
                calls.append(Call(kernel, function, begin, len(self.table), len(pointers), step))
                self.table.extend(pointers)
        self.calls.append(calls)
        given = _given(self.table[calls[0].begin :]) if calls else []
        self.given.append(given)
        self.regions.append(self._region(calls, given))
        return given

    def text(self) -> str:
        return "\n".join(
            [*self.declarations.values(), *[t.replace("@?", f"@{n}") for t, n in self.functions.items()], *self.regions]
        )

    def names(self) -> list[str]:
        """The regions' functions."""
        return [f"region{i}" for i in range(len(self.regions))]

    def _function(self, kernel: Kernel, pointers: int) -> str:
        """The function of a kernel; kernels whose code is equal share one."""
        if kernel.key is not None and kernel.key in self.known:
            return self.known[kernel.key]
        b = Builder("?", [PTR, I64, I64], lanes=self.lanes, linkage="internal")
        table, begin, end = b.arguments
        kernel.emit(b, [b.load(PTR, b.element(table, PTR, i)) for i in range(pointers)], begin, end)
        b.ret()
        self.declarations.update(b.declared)
        name = self.functions.setdefault(b.text(), f"kernel{len(self.functions)}")
        if kernel.key is not None:
            self.known[kernel.key] = name
        return name

    def _region(self, calls: Sequence[Call], given: Sequence[Memory]) -> str:
        b = Builder(f"region{len(self.regions)}", [PTR, *[PTR] * len(given)], lanes=self.lanes, returns="i64")
        table, arrays = b.arguments[0], b.arguments[1:]
        data = {id(m): b.load(PTR, b.element(a, I8, DATA_OFFSET)) for m, a in zip(given, arrays, strict=True)}
        first, last = (calls[0].begin, len(self.table)) if calls else (0, 0)
        for i in range(first, last):
            pointer = self.table[i]
            base = data.get(id(pointer.memory))
            if base is not None:
                address = b.element(base, I8, pointer.offset) if pointer.offset else base
                b.store(address, b.element(table, PTR, i))
        for together in self._together(calls):
            self._guarded(b, table, together)
        b.ret(constant(I64, 0))
        self.declarations.update(b.declared)
        return b.text()

    def _together(self, calls: Sequence[Call]) -> Iterable[Sequence[Call]]:
        """The calls by what is done in one branch. (None of them changes the conditions of another: what writes a
        variable comes after all who read what was there.)"""
        return [list(group) for _, group in itertools.groupby(calls, lambda call: call.step.guard)]

    def _guarded(self, b: Builder, table: Value, calls: Sequence[Call]) -> None:
        condition = self._condition(b, table, calls[0])
        if condition is None:
            for call in calls:
                self._call(b, table, call)
            return
        with b.when(condition):
            for call in calls:
                self._call(b, table, call)

    @staticmethod
    def _condition(b: Builder, table: Value, call: Call) -> Value | None:
        """Whether all conditions of a call hold. (One whose own conditions do not hold has no value; then another one
        of these does not hold.)"""
        condition = None
        for i, (_, wanted) in enumerate(call.step.guard):
            value = b.load(I8, b.load(PTR, b.element(table, PTR, call.begin + i)))
            holds = b.compare("ne" if wanted else "eq", value, constant(I8, 0))
            condition = holds if condition is None else b.and_(condition, holds)
        return condition

    def _call(self, b: Builder, table: Value, call: Call) -> None:
        kernel = call.kernel
        b.comment(kernel.name)
        context = b.element(table, PTR, call.at)
        ranges = split(kernel)
        if ranges > 1:
            grain = kernel.grain * -(-kernel.count // (ranges * kernel.grain))
            function = Value(f"@{call.function}", PTR)
            b.call("graphrt_parallel", function, context, constant(I64, kernel.count), constant(I64, grain))
        else:
            b.line(f"call void @{call.function}({context}, i64 0, i64 {kernel.count})")
        if kernel.checks:
            flag = b.load(PTR, b.element(table, PTR, call.at + call.pointers - 1))
            with b.when(b.compare("ne", b.load(I64, flag), constant(I64, 0))):
                b.store(constant(I64, 0), flag)
                if call.step not in self.checked:
                    self.checked.append(call.step)
                b.line(f"ret i64 {self.checked.index(call.step) + 1}")
                b.start(b.label("unreachable"))


def split(kernel: Kernel) -> int:
    """Into how many ranges the work of a kernel is cut."""
    if kernel.count < 2 or threads.count() < 2:
        return 1
    speed = _PRODUCT_FLOPS if kernel.products else _FLOPS
    if kernel.flops / speed + kernel.bytes / _BYTES < _WORTH_SPLITTING:
        return 1
    # Some ranges more than threads: a thread that is held up then holds up less. But BLAS packs what it reads anew for
    # each range.
    ranges = threads.count() if kernel.products else _RANGES_A_THREAD * threads.count()
    return max(1, min(kernel.count // kernel.grain, ranges))


def _given(pointers: Sequence[Pointer]) -> list[Memory]:
    found: dict[int, Memory] = {}
    for pointer in pointers:
        if pointer.memory.kind in ("feed", "output"):
            found.setdefault(id(pointer.memory), pointer.memory)
    return list(found.values())
