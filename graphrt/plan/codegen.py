"""A program as straight-line Python: one node a line.

    def plan(x):
        t1 = s0.read()                 # Identity 'w/read'  model.py:3
        t2 = matmul_2(x, t1); del t1   # MatMul 'MatMul'  model.py:7
        return (t2,)

Line N *is* a node, so that one ``try`` around the call maps any exception to its node and costs the good path nothing.
Values are dropped where they are used last. The comments are added when somebody looks. Plans of many thousands of
lines are not compiled as one function: see ``stepwise.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from graphrt.backends.base import Backend
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Guard, Program
from graphrt.plan.inplace import owns_fresh_memory, reused_inputs
from graphrt.plan.liveness import last_uses, root
from graphrt.plan.placement import Placement, placed
from graphrt.plan.schedule import scheduled
from graphrt.plan.stepwise import Steps, stepwise
from graphrt.shapes import TensorShape

_DEEPEST = 16  # nested ``if`` blocks
_MOST_LINES = 4000  # in one compiled function

_NOT_AN_IDENTIFIER = re.compile(r"\W+")


class DeadTensorError(Exception):
    """A fetched tensor belongs to a branch that was not taken."""


@dataclass
class Generated:
    """The text of a plan, what its global names stand for, and which node each line is."""

    program: Program
    text: list[str]  # without comments
    names: dict[str, Any]
    lines: dict[int, Operation]
    variables: list[Operation] = field(default_factory=list)
    function: Callable[..., tuple[Any, ...]] | None = None
    steps: Steps | None = None  # if it is so long that it runs step by step

    @cached_property
    def source(self) -> str:
        """The plan with a comment on each line that names its node and the user's line."""
        text = list(self.text)
        for number, op in self.lines.items():
            if not text[number - 1].endswith(":"):
                text[number - 1] += f"  # {_comment(self.program, op)}"
        return "\n".join(text) + "\n"


def generate(
    program: Program, backend: Backend, state_of: Callable[[Operation], Any], reuse_memory: bool = True
) -> Generated:
    """The function of a program; ``state_of(user's node)`` is what the session keeps for a stateful node.

    ``reuse_memory`` lets kernels write their output over an input that nobody needs any more.
    """
    generated = _Generator(program, backend, state_of, reuse_memory).run()
    if len(generated.lines) > _MOST_LINES:
        generated.steps = stepwise(generated.text, generated.lines, generated.names)
        generated.function = generated.steps.function
    else:
        exec(compile("\n".join(generated.text), "<graphrt plan>", "exec"), generated.names)
        generated.function = generated.names["plan"]
    return generated


@cache
def _identifier(op_type: str) -> str:
    return _NOT_AN_IDENTIFIER.sub("_", op_type).lower()


def _comment(program: Program, op: Operation) -> str:
    user = program.origin(op)
    where = f"  {user.source}" if user.source is not None else ""
    return f"{op.type} '{user.name}'{where}".replace("\n", " ")


