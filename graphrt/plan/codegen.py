"""A program as straight-line Python: one node a line.

    def plan(f0):
        with lock: here = gate.presence; v0 = s0.value
        with errstate(all='ignore'):
            t1 = v0 if v0 is not None else s0.read()    # Identity 'w/read'  model.py:3
            t2 = matmul_2(f0, t1); del t1               # MatMul 'MatMul'  model.py:7
            with lock:
                v0 = s0.value
                t3 = assignadd_3(v0, t2)                # AssignAdd 'AssignAdd'  model.py:9
                commit(c0, (v0,), (t3,))
        r0 = t2.copy()
        return (r0,)

Line N *is* a node, so that one ``try`` around the call maps any exception to its node and costs the good path nothing.
Values are dropped where they are used last. The comments are added when somebody looks: no name of the user's is ever
in the text that is compiled. Plans of many thousands of lines are not compiled as one function: see ``stepwise.py``.

Variables are read once, at the beginning; what is written is kept in names of its own until all of it is committed at
once (plan/gate.py): at the end, and before anything that others can see (``roles.foreign``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphrt.backends.base import Backend
from graphrt.graph.accesses import may_be_absent, root, variable_of, versions_made
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.graph.roles import ByRole, decided
from graphrt.plan.gate import Gate, commit, value_of
from graphrt.plan.generated import Generated, identifier, written_down
from graphrt.plan.inplace import owns_fresh_memory, reused_inputs
from graphrt.plan.liveness import last_uses
from graphrt.plan.placement import Placement, placed
from graphrt.plan.schedule import scheduled, segments
from graphrt.plan.statement import Block, Body, Code, Global, Local, Names, Several, Statement, joined
from graphrt.plan.stepwise import stepwise
from graphrt.shapes import TensorShape

_DEEPEST = 16  # nested ``if`` blocks
_MOST_LINES = 4000  # in one compiled function


class DeadTensorError(Exception):
    """A fetched tensor belongs to a branch that was not taken."""


def generate(
    program: Program, backend: Backend, state_of: Callable[[Operation], Any], gate: Gate, reuse_memory: bool = True
) -> Generated:
    """The function of a program; ``state_of(user's node)`` is what the session keeps for a stateful node.

    ``reuse_memory`` lets kernels write their output over an input that nobody needs any more.
    """
    body = _Generator(program, backend, state_of, gate, reuse_memory).run()
    generated = written_down(program, body)
    if len(generated.lines) > _MOST_LINES:
        generated.steps = stepwise(body, generated.numbered)
        generated.function = generated.steps.function
    else:
        exec(compile("\n".join(generated.text), "<graphrt plan>", "exec"), body.names)
        generated.function = body.names["plan"]
    return generated


class _Generator(ByRole):
    """Makes the statements of a program."""

    def __init__(
        self,
        program: Program,
        backend: Backend,
        state_of: Callable[[Operation], Any],
        gate: Gate,
        reuse_memory: bool,
    ) -> None:
        self.program = program
        self.backend = backend
        self.state_of = state_of
        self.names: Names = {"errstate": np.errstate, "lock": gate.lock, "gate": gate, "commit": commit}
        self.values: dict[Tensor, Local | Global] = {}
        self.fed: dict[Tensor, Local] = {}
        self.block = Block()
        self.order = scheduled(program)
        self.variables = [op for op in self.order if op.opdef.role == "variable"]
        self.slots: dict[Operation, Global] = {}
        self.latest: dict[Operation, Tensor] = {}  # the version that each variable has at this point of the run
        self.bases: list[Local | Global] = []  # the names of what the variables that are being written held before
        self.commits = 0
        self.placement: Placement = placed(self.order, backend)
        # Conditions of branches, and what is left of variables, are used without being anyone's input.
        versions = [version for op in self.order for version in versions_made(op)]
        self.kept = {*program.fetches, *program.predicates(), *program.commits.values(), *versions}
        # What decides something is needed on the host: it is copied there once, and not wherever it is asked for.
        deciding = {op._inputs[0] for op in self.order if op.opdef.role == "choose"} | set(program.predicates())
        self.copied = {
            tensor: Local(f"h{i}")
            for i, tensor in enumerate(
                t for op in self.order for t in op._outputs if t in deciding and self._copied_home(t)
            )
        }
        self.last = last_uses(self.order, self.kept)
        self.reused = reused_inputs(self.order, self.last) if reuse_memory else {}
        self.guarded = {tensor for op in self.order if program.guard(op) for tensor in op.outputs}
        # Arrays that more than one owner may get: of two fetches, or a fetch and a variable, one must copy.
        self.owners: dict[Tensor, int] = {}
        for tensor in (*program.fetches, *versions):
            owner = root(tensor)
            if owner is not tensor or not tensor.dtype.is_ref:
                self.owners[owner] = self.owners.get(owner, 0) + 1

    def run(self) -> Body:
        program = self.program
        parameters = [Local(f"f{i}") for i in range(len(program.feeds))]
        self.fed = dict(zip(program.feeds, parameters, strict=True))
        self.values.update(self.fed)
        moved = [self._moved(tensor, i) for i, tensor in enumerate(program.feeds) if self.placement.on_device(tensor)]
        for op in self.variables:
            self.visit(op)
        blocks = []
        for locked, nodes in segments(self.order):
            self.block = Block(locked=locked)
            written = list(dict.fromkeys(v for op in nodes for v in _written(op))) if locked else []
            if written:
                self._take_up(written)
            for op in nodes:
                self.visit(op)
            if written:
                self._commit(written)
            blocks.append(self.block)
        before = [*self._entry(), *self._blank(), *moved]
        self.block = Block()
        results = self._results()
        computes = any(_computes(op) for op in self.order)
        named = (self.names, self.values, self.variables)
        return Body(parameters, before, blocks, self.block.statements, results, *named, computes)

    # -- variables -----------------------------------------------------------------------------------------------------

    def _entry(self) -> list[Statement]:
        """Reads all variables at once; while the name ``here`` lives, nobody changes their arrays."""
        if not self.variables:
            return []
        read = self._values_of([op._outputs[0] for op in self.variables], "slots")
        return [
            Statement(None, ["with ", Global("lock"), ": ", Local("here"), " = ", Global("gate"), ".presence; ", *read])
        ]

    def _values_of(self, versions: list[Tensor], called: str) -> Code:
        """Gives the names of versions what their variables hold now, all at once."""
        names = [self.values[version] for version in versions]
        slots = [self.slots[variable_of(version)] for version in versions]  # type: ignore[index]
        if len(names) == 1:
            return [names[0], " = ", slots[0], ".value"]
        self.names[called] = tuple(self.names[slot] for slot in slots)
        self.names["value_of"] = value_of
        return [*joined([name] for name in names), " = map(", Global("value_of"), ", ", Global(called), ")"]

    def _take_up(self, written: list[Operation]) -> None:
        """Reads what is about to be written once more: other runs may have written it since this one began."""
        code = self._values_of([self.latest[variable] for variable in written], self._committed())
        self.block.statements.append(Statement(None, code))
        self.bases = [self.values[self.latest[variable]] for variable in written]

    def _commit(self, written: list[Operation]) -> None:
        after = [self.values[self.latest[variable]] for variable in written]
        slots = self._committed()
        self.names[slots] = tuple(self.names[self.slots[variable]] for variable in written)
        code: Code = [
            Global("commit"),
            "(",
            Global(slots),
            ", ",
            Several(tuple(self.bases)),
            ", ",
            Several(tuple(after)),
            ")",
        ]
        self.block.statements.append(Statement(None, code))
        self.commits += 1

    def _committed(self) -> str:
        """The name of the Slots that are written together."""
        return f"c{self.commits}"

    def _present(self, tensor: Tensor) -> Code:
        """The value of a version, or the error that there is none."""
        name = self.values[tensor]
        if not may_be_absent(tensor):
            return [name]
        slot = self.slots[variable_of(tensor)]  # type: ignore[index]
        return ["(", name, " if ", name, " is not None else ", slot, ".read())"]

    # -- roles ---------------------------------------------------------------------------------------------------------

    def variable(self, op: Operation) -> None:
        if op in self.slots:
            return
        tensor = op._outputs[0]
        number = len(self.slots)
        self.slots[op] = Global(f"s{number}")
        self.names[f"s{number}"] = self._state(op)
        self.values[tensor] = Local(f"v{number}")
        self.latest[op] = tensor

    def constant(self, op: Operation) -> None:
        tensor = op._outputs[0]
        name = self.values[tensor] = Global(f"k{len(self.names)}")
        value = op.attrs["value"]
        self.names[name] = self.backend.to_device(value) if self.placement.on_device(tensor) else value
        if tensor in self.copied:
            home = Global(f"k{len(self.names)}")
            self.names[home] = value
            self.copied[tensor] = home  # type: ignore[assignment]
        self.guarded.discard(tensor)

    def identity(self, op: Operation) -> None:
        self._line(op, self._argument(op, 0))

    def choose(self, op: Operation) -> None:
        if_false, if_true = self._argument(op, 1), self._argument(op, 2)
        code: Code = [*if_true, " if ", *self._decided(op._inputs[0]), " else ", *if_false]
        if self._may_be_dead(op):
            alive = Global(f"alive{len(self.names)}")
            self.names[alive] = _alive(self.program.origin(op).outputs[0])
            code = [alive, "(", *code, ")"]
        self._line(op, code)

    def _may_be_dead(self, op: Operation) -> bool:
        """True if what is chosen may not be there: more than one condition decides about it (one of those that TF1's
        ``cond`` makes of its predicate is fed)."""
        decided_here = {(op._inputs[0], taken) for taken in (False, True)} | set(self.program.guard(op))
        return any(not set(self.program.guard(tensor.op)) <= decided_here for tensor in op._inputs[1:])

    def join(self, op: Operation) -> None:
        before, written = (self.values[tensor] for tensor in op._inputs)
        self._line(op, [written, " if ", written, " is not None else ", before])

    def compute(self, op: Operation) -> None:
        self._line(op, self._call(op))

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _state(self, op: Operation) -> Any:
        """What the session keeps for the node, which may be one that a pass has made."""
        if op.opdef.state_factory is None:
            return None
        user = self.program.origin(op)
        return self.state_of(user if user.opdef is op.opdef else op)

    def _call(self, op: Operation) -> Code:
        opdef = op.opdef
        given = [self._argument(op, i) for i in range(len(op._inputs))]
        if opdef.takes_lists:
            given = [_listed(a) if isinstance(a, tuple) else a for a in opdef.grouped(given, op.attrs)]
        if op in self.reused:
            given.append(["out=", self.values[self.reused[op]]])
        function = Global(f"{identifier(op.type)}_{len(self.names)}")
        xp = self.backend.xp if self.placement.runs_on_device(op) else np
        special = self._specialized(op, xp)
        if special is not None:
            self.names[function] = special
            given = [a for a, tensor in zip(given, op._inputs, strict=True) if tensor.op.opdef.role != "constant"]
        else:
            self.names[function] = opdef.bind(op, xp, self._state(op))
        code: Code = [function, "(", *joined(given), ")"]
        # The one place where what is written is copied: unless this run has made the array, and nobody else gets it.
        version = op._outputs[0] if op._outputs else None
        if version is not None and version.dtype.is_ref and root(version) is not version:
            owner = root(version)
            if not owns_fresh_memory(owner) or self.owners.get(owner, 0) > 1 or owner is not op._inputs[opdef.aliases]:
                code.append(".copy()")
        return code

    def _specialized(self, op: Operation, xp: Any) -> Callable[..., Any] | None:
        """A kernel for what is known of the node, its constant inputs above all; it takes the other inputs only."""
        opdef = op.opdef
        if opdef.specialization is None or op in self.reused or opdef.takes_lists:
            return None
        constants = [t.op.attrs["value"] if t.op.opdef.role == "constant" else None for t in op._inputs]
        kernel: Callable[..., Any] | None = opdef.specialization(op, xp, *constants)
        return kernel

    def _argument(self, op: Operation, index: int) -> Code:
        tensor = op._inputs[index]
        code: Code = [self.values[tensor]]
        if tensor.dtype.is_ref and not op.opdef.takes_absent:
            code = self._present(tensor)
        return self._in_right_memory(op, index, code)

    def _in_right_memory(self, op: Operation, index: int, code: Code) -> Code:
        if self.backend.on_host:
            return code
        move = self.placement.move(op, index)
        return code if move is None else self._move(move, code)

    def _on_host(self, tensor: Tensor) -> Code:
        """The value of a tensor that decides something."""
        if tensor in self.fed:
            return [self.fed[tensor]]
        if tensor in self.copied:
            return [self.copied[tensor]]
        code: Code = self._present(tensor) if tensor.dtype.is_ref else [self.values[tensor]]
        return self._move("to_host", code) if self.placement.on_device(tensor) else code

    def _copied_home(self, tensor: Tensor) -> bool:
        """True if a node makes it on the device; a fed value is on the host as well, a variable may change."""
        return self.placement.on_device(tensor) and tensor.op.opdef.role != "feed" and not tensor.dtype.is_ref

    def _move(self, direction: str, code: Code) -> Code:
        self.names.setdefault(direction, getattr(self.backend, direction))
        return [Global(direction), "(", *code, ")"]

    # -- statements ----------------------------------------------------------------------------------------------------

    def _line(self, op: Operation, expression: Code) -> None:
        targets: list[Local] = []
        code = expression
        if op._outputs:
            names = [self._name(t) if t._consumers or t in self.kept else Local("_") for t in op._outputs]
            several = len(names) > 1 or bool(op.opdef.outputs and op.opdef.outputs[0].is_list)
            targets = names
            code = [*joined([name] for name in names), ", = " if several and len(names) == 1 else " = ", *expression]
        for version in _versions_left(op):
            variable = variable_of(version)
            if variable is not None:
                self.latest[variable] = version
        conditions, deciding = self._conditions(op)
        gone, blanked = self._released(op)
        self.block.statements.append(
            Statement(
                op,
                [*code, *self._brought_home(op), *self._copies(op)],
                conditions,
                deciding,
                gone,
                blanked,
                tuple(targets),
            )
        )

    def _brought_home(self, op: Operation) -> Code:
        """Moves what a device kernel made, but what lives in host memory by convention."""
        code: Code = []
        if self.placement.runs_on_device(op) and not op.opdef.role:
            for tensor in op._outputs:
                if self._needs_moving(tensor):
                    name = self._name(tensor)
                    code += ["; ", name, " = ", *self._move("to_host", [name])]
        return code

    def _copies(self, op: Operation) -> Code:
        """Copies to the host what decides something later on."""
        code: Code = []
        for tensor in op._outputs:
            if tensor in self.copied:
                code += ["; ", self.copied[tensor], " = ", *self._move("to_host", [self._name(tensor)])]
        return code

    def _needs_moving(self, tensor: Tensor) -> bool:
        used = bool(tensor._consumers) or tensor in self.kept
        return used and not tensor.dtype.is_ref and not self.placement.on_device(tensor)

    def _conditions(self, op: Operation) -> tuple[tuple[Code, ...], tuple[Operation, ...]]:
        guard = self.program.guard(op)
        if not guard:
            return (), ()
        # Python allows 100 levels of indentation; what is nested deeper is one condition.
        blocks = [(condition,) for condition in guard[:_DEEPEST]] + ([guard[_DEEPEST:]] if guard[_DEEPEST:] else [])
        conditions = tuple([self._condition(block) for block in blocks])
        return conditions, tuple([block[0][0].op for block in blocks])

    def _condition(self, guard: Any) -> Code:
        parts: list[Code] = [["" if taken else "not ", *self._decided(predicate)] for predicate, taken in guard]
        return joined(parts, " and ")

    def _decided(self, predicate: Tensor) -> Code:
        """The truth of a tensor, which must be a scalar: checked where nobody knows that it is."""
        code = self._on_host(predicate)
        if predicate.shape.rank == 0:
            return code
        self.names["decided"] = decided
        return [Global("decided"), "(", *code, ")"]

    def _released(self, op: Operation) -> tuple[tuple[Local, ...], tuple[Local, ...]]:
        dying = self.last.get(op)
        if not dying:
            return (), ()
        names = [
            (tensor, self.values[tensor])
            for tensor in dying
            if tensor in self.values
            and not tensor.dtype.is_ref
            and tensor.op.opdef.role not in ("feed", "constant")
            and (tensor._consumers or len(op._outputs) == 1)
        ]
        # A name that only some branches set, or that only some branches are done with, cannot simply be deleted.
        conditional = bool(self.program.guard(op))
        plain = [name for tensor, name in names if tensor not in self.guarded and not conditional]
        guarded = [name for tensor, name in names if tensor in self.guarded or conditional]
        return tuple(map(Local, plain)), tuple(map(Local, guarded))

    def _name(self, tensor: Tensor) -> Local:
        """The name of what a node makes."""
        name = self.values.get(tensor)
        if not isinstance(name, Local):
            name = self.values[tensor] = Local(f"t{len(self.values)}")
        return name

    # -- beginning and end ---------------------------------------------------------------------------------------------

    def _blank(self) -> list[Statement]:
        """Names that only branches set are there from the beginning."""
        tensors = [t for op in self.order if self.program.guard(op) for t in op._outputs]
        names = [self.values[t] for t in tensors if isinstance(self.values.get(t), Local)]
        names += [self.copied[t] for t in self.copied if t in self.guarded]
        return [Statement(None, [*joined(([name] for name in names), " = "), " = None"])] if names else []

    def _moved(self, tensor: Tensor, number: int) -> Statement:
        """Brings a fed value to the device."""
        name = self.values[tensor] = Local(f"d{number}")
        return Statement(None, [name, " = ", *self._move("to_device", [self.fed[tensor]])])

    def _results(self) -> list[Code]:
        """Gives each fetch a name that belongs to the caller."""
        results: list[Code] = []
        for i, tensor in enumerate(self.program.fetches):
            if i in self.program.passed_through:
                results.append([self.fed[tensor]])
                continue
            name = Local(f"r{i}")
            guard = self.program.guard(tensor.op)
            if guard:
                dead = Global(f"dead{i}")
                self.names[dead] = _raises(tensor)
                self._after(tensor, ["if not (", *self._condition(guard), "): ", dead, "()"])
            self._after(tensor, [name, " = ", *self._result(tensor)])
            results.append([name])
        return results

    def _after(self, tensor: Tensor, code: Code) -> None:
        self.block.statements.append(Statement(tensor.op, code, result=True))

    def _result(self, tensor: Tensor) -> Code:
        code: Code = self._present(tensor) if tensor.dtype.is_ref else [self.values[tensor]]
        if self.placement.on_device(tensor):
            return _as_scalar(self._move("to_host", code), tensor.shape)
        owner = root(tensor)
        if not owns_fresh_memory(owner) or self.owners[owner] > 1:
            code = [*code, ".copy()"]
        return _as_scalar(code, tensor.shape)


def _written(op: Operation) -> list[Operation]:
    """The variables that have another version after a node."""
    versions = _versions_left(op)
    return [variable for version in versions if (variable := variable_of(version)) is not None]


def _versions_left(op: Operation) -> list[Tensor]:
    return list(op._outputs) if op.opdef.role == "join" else versions_made(op)


def _listed(argument: tuple[Any, ...]) -> Code:
    """The inputs of a slot that takes a list."""
    if all(len(code) == 1 for code in argument):
        return [Several(tuple(code[0] for code in argument))]
    return ["(", *joined(argument), ",)"]


def _alive(tensor: Tensor) -> Callable[[Any], Any]:
    def alive(value: Any) -> Any:
        if value is None:
            raise DeadTensorError(tensor.name)
        return value

    return alive


def _raises(tensor: Tensor) -> Callable[[], None]:
    def dead() -> None:
        raise DeadTensorError(tensor.name)

    return dead


def _computes(op: Operation) -> bool:
    """True if the node's kernel may set NumPy's floating-point flags."""
    return op.opdef.role == "" and any(t.dtype.is_floating or t.dtype.is_complex for t in (*op._outputs, *op._inputs))


def _as_scalar(code: Code, shape: TensorShape) -> Code:
    """Scalars are returned as NumPy scalars, as TF1 does; ``[()]`` makes one and leaves other arrays as they are."""
    return [*code, "[()]"] if shape.rank in (None, 0) else code
