"""Algebra as data: rules that replace an expression by an equal, cheaper one.

A rule is a pattern and what it becomes; the op library holds them in ``graphrt_ops/rules``, one file a family.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey

Pattern = Any
"""A string, which names a tensor (the same string, the same tensor), or a tuple ``(op type, pattern, ...)``."""


@dataclass(frozen=True)
class Rule:
    """``before`` becomes ``after``.

    Attributes:
      text: the rule as a person would write it: ``"reshape(x, shape of x) -> x"``.
      before: the pattern.
      after: a function of the named tensors (by keyword) that returns the new tensor, built of public ops.
      when: a function of the node and the named tensors; the rule fires only where it is true.
      why: why it is worth its while.
      exact: False if the result may differ in rounding; such rules run only if they improve accuracy.
    """

    text: str
    before: tuple[Any, ...]
    after: Callable[..., Tensor]
    when: Callable[..., bool] | None = None
    why: str = ""
    exact: bool = True

    def matched(self, op: Operation) -> dict[str, Tensor] | None:
        """The tensors that the names stand for, if the rule applies to ``op``."""
        found: dict[str, Tensor] = {}
        if not _matches(self.before, op, found):
            return None
        if self.when is not None and not self.when(op, **found):
            return None
        return found


def _matches(pattern: tuple[Any, ...], op: Operation, found: dict[str, Tensor]) -> bool:
    if op.type != pattern[0] or len(op._inputs) != len(pattern) - 1 or op._control_inputs:
        return False
    for part, tensor in zip(pattern[1:], op._inputs, strict=True):
        if isinstance(part, str):
            if found.setdefault(part, tensor) is not tensor:
                return False
        elif tensor.value_index != 0 or not _matches(part, tensor.op, found):
            return False
    return True


RULES: dict[str, list[Rule]] = {}


def register(*rules: Rule) -> None:
    """Adds rules to those that ``Rules`` tries, after the ones that are there."""
    for rule in rules:
        RULES.setdefault(rule.before[0], []).append(rule)


@dataclass(frozen=True)
class Rules:
    """Applies the registered rules, from the inputs to the outputs, until none fires.

        r = Reshape(x, Shape(x))    ->    x

    Leaves alone: nodes that wait for an effect.
    """

    rounds: int = 8

    def __call__(self, program: Program, key: PlanKey) -> Program:
        fired: Counter[str] = Counter()
        for _ in range(self.rounds):
            if not self._round(program, fired):
                break
        program.notes.extend(f"{text}: {count}" for text, count in fired.most_common())
        return program

    @staticmethod
    def _round(program: Program, fired: Counter[str]) -> bool:
        changed = False
        for op in program.operations():
            for rule in RULES.get(op.type, ()):
                found = rule.matched(op)
                if found is None:
                    continue
                before = program.node_count()
                with program.as_default():
                    new = rule.after(**found)
                old = op._outputs[0]
                if new.op in program.origins and program.guard(new.op) != program.guard(op):
                    continue
                if new.shape.is_compatible_with(old.shape):
                    new.set_shape(old.shape)
                program.replace(old, new, made_since=before)
                fired[rule.text] += 1
                changed = True
                break
        return changed
