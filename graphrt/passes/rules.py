"""Algebra as data: applying the rules that replace an expression by an equal, cheaper or more accurate one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.base import Firing, NearMiss
from graphrt.passes.key import PlanKey
from graphrt.passes.rule import CONSTANT_TRIGGER as _CONSTANT
from graphrt.passes.rule import FAMILIES, RULES, Rule, load_rules

_FEW = 8  # inputs
_MOST_FIRINGS = 64  # at one node of the program: more means that rules undo each other


@dataclass(frozen=True)
class Rules:
    """Applies the registered rules in one walk from the inputs to the outputs.

        r = Reshape(x, Shape(x))    ->    x

    What a rule makes is looked at again at once, and its users come later in the walk anyway: so no second walk is
    needed, and the time is linear.

    Leaves alone: nodes that wait for an effect. A rule that raises an error is left out at that node, and reported.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        load_rules()
        walk = _Walk(program, key, active_rules(key))
        walk.run()
        counts = Counter(firing.rule for firing in program.fired)
        program.notes.extend(f"{text}: {count}" for text, count in counts.most_common())
        return program


def active_rules(key: PlanKey) -> dict[str, list[Rule]]:
    """The rules that the key's options leave on, by op type."""
    options = key.options
    off = {rule.text for family in options.disabled_rules for rule in FAMILIES.get(family, ())}
    off |= options.disabled_rules
    if not options.round_freely:
        off |= {rule.text for rules in FAMILIES.values() for rule in rules if not rule.exact and not rule.improves}
    if not off:
        return RULES
    return {op_type: [rule for rule in rules if rule.text not in off] for op_type, rules in RULES.items()}


def _by_trigger(rules: Sequence[Rule]) -> dict[str, list[tuple[int, Rule]]]:
    """Rules, with their numbers, by what one input of the node must be: an op type, a constant, or (as "") anything."""
    found: dict[str, list[tuple[int, Rule]]] = {}
    for number, rule in enumerate(rules):
        for key in rule.triggers():
            found.setdefault(key, []).append((number, rule))
    return found


def _number(entry: tuple[int, Rule]) -> int:
    return entry[0]


class _Walk:
    """One walk over a program. Who uses a tensor is kept up to date at once, a node's inputs when it is visited."""

    def __init__(self, program: Program, key: PlanKey, rules: Mapping[str, Sequence[Rule]]) -> None:
        self.program = program
        self.strict = key.options.strict
        self.rules = rules
        self.tables: dict[str, dict[str, list[tuple[int, Rule]]]] = {}  # of the op types that were met
        self.chosen: dict[tuple[str, ...], list[Rule]] = {}  # the candidates, by the types of a node and its inputs
        self.replaced: dict[Tensor, Tensor] = {}
        self.order: list[Operation] = []

    def run(self) -> None:
        program = self.program
        program.forget_dead_consumers()
        with program.as_default():
            for op in program.operations():
                self._visit(op)
        if self.replaced:
            program.redirect_results({old: self._now(old) for old in self.replaced})
            program.settle(self.order)

    def _now(self, tensor: Tensor) -> Tensor:
        """What has taken the tensor's place."""
        while tensor in self.replaced:
            tensor = self.replaced[tensor]
        return tensor

    def _visit(self, op: Operation) -> None:
        pending = [op]
        firings = 0
        while pending:
            op = pending.pop()
            for tensor in op._inputs:
                if tensor in self.replaced:
                    op._inputs = tuple([self._now(tensor) for tensor in op._inputs])
                    break
            self.order.append(op)  # (What nothing needs any more is dropped at the end.)
            if self.rules.get(op.type):
                candidates = self._candidates(op)
                made = self._rewritten(op, candidates) if candidates and firings < _MOST_FIRINGS else None
                if made is not None:
                    firings += 1
                    pending.extend(reversed(made))

    def _candidates(self, op: Operation) -> Sequence[Rule]:
        """The rules that the types of the node's inputs do not rule out: mostly none, which saves most of the time."""
        inputs = [_CONSTANT if t.op.opdef.role == "constant" else t.op.type for t in op._inputs]
        if len(inputs) > _FEW:
            return self._chosen(op.type, inputs)
        key = (op.type, *inputs)
        found = self.chosen.get(key)
        if found is None:
            found = self.chosen[key] = self._chosen(op.type, inputs)
        return found

    def _chosen(self, op_type: str, inputs: Sequence[str]) -> list[Rule]:
        table = self.tables.get(op_type)
        if table is None:
            table = self.tables[op_type] = _by_trigger(self.rules[op_type])
        found = [entry for key in {"", *inputs} for entry in table.get(key, ())]
        return [rule for _, rule in sorted(found, key=_number)]

    def _rewritten(self, op: Operation, candidates: Sequence[Rule]) -> list[Operation] | None:
        """Applies the first rule that fits; returns the nodes that it made, None if there is no such rule."""
        program = self.program
        for rule in candidates:
            before = program.node_count()
            try:
                found = rule.matched(op)
                if found is None:
                    continue
                new = rule.made(op, found)
            except Exception as error:
                if self.strict:
                    raise
                # What it may have made is used by nobody: the program is as it was.
                program.failures.append(f"{rule.text} at {program.origin(op).name!r}: {error!r}")
                self._forget(before)
                continue
            if not self._may_replace(op, new):
                self._forget(before)
                continue
            self._replace(op, new, before)
            program.fired.append(Firing(rule.text, rule.why, program.origin(op)))
            return program.graph._operations[before:]
        return None

    def _may_replace(self, op: Operation, new: Tensor) -> bool:
        old = op._outputs[0]
        if new.dtype.base_dtype is not old.dtype.base_dtype or not new.shape.is_compatible_with(old.shape):
            return False
        # What runs under other conditions may not be there when the old node's users are.
        return new.op not in self.program.origins or self.program.guard(new.op) == self.program.guard(op)

    def _replace(self, op: Operation, new: Tensor, before: int) -> None:
        program, old = self.program, op._outputs[0]
        new.set_shape(old.shape)
        if new.op in program.origins:
            program.stand_in(new.op, program.origins.get(op, ()))
        program.adopt(op, new, before)
        program.note_value(old, new)
        self.replaced[old] = new
        new._consumers.extend(user for user in old._consumers if user is not new.op)
        old._consumers = [user for user in old._consumers if user is new.op]

    def _forget(self, before: int) -> None:
        """Takes back nodes that a rule has made in vain."""
        graph = self.program.graph
        for op in reversed(graph._operations[before:]):
            for tensor in reversed(op._inputs):
                tensor._consumers.pop()
            del graph._by_name[op.name]
        del graph._operations[before:]


def near_misses(program: Program, key: PlanKey) -> list[NearMiss]:
    """The rules that almost apply to a node of the program, and why they do not."""
    load_rules()
    rules = active_rules(key)
    found = []
    for op in program.operations():
        for rule in rules.get(op.type, ()):
            try:
                reason = rule.reason_against(op)
            except Exception as error:
                reason = f"it failed: {error!r}"
            if reason is not None:
                found.append(NearMiss(rule.text, reason, program.origin(op)))
    return found