class _Generator:
    def __init__(
        self, program: Program, backend: Backend, state_of: Callable[[Operation], Any], reuse_memory: bool
    ) -> None:
        self.program = program
        self.backend = backend
        self.state_of = state_of
        self.names: dict[str, Any] = {"errstate": np.errstate, "DeadTensorError": DeadTensorError}
        self.text: list[str] = []
        self.lines: dict[int, Operation] = {}
        self.values: dict[Tensor, str] = {}
        self.variables: list[Operation] = []
        self.fed: dict[Tensor, str] = {}
        self.open: list[Guard] = []  # the open ``if`` blocks, each with its conditions
        self.order = scheduled(program)
        self.placement: Placement = placed(self.order, backend)
        # Conditions of branches are used without being anyone's input.
        self.kept = {*program.fetches, *program.predicates()}
        # What decides something is needed on the host: it is copied there once, and not wherever it is asked for.
        deciding = {op._inputs[0] for op in self.order if op.opdef.role == "choose"} | set(program.predicates())
        self.copied = [
            tensor for op in self.order for tensor in op._outputs if tensor in deciding and self._copied_home(tensor)
        ]
        self.last = last_uses(self.order, self.kept)
        self.reused = reused_inputs(self.order, self.last) if reuse_memory else {}
        self.guarded = {tensor for op in self.order if program.guard(op) for tensor in op.outputs}

    def run(self) -> Generated:
        feeds = []
        moved = []
        for i, tensor in enumerate(self.program.feeds):
            name = f"f{i}_{_NOT_AN_IDENTIFIER.sub('_', tensor.op.name)[-24:]}"
            self.values[tensor] = self.fed[tensor] = name
            feeds.append(name)
            if self.placement.on_device(tensor):
                self.values[tensor] = f"d{i}"
                moved.append(f"    d{i} = {self._move('to_device', name)}")
        self.text.append(f"def plan({', '.join(feeds)}):")
        body = [op for op in self.order if op.opdef.role != "feed"]
        conditional = [
            self._name(tensor)
            for op in body
            if self.program.guard(op)
            for tensor in op.outputs
            if not tensor.dtype.is_ref
        ]
        conditional += [
            self._host_name(tensor)
            for tensor in self.copied
            if tensor in self.guarded and tensor.op.opdef.role != "constant"
        ]
        if conditional:
            self.text.append(f"    {' = '.join([*conditional, 'None'])}")
        self.text.extend(moved)
        self.indent = 1
        if any(_computes(op) for op in body):
            self.text.append("    with errstate(all='ignore'):")
            self.indent = 2
        for op in body:
            self._operation(op)
        self.indent = 1
        self._results()
        return Generated(self.program, self.text, self.names, self.lines, self.variables)

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _operation(self, op: Operation) -> None:
        role = op.opdef.role
        if role == "constant":
            self._constant(op)
        elif role == "variable":
            self.names[self._bind_variable(op)] = self._state(op)
        elif role == "identity":
            self._line(op, self._assigned(op, self._argument(op, 0)))
        elif role == "choose":
            if_false, if_true = self._argument(op, 1), self._argument(op, 2)
            self._line(op, self._assigned(op, f"{if_true} if {self._on_host(op._inputs[0])} else {if_false}"))
        elif op.outputs or op.opdef.kernel_function is not None:
            self._line(op, self._call(op))

    def _constant(self, op: Operation) -> None:
        tensor = op.outputs[0]
        name = self._name(tensor)
        value = op.attrs["value"]
        self.names[name] = self.backend.to_device(value) if self.placement.on_device(tensor) else value
        if tensor in self.copied:
            self.names[self._host_name(tensor)] = value
        self.guarded.discard(tensor)

    def _bind_variable(self, op: Operation) -> str:
        name = f"s{len(self.variables)}"
        self.variables.append(op)
        self.values[op.outputs[0]] = name
        return name

    def _state(self, op: Operation) -> Any:
        """What the session keeps for the node, which may be one that a pass has made."""
        if op.opdef.state_factory is None:
            return None
        user = self.program.origin(op)
        return self.state_of(user if user.opdef is op.opdef else op)

    def _call(self, op: Operation) -> str:
        opdef = op.opdef
        given = [self._argument(op, i) for i in range(len(op._inputs))]
        if opdef.takes_lists:
            grouped = opdef.grouped(given, op.attrs)
            given = [f"({', '.join(a)}{',' if len(a) == 1 else ''})" if isinstance(a, tuple) else a for a in grouped]
        if op in self.reused:
            given.append(f"out={self.values[self.reused[op]]}")
        function = f"{_identifier(op.type)}_{len(self.names)}"
        xp = self.backend.xp if self.placement.runs_on_device(op) else np
        special = self._specialized(op, xp)
        if special is not None:
            self.names[function] = special
            given = [a for a, tensor in zip(given, op._inputs, strict=True) if tensor.op.opdef.role != "constant"]
        else:
            self.names[function] = opdef.bind(op, xp, self._state(op))
        return self._assigned(op, f"{function}({', '.join(given)})")

    def _specialized(self, op: Operation, xp: Any) -> Callable[..., Any] | None:
        """A kernel for what is known of the node, its constant inputs above all; it takes the other inputs only."""
        opdef = op.opdef
        if opdef.specialization is None or op in self.reused or opdef.takes_lists:
            return None
        constants = [t.op.attrs["value"] if t.op.opdef.role == "constant" else None for t in op._inputs]
        kernel: Callable[..., Any] | None = opdef.specialization(op, xp, *constants)
        return kernel

    def _argument(self, op: Operation, index: int) -> str:
        tensor = op._inputs[index]
        name = self.values[tensor]
        if tensor.dtype.is_ref:
            if op.opdef.slot_of(op, index).reference:
                return name
            name = f"{name}.read()"
        return self._in_right_memory(op, index, name)

    def _in_right_memory(self, op: Operation, index: int, name: str) -> str:
        if self.backend.on_host:
            return name
        move = self.placement.move(op, index)
        return name if move is None else self._move(move, name)

    def _on_host(self, tensor: Tensor) -> str:
        """The value of a tensor that decides something."""
        if tensor in self.fed:
            return self.fed[tensor]
        if tensor in self.copied:
            return self._host_name(tensor)
        name = f"{self.values[tensor]}.read()" if tensor.dtype.is_ref else self.values[tensor]
        return self._move("to_host", name) if self.placement.on_device(tensor) else name

    def _copied_home(self, tensor: Tensor) -> bool:
        """True if a node makes it on the device; a fed value is on the host as well, a variable may change."""
        return self.placement.on_device(tensor) and tensor.op.opdef.role != "feed" and not tensor.dtype.is_ref

    def _host_name(self, tensor: Tensor) -> str:
        return f"h{self.copied.index(tensor)}"

    def _move(self, direction: str, name: str) -> str:
        self.names.setdefault(direction, getattr(self.backend, direction))
        return f"{direction}({name})"

    def _assigned(self, op: Operation, expression: str) -> str:
        outputs = op._outputs
        if not outputs:
            return expression
        if outputs[0].dtype.is_ref:
            # A reference stands for its variable: what wrote it passes it on.
            self.values[outputs[0]] = self.values[op._inputs[0]]
            return expression
        names = [self._name(t) if t._consumers or t in self.kept else "_" for t in outputs]
        if op.opdef.outputs[0].is_list or len(outputs) > 1:
            return f"{', '.join(names)}{',' if len(names) == 1 else ''} = {expression}"
        return f"{names[0]} = {expression}"

    def _line(self, op: Operation, statement: str) -> None:
        self._open_guard(self.program.guard(op))
        margin = "    " * (self.indent + len(self.open))
        released = self._released(op)
        self.text.append(f"{margin}{statement}{self._brought_home(op)}{self._copies(op)}{released}")
        self.lines[len(self.text)] = op

    def _brought_home(self, op: Operation) -> str:
        """Moves what a device kernel made, but what lives in host memory by convention."""
        if not self.placement.runs_on_device(op) or op.opdef.role:
            return ""
        names = [self._name(tensor) for tensor in op._outputs if self._needs_moving(tensor)]
        return "".join(f"; {name} = {self._move('to_host', name)}" for name in names)

    def _copies(self, op: Operation) -> str:
        """Copies to the host what decides something later on."""
        tensors = [tensor for tensor in op._outputs if tensor in self.copied]
        return "".join(f"; {self._host_name(t)} = {self._move('to_host', self._name(t))}" for t in tensors)

    def _needs_moving(self, tensor: Tensor) -> bool:
        used = bool(tensor._consumers) or tensor in self.kept
        return used and not tensor.dtype.is_ref and not self.placement.on_device(tensor)

    def _open_guard(self, guard: Guard) -> None:
        if not guard and not self.open:
            return
        # Python allows 100 levels of indentation; what is nested deeper is one condition.
        wanted = [(condition,) for condition in guard[:_DEEPEST]] + ([guard[_DEEPEST:]] if guard[_DEEPEST:] else [])
        common = 0
        while common < min(len(wanted), len(self.open)) and wanted[common] == self.open[common]:
            common += 1
        self.open = self.open[:common]
        for block in wanted[common:]:
            margin = "    " * (self.indent + len(self.open))
            self.text.append(f"{margin}if {self._condition(block)}:")
            self.lines[len(self.text)] = block[0][0].op
            self.open.append(block)

    def _condition(self, guard: Guard) -> str:
        return " and ".join(("" if taken else "not ") + self._on_host(predicate) for predicate, taken in guard)

    def _released(self, op: Operation) -> str:
        dying = self.last.get(op)
        if not dying:
            return ""
        names = [
            (tensor, self.values[tensor])
            for tensor in dying
            if tensor in self.values
            and not tensor.dtype.is_ref
            and tensor.op.opdef.role not in ("feed", "constant")
            and (tensor._consumers or len(op._outputs) == 1)
        ]
        # A name that only some branches set, or that only some branches are done with, cannot simply be deleted.
        plain = [name for tensor, name in names if tensor not in self.guarded and not self.open]
        guarded = [name for tensor, name in names if tensor in self.guarded or self.open]
        text = f"; del {', '.join(plain)}" if plain else ""
        return text + (f"; {' = '.join([*guarded, 'None'])}" if guarded else "")

    def _name(self, tensor: Tensor) -> str:
        name = self.values.get(tensor)
        if name is None:
            name = self.values[tensor] = f"t{len(self.values)}"
        return name

    # -- results -------------------------------------------------------------------------------------------------------

    def _results(self) -> None:
        given: dict[Tensor, int] = {}
        for tensor in self.program.fetches:
            owner = root(tensor)
            given[owner] = given.get(owner, 0) + 1
        results = [
            self.fed[tensor] if i in self.program.passed_through else self._result(tensor, given[root(tensor)] > 1)
            for i, tensor in enumerate(self.program.fetches)
        ]
        self.text.append(f"    return ({', '.join(results)}{',' if len(results) == 1 else ''})")

    def _result(self, tensor: Tensor, shared: bool) -> str:
        name = self.values[tensor]
        guard = self.program.guard(tensor.op)
        if guard:
            self.text.append(f"    if not ({self._condition(guard)}): raise DeadTensorError({tensor.name!r})")
        if tensor.dtype.is_ref:
            # A variable that is itself fetched is read after the writes of the run.
            name = f"{name}.read()"
        if self.placement.on_device(tensor):
            return _as_scalar(self._move("to_host", name), tensor.shape)
        owner = root(tensor)
        if not owns_fresh_memory(owner) or shared:
            name = f"{name}.copy()"
        return _as_scalar(name, tensor.shape)


def _computes(op: Operation) -> bool:
    """True if the node's kernel may set NumPy's floating-point flags."""
    return op.opdef.role == "" and any(t.dtype.is_floating or t.dtype.is_complex for t in (*op._outputs, *op._inputs))


def _as_scalar(expression: str, shape: TensorShape) -> str:
    """Scalars are returned as NumPy scalars, as TF1 does; ``[()]`` makes one and leaves other arrays as they are."""
    return f"{expression}[()]" if shape.rank in (None, 0) else expression
