"""Builder: writes one function in LLVM's textual IR.

Values are in SSA form from the start, and vectors are explicit, so that no optimisation passes are needed: LLVM only
selects instructions and registers. That keeps compiling at some milliseconds a kernel.

    b = Builder("axpy", [PTR, PTR, I64])
    x, y, n = b.arguments
    with b.loop(0, n, 16) as loop:
        at = b.element(x, F32, loop.index)
        b.store(b.add(b.load(vector(F32, 16), at), ...), at)
    b.text()
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Type:
    """An LLVM type: an element type, alone (``lanes`` is 1) or in a vector."""

    element: str
    lanes: int = 1

    def __str__(self) -> str:
        return self.element if self.lanes == 1 else f"<{self.lanes} x {self.element}>"

    @property
    def bits(self) -> int:
        """Bits of an element."""
        return {"float": 32, "double": 64, "ptr": 64}.get(self.element) or int(self.element[1:])

    @property
    def bytes(self) -> int:
        """Bytes of an element in memory."""
        return (self.bits + 7) // 8

    @property
    def is_float(self) -> bool:
        return self.element in ("float", "double")

    def of(self, element: Type) -> Type:
        """As many lanes of another element type."""
        return Type(element.element, self.lanes)


F32, F64, I1, I8, I16, I32, I64, PTR = (
    Type(name) for name in ("float", "double", "i1", "i8", "i16", "i32", "i64", "ptr")
)


def vector(element: Type, lanes: int) -> Type:
    """``lanes`` elements side by side; one lane is the element itself."""
    return Type(element.element, lanes)


@dataclass(frozen=True)
class Value:
    """A value in SSA form: its name (or a constant) and its type."""

    name: str
    type: Type

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


Number = int | float | bool


def constant(type: Type, number: Number) -> Value:
    """A constant, in every lane."""
    one = _literal(type, number)
    if type.lanes == 1:
        return Value(one, type)
    return Value(f"splat ({type.element} {one})", type)


def constants(type: Type, numbers: Sequence[Number]) -> Value:
    """A vector constant with one number a lane."""
    return Value("<" + ", ".join(f"{type.element} {_literal(type, n)}" for n in numbers) + ">", type)


def _literal(type: Type, number: Number) -> str:
    if type.element == "i1":
        return "true" if number else "false"
    if type.element == "float":
        # LLVM wants a float constant as the bits of the double that equals it.
        rounded = struct.unpack("<f", struct.pack("<f", number))[0] if abs(number) < 3.4028235677973366e38 else number
        return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
    if type.element == "double":
        return f"0x{struct.unpack('<Q', struct.pack('<d', float(number)))[0]:016X}"
    if type.element == "ptr":
        return "null"
    return str(int(number))


@dataclass
class Loop:
    """A loop that is being written: its index, the carried values of this iteration, and (after it) their results."""

    index: Value
    carried: list[Value]
    following: list[Value] | None = None
    results: list[Value] = field(default_factory=list)

    def carry(self, values: Sequence[Value]) -> None:
        """What the carried values are in the next iteration."""
        self.following = list(values)


class Builder:
    """One function; ``text()`` is its IR, with the declarations that it needs in ``declared``.

    ``lanes`` is how many float32 numbers the vectors of the CPU at hand hold: 16, 8 or 4.
    """

    def __init__(
        self, name: str, parameters: Sequence[Type], *, lanes: int = 16, linkage: str = "", returns: str = "void"
    ) -> None:
        self.name = name
        self.lanes = lanes
        self.linkage = linkage
        self.returns = returns
        self.arguments = [Value(f"%a{i}", type) for i, type in enumerate(parameters)]
        self.lines: list[str] = []
        self.allocated: list[str] = []  # lines at the very start: memory on the stack
        self.declared: dict[str, str] = {}  # name of an intrinsic -> its declaration
        self._count = 0
        self._block = "entry"

    # -- text ----------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The function's definition. Pointer arguments may overlap: what is distinct, the emitter knows."""
        given = ", ".join(str(argument) for argument in self.arguments)
        body = "\n".join([*self.allocated, *self.lines])
        linkage = f"{self.linkage} " if self.linkage else ""
        width = 32 * self.lanes
        return (
            f'define {linkage}{self.returns} @{self.name}({given}) "prefer-vector-width"="{width}" nounwind {{\n'
            f"entry:\n{body}\n}}\n"
        )

    def emit(self, type: Type, text: str) -> Value:
        """A line ``%v = text``; returns the new value."""
        self._count += 1
        value = Value(f"%v{self._count}", type)
        self.lines.append(f"  {value.name} = {text}")
        return value

    def line(self, text: str) -> None:
        """A line that makes no value."""
        self.lines.append(f"  {text}")

    def comment(self, text: str) -> None:
        self.lines.append(f"  ; {text}")

    def label(self, hint: str) -> str:
        """A new name for a basic block."""
        self._count += 1
        return f"{hint}{self._count}"

    def start(self, label: str) -> None:
        """Begins a basic block; the one before must have ended with a branch."""
        self.lines.append(f"{label}:")
        self._block = label

    def intrinsic(self, name: str, type: Type, *arguments: Value, returns: Type | None = None) -> Value:
        """A call of ``llvm.<name>.<suffix of type>``."""
        suffix = _suffix(type)
        full = f"llvm.{name}.{suffix}"
        result = returns or type
        self.declared[full] = f"declare {result} @{full}({', '.join(str(a.type) for a in arguments)})"
        return self.emit(result, f"call {result} @{full}({', '.join(map(str, arguments))})")

    def call(self, name: str, *arguments: Value, returns: Type | None = None) -> Value | None:
        """A call of a function of another module or library; ``externals.py`` knows their addresses."""
        result = "void" if returns is None else str(returns)
        self.declared[name] = f"declare {result} @{name}({', '.join(str(a.type) for a in arguments)})"
        text = f"call {result} @{name}({', '.join(map(str, arguments))})"
        if returns is not None:
            return self.emit(returns, text)
        self.line(text)
        return None

    def ret(self, value: Value | None = None) -> None:
        self.line("ret void" if value is None else f"ret {value}")

    # -- arithmetic ----------------------------------------------------------------------------------------------------

    def _binary(self, integer: str, real: str, x: Value, y: Value) -> Value:
        assert x.type == y.type, f"{x} and {y} differ in type"
        return self.emit(x.type, f"{real if x.type.is_float else integer} {x.type} {x.name}, {y.name}")

    def add(self, x: Value, y: Value) -> Value:
        return self._binary("add", "fadd", x, y)

    def sub(self, x: Value, y: Value) -> Value:
        return self._binary("sub", "fsub", x, y)

    def mul(self, x: Value, y: Value) -> Value:
        return self._binary("mul", "fmul", x, y)

    def div(self, x: Value, y: Value) -> Value:
        """x / y; of signed integers, the quotient towards zero (y must not be 0)."""
        return self._binary("sdiv", "fdiv", x, y)

    def rem(self, x: Value, y: Value) -> Value:
        return self._binary("srem", "frem", x, y)

    def and_(self, x: Value, y: Value) -> Value:
        return self._binary("and", "", x, y)

    def or_(self, x: Value, y: Value) -> Value:
        return self._binary("or", "", x, y)

    def xor(self, x: Value, y: Value) -> Value:
        return self._binary("xor", "", x, y)

    def shl(self, x: Value, y: Value) -> Value:
        return self._binary("shl", "", x, y)

    def lshr(self, x: Value, y: Value) -> Value:
        return self._binary("lshr", "", x, y)

    def ashr(self, x: Value, y: Value) -> Value:
        return self._binary("ashr", "", x, y)

    def neg(self, x: Value) -> Value:
        if x.type.is_float:
            return self.emit(x.type, f"fneg {x}")
        return self.sub(constant(x.type, 0), x)

    def fma(self, x: Value, y: Value, z: Value) -> Value:
        """x * y + z, rounded once."""
        return self.intrinsic("fma", x.type, x, y, z)

    def compare(self, how: str, x: Value, y: Value) -> Value:
        """``how``: lt le gt ge eq ne, as NumPy has them (nan compares unequal to everything; integers are signed)."""
        assert x.type == y.type, f"{x} and {y} differ in type"
        if x.type.is_float:
            predicate = "fcmp " + ("une" if how == "ne" else "o" + how)
        elif x.type.element == "i1" and how not in ("eq", "ne"):
            predicate = "icmp u" + how
        else:
            predicate = "icmp " + (how if how in ("eq", "ne") else "s" + how)
        return self.emit(x.type.of(I1), f"{predicate} {x.type} {x.name}, {y.name}")

    def select(self, condition: Value, x: Value, y: Value) -> Value:
        """x where ``condition`` (i1, in as many lanes or in one) is true, else y."""
        assert x.type == y.type, f"{x} and {y} differ in type"
        return self.emit(x.type, f"select {condition}, {x}, {y}")

    def minimum(self, x: Value, y: Value) -> Value:
        """The smaller; nan if either is nan."""
        return self._extreme("lt", x, y)

    def maximum(self, x: Value, y: Value) -> Value:
        """The larger; nan if either is nan."""
        return self._extreme("gt", x, y)

    def _extreme(self, how: str, x: Value, y: Value) -> Value:
        if not x.type.is_float:
            return self.select(self.compare(how, x, y), x, y)
        # min/max instructions give their second operand if either is nan: right for a nan y, mended for a nan x.
        chosen = self.select(self.compare(how, x, y), x, y)
        return self.select(self.emit(x.type.of(I1), f"fcmp uno {x.type} {x.name}, {x.name}"), x, chosen)

    def unary(self, name: str, x: Value) -> Value:
        """An intrinsic of one argument: sqrt, fabs, floor, ceil, trunc, rint, ctpop..."""
        return self.intrinsic(name, x.type, x)

    def convert(self, x: Value, element: Type) -> Value:
        """x as another element type: towards zero from a float to an integer; from and to bool (i1) as 0 and 1."""
        source, target = x.type, x.type.of(element)
        if source == target:
            return x
        if target.element == "i1":
            return self.compare("ne", x, constant(source, 0))
        if source.is_float:
            if target.is_float:
                how = "fpext" if target.bits > source.bits else "fptrunc"
            else:
                how = "fptosi"
        elif target.is_float:
            how = "uitofp" if source.element == "i1" else "sitofp"
        else:
            how = "trunc" if target.bits < source.bits else "zext" if source.element == "i1" else "sext"
        return self.emit(target, f"{how} {x} to {target}")

    def bitcast(self, x: Value, element: Type) -> Value:
        """The same bits as another element type of the same size."""
        return self.emit(x.type.of(element), f"bitcast {x} to {x.type.of(element)}")

    def splat(self, x: Value, lanes: int) -> Value:
        """The scalar x in every lane."""
        if lanes == 1:
            return x
        type = vector(x.type, lanes)
        first = self.emit(type, f"insertelement {type} poison, {x}, i32 0")
        return self.emit(type, f"shufflevector {type} {first.name}, {type} poison, <{lanes} x i32> zeroinitializer")

    def lane(self, x: Value, index: int) -> Value:
        """One lane of a vector."""
        if x.type.lanes == 1:
            return x
        return self.emit(Type(x.type.element), f"extractelement {x}, i32 {index}")

    def shuffle(self, x: Value, y: Value | None, lanes: Sequence[int]) -> Value:
        """The given lanes of x followed by y."""
        mask = f"<{len(lanes)} x i32> <" + ", ".join(f"i32 {lane}" for lane in lanes) + ">"
        other = f"{x.type} poison" if y is None else str(y)
        return self.emit(Type(x.type.element, len(lanes)), f"shufflevector {x}, {other}, {mask}")

    def iota(self, type: Type) -> Value:
        """0, 1, 2... in the lanes of an integer vector."""
        return constants(type, range(type.lanes)) if type.lanes > 1 else constant(type, 0)

    def folded(self, x: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All lanes as one scalar, in a tree of combinations."""
        lanes = x.type.lanes
        while lanes > 1:
            half = lanes // 2
            low = self.shuffle(x, None, range(half)) if half > 1 else self.lane(x, 0)
            high = self.shuffle(x, None, range(half, lanes)) if half > 1 else self.lane(x, 1)
            x, lanes = combine(low, high), half
        return x

    # -- memory --------------------------------------------------------------------------------------------------------

    def element(self, pointer: Value, type: Type, index: Value | int) -> Value:
        """The address of element ``index`` of an array of ``type``'s elements."""
        at = index if isinstance(index, Value) else constant(I64, index)
        memory = "i8" if type.element == "i1" else type.element
        return self.emit(PTR, f"getelementptr {memory}, ptr {pointer.name}, i64 {at.name}")

    def stack(self, element: Type, count: int) -> Value:
        """The address of ``count`` elements on the stack, aligned to 64 bytes. They last until the function returns;
        ask for some hundred thousand bytes at most."""
        self._count += 1
        pointer = Value(f"%s{self._count}", PTR)
        self.allocated.append(f"  {pointer.name} = alloca [{count} x {element.element}], align 64")
        return pointer

    def load(self, type: Type, pointer: Value) -> Value:
        """Elements side by side in memory, with no more alignment than one element has. Bools are bytes in memory."""
        if type.element == "i1":
            return self.convert(self.load(type.of(I8), pointer), I1)
        return self.emit(type, f"load {type}, ptr {pointer.name}, align {type.bytes}")

    def store(self, value: Value, pointer: Value) -> None:
        if value.type.element == "i1":
            value = self.convert(value, I8)
        self.line(f"store {value}, ptr {pointer.name}, align {value.type.bytes}")

    def mask(self, count: Value, lanes: int) -> Value:
        """True in the first ``count`` (i64) lanes."""
        number = self.emit(I32, f"trunc {count} to i32")
        wide = vector(I32, lanes)
        return self.compare("lt", self.iota(wide), self.splat(number, lanes))

    def masked_load(self, type: Type, pointer: Value, mask: Value) -> Value:
        """As load, of the lanes where the mask is true; the others are 0 and their memory is not touched."""
        if type.element == "i1":
            return self.convert(self.masked_load(type.of(I8), pointer, mask), I1)
        full = f"llvm.masked.load.{_suffix(type)}.p0"
        self.declared[full] = f"declare {type} @{full}(ptr, i32 immarg, {mask.type}, {type})"
        return self.emit(type, f"call {type} @{full}({pointer}, i32 {type.bytes}, {mask}, {type} zeroinitializer)")

    def masked_store(self, value: Value, pointer: Value, mask: Value) -> None:
        if value.type.element == "i1":
            value = self.convert(value, I8)
        full = f"llvm.masked.store.{_suffix(value.type)}.p0"
        self.declared[full] = f"declare void @{full}({value.type}, ptr, i32 immarg, {mask.type})"
        self.line(f"call void @{full}({value}, {pointer}, i32 {value.type.bytes}, {mask})")

    # -- control -------------------------------------------------------------------------------------------------------

    @contextmanager
    def loop(
        self, start: Value | int, stop: Value | int, step: int = 1, carried: Sequence[Value] = ()
    ) -> Iterator[Loop]:
        """``for index in range(start, stop, step)`` (i64). ``carried`` are the initial values of what an iteration
        hands to the next by ``loop.carry``; ``loop.results`` has the last ones after the loop."""
        begin, end = (v if isinstance(v, Value) else constant(I64, v) for v in (start, stop))
        head, body, leave = (self.label(hint) for hint in ("head", "body", "leave"))
        before = self._block
        self.line(f"br label %{head}")
        self.start(head)
        place = len(self.lines)
        self._count += 1
        index = Value(f"%i{self._count}", I64)
        inside = []
        for value in carried:
            self._count += 1
            inside.append(Value(f"%c{self._count}", value.type))
        loop = Loop(index, inside)
        going_on = self.compare("lt", index, end)
        self.line(f"br i1 {going_on.name}, label %{body}, label %{leave}")
        self.start(body)
        yield loop
        following = loop.following if loop.following is not None else inside
        assert len(following) == len(inside), "a loop must carry as many values as it was given"
        next_index = self.add(index, constant(I64, step))
        phis = [f"  {index.name} = phi i64 [{begin.name}, %{before}], [{next_index.name}, %{self._block}]"]
        for value, first, after in zip(inside, carried, following, strict=True):
            assert first.type == after.type == value.type, f"a loop carries {first} and {after}"
            phis.append(f"  {value.name} = phi {value.type} [{first.name}, %{before}], [{after.name}, %{self._block}]")
        self.line(f"br label %{head}")
        self.lines[place:place] = phis
        self.start(leave)
        loop.results = inside

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """A block that runs if ``condition`` (i1) is true."""
        then, after = self.label("then"), self.label("after")
        self.line(f"br {condition}, label %{then}, label %{after}")
        self.start(then)
        yield
        self.line(f"br label %{after}")
        self.start(after)


def _suffix(type: Type) -> str:
    name = {"float": "f32", "double": "f64"}.get(type.element, type.element)
    return name if type.lanes == 1 else f"v{type.lanes}{name}"
