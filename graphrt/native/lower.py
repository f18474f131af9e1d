"""From a program with known shapes to the work that is to be done: what each node becomes, and where values are.

What a node can become is said in work.py; constants, feeds and variables are arrays already, and identities and views
are other descriptions of memory that is there.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphrt.graph.accesses import variable_of, versions_made
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.native.branches import Branches, chosen_in_place
from graphrt.native.expressions import ELEMENTS, CannotLower, Tracer
from graphrt.native.kernel import Lowering
from graphrt.native.kernels.table import kernels as cpu_kernels
from graphrt.native.records import SEEDS, Assertion, Draw, Map, Operand, Reduce, Update, View, contiguous_strides
from graphrt.native.versions import may_fail, placed
from graphrt.native.work import (
    Array,
    Called,
    Changed,
    Guard,
    Hosted,
    Lowered,
    Memory,
    Node,
    Pointwise,
    Reduction,
    Seeded,
    copying,
)  # fmt: skip
from graphrt.opdef.updates import gradient_index
from graphrt.plan.schedule import after_writes, scheduled

Kernels = Callable[[Any, Sequence[Operand], Sequence[Operand]], "Lowering | None"]
"""A target: the kernels for a record, given the shapes and types of its inputs and outputs; None if it has none."""

_LARGEST_REPEATED = 1 << 26  # bytes: one value that fills more is not written out for native code


def lower(program: Program, kernels: Kernels = cpu_kernels) -> Lowered:
    """What the nodes of ``program`` become, for a target that has these ``kernels``.

    Raises:
      CannotLower: if the program as a whole must stay in Python: it may wait for other threads when it has written
        variables already, say.
    """
    lowered = placed(_Lowering(program, kernels).run())
    waiting = next((node.op for node in lowered.nodes if node.op.opdef.blocking), None)
    if waiting is not None and lowered.exclusive:
        error = CannotLower(f"{waiting.type} may wait for another thread, and the run would have to hold the lock")
        error.node = program.origin(waiting)
        raise error
    return lowered


class _Lowering(Branches):
    def __init__(self, program: Program, kernels: Kernels) -> None:
        super().__init__(program)
        self.kernels = kernels
        self.nodes: list[Node] = []
        self.variables: list[Operation] = []
        self.homes: dict[Operation, Array] = {}
        self.constants: list[np.ndarray[Any, Any]] = []
        self.draws: list[tuple[Operation, Draw]] = []
        self.by_op: dict[Operation, int] = {}
        self.copies: dict[tuple[Array, Guard], Array] = {}  # of arrays whose elements do not lie one after another
        self.order = scheduled(program)

    def run(self) -> Lowered:
        program = self.program
        for i, tensor in enumerate(program.feeds):
            self.values[tensor] = self._array(tensor, Memory("feed", self._bytes(tensor), i))
        written = after_writes(program, self.order)
        for op in self.order:
            try:
                if op.opdef.blocking and op in written:
                    raise CannotLower(f"{op.type} may wait for another thread, which must see what has been written")
                self.guard = self._guard_of(op)
                self.visit(op)
            except CannotLower as error:
                error.node = program.origin(op)
                raise
        self.guard = ()
        commits = {variable: self._version(version) for variable, version in program.commits.items()}
        passed = program.passed_through
        fetches = [passed[i] if i in passed else self._fetched(tensor) for i, tensor in enumerate(program.fetches)]
        lowered = Lowered(
            program, self.nodes, list(program.feeds), self.variables, self.constants, fetches, self.draws,
            self.homes, commits, self.joins,
        )  # fmt: skip
        return chosen_in_place(lowered, self.choices)

    # -- memory --------------------------------------------------------------------------------------------------------

    @staticmethod
    def _shape(tensor: Tensor) -> tuple[int, ...] | None:
        dims = tensor.shape.values
        if dims is None or any(d is None or d < 0 for d in dims):
            return None
        return tuple([d for d in dims if d is not None])

    def _bytes(self, tensor: Tensor) -> int:
        shape = self._shape(tensor)
        return 0 if shape is None else math.prod(shape) * tensor.dtype.base_dtype.numpy.itemsize

    def _array(self, tensor: Tensor, memory: Memory) -> Array | Tensor:
        """The tensor as all of that memory; itself, if only Python can hold it."""
        shape = self._shape(tensor)
        dtype = tensor.dtype.base_dtype.numpy
        if shape is None or not _storable(dtype):
            return tensor
        return Array(memory, shape, contiguous_strides(shape), dtype)

    def _fresh(self, tensor: Tensor) -> Array | Tensor:
        return self._array(tensor, Memory("arena", self._bytes(tensor)))

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def constant(self, op: Operation) -> None:
        tensor = op._outputs[0]
        value = op.attrs["value"]
        if not _storable(tensor.dtype.base_dtype.numpy):
            self.values[tensor] = tensor
            return
        if value.nbytes > _LARGEST_REPEATED and value.size > 1 and not any(value.strides):
            raise CannotLower(f"one value that fills {value.nbytes} bytes would have to be written out")
        array = np.array(value, order="C")
        self.constants.append(array)
        memory = Memory("constant", array.nbytes, len(self.constants) - 1)
        self.values[tensor] = Array(memory, array.shape, contiguous_strides(array.shape), array.dtype)

    def variable(self, op: Operation) -> None:
        self.variables.append(op)
        tensor = op._outputs[0]
        memory = Memory("variable", self._bytes(tensor), len(self.variables) - 1)
        array = self._array(tensor, memory)
        if isinstance(array, Tensor):
            raise CannotLower(f"the variable '{self.program.origin(op).name}' has no known shape, or no numbers")
        self.values[tensor] = self.homes[op] = array

    def identity(self, op: Operation) -> None:
        source = self._input(op._inputs[0])
        self.values[op._outputs[0]] = source if isinstance(source, Array) else op._inputs[0]

    def _input(self, tensor: Tensor) -> Array | Tensor:
        if tensor.dtype.is_ref:
            return self._version(tensor)
        value = self.values[tensor]
        while isinstance(value, Tensor) and value is not tensor:
            tensor, value = value, self.values[value]
        return value

    def _version(self, tensor: Tensor) -> Array:
        """The memory of a version of a variable."""
        value = self.values.get(tensor)
        if not isinstance(value, Array):
            raise CannotLower(f"{tensor.op.type} refers to something that is not a variable of numbers")
        return value

    def _made(self, op: Operation) -> list[Array | Tensor]:
        """New memory for each output. A version has the shape of its variable: native code is made for that."""
        versions = set(versions_made(op))
        made = []
        for tensor in op._outputs:
            value = self._fresh(tensor)
            if tensor in versions:
                variable = variable_of(tensor)
                declared = None if variable is None else self._version(variable._outputs[0]).shape
                if not isinstance(value, Array) or value.shape != declared:
                    raise CannotLower(f"{op.type} may give a variable another shape")
                self.versions.add(value.memory)
            made.append(value)
        return made

    def compute(self, op: Operation) -> None:
        inputs = [self._input(tensor) for tensor in op._inputs]
        why = _why_hosted(op, inputs)
        try:
            if self._asserts(op, inputs):
                return
            if all(isinstance(i, Array) for i in inputs) and self._natively(op, inputs):  # type: ignore[arg-type]
                return
        except CannotLower as error:
            why = str(error)
        if any(t.dtype.is_ref for t in op._outputs) and not op.opdef.writes:
            raise CannotLower(f"{op.type} passes a reference on")
        outputs = self._made(op)
        self._add(Hosted(op, inputs, outputs, why=why))
        self.values.update(zip(op._outputs, outputs, strict=True))

    def _asserts(self, op: Operation, inputs: list[Array | Tensor]) -> bool:
        """True if the node only checks a bool, which native code does: Python says what was wrong."""
        assertion = op.opdef.lowering(op) if op.opdef.lowering is not None and not op._outputs else None
        if not isinstance(assertion, Assertion):
            return False
        condition = inputs[assertion.condition]
        if not isinstance(condition, Array) or condition.shape:
            return False
        arrays = [i for i in inputs if isinstance(i, Array)]
        asserting = self.kernels(Assertion(arrays.index(condition)), arrays, [])
        if asserting is None:
            return False
        self._add(Called(op, list(inputs), [], lowering=asserting))
        return True

    def _natively(self, op: Operation, inputs: list[Array]) -> bool:
        opdef = op.opdef
        if opdef.update_rule is not None:
            return self._update(op, inputs, _rule_of(op))
        outputs = self._made(op)
        if opdef.lowering is not None and all(isinstance(o, Array) for o in outputs):
            lowered = opdef.lowering(op)
            if isinstance(lowered, Update):
                return self._update(op, inputs, lowered.rule)
            if isinstance(lowered, View):
                return self._views(op, inputs, (lowered,))
            if type(lowered) is tuple:  # of Views, one an output; records are tuples, too
                return self._views(op, inputs, lowered)
            if isinstance(lowered, Draw):
                drawing = self.kernels(lowered, inputs, outputs)  # type: ignore[arg-type]
                if drawing is None:
                    return False
                seeds = Memory("seeds", 8 * SEEDS, len(self.draws))
                self.draws.append((op, lowered))
                block = Array(seeds, (SEEDS,), (1,), np.dtype(np.uint64))
                if self.guard:
                    why = "its stream moves on only if the condition holds"
                    self._add(Seeded(op, [], [block], why=why, draw=seeds.number))
                self._add(Called(op, [block], list(outputs), lowering=drawing))
                self.values[op._outputs[0]] = outputs[0]
                return True
            if isinstance(lowered, Map):
                return self._pointwise(op, inputs, outputs[0], lowered.expression)
            if isinstance(lowered, Reduce):
                return self._reduce(op, inputs[0], outputs[0], lowered)
            lowering = None if lowered is None else self.kernels(lowered, inputs, outputs)  # type: ignore[arg-type]
            if lowering is not None:
                if lowering.ahead is not None and any(array.memory in self.versions for array in inputs):
                    lowering = lowering.ahead
                given: list[Array | Tensor] = [self._compact(op, i) for i in inputs]
                check = self._check(op, given, lowering)
                self._add(Called(op, given, outputs, after=set(check), lowering=lowering))
                self.values.update(zip(op._outputs, outputs, strict=True))
                return True
        if opdef.elementwise and opdef.scalar_expression is not None and len(outputs) == 1:
            return self._pointwise(op, inputs, outputs[0], _scalar_of(op))
        return False

    def _check(self, op: Operation, inputs: Sequence[Array | Tensor], lowering: Lowering) -> list[int]:
        """Adds the node that looks whether the inputs of another one are good; its position, if there is one. It waits
        for no write: what the run has written by then is nowhere to be seen yet."""
        if lowering.check is None:
            return []
        looked_at = [inputs[i] for i in lowering.looks_at]
        self._add(Called(op, looked_at, [], lowering=lowering.check, looks_at=lowering.looks_at))
        check = self.nodes[-1]
        makers = {position for array in check.reads for position in self.makers.get(array.memory, ())}
        check.after = makers | self._risks_among(check.after - makers)
        return [check.position]

    def _risks_among(self, positions: set[int]) -> set[int]:
        """The last of these nodes, and of those before them, at which a run may end."""
        found, seen, pending = set(), set(positions), list(positions)
        while pending:
            node = self.nodes[pending.pop()]
            if may_fail(node):
                found.add(node.position)
                continue
            pending.extend(node.after - seen)
            seen |= node.after
        return found

    def _views(self, op: Operation, inputs: list[Array], views: tuple[View, ...]) -> bool:
        """Each output as a part of an input."""
        for tensor, view in zip(op._outputs, views, strict=True):
            source, shape = self._compact(op, inputs[view.input]), self._shape(tensor)
            assert shape is not None
            offset = source.offset + view.offset
            self.values[tensor] = Array(source.memory, shape, view.strides, source.dtype, offset)
        return True

    def _pointwise(
        self, op: Operation, inputs: list[Array], output: Array | Tensor, expression: Callable[..., Any]
    ) -> bool:
        if not isinstance(output, Array) or not all(_broadcasts(i.shape, output.shape) for i in inputs):
            return False
        _checked(expression, inputs, [output.dtype])
        self._add(Pointwise(op, list(inputs), [output], expression=expression, domain=output.shape))
        self.values[op._outputs[0]] = output
        return True

    def _reduce(self, op: Operation, source: Array, output: Array | Tensor, how: Reduce) -> bool:
        if not isinstance(output, Array) or source.dtype.char not in ELEMENTS or math.prod(source.shape) == 0:
            return False
        rank = len(source.shape)
        axes = tuple(sorted({axis % rank for axis in how.axes})) if rank else ()
        if all(source.shape[axis] == 1 for axis in axes) and how.divisor == 1:
            flat = self._compact(op, source)
            self.values[op._outputs[0]] = Array(
                flat.memory, output.shape, contiguous_strides(output.shape), flat.dtype, flat.offset
            )
            return True
        how = Reduce(how.how, axes, how.divisor)
        self._add(Reduction(op, [source], [output], how=how, domain=source.shape))
        self.values[op._outputs[0]] = output
        return True

    def _update(self, op: Operation, inputs: list[Array], rule: Callable[..., Any]) -> bool:
        references = op.opdef.written(op)
        domain = inputs[0].shape
        variables = [inputs[i] for i in references]
        if any(v.shape != domain for v in variables) or not all(_broadcasts(i.shape, domain) for i in inputs):
            return False
        # Nothing is broadcast but an optimizer's parameters, which are scalars: all else is for Python to refuse.
        scalars = set() if op.opdef.update_rule is None else {*range(len(inputs))} - {gradient_index(op.opdef)}
        if any(i.shape != (() if k in scalars else domain) for k, i in enumerate(inputs) if k not in references):
            return False
        expression = self._with_constants(rule, inputs)
        _checked(expression, inputs, [v.dtype for v in variables])
        outputs = self._made(op)
        self._add(Changed(op, list(inputs), outputs, expression=expression, domain=domain))
        self.values.update(zip(op._outputs, outputs, strict=True))
        return True

    def _with_constants(self, rule: Callable[..., Any], inputs: list[Array]) -> Callable[..., Any]:
        """The rule with the constants among its inputs given as NumPy's scalars: Python may decide by them."""
        known = {
            i: self.constants[a.memory.number].reshape(-1)[0]
            for i, a in enumerate(inputs)
            if a.memory.kind == "constant" and math.prod(a.shape) == 1
        }

        def expression(tracer: Tracer, *values: Any) -> Any:
            return rule(tracer, *[known.get(i, value) for i, value in enumerate(values)])

        return expression

    def _compact(self, op: Operation, array: Array) -> Array:
        """The array with its elements one after another: a copy if they are not, which all who need it share."""
        if array.contiguous:
            return array
        for guard in ((), self.guard):
            if (array, guard) in self.copies:
                return self.copies[array, guard]
        copy = self.copies[array, self.guard] = self._copied(op, array)
        return copy

    def _copied(self, op: Operation, array: Array) -> Array:
        memory = Memory("arena", array.nbytes)
        copy = Array(memory, array.shape, contiguous_strides(array.shape), array.dtype)
        self._add(copying(op, array, copy))
        return copy

    # -- order ---------------------------------------------------------------------------------------------------------

    def _add(self, node: Node) -> None:
        """Appends a node, which comes after those that made its inputs, and what decides whether it is done."""
        node.position = len(self.nodes)
        node.guard = self.guard
        for value in (*node.inputs, *[array for array, _ in node.guard]):
            if node.op.opdef.role != "choose":
                self._check_there(node.op, value, node.guard)
        self.nodes.append(node)
        if node.op.opdef.writes:
            numbers = [k for k, o in enumerate(node.outputs) if isinstance(o, Array) and o.memory in self.versions]
            node.replaces = dict(zip(numbers, node.op.opdef.written(node.op), strict=bool(numbers)))
        for value in (*node.inputs, *[array for array, _ in node.guard]):
            node.after |= self.makers.get(value.memory if isinstance(value, Array) else value, set())
        if isinstance(node, Hosted):
            # What Python does may fail, or be seen from outside: it keeps its place among its like.
            earlier = next((n for n in reversed(self.nodes[:-1]) if isinstance(n, Hosted)), None)
            if earlier is not None:
                node.after.add(earlier.position)
        for control in node.op._control_inputs:
            if control in self.by_op:
                node.after.add(self.by_op[control])
        node.after.discard(node.position)
        for value in node.outputs:
            self.makers.setdefault(value.memory if isinstance(value, Array) else value, set()).add(node.position)
            if isinstance(value, Array):
                self.conditions[value.memory] = node.guard
        self.by_op[node.op] = node.position

    # -- fetches -------------------------------------------------------------------------------------------------------

    def _fetched(self, tensor: Tensor) -> Array | Tensor:
        """The array that the caller gets: new memory, which nothing else uses."""
        if self.program.guard(tensor.op):
            raise CannotLower(f"'{tensor.name}' is fetched, and there only under a condition")
        value = self._input(tensor)
        if isinstance(value, Tensor):
            return value
        if value.whole and value.memory.kind == "arena" and value.memory not in self.versions:
            value.memory.kind = "output"
            return value
        memory = Memory("output", value.nbytes)
        copy = Array(memory, value.shape, contiguous_strides(value.shape), value.dtype)
        self._add(copying(tensor.op, value, copy))
        return copy


