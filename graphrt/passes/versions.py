"""State as versions: part of capturing a program, not an optimization.

TF1 lets the reads and writes of a variable race. Here one place decides, once, which read sees which write, and writes
it down in the program: a reference tensor *is* a version of its variable.

    r = Identity(v); a = Assign(v, x); b = AssignAdd(v, y); s = Identity(v) after b
    ->  r = Identity(v); a = Assign(v, x); b = AssignAdd(a, y); s = Identity(b)            and v becomes b

Everything after capture follows these edges and decides nothing: passes move nodes as they like, Python plans keep each
version in a name of its own, and native code may write a version over the one before only where nobody reads that any
more. The rules (docs/decisions/0100-state-has-versions.md):

1. Writes to one variable keep the order in which they were declared, as far as they do not depend on each other.
2. A read sees the last of the writes that it depends on; if there is none, the value from before the run.
3. So does a node that uses a read made earlier, such as the one that all expressions of a variable share: in TF1 that
   read passes on the variable's own buffer (docs/decisions/0040).
4. A variable that is fetched itself is read after the run's writes.
5. A write under a condition is followed by a join: the new version where it ran, else the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.errors import InvalidArgumentError
from graphrt.graph.accesses import variable_of, versions_made, writers_before
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.ordering import in_declared_order
from graphrt.graph.program import Guard, Program
from graphrt.opdef.builders import builders
from graphrt.passes.intrinsics import JOIN


def number_versions(program: Program) -> None:
    """Lets each reference in a captured program stand for one version of its variable."""
    order = program.operations()
    if any(op.opdef.writes for op in order):
        _Numbering(program, order).run()


@dataclass
class _Write:
    """One write to a variable: the version that it makes, and what is seen where its condition is not known to hold."""

    op: Operation
    version: Tensor
    guard: Guard
    outside: Tensor


class _Numbering:
    def __init__(self, program: Program, order: Sequence[Operation]) -> None:
        self.program = program
        self.order = list(order)
        writers = self._in_order([op for op in order if op.opdef.writes])
        self.bits = {op: 1 << i for i, op in enumerate(writers)}
        self.writers = writers
        self.before = writers_before(program, order, self.bits)
        # Asked before anything is changed: which variable each reference refers to.
        self.referred = {
            (op, i): variable
            for op in order
            for i, tensor in enumerate(op._inputs)
            if tensor.dtype.is_ref and (variable := variable_of(tensor)) is not None
        }
        self.writes: dict[Operation, list[_Write]] = {}
        self.reads: dict[tuple[Tensor, Guard, tuple[Operation, ...]], Tensor] = {}

    def run(self) -> None:
        fetched = [(tensor, variable_of(tensor)) for tensor in self.program.fetches]
        for op in self.writers:
            self._write(op)
        for op in self.order:
            self._see(op)
        for op in self.order:
            self._see_through_reads(op)
        self.program.commits = {variable: writes[-1].outside for variable, writes in self.writes.items()}
        self.program.fetches = [
            tensor if variable is None else self._fetched(tensor, variable) for tensor, variable in fetched
        ]
        self.program.changed()

    def _in_order(self, writers: list[Operation]) -> list[Operation]:
        """As declared; if a write depends on one that was declared later, in the order of the whole program."""
        position = {op: i for i, op in enumerate(in_declared_order(self.program, self.order, {}))}
        return sorted(writers, key=position.__getitem__)

    # -- writes --------------------------------------------------------------------------------------------------------

    def _write(self, op: Operation) -> None:
        """Lets a write take the version that is there, and make the next one."""
        guard = self.program.guard(op)
        made = versions_made(op)
        written = [self.referred.get((op, index)) for index in op.opdef.written(op)]
        for variable in written:
            if variable is not None and written.count(variable) > 1:
                user, twice = self.program.origin(op), self.program.origin(variable).name
                raise InvalidArgumentError(
                    None,
                    user,
                    f"{user.type} '{user.name}': the variable '{twice}' is given for two of the references that it "
                    "writes; give it two variables",
                )
        for position, index in enumerate(op.opdef.written(op)):
            variable = self.referred.get((op, index))
            if variable is None:
                continue
            before = self._latest(variable, guard)
            if position == len(made):
                old = op._inputs[index]
                made.append(Tensor(op, len(op._outputs), old.dtype, before.shape))
                op._outputs.append(made[-1])
            op._update_input(index, before)
            version = made[position]
            outside = version
            if guard:
                outside = self._join(op, self._latest(variable, ()), version)
            self.writes.setdefault(variable, []).append(_Write(op, version, guard, outside))

    def _join(self, op: Operation, before: Tensor, version: Tensor) -> Tensor:
        graph = self.program.graph
        name = graph.unique_name(f"{op.name}/or_before")
        joined = graph.add_operation(JOIN, (before, version), {"T": version.dtype.base_dtype}, name)
        self.program.stand_in(joined, self.program.origins[op])
        return joined._outputs[0]

    def _latest(self, variable: Operation, guard: Guard) -> Tensor:
        """The version after the writes so far, where the conditions of ``guard`` hold."""
        writes = self.writes.get(variable)
        return _visible(writes[-1], guard) if writes else variable._outputs[0]

    # -- reads ---------------------------------------------------------------------------------------------------------

    def _seen(self, op: Operation, variable: Operation) -> int:
        """How many of the writes to a variable a node sees: all up to the last one that it depends on."""
        mask = self.before.get(op, 0) & ~self.bits.get(op, 0)
        writes = self.writes.get(variable, ())
        for count in range(len(writes), 0, -1):
            if mask & self.bits[writes[count - 1].op]:
                return count
        return 0

    def _version(self, variable: Operation, count: int, guard: Guard) -> Tensor:
        return _visible(self.writes[variable][count - 1], guard) if count else variable._outputs[0]

    def _see(self, op: Operation) -> None:
        """Lets a node that reads through a reference read the version that it sees."""
        written = op.opdef.written(op) if op.opdef.writes else ()
        for index in range(len(op._inputs)):
            variable = self.referred.get((op, index))
            if variable is None or index in written:
                continue
            version = self._version(variable, self._seen(op, variable), self.program.guard(op))
            if version is not op._inputs[index]:
                op._update_input(index, version)

    def _see_through_reads(self, op: Operation) -> None:
        """Gives a node that depends on a write, but uses a read that does not, a read of its own."""
        if op not in self.before:
            return
        for index, tensor in enumerate(op._inputs):
            if index == 0 and op.opdef.role == "choose":
                continue  # what ran has been decided: a branch that clears its own flag has been taken all the same
            read = _read_behind(tensor)
            if read is None or read is op:
                continue
            variable = variable_of(read._inputs[0])
            if variable is None:
                continue
            count = self._seen(op, variable)
            if count > self._seen(read, variable):
                waits = _waits_between(tensor, read)
                op._update_input(index, self._read(read, waits, variable, count, self.program.guard(op)))

    def _read(
        self, read: Operation, waits: tuple[Operation, ...], variable: Operation, count: int, guard: Guard
    ) -> Tensor:
        version = self._version(variable, count, guard)
        guard = self.program.guard(version.op) or self.program.guard(read)
        key = (version, guard, waits)
        if key not in self.reads:
            graph = self.program.graph
            made = graph.add_operation(read.opdef, (version,), dict(read.attrs), graph.unique_name(read.name))
            made._add_control_inputs(waits)
            made.source = read.source
            self.program.stand_in(made, self.program.origins[read])
            self.program.set_guard(made, guard)
            self.reads[key] = made._outputs[0]
        return self.reads[key]

    def _fetched(self, tensor: Tensor, variable: Operation) -> Tensor:
        final = self._latest(variable, ())
        guard = self.program.guard(tensor.op)
        if not guard:
            return final
        # The output of a write in a branch: it can be fetched only if the branch is taken.
        with self.program.as_default():
            passed = builders().handed_on(final)
        self.program.stand_in(passed.op, self.program.origins[tensor.op])
        self.program.set_guard(passed.op, guard)
        return passed


def _visible(write: _Write, guard: Guard) -> Tensor:
    return write.version if set(write.guard) <= set(guard) else write.outside


def _read_behind(tensor: Tensor) -> Operation | None:
    """The read of a variable whose value ``tensor`` is, handed on by identities; None if it is none."""
    op = tensor.op
    while op.opdef.role == "identity":
        source = op._inputs[0]
        if source.dtype.is_ref:
            return op
        op = source.op
    return None


def _waits_between(tensor: Tensor, read: Operation) -> tuple[Operation, ...]:
    """What the read, and the identities that hand it on to ``tensor``, wait for."""
    waits = list(read._control_inputs)
    op = tensor.op
    while op is not read:
        waits += op._control_inputs
        op = op._inputs[0].op
    return tuple(dict.fromkeys(waits))
