"""A lowered program as something that can be called: native regions, and Python for what lies between them.

def run(f0, f1):
    o0 = empty((), float32)
    status = region0(table, f0, f1, o0)            # 31 kernels
    if status: ...
    t4 = tostring_4(x2)                            # AsString 'AsString'  model.py:31
    with lock: write(region1)                      # 4 kernels
    return (o0[()],)

Variables are written in the last region only, after everything that can fail (versions.py): in their place if no other
run is in the session, else in copies that then take their place. An interrupt comes before that, or after it.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import is_
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from graphrt.errors import AbortedError, InternalError
from graphrt.graph.operation import Operation, Tensor
from graphrt.native import arena
from graphrt.native.accumulate import accumulated
from graphrt.native.compiler import Code, compiled
from graphrt.native.fuse import Step, fused
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.records import SEEDS
from graphrt.native.region import DATA_OFFSET, FLAG, Module, Pointer
from graphrt.native.work import Array, Hosted, Lowered, Memory, Seeded
from graphrt.opdef.static import static_value
from graphrt.passes.base import PassReport
from graphrt.plan.gate import Gate, commit, overwritten, value_of
from graphrt.plan.generated import comment_on, identifier

_UNBOUND = object()
_MOST_COMPARED = 64  # elements of a constant


class Unbound(Exception):
    """A variable is not what the native code was made for: it has no value yet, or one of another shape or type."""


@dataclass
class Native:
    """A program made for certain shapes: native code and the Python around it.

    Attributes:
      lowered, steps: what it does. module: the text of the code. text: the Python text. lines: node of each line.
      reasons: why Python does a line. gate: the session's.
      arena_size: bytes of memory that one run needs for what it computes, beside the results.
    """

    lowered: Lowered
    steps: list[Step]
    module: Module
    text: list[str]
    lines: dict[int, Operation]
    reasons: dict[int, str]
    gate: Gate
    slots: list[Any]
    arena_size: int
    names: dict[str, Any]
    arrays: dict[str, Array]  # names of arrays that each instance has at its own place
    code: CodeType | None = None
    machine_code: Code | None = None
    instances: list[Instance] = field(default_factory=list)
    written: list[int] = field(default_factory=list)  # the numbers of the variables that a run writes
    binds_late: bool = False  # whether nothing happens in a run before the region that writes variables
    products: bool = False  # whether it calls BLAS
    reports: list[PassReport] = field(default_factory=list)  # what the passes did for these shapes

    @property
    def bytes(self) -> int:
        """What a run needs: the arena, and the arrays of its results."""
        results = {id(a.memory): a.memory.size for a in self.lowered.fetches if isinstance(a, Array)}
        return self.arena_size + sum(results.values())

    def compile(self) -> None:
        """Makes the machine code."""
        names = self.module.names()
        self.machine_code = compiled(self.module.text(), names)
        for name, given in zip(names, self.module.given, strict=True):
            signature = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, *[ctypes.py_object] * len(given))
            self.names[name] = signature(self.machine_code.address(name))
        scope: dict[str, Any] = {}
        exec(compile("\n".join(self.text), "<graphrt native plan>", "exec"), scope)
        self.code = scope["run"].__code__

    @property
    def source(self) -> str:
        """The Python text with comments: to be read, not to be run."""
        text = list(self.text)
        for number, why in self.reasons.items():
            text[number - 1] += f"  # {comment_on(self.lowered.program, self.lines[number])}; {why}"
        return "\n".join(text) + "\n"

    def call(self, fed: Sequence[Any]) -> tuple[Any, ...]:
        """One run.

        Raises:
          Unbound: if a variable does not fit; nothing has been done then.
        """
        if self.slots:
            with self.gate.lock: _here = self.gate.presence  # fmt: skip  # noqa: E701
        if self.lowered.exclusive:  # what it leaves follows from what it finds at its beginning
            # (``return`` within the block would leave the lock held, if an exception came between the two.)
            with self.gate.lock: result = self._called(fed)  # fmt: skip  # noqa: E701
            return result  # noqa: RET504
        return self._called(fed)

    def _called(self, fed: Sequence[Any]) -> tuple[Any, ...]:
        try:
            instance = self.instances.pop()
        except IndexError:
            instance = Instance(self)
        try:
            if not self.binds_late and not all(map(is_, map(value_of, self.slots), instance.values)):
                instance.bind()
            result: tuple[Any, ...] = instance.function(*fed)
        finally:
            self.instances.append(instance)
        return result

    def give_back(self) -> None:
        """Frees the memory of runs: what a run is using now, at its end."""
        idle, self.instances = self.instances, _Released()
        for instance in idle:
            instance.release()


class _Released(list[Any]):
    """In place of the idle instances of native code that nobody will call any more: it keeps none."""

    def append(self, instance: Instance) -> None:
        instance.release()


class Instance:
    """The memory of one run at a time: the arena, the table of pointers, and the function bound to them."""

    def __init__(self, native: Native) -> None:
        self.native = native
        self.memory = np.empty(native.arena_size + 64, np.uint8)
        self.base = -(-self.memory.ctypes.data // 64) * 64
        self.flag = np.zeros(1, np.int64)
        self.seeds = [np.zeros(SEEDS, np.uint64) for _ in native.lowered.draws]
        self.table = np.zeros(max(1, len(native.module.table)), np.int64)
        self.values: list[Any] = [_UNBOUND] * len(native.slots)
        self.arrays: list[Any] = [None] * len(native.slots)  # of ``values``: what the table points to
        self.places: list[list[tuple[int, int]]] = [[] for _ in native.slots]  # of each variable's pointers
        for i, pointer in enumerate(native.module.table):
            memory = pointer.memory.owner()
            if memory is FLAG:
                self.table[i] = self.flag.ctypes.data
            elif memory.kind == "arena":
                self.table[i] = self.base + memory.offset + pointer.offset
            elif memory.kind == "constant":
                self.table[i] = native.lowered.constants[memory.number].ctypes.data + pointer.offset
            elif memory.kind == "seeds":
                self.table[i] = self.seeds[memory.number].ctypes.data
            elif memory.kind == "variable":
                self.places[memory.number].append((i, pointer.offset))
        self.address = self.table.ctypes.data
        scope = dict(native.names, table=self.address, write=self.write, values=self.arrays, lock=native.gate.lock)
        scope.update({f"seeds{i}": block for i, block in enumerate(self.seeds)})
        for name, array in native.arrays.items():
            scope[name] = self._array(array)
        assert native.code is not None
        self.function = FunctionType(native.code, scope)

    def release(self) -> None:
        """Parts from what refers to it: else its memory would wait for the collector of cycles."""
        self.function.__globals__.clear()

    def _array(self, array: Array) -> np.ndarray[Any, Any]:
        if not math.prod(array.shape):
            return np.empty(array.shape, array.dtype)
        memory = array.memory.owner()
        if memory.kind == "constant":
            return _view(
                self.native.lowered.constants[memory.number], array.shape, array.dtype, array.offset, array.strides
            )
        skipped = self.base - self.memory.ctypes.data + memory.offset + array.byte_offset
        strides = [stride * array.dtype.itemsize for stride in array.strides]
        return np.ndarray(array.shape, array.dtype, self.memory, skipped, strides)

    def bind(self) -> None:
        """Lets the table point to what the variables hold.

        Raises:
          Unbound: if one of them is not what the code was made for.
        """
        values = list(map(value_of, self.native.slots))  # all at once
        for i, (value, op) in enumerate(zip(values, self.native.lowered.variables, strict=True)):
            dtype, shape = op.outputs[0].dtype.base_dtype.numpy, op.outputs[0].shape.values
            if value is None or value.dtype != dtype or value.shape != shape:
                raise Unbound(self.native.lowered.program.origin(op).name)
            if value is not self.values[i]:
                self._point(i, value)

    def _point(self, number: int, value: Any) -> None:
        """Lets the table point to a variable's value; to a copy, if it is a NumPy scalar or not in one piece. Meanwhile
        the table is known to be wrong: an interrupt leaves nothing that the next run would trust."""
        self.values[number] = _UNBOUND
        usable = type(value) is np.ndarray and value.flags.carray
        array = self.arrays[number] = value if usable else np.array(value, order="C")
        address = array.ctypes.data
        for place, offset in self.places[number]:
            self.table[place] = address + offset
        self.values[number] = value

    def write(self, region: Callable[..., int], *arrays: Any) -> int:
        """Runs the region that writes variables; the gate's lock is held."""
        native, slots = self.native, self.native.slots
        if not all(map(is_, map(value_of, slots), self.values)):  # other runs may have written since this one began
            self._bind_again()
        if native.gate.others() or any(self.arrays[i] is not self.values[i] for i in native.written):
            return self._write_copies(region, arrays)
        native.gate.written_over += 1
        status = region(self.address, *arrays)
        if not all(map(is_, map(value_of, slots), self.values)):
            raise overwritten(slots, self.values)
        return status

    def _bind_again(self) -> None:
        try:
            self.bind()
        except Unbound as error:
            if self.native.binds_late:
                raise  # nothing has been done yet
            raise AbortedError(
                None, None, f"the variable '{error}' was given another shape or type while this run was using it"
            ) from error

    def _write_copies(self, region: Callable[..., int], arrays: Sequence[Any]) -> int:
        """Others are using the arrays of the variables, or they cannot be written in their place: they are replaced."""
        numbers = self.native.written
        slots, before = [self.native.slots[i] for i in numbers], [self.values[i] for i in numbers]
        copies = [self.arrays[i].copy() for i in numbers]
        for i, copy in zip(numbers, copies, strict=True):
            self._point(i, copy)
        status = region(self.address, *arrays)
        if not status:
            commit(slots, before, copies)
        return status


