"""From the user's graph to a Program: prune, cut at the feeds, and turn Switch and Merge into guards.

Feeds cut the graph before anything else looks at it, so that whatever is fed wins over its computation.

TF1's ``cond`` marks the nodes of a branch by ``Switch`` nodes on the tensors that flow into it. Here a node knows its
*guard* instead: the predicates that must hold for it to run. A Switch disappears (its output is its input, guarded),
and a Merge becomes a choice by the predicate. See docs/decisions/0005-cond-as-guards.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from graphrt.dtypes import DType, int32, int64
from graphrt.errors import InvalidArgumentError
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Guard, Program, needed
from graphrt.opdef.builders import builders
from graphrt.opdef.static import static_dims, static_value
from graphrt.passes.intrinsics import CHOOSE, CONSTANT, FEED
from graphrt.passes.versions import number_versions
from graphrt.shapes import TensorShape


def capture(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    shapes: Sequence[tuple[int, ...]] | None = None,
    values: Mapping[int, np.ndarray] | None = None,
    done: Collection[Operation] = (),
) -> Program:
    """The program that computes ``fetches`` (tensors, and operations to run) when ``feeds`` are given.

    ``shapes``, if given, are those of the fed values: what follows from them is inferred, too. ``values`` are those of
    some of the feeds, by their number: the program is for these values only. Nothing waits for nodes that are ``done``.
    """
    return _Capture(feeds, shapes, values or {}, done).run(fetches)


def conditional(
    fetches: Sequence[Tensor | Operation], feeds: Sequence[Tensor], done: Collection[Operation] = ()
) -> set[Operation]:
    """The user's nodes that run, or have a value, under a condition only."""
    captured = _Capture(feeds, None, {}, done)
    captured.run(fetches)
    return {*captured.operation_guards, *(tensor.op for tensor in captured.guards)}