def _why_hosted(op: Operation, inputs: Sequence[Array | Tensor]) -> str:
    """Why Python does a node that nothing else is said of."""
    held = [value for value in inputs if isinstance(value, Tensor)]
    if any(_storable(tensor.dtype.base_dtype.numpy) for tensor in held):
        return "only a run tells the shape of what it is given"
    if any(not _storable(t.dtype.base_dtype.numpy) for t in (*held, *op._outputs)):
        return "native code knows numbers and bools only"
    if any(not tensor.shape.is_fully_defined() for tensor in op._outputs):
        return "only a run tells the shape of what it makes"
    return "it may wait for another thread" if op.opdef.blocking else "it has no lowering"


def _storable(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "fiub" and dtype.isnative


def _broadcasts(shape: tuple[int, ...], domain: tuple[int, ...]) -> bool:
    if len(shape) > len(domain):
        return math.prod(shape) == 1
    return all(n in (1, d) for n, d in zip(reversed(shape), reversed(domain), strict=False))


def _scalar_of(op: Operation) -> Callable[..., Any]:
    """The op's scalar expression with its attributes given."""
    function = op.opdef.scalar_expression
    assert function is not None
    parameters = list(inspect.signature(function).parameters.values())[1:]
    given = {p.name: op.attrs[p.name] for p in parameters[len(op._inputs) :] if p.kind is not p.VAR_POSITIONAL}

    def expression(tracer: Tracer, *inputs: Any) -> Any:
        return function(tracer, *inputs, **given)

    return expression


def _rule_of(op: Operation) -> Callable[..., Any]:
    rule = op.opdef.update_rule
    assert rule is not None
    attrs = {name: op.attrs[name] for name in op.opdef.kernel_attrs}

    def expression(tracer: Tracer, *inputs: Any) -> Any:
        return rule(tracer, *inputs, **attrs)

    return expression


def _checked(expression: Callable[..., Any], inputs: Sequence[Array], dtypes: Sequence[np.dtype[Any]]) -> None:
    """Traces it once, to find out whether it can be written."""
    tracer = Tracer()
    tracer.result = dtypes[0]
    made = expression(tracer, *[tracer.input(i, a.dtype) for i, a in enumerate(inputs)])
    for value, dtype in zip(made if isinstance(made, tuple) else (made,), dtypes, strict=True):
        as_expression(tracer, value, dtype)


def as_expression(tracer: Tracer, value: Any, dtype: np.dtype[Any]) -> Any:
    """A traced result in the type that the output has."""
    if not hasattr(value, "tracer"):
        return tracer.number(value, dtype)
    if value.dtype != dtype:
        raise CannotLower(f"its expression is of {value.dtype}, and not of {dtype}")
    return value