def assemble(lowered: Lowered, lanes: int, state_of: Callable[[Operation], Any], gate: Gate) -> Native:
    """Puts together the code of a lowered program (``compile`` then makes machine code of it)."""
    if not _layout_is_known():
        raise NotImplementedError("this NumPy keeps the data pointers of its arrays elsewhere")
    return _Assembly(lowered, lanes, state_of, gate).run()


def _layout_is_known() -> bool:
    sample = np.zeros(3)
    return ctypes.c_size_t.from_address(id(sample) + DATA_OFFSET).value == sample.ctypes.data


def _view(base: Any, shape: Any, dtype: Any, offset: int, strides: Sequence[int]) -> np.ndarray[Any, Any]:
    """Elements of an array in another shape, by strides in elements."""
    if not math.prod(shape):  # wherever that may be, it has no elements
        return np.empty(shape, dtype)
    base = np.asarray(base)
    return np.ndarray(shape, dtype, base, offset * dtype.itemsize, [s * dtype.itemsize for s in strides])


class _Assembly:
    def __init__(self, lowered: Lowered, lanes: int, state_of: Callable[[Operation], Any], gate: Gate) -> None:
        self.gate = gate
        self.lowered = lowered
        self.program = lowered.program
        self.state_of = state_of
        self.steps = fused(accumulated(lowered))
        self.lowerings = [_lowering_of(step) for step in self.steps]
        self.scratch = [[Memory("arena", size) for size in lowering.scratch] for lowering in self.lowerings]
        self.arena_size = arena.planned(self.steps, self.scratch)
        self.module = Module(lanes)
        self.names: dict[str, Any] = {"empty": np.empty, "errstate": np.errstate, "view": _view}
        self.arrays: dict[str, Array] = {}
        self.array_names: dict[Any, str] = {}
        self.outputs: dict[Memory, str] = {}
        self.output_shapes: dict[Memory, tuple[int, ...]] = {}
        self.tensors: dict[Tensor, str] = {}
        self.given: set[Tensor] = set()  # results that only Python can hold, as far as they have been given out
        self.text: list[str] = []
        self.lines: dict[int, Operation] = {}
        self.reasons: dict[int, str] = {}
        self.slots = [self._state(op) for op in lowered.variables]

    def run(self) -> Native:
        feeds = [f"f{i}" for i in range(len(self.lowered.feeds))]
        self.text.append(f"def run({', '.join(feeds)}):")
        used = {memory.number for step in self.steps for memory in step.reads if memory.kind == "feed"}
        for i, tensor in enumerate(self.lowered.feeds):
            self.tensors[tensor] = f"f{i}"
            if i in used:
                self.text.append(f"    if not f{i}.flags.c_contiguous: f{i} = f{i}.copy('C')")
        self._make_outputs()
        self._blank()
        later = {step.hosted.draw for step in self.steps if isinstance(step.hosted, Seeded)}
        for i, (op, drawn) in enumerate(self.lowered.draws):
            self.names[f"draw{i}"] = partial(drawn.begin, self._state(op))
            if i not in later:
                self.text.append(f"    {_seeding(i)}")
                self.lines[len(self.text)] = op
        pending: list[int] = []
        for i, step in enumerate(self.steps):
            if step.hosted is None:
                pending.append(i)
                continue
            self._region(pending)
            pending = []
            self._hosted(step.hosted)
        self._region(pending)
        results = [self._result(value) for value in self.lowered.fetches]
        self.text.append(f"    return ({', '.join(results)}{',' if len(results) == 1 else ''})")
        written = sorted({m.number for step in self.steps for m in step.writes if m.kind == "variable"})
        regions = self.module.regions
        hosted = any(step.hosted for step in self.steps)
        return Native(
            self.lowered,
            self.steps,
            self.module,
            self.text,
            self.lines,
            self.reasons,
            self.gate,
            self.slots,
            self.arena_size,
            self.names,
            self.arrays,
            binds_late=bool(written) and not self.lowered.draws and not hosted and len(regions) == 1,
            written=written,
            products=any(call.kernel.products for calls in self.module.calls for call in calls),
        )

    def _state(self, op: Operation) -> Any:
        user = self.program.origin(op)
        return self.state_of(user) if user.opdef is op.opdef else None

    # -- results -------------------------------------------------------------------------------------------------------

    def _make_outputs(self) -> None:
        for tensor, value in zip(self.program.fetches, self.lowered.fetches, strict=True):
            if isinstance(value, Array):
                name = self.outputs[value.memory] = f"o{len(self.outputs)}"
                self.output_shapes[value.memory] = value.shape
                self.text.append(f"    {name} = empty({value.shape}, {self._type(value.dtype)})")
                self.lines[len(self.text)] = tensor.op

    def _result(self, value: Array | Tensor | int) -> str:
        if isinstance(value, int):
            return f"f{value}"
        if isinstance(value, Tensor):
            name = self._held(value)
            again = value in self.given or value.op.opdef.role in ("constant", "feed")
            self.given.add(value)
            return f"{name}{'.copy()' if again else ''}{'[()]' if value.shape.rank in (None, 0) else ''}"
        name = self.outputs[value.memory]
        return name if value.shape else f"{name}[()]"

    def _held(self, tensor: Tensor) -> str:
        """The name of a tensor that only Python can hold."""
        if tensor.op.opdef.role == "constant" and tensor not in self.tensors:
            self.tensors[tensor] = f"t{len(self.tensors)}"
            self.names[self.tensors[tensor]] = tensor.op.attrs["value"]
        return self.tensors[tensor]

    def _type(self, dtype: np.dtype[Any]) -> str:
        self.names[dtype.name] = dtype
        return dtype.name

    # -- native regions ------------------------------------------------------------------------------------------------

    def _region(self, positions: Sequence[int]) -> None:
        if not positions:
            return
        steps = [self.steps[i] for i in positions]
        kernels = [self._kernels(i) for i in positions]
        if not any(kernels):
            return
        checked_before = len(self.module.checked)
        given = self.module.add(steps, kernels)
        name = self.module.names()[-1]
        arrays = [self._given(memory) for memory in given]
        if any(memory.kind == "variable" for step in steps for memory in step.writes):
            call = f"with lock: status = write({', '.join([name, *arrays])})"
        else:
            call = f"status = {name}({', '.join(['table', *arrays])})"
        self.text.append(f"    {call}  # {sum(len(k) for k in kernels)} kernels")
        checked = self.module.checked[checked_before:]
        if not checked:
            return
        self.text.append("    if status:")
        for number, step in enumerate(checked, checked_before + 1):
            self._raise(number, step)

    def _raise(self, number: int, step: Step) -> None:
        """The ordinary kernel of a step that found its inputs bad: it knows what to say."""
        called = step.called
        assert called is not None
        self.names["refused"] = _refused
        names = [self._name(value) for value in called.inputs]
        if called.looks_at is not None:
            looked_at = dict(zip(called.looks_at, names, strict=True))
            names = [looked_at.get(i) or self._stand_in(t) for i, t in enumerate(called.op._inputs)]
        self.text.append(f"        if status == {number}: {self._call(called.op, names)}; refused()")
        self.lines[len(self.text)] = called.op

    def _stand_in(self, tensor: Tensor) -> str:
        """The name of an array for an input that a check does not look at: of the same shape and type. (What is known
        beforehand, an axis say, is as it is.)"""
        name = f"stand_in{len(self.names)}"
        known = static_value(tensor)
        shape, zero = [d or 0 for d in tensor.shape.as_list()], np.zeros((), tensor.dtype.base_dtype.numpy)
        self.names[name] = np.broadcast_to(zero, shape) if known is None else known
        return name

    def _kernels(self, position: int) -> list[tuple[Kernel, list[Pointer]]]:
        """The kernels of a step, each with its pointers."""
        step = self.steps[position]
        pointers = [Pointer(a.memory, a.byte_offset) for a in step.arrays]
        pointers += [Pointer(memory, 0) for memory in self.scratch[position]]
        same = _likeness(step.called.op) if step.called else None
        kernels = [
            replace(k, key=(same, k.name, i)) if k.key is None and same is not None else k
            for i, k in enumerate(self.lowerings[position].kernels)
        ]
        return [(k, [*pointers, Pointer(FLAG, 0)] if k.checks else pointers) for k in kernels]

    def _given(self, memory: Memory) -> str:
        return f"f{memory.number}" if memory.kind == "feed" else self.outputs[memory]

    # -- Python in between ---------------------------------------------------------------------------------------------

    def _blank(self) -> None:
        """Names that are given under a condition only are there from the beginning."""
        hosted = [step.hosted for step in self.steps if step.hosted is not None and step.guard]
        held = [output for node in hosted for output in node.outputs if isinstance(output, Tensor)]
        for tensor in held:
            self.tensors[tensor] = f"t{len(self.tensors)}"
        if held:
            self.text.append(f"    {' = '.join(self.tensors[tensor] for tensor in held)} = None")

    def _hosted(self, node: Hosted) -> None:
        indent = "    "
        if node.guard:
            conditions = [f"{'' if wanted else 'not '}{self._array_name(array)}" for array, wanted in node.guard]
            self.text.append(f"    if {' and '.join(conditions)}:")
            indent = "        "
        statement = _seeding(node.draw) if isinstance(node, Seeded) else self._calculation(node)
        self.text.append(f"{indent}{statement}")
        self.lines[len(self.text)] = node.op
        self.reasons[len(self.text)] = node.why

    def _calculation(self, node: Hosted) -> str:
        """The statement that calls a node's function, and keeps what it returns."""
        op, outputs = node.op, node.outputs
        expression = self._call(op, [self._name(value) for value in node.inputs], node.function)
        several = len(outputs) > 1 or (node.function is None and op.opdef.outputs and op.opdef.outputs[0].is_list)
        if not outputs:
            statement = expression
        elif several:
            names = [f"r{i}" for i in range(len(outputs))]
            stores = [self._kept(o, name) for o, name in zip(outputs, names, strict=True)]
            statement = f"{', '.join(names)}, = {expression}{''.join('; ' + s for s in stores if s)}"
        elif isinstance(outputs[0], Tensor):
            # Memory of the arena will hold something else soon.
            copied = ".copy()" if node.function is None and op.opdef.aliases is not None else ""
            statement = self._kept(outputs[0], f"{expression}{copied}")
        else:
            statement = self._kept(outputs[0], expression)
        return f"with errstate(all='ignore'): {statement}"

    def _kept(self, output: Array | Tensor, expression: str) -> str:
        """The statement that keeps a result."""
        if isinstance(output, Tensor):
            kept = self.tensors.setdefault(output, f"t{len(self.tensors)}")
            return f"{kept} = {expression}"
        return f"{self._array_name(output)}[...] = {expression}"

    def _name(self, value: Array | Tensor) -> str:
        return self._held(value) if isinstance(value, Tensor) else self._array_name(value)

    def _call(self, op: Operation, names: Sequence[str], function: Callable[..., Any] | None = None) -> str:
        """The call of the ordinary kernel of ``op``, or of ``function``, with the inputs of these names."""
        name = f"{identifier(op.type)}_{len(self.names)}"
        if function is not None:
            self.names[name] = function
            return f"{name}({', '.join(names)})"
        grouped = op.opdef.grouped(names, op.attrs)
        given = [f"({', '.join(a)}{',' if len(a) == 1 else ''})" if isinstance(a, tuple) else a for a in grouped]
        state = self._state(op) if op.opdef.state_factory is not None else None
        self.names[name] = op.opdef.bind(op, np, state)
        return f"{name}({', '.join(given)})"

    def _array_name(self, array: Array) -> str:
        """An expression for the array as a NumPy array."""
        memory = array.memory
        if memory.kind in ("arena", "constant"):
            key = (id(memory), array.offset, array.shape, array.strides)
            name = self.array_names.setdefault(key, f"x{len(self.array_names)}")
            self.arrays[name] = array
            return name
        if memory.kind == "variable":
            base = f"values[{memory.number}]"
            shape = self.lowered.variables[memory.number].outputs[0].shape.values
        elif memory.kind == "feed":
            base, shape = self._given(memory), self.lowered.feeds[memory.number].shape.values
        else:
            base, shape = self._given(memory), self.output_shapes[memory]
        if array.whole and array.shape == shape:
            return base
        return f"view({base}, {array.shape}, {self._type(array.dtype)}, {array.offset}, {array.strides})"