class _Capture:
    def __init__(
        self,
        feeds: Sequence[Tensor],
        shapes: Sequence[tuple[int, ...]] | None,
        values: Mapping[int, np.ndarray],
        done: Collection[Operation],
    ) -> None:
        self.program = Program()
        self.done = done
        self.twins: dict[Tensor, Tensor] = {}
        self.guards: dict[Tensor, Guard] = {}  # of the user's tensors, where there are any
        self.operation_guards: dict[Operation, Guard] = {}
        self.operations: dict[Operation, Operation] = {}
        self.effects: set[Operation] = set()  # the user's nodes that do something, or wait for one that does
        # Of the user's tensors that a Switch makes: what its predicate waited for. (The predicate itself is looked
        # through, so that all conditions on one tensor are the same condition.)
        self.waits: dict[Tensor, list[Operation]] = {}
        # A fed tensor whose value was known statically may have shaped what comes after it; the fed value decides now.
        self.shapes_doubtful = any(_is_known(tensor) for tensor in feeds)
        self.infer_again = self.shapes_doubtful or shapes is not None
        self.fed = {tensor: number for number, tensor in enumerate(feeds)}
        self.wanted: set[Tensor] = set()  # what is fetched
        for i, tensor in enumerate(feeds):
            self._feed(tensor, tensor.shape if shapes is None else TensorShape(shapes[i]))
            if i in values:
                self.twins[tensor] = self._constant(tensor.op, "value", values[i], tensor.dtype.base_dtype)

    def run(self, fetches: Sequence[Tensor | Operation]) -> Program:
        program = self.program
        self.wanted.update(fetch for fetch in fetches if isinstance(fetch, Tensor))
        for op in needed(fetches, set(self.twins), self.done):
            self._copy(op)
        for fetch in fetches:
            if isinstance(fetch, Operation):
                program.targets.append(self._target(fetch))
            else:
                program.fetches.append(self._fetched(fetch))
        tensors = [fetch for fetch in fetches if isinstance(fetch, Tensor)]
        program.passed_through = {i: self.fed[tensor] for i, tensor in enumerate(tensors) if tensor in self.fed}
        number_versions(program)
        return program

    def _feed(self, tensor: Tensor, shape: TensorShape) -> None:
        graph = self.program.graph
        name = graph.unique_name(
            tensor.op.name if tensor.value_index == 0 else f"{tensor.op.name}_{tensor.value_index}"
        )
        op = graph.add_operation(FEED, (), {"dtype": tensor.dtype.base_dtype}, name)
        op.outputs[0].set_shape(shape)
        self.program.stand_in(op, [tensor.op])
        self.program.feeds.append(op.outputs[0])
        self.twins[tensor] = op.outputs[0]

    def _copy(self, op: Operation) -> None:
        role = op.opdef.role
        guard: Guard = ()
        if self.guards or self.operation_guards:
            guard = _union(
                [self.guards.get(t, ()) for t in op._inputs] + [self._guard_of(c) for c in op._control_inputs]
            )
        if (
            op.opdef.has_effect
            or op.opdef.advances
            or (
                self.effects
                and (
                    any(c in self.effects for c in op._control_inputs)
                    or any(t.op in self.effects or t in self.waits for t in op._inputs if t not in self.fed)
                )
            )
        ):
            self.effects.add(op)
        if role == "switch":
            self._switch(op, guard)
        elif role == "merge":
            self._merge(op)
        else:
            self._plain(op, guard)

    def _guard_of(self, op: Operation) -> Guard:
        return self.operation_guards.get(op, ())

    def _controls(self, op: Operation) -> list[Operation]:
        """The control inputs that matter: those that do something. The others only placed the node in a branch."""
        controls = [self.operations[c] for c in op._control_inputs if c in self.effects and c in self.operations]
        if self.waits:
            controls += [waited for tensor in op._inputs for waited in self.waits.get(tensor, ())]
        return list(dict.fromkeys(controls))

    def _plain(self, op: Operation, guard: Guard) -> None:
        if op.opdef.writes:
            self._check_written(op)
        twin = self.program.copy(op, [self.twins[tensor] for tensor in op._inputs], self._controls(op))
        if self.infer_again:
            op.opdef.make_outputs(twin)
            # (A write in a program, of which another one is made, has the versions that it makes as outputs, too.)
            twin._outputs += [Tensor(twin, t.value_index, t.dtype, t.shape) for t in op._outputs[len(twin._outputs) :]]
            if not self.shapes_doubtful:
                _add_shapes(op, twin)
        self.operations[op] = twin
        if guard:
            self.program.set_guard(twin, guard)
            self.operation_guards[op] = guard
        for tensor, copy in zip(op._outputs, twin._outputs, strict=True):
            if tensor not in self.twins:  # else it is fed
                self.twins[tensor] = copy
                if guard:
                    self.guards[tensor] = guard

    def _check_written(self, op: Operation) -> None:
        """A fed value takes the variable's place in this run: there is nothing to assign to."""
        for index in op.opdef.written(op):
            tensor = op._inputs[index]
            if tensor in self.fed:
                raise InvalidArgumentError(
                    None,
                    op,
                    f"Input {index} of node {op.name} was passed {tensor.dtype.base_dtype.name} from the feed of "
                    f"{tensor.name} incompatible with expected {tensor.dtype.name}: a variable that is fed cannot be "
                    "assigned to in the same run",
                )

    def _switch(self, op: Operation, guard: Guard) -> None:
        data, predicate = op._inputs
        waits = [*self._controls(op), *_waited_for(self.twins[predicate])]
        for tensor, taken in zip(op._outputs, (False, True), strict=True):
            if tensor not in self.twins:
                self.twins[tensor] = self.twins[data]
                self.guards[tensor] = _union([guard, ((_decided_by(self.twins[predicate]), taken),)])
                if waits:
                    self.waits[tensor] = waits
        self.operation_guards[op] = guard
        self.operations[op] = self.twins[data].op

    def _merge(self, op: Operation) -> None:
        if not any(tensor in self.guards for tensor in op._inputs):
            self._merge_given(op)
            return
        predicate, order = self._predicate(op._inputs)
        guards = [self.guards.get(tensor, ()) for tensor in op._inputs]
        # The choice can be made where either input is there: what both need is what it needs.
        common: Guard = tuple(condition for condition in guards[0] if all(condition in guard for guard in guards[1:]))
        output, value_index = op.outputs
        # (If the output is fed, the node is still there for those who wait for it.)
        if output not in self.twins or op in self.effects:
            chosen = self._choose(op, output, predicate, [self.twins[op._inputs[i]] for i in order], common)
            self.operations[op] = chosen
        else:
            self.operations[op] = self.twins[output].op
        used = value_index._consumers or value_index in self.wanted
        if used and value_index not in self.twins:
            self._choose(op, value_index, predicate, [self._index(op, i) for i in order], common)
        if common:
            self.operation_guards[op] = common

    def _merge_given(self, op: Operation) -> None:
        """Both inputs are fed: TF1 takes the one that comes first, here it is the first one."""
        output, value_index = op.outputs
        self.twins.setdefault(output, self.twins[op._inputs[0]])
        if value_index not in self.twins:
            self.twins[value_index] = self._index(op, 0)
        self.operations[op] = self.twins[output].op

    def _choose(
        self, op: Operation, output: Tensor, predicate: Tensor, values: Sequence[Tensor], guard: Guard
    ) -> Operation:
        """Makes the choice that stands for an output of a Merge, unless that is fed."""
        graph = self.program.graph
        attrs = {"T": values[0].dtype.base_dtype}
        chosen = graph.add_operation(CHOOSE, (predicate, *values), attrs, graph.unique_name(op.name))
        if not self.shapes_doubtful:
            _add_shape(output, chosen.outputs[0])
        chosen._control_inputs = self._controls(op)
        self.program.stand_in(chosen, [op])
        if guard:
            self.program.set_guard(chosen, guard)
        if output not in self.twins:
            self.twins[output] = chosen.outputs[0]
            if guard:
                self.guards[output] = guard
        return chosen

    def _index(self, op: Operation, index: int) -> Tensor:
        """Which input of a Merge was taken, as a constant."""
        return self._constant(op, "index", np.array(index, np.int32), int32)

    def _constant(self, op: Operation, what: str, value: np.ndarray, dtype: DType) -> Tensor:
        """A constant that stands for the user's node ``op``."""
        graph = self.program.graph
        attrs = {"dtype": dtype, "value": value}
        made = graph.add_operation(CONSTANT, (), attrs, graph.unique_name(f"{op.name}/{what}"))
        made.outputs[0].set_shape(value.shape)
        self.program.stand_in(made, [op])
        return made.outputs[0]

    def _predicate(self, inputs: Sequence[Tensor]) -> tuple[Tensor, tuple[int, int]]:
        """What decides between the two inputs, and which of them is the false one and which the true one."""
        first, second = (self.guards.get(tensor, ()) for tensor in inputs[:2])
        for predicate, taken in reversed(first):
            if (predicate, not taken) in second:
                return predicate, (1, 0) if taken else (0, 1)
        # One of the inputs is fed: the other one still tells what decides.
        for guard, at in ((first, 0), (second, 1)):
            if guard:
                predicate, taken = guard[-1]
                return predicate, (1 - at, at) if taken else (at, 1 - at)
        raise ValueError(f"the inputs of a Merge, {inputs}, depend on no common condition")

    def _target(self, op: Operation) -> Operation:
        return self.operations[op]

    def _fetched(self, tensor: Tensor) -> Tensor:
        guard = self.guards.get(tensor, ())
        twin = self.twins[tensor]
        if guard and self.program.guard(twin.op) != guard:
            # The output of a Switch: it exists only where its side is taken.
            with self.program.as_default():
                passed = builders().handed_on(twin)
            self.program.stand_in(passed.op, [tensor.op])
            self.program.set_guard(passed.op, guard)
            return passed
        return twin


