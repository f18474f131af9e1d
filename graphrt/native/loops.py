"""Fused loops: a group of elementwise ops and reductions over one domain, as one kernel.

for each element of the domain (the outer axes one by one, the last axis a vector at a time):
    load the inputs (broadcast ones once, outside of the loops that they do not follow)
    compute the expressions
    store the outputs; add to the accumulators of the reductions
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from graphrt.native.builder import I64, Builder, Type, Value, constant, vector
from graphrt.native.expressions import ELEMENTS, Expression, Writer, inputs_of
from graphrt.native.kernel import Kernel, Lowering

_GRAIN = 4096  # elements of a loop over one axis that are worth a range of their own
_PRECISE = 1 << 15  # elements from which on a sum is made of the sums of blocks, which keeps its rounding errors small
_WORTH_PARTS = 1 << 20  # bytes that a reduction goes through
_PARTS = (16, 12, 10, 14, 8, 9, 15, 11, 13, 7, 6, 5)
_ACCUMULATORS = 4  # independent ones, since an addition takes four cycles
_IDENTITY = {"add": 0, "mul": 1, "or_": False, "and_": True}


@dataclass(frozen=True)
class Operand:
    """An array that a loop reads or writes: how far it is from one element of each axis of the domain to the next
    (0 where it is broadcast, or reduced), counted in elements."""

    strides: tuple[int, ...]
    dtype: str

    @property
    def element(self) -> Type:
        return ELEMENTS[self.dtype]


@dataclass(frozen=True)
class Sink:
    """A reduction at the end of a loop: ``how`` combines the values of ``expression`` over the axes in which the
    operand has stride 0; the result is then divided by ``divisor``."""

    how: str
    expression: Expression
    operand: Operand
    divisor: int = 1


@dataclass
class Loop:
    """What a fused loop does. Pointers are given in the order: inputs, outputs, reductions."""

    domain: tuple[int, ...]
    inputs: list[Operand]
    outputs: list[tuple[Expression, Operand]] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)

    def lowering(self, name: str) -> Lowering:
        """The kernel that runs it; of a long one that reduces its first axis, one that several threads can share.

        s[c] = sum over r of x[r, c]    ->    p[i, c] = sum over r of x[i, r, c];  s[c] = sum over i of p[i, c]
        """
        kernel = self.kernel(name)
        parts = _Shaped(self).parts() if kernel.bytes >= _WORTH_PARTS else 1
        return Lowering((kernel,)) if parts == 1 else _in_parts(self, kernel, parts)

    def kernel(self, name: str) -> Kernel:
        """The kernel that runs it, in one piece if it reduces its first axis."""
        shaped = _Shaped(self)
        elements = math.prod(self.domain)
        moved = sum(
            operand.element.bytes * _touched(self.domain, operand)
            for operand in [*self.inputs, *[o for _, o in self.outputs], *[s.operand for s in self.sinks]]
        )
        return Kernel(
            name,
            shaped.emit,
            count=shaped.count,
            flops=float(elements * shaped.operations),
            bytes=float(moved),
            grain=_GRAIN if shaped.any_size else 1,
            key=shaped.key(),
        )


def _in_parts(loop: Loop, whole: Kernel, parts: int) -> Lowering:
    """The loop with its first axis cut into ``parts``, whose results are then combined."""
    shaped = _Shaped(loop)
    length = shaped.domain[0] // parts

    def cut(operand: Operand, strides: Sequence[int]) -> Operand:
        return Operand((strides[0] * length, *strides), operand.dtype)

    sizes = [_touched(shaped.domain, Operand(tuple(s), "")) for s in shaped.sinks]
    split = Loop(
        (parts, length, *shaped.domain[1:]),
        [cut(o, s) for o, s in zip(loop.inputs, shaped.inputs, strict=True)],
        [(e, cut(o, s)) for (e, o), s in zip(loop.outputs, shaped.outputs, strict=True)],
        [
            replace(sink, operand=Operand((size, *strides), sink.operand.dtype), divisor=1)
            for sink, strides, size in zip(loop.sinks, shaped.sinks, sizes, strict=True)
        ],
    )
    before, count = len(loop.inputs) + len(loop.outputs), len(loop.sinks)
    kernels = [_given(split.kernel(whole.name), [*range(before), *range(before + count, before + 2 * count)])]
    for i, (sink, size) in enumerate(zip(loop.sinks, sizes, strict=True)):
        dtype = sink.operand.dtype
        value = sink.expression.tracer.input(0, dtype)
        total = Loop(
            (parts, size),
            [Operand((size, 1), dtype)],
            sinks=[Sink(sink.how, value, Operand((0, 1), dtype), sink.divisor)],
        )
        kernels.append(_given(total.kernel(f"{parts} parts of {whole.name}"), [before + count + i, before + i]))
    scratch = [parts * size * s.operand.element.bytes for s, size in zip(loop.sinks, sizes, strict=True)]
    return Lowering(tuple(kernels), tuple(scratch))


def _given(kernel: Kernel, chosen: Sequence[int]) -> Kernel:
    """The kernel for a list of pointers of which it wants only some."""

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        kernel.emit(b, [pointers[i] for i in chosen], begin, end)

    return replace(kernel, emit=emit, key=(kernel.key, tuple(chosen)))


def _touched(domain: Sequence[int], operand: Operand) -> int:
    return math.prod(size for size, stride in zip(domain, operand.strides, strict=True) if stride)


class _Shaped:
    """A loop with its axes merged where they lie one behind the other in every operand."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        operands = [*loop.inputs, *[o for _, o in loop.outputs], *[s.operand for s in loop.sinks]]
        self.domain, strides = _collapsed(loop.domain, [list(o.strides) for o in operands])
        counts = len(loop.inputs), len(loop.outputs)
        self.inputs = strides[: counts[0]]
        self.outputs = strides[counts[0] : counts[0] + counts[1]]
        self.sinks = strides[counts[0] + counts[1] :]
        self.elements = [o.element for o in operands]
        self.roots = [expression for expression, _ in loop.outputs] + [sink.expression for sink in loop.sinks]
        self.operations = max(1, _size(self.roots))
        self.inner = self.domain[-1]
        self.vectorized = self.inner > 1 and all(s[-1] in (0, 1) for s in strides)
        # Ranges of the first axis may be done at the same time, unless they add to the same result.
        cut = all(s[0] for s in self.sinks)
        # A loop over one axis that nothing is reduced over has the same code for every size.
        self.any_size = cut and len(self.domain) == 1 and self.inner > 1
        self.count = self.domain[0] if cut else 1

    def parts(self) -> int:
        """Into how many equal parts the first axis may be cut whose results must then be combined; 1: not at all."""
        length = self.domain[0]
        if self.count > 1 or not self.sinks or any(s[0] for s in self.sinks) or length < 2 * _PARTS[0]:
            return 1
        return next((parts for parts in _PARTS if length % parts == 0), 1)

    def lanes(self, b: Builder) -> int:
        """Elements of a step of the innermost loop: a full register of the widest type."""
        if not self.vectorized:
            return 1
        widest = max([t.bytes for t in self.elements] + [ELEMENTS[d].bytes for d in _types(self.roots)])
        return max(1, b.lanes * 4 // max(widest, 4))

    def key(self) -> Hashable:
        """Equal for loops whose code is equal."""
        order = _reachable(self.roots)
        number = {id(expression): i for i, expression in enumerate(order)}
        shown = tuple(
            [
                (
                    e.kind,
                    e.dtype.char,
                    *[("", number[id(a)]) if isinstance(a, Expression) else repr(a) for a in e.arguments],
                )
                for e in order
            ]
        )
        domain = None if self.any_size else tuple(self.domain)
        strides = tuple([tuple(s) for s in (*self.inputs, *self.outputs, *self.sinks)])
        sinks = tuple([(sink.how, sink.divisor) for sink in self.loop.sinks])
        roots = tuple([number[id(root)] for root in self.roots])
        return (shown, domain, strides, tuple(self.elements), roots, sinks)

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        _Emission(self, b, list(pointers), begin, end).run()


def _collapsed(domain: Sequence[int], strides: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """The domain without axes of one element, neighbouring axes merged where every operand allows it."""
    kept = [axis for axis, size in enumerate(domain) if size != 1]
    sizes = [domain[axis] for axis in kept]
    steps = [[s[axis] for axis in kept] for s in strides]
    axis = len(sizes) - 2
    while axis >= 0:
        if all(s[axis] == s[axis + 1] * sizes[axis + 1] for s in steps):
            sizes[axis : axis + 2] = [sizes[axis] * sizes[axis + 1]]
            for s in steps:
                del s[axis]
        axis -= 1
    if not sizes:
        return [1], [[0] for _ in strides]
    return sizes, steps


def _reachable(roots: Sequence[Expression]) -> list[Expression]:
    """All subexpressions, each after its arguments."""
    order: list[Expression] = []
    done: set[int] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        expression, ready = stack.pop()
        if id(expression) in done:
            continue
        if ready:
            done.add(id(expression))
            order.append(expression)
            continue
        stack.append((expression, True))
        stack.extend((a, False) for a in reversed(expression.arguments) if isinstance(a, Expression))
    return order


def _types(roots: Sequence[Expression]) -> set[str]:
    return {expression.dtype.char for expression in _reachable(roots)}


def _size(roots: Sequence[Expression]) -> int:
    return sum(expression.kind not in ("input", "constant") for expression in _reachable(roots))


class _Emission:
    """Writes one loop."""

    def __init__(self, shaped: _Shaped, b: Builder, pointers: list[Value], begin: Value, end: Value) -> None:
        self.s = shaped
        self.b = b
        self.begin, self.end = begin, end
        self.lanes = shaped.lanes(b)
        n_in, n_out = len(shaped.inputs), len(shaped.outputs)
        self.inputs, rest = pointers[:n_in], pointers[n_in:]
        self.outputs, self.sinks = rest[:n_out], rest[n_out:]
        self.used = inputs_of(shaped.roots)
        self.reachable = _reachable(shaped.roots)
        self.level = self._levels()
        # Sums that more than one pass of the innermost loop adds to go through memory.
        self.through_memory = [
            any(stride == 0 for stride in strides[:-1]) or (strides[-1] != 0 and any(s == 0 for s in strides))
            for strides in shaped.sinks
        ]

    def _levels(self) -> dict[int, int]:
        """0: a number for the whole loop; 1: one for each pass of the innermost loop; 2: one for each element."""
        level: dict[int, int] = {}
        for expression in self.reachable:
            if expression.kind == "input":
                strides = self.s.inputs[expression.arguments[0]]
                level[id(expression)] = 2 if strides[-1] else 1 if any(strides) else 0
            else:
                of_arguments = [level[id(a)] for a in expression.arguments if isinstance(a, Expression)]
                level[id(expression)] = max(of_arguments, default=-1)
        return level

    def run(self) -> None:
        self._initialize()
        constants = self._hoisted(0, self.inputs, {})
        self._outer(0, self.inputs, self.outputs, self.sinks, constants)
        self._finish()

    def _hoisted(self, level: int, inputs: Sequence[Value], known: dict[int, Value]) -> dict[int, Value]:
        """The values of ``level`` that deeper levels use: computed once as a number, then put into every lane."""
        wanted = [
            a
            for expression in self.reachable
            if self.level[id(expression)] > level
            for a in expression.arguments
            if isinstance(a, Expression) and self.level[id(a)] == level
        ]
        wanted += [root for root in self.s.roots if self.level[id(root)] == level]
        if not wanted:
            return known
        writer = Writer(self.b, 1, lambda i: self.b.load(self.s.elements[i], inputs[i]))
        # What an outer level knows is in every lane already: its first lane is the number.
        for expression in self.reachable:
            if id(expression) in known and self._used_by(expression, wanted):
                writer.written[id(expression)] = self.b.lane(known[id(expression)], 0)
        result = dict(known)
        for expression in wanted:
            if id(expression) not in result:
                result[id(expression)] = self.b.splat(writer.value(expression), self.lanes)
        return result

    @staticmethod
    def _used_by(expression: Expression, roots: Sequence[Expression]) -> bool:
        return any(e is expression for e in _reachable(roots))

    # -- loops ---------------------------------------------------------------------------------------------------------

    def _outer(
        self,
        axis: int,
        inputs: list[Value],
        outputs: list[Value],
        sinks: list[Value],
        known: dict[int, Value],
    ) -> None:
        b, s = self.b, self.s
        if axis == len(s.domain) - 1:
            known = self._hoisted(1, inputs, known)
            if s.any_size:
                self._innermost(self.begin, self.end, inputs, outputs, sinks, known)
            else:
                self._innermost(0, s.inner, inputs, outputs, sinks, known)
            return
        first = axis == 0 and s.count > 1
        with b.loop(self.begin if first else 0, self.end if first else s.domain[axis]) as loop:

            def moved(pointers: list[Value], strides: list[list[int]], first_type: int) -> list[Value]:
                return [
                    pointer
                    if not step[axis]
                    else self._advanced(pointer, self.s.elements[first_type + i], loop.index, step[axis])
                    for i, (pointer, step) in enumerate(zip(pointers, strides, strict=True))
                ]

            n_in, n_out = len(inputs), len(outputs)
            self._outer(
                axis + 1,
                moved(inputs, s.inputs, 0),
                moved(outputs, s.outputs, n_in),
                moved(sinks, s.sinks, n_in + n_out),
                known,
            )

    def _advanced(self, pointer: Value, element: Type, index: Value, stride: int) -> Value:
        b = self.b
        return b.element(pointer, element, b.mul(index, constant(I64, stride)) if stride != 1 else index)

    def _innermost(
        self,
        start: Value | int,
        stop: Value | int,
        inputs: list[Value],
        outputs: list[Value],
        sinks: list[Value],
        known: dict[int, Value],
    ) -> None:
        b = self.b
        row = _Row(self, inputs, outputs, sinks, known)
        reduced = [i for i, strides in enumerate(self.s.sinks) if not strides[-1]]
        accumulators = [self._start(i) for i in reduced]
        if not isinstance(start, int) or not isinstance(stop, int):
            # Ranges begin at whole vectors; only the last one may end within one.
            assert not isinstance(start, int) and not isinstance(stop, int)
            whole = b.and_(stop, constant(I64, -self.lanes)) if self.lanes > 1 else stop
            accumulators = self._steps(row, start, whole, 1, reduced, accumulators)
            if self.lanes > 1:
                with b.when(b.compare("lt", whole, stop)):
                    row.step(whole, b.mask(b.sub(stop, whole), self.lanes), reduced, [])
            return
        length = stop
        whole_length = length - length % self.lanes
        unroll = _ACCUMULATORS if reduced and whole_length >= _ACCUMULATORS * self.lanes else 1
        main = whole_length - whole_length % (unroll * self.lanes)
        if reduced and main >= _PRECISE:
            accumulators = self._precise(row, main, reduced, accumulators)
        elif main:
            accumulators = self._steps(row, 0, main, unroll, reduced, accumulators)
        if whole_length > main:
            accumulators = self._steps(row, main, whole_length, 1, reduced, accumulators)
        if whole_length < length:
            mask = b.mask(constant(I64, length - whole_length), self.lanes)
            accumulators = row.step(constant(I64, whole_length), mask, reduced, accumulators)
        for i, accumulator in zip(reduced, accumulators, strict=True):
            self._store(i, accumulator, sinks[i])

    def _precise(self, row: _Row, main: int, reduced: list[int], accumulators: list[Value]) -> list[Value]:
        """Blocks are summed by themselves, and then their sums."""
        b = self.b
        with b.loop(0, main, _PRECISE // 4, accumulators) as blocks:
            stop = b.minimum(b.add(blocks.index, constant(I64, _PRECISE // 4)), constant(I64, main))
            inside = self._steps(row, blocks.index, stop, _ACCUMULATORS, reduced, [self._start(i) for i in reduced])
            blocks.carry(
                [self._combined(i, total, part) for i, total, part in zip(reduced, blocks.carried, inside, strict=True)]
            )
        return blocks.results

    def _steps(
        self,
        row: _Row,
        start: Value | int,
        stop: Value | int,
        unroll: int,
        reduced: list[int],
        accumulators: list[Value],
    ) -> list[Value]:
        """Whole vectors; several accumulators a reduction if unrolled."""
        b = self.b
        carried = [*accumulators, *[self._start(i) for _ in range(unroll - 1) for i in reduced]]
        n = len(reduced)
        with b.loop(start, stop, unroll * self.lanes, carried) as loop:
            following: list[Value] = []
            for k in range(unroll):
                at = b.add(loop.index, constant(I64, k * self.lanes)) if k else loop.index
                following += row.step(at, None, reduced, loop.carried[k * n : (k + 1) * n])
            loop.carry(following)
        results = loop.results[:n]
        for k in range(1, unroll):
            results = [
                self._combined(i, x, y)
                for i, x, y in zip(reduced, results, loop.results[k * n : (k + 1) * n], strict=True)
            ]
        return results

    # -- reductions ----------------------------------------------------------------------------------------------------

    def _sink_element(self, i: int) -> Type:
        return self.s.elements[len(self.s.inputs) + len(self.s.outputs) + i]

    def _identity(self, i: int) -> int | float | bool:
        how, element = self.s.loop.sinks[i].how, self._sink_element(i)
        if how in _IDENTITY:
            return _IDENTITY[how]
        largest = math.inf if element.is_float else (1 << (element.bits - 1)) - 1
        return largest if how == "minimum" else -largest if element.is_float else -(1 << (element.bits - 1))

    def _start(self, i: int) -> Value:
        return constant(vector(self._sink_element(i), self.lanes), self._identity(i))

    def _combined(self, i: int, x: Value, y: Value) -> Value:
        combined: Value = getattr(self.b, self.s.loop.sinks[i].how)(x, y)
        return combined

    def _store(self, i: int, accumulator: Value, pointer: Value) -> None:
        """The end of a pass: the lanes become one, and that is added to the result or is it."""
        total = self.b.folded(accumulator, getattr(self.b, self.s.loop.sinks[i].how))
        if self.through_memory[i]:
            total = self._combined(i, self.b.load(total.type, pointer), total)
        else:
            total = self._divided(i, total)
        self.b.store(total, pointer)

    def _divided(self, i: int, value: Value) -> Value:
        divisor = self.s.loop.sinks[i].divisor
        return value if divisor == 1 else self.b.div(value, constant(value.type, divisor))

    def _initialize(self) -> None:
        for i, pointer in enumerate(self.sinks):
            if self.through_memory[i]:
                self._each(i, pointer, lambda value, i=i: constant(value.type, self._identity(i)), read=False)

    def _finish(self) -> None:
        for i, pointer in enumerate(self.sinks):
            if self.through_memory[i] and self.s.loop.sinks[i].divisor != 1:
                self._each(i, pointer, lambda value, i=i: self._divided(i, value), read=True)

    def _each(self, i: int, pointer: Value, change: Callable[..., Value], read: bool) -> None:
        """Changes the elements of a result (results are contiguous) that belong to this range of the first axis."""
        strides = self.s.sinks[i]
        if self.s.count == 1:
            size = math.prod(n for n, stride in zip(self.s.domain, strides, strict=True) if stride)
            self._change(pointer, self._sink_element(i), size, change, read)
            return
        with self.b.loop(self.begin, self.end) as loop:
            row = self._advanced(pointer, self._sink_element(i), loop.index, strides[0])
            self._change(row, self._sink_element(i), strides[0], change, read)

    def _change(self, pointer: Value, element: Type, size: int, change: Callable[..., Value], read: bool) -> None:
        b = self.b
        lanes = self.lanes if size >= self.lanes else 1
        for width, start, stop in ((lanes, 0, size - size % lanes), (1, size - size % lanes, size)):
            if start == stop:
                continue
            type = vector(element, width)
            with b.loop(start, stop, width) as loop:
                at = b.element(pointer, element, loop.index)
                b.store(change(b.load(type, at) if read else constant(type, 0)), at)


class _Row:
    """One pass of the innermost loop: where its operands begin, and what is known of them already."""

    def __init__(
        self,
        emission: _Emission,
        inputs: list[Value],
        outputs: list[Value],
        sinks: list[Value],
        known: dict[int, Value],
    ) -> None:
        self.e = emission
        self.inputs, self.outputs, self.sinks = inputs, outputs, sinks
        self.known = known

    def step(self, at: Value, mask: Value | None, reduced: list[int], accumulators: Sequence[Value]) -> list[Value]:
        """The elements from ``at`` on, as many as there are lanes (or as the mask says): the accumulators after it."""
        e, b, s = self.e, self.e.b, self.e.s

        def load(i: int) -> Value:
            stride = s.inputs[i][-1]
            type = vector(s.elements[i], e.lanes)
            index = at if stride == 1 else b.mul(at, constant(I64, stride))
            pointer = b.element(self.inputs[i], s.elements[i], index)
            return b.load(type, pointer) if mask is None else b.masked_load(type, pointer, mask)

        writer = Writer(b, e.lanes, load)
        writer.written.update(self.known)
        n_in = len(s.inputs)
        # Everything is read before anything is written: an output may lie where an input does.
        values = [writer.value(expression) for expression, _ in s.loop.outputs]
        reduced_values = [writer.value(sink.expression) for sink in s.loop.sinks]
        for i, value in enumerate(values):
            stride = s.outputs[i][-1]
            index = at if stride == 1 else b.mul(at, constant(I64, stride))
            self._write(value, b.element(self.outputs[i], s.elements[n_in + i], index), mask)
        following = []
        for i, value in enumerate(reduced_values):
            if i in reduced:
                if accumulators:
                    if mask is not None:
                        value = b.select(mask, value, e._start(i))
                    following.append(e._combined(i, accumulators[reduced.index(i)], value))
                continue
            stride = s.sinks[i][-1]
            index = at if stride == 1 else b.mul(at, constant(I64, stride))
            pointer = b.element(self.sinks[i], e._sink_element(i), index)
            if e.through_memory[i]:
                old = b.load(value.type, pointer) if mask is None else b.masked_load(value.type, pointer, mask)
                value = e._combined(i, old, value)
            else:
                value = e._divided(i, value)
            self._write(value, pointer, mask)
        return following

    def _write(self, value: Value, pointer: Value, mask: Value | None) -> None:
        if mask is None:
            self.e.b.store(value, pointer)
        else:
            self.e.b.masked_store(value, pointer, mask)