def _seeding(draw: int) -> str:
    """The statement that moves a random stream on, and fills in where it stood."""
    return f"seeds{draw}[:] = draw{draw}()"


def _refused() -> None:
    raise InternalError(
        None,
        None,
        "native code refused what the node was given, and the node's ordinary kernel did not: a bug of graphrt",
    )


def _lowering_of(step: Step) -> Lowering:
    """The kernels of a step: none for one of Python's, or one over no elements."""
    if step.loop is not None:
        return step.loop.lowering(_loop_name(step)) if math.prod(step.loop.domain) else Lowering(())
    return step.called.lowering if step.called else Lowering(())


def _likeness(op: Operation) -> Hashable:
    """Equal for nodes whose kernels are equal: a lowering looks at nothing else. None: too much to compare."""
    inputs: list[Hashable] = []
    for tensor in op._inputs:
        value = tensor.op.attrs["value"] if tensor.op.opdef.role == "constant" else None
        if value is not None and value.size > _MOST_COMPARED:
            return None
        inputs.append((tensor.dtype, tensor.shape.values, None if value is None else value.tobytes()))
    attrs = [(key, repr(value)) for key, value in op.attrs.items()]
    return (op.type, tuple(inputs), tuple([t.shape.values for t in op._outputs]), tuple(attrs))


def _loop_name(step: Step) -> str:
    """What the loop does: "Mul, Add, Sigmoid of 50x100"."""
    assert step.loop is not None
    types = [node.op.type for node in step.nodes]
    shown = ", ".join(types[:6]) + (f" and {len(types) - 6} more" if len(types) > 6 else "")
    return f"{shown} of {'x'.join(map(str, step.loop.domain)) or 'a number'}"