def _add_shapes(op: Operation, twin: Operation) -> None:
    """What was declared of the shapes (by ``set_shape``, say) holds, too, as far as it fits what was inferred."""
    for tensor, copy in zip(op._outputs, twin._outputs, strict=True):
        _add_shape(tensor, copy)


def _add_shape(tensor: Tensor, copy: Tensor) -> None:
    if copy.shape.is_compatible_with(tensor.shape):
        copy.set_shape(tensor.shape)


def _is_known(tensor: Tensor) -> bool:
    """True if the declaration decides the tensor's value, or a part of it (the known dimensions of a shape)."""
    if static_value(tensor) is not None:
        return True
    dims = static_dims(tensor) if tensor.dtype in (int32, int64) and tensor.shape.rank == 1 else None
    return dims is not None and any(dimension is not None for dimension in dims)


def _decided_by(predicate: Tensor) -> Tensor:
    """The tensor that decides: the same one for all the Identity nodes that TF1 puts on a predicate."""
    while predicate.op.opdef.role == "identity" and not predicate.op._inputs[0].dtype.is_ref:
        predicate = predicate.op._inputs[0]
    return predicate


def _waited_for(predicate: Tensor) -> list[Operation]:
    """What the Identity nodes on a predicate wait for."""
    found: list[Operation] = []
    while predicate.op.opdef.role == "identity" and not predicate.op._inputs[0].dtype.is_ref:
        found += predicate.op._control_inputs
        predicate = predicate.op._inputs[0]
    return found


def _union(guards: Iterable[Guard]) -> Guard:
    result: dict[tuple[Tensor, bool], None] = {}
    for guard in guards:
        result.update(dict.fromkeys(guard))
    return tuple(result)
