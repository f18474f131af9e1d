"""What a rule of algebra is: a pattern, what it becomes, and when.

The op library holds the rules in ``graphrt_ops/rules``, one file a family; the pass ``Rules`` applies them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphrt.dtypes import string
from graphrt.graph.operation import Operation, Tensor
from graphrt.provided import provided

Verdict = bool | str
"""What ``Rule.when`` returns: True, or False, or False with the reason in words."""

CONSTANT_TRIGGER = "a constant"
_LARGEST_CONSTANT = 1 << 16  # elements; larger ones are not looked at


@dataclass(frozen=True)
class Rule:
    """``before`` becomes ``after``.

    A pattern is a string, which names a tensor (the same string, the same tensor); a number, which stands for a
    constant all of whose elements are that number; or a tuple ``(op type, pattern, ...)``, where ``"Add|AddV2"`` stands
    for either type and ``("AddN", ...)`` for any number of inputs. The two inputs of an op that commutes are tried in
    both orders.

    Attributes:
      text: the rule as a person would write it: ``"reshape(x, shape of x) -> x"``.
      before: the pattern.
      after: a function of the named tensors (by keyword) that returns the new tensor, built of public ops. Where its
        first parameter is called ``op`` it also gets the node.
      when: a function of the node and the named tensors; the rule fires only where it returns True. A string says why
        it does not, which ``explain`` prints as a near miss; False means that the rule was not meant.
      why: why it is worth its while.
      exact: False if the result may differ in rounding, or where the original overflowed.
      improves: a rule that is not exact makes results more accurate; if it does not, it is applied only on request.
    """

    text: str
    before: tuple[Any, ...]
    after: Callable[..., Tensor]
    when: Callable[..., Verdict] | None = None
    why: str = ""
    exact: bool = True
    improves: bool = False
    pattern: Pattern = field(init=False, compare=False, repr=False)
    wants_node: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", _compiled(self.before))
        parameters = self.after.__code__.co_varnames[: self.after.__code__.co_argcount]
        object.__setattr__(self, "wants_node", parameters[:1] == ("op",))

    def matched(self, op: Operation) -> dict[str, Tensor] | None:
        """The tensors that the names stand for, if the rule applies to ``op``."""
        found: dict[str, Tensor] = {}
        if not _matches(self.pattern, op, found):
            return None
        if self.when is not None and self.when(op, **found) is not True:
            return None
        return found

    def made(self, op: Operation, found: dict[str, Tensor]) -> Tensor:
        """What takes the place of output 0 of ``op``."""
        return self.after(op, **found) if self.wants_node else self.after(**found)

    def triggers(self) -> tuple[str, ...]:
        """Op types one of which an input of the node must have for the rule to apply; ``("",)`` for any."""
        for part in self.pattern.parts:
            if isinstance(part, Pattern):
                return tuple(sorted(part.types))
        if any(part is not ... and not isinstance(part, str) for part in self.pattern.parts):
            return (CONSTANT_TRIGGER,)
        return ("",)

    def reason_against(self, op: Operation) -> str | None:
        """Why the rule does not apply to ``op``, although it is not far from it; None if it applies, or is far."""
        found: dict[str, Tensor] = {}
        if _matches(self.pattern, op, found):
            verdict = True if self.when is None else self.when(op, **found)
            return verdict if isinstance(verdict, str) else None
        if op._control_inputs and _matches(self.pattern, op, {}, waiting=True):
            return "the node waits for another one"
        return _nearly(self.pattern, op)


@dataclass(frozen=True)
class Pattern:
    """A tuple of a rule's ``before``, made ready for matching."""

    types: frozenset[str]
    parts: tuple[Any, ...]

    def __str__(self) -> str:
        parts = ", ".join(str(part) for part in self.parts)
        return f"{'|'.join(sorted(self.types))}({parts})"


def _compiled(before: tuple[Any, ...]) -> Pattern:
    parts = [_compiled(part) if isinstance(part, tuple) else part for part in before[1:]]
    return Pattern(frozenset(before[0].split("|")), tuple(parts))


def _matches(pattern: Pattern, op: Operation, found: dict[str, Tensor], waiting: bool = False) -> bool:
    if op.type not in pattern.types or (op._control_inputs and not waiting):
        return False
    inputs, parts = op._inputs, pattern.parts
    for tensor in inputs:
        if tensor.dtype.is_ref:  # what is read of a variable depends on when
            return False
    if parts == (...,):
        return True
    if len(inputs) != len(parts):
        return False
    if not (len(inputs) == 2 and commutes(op)):
        return all(_fits(part, tensor, found) for part, tensor in zip(parts, inputs, strict=True))
    before = dict(found)
    if _fits(parts[0], inputs[0], found) and _fits(parts[1], inputs[1], found):
        return True
    found.clear()
    found.update(before)
    return _fits(parts[0], inputs[1], found) and _fits(parts[1], inputs[0], found)


def _fits(part: Any, tensor: Tensor, found: dict[str, Tensor]) -> bool:
    if isinstance(part, str):
        return found.setdefault(part, tensor) is tensor
    if isinstance(part, Pattern):
        return tensor.value_index == 0 and _matches(part, tensor.op, found)
    return is_all(tensor, part)


def _nearly(pattern: Pattern, op: Operation) -> str | None:
    """What is missing, where the ops of all sub-patterns but one are there."""
    if op.type not in pattern.types or len(op._inputs) != len(pattern.parts):
        return None
    missing = []
    there = 0
    for part, tensor in zip(pattern.parts, op._inputs, strict=True):
        if isinstance(part, Pattern):
            if tensor.op.type not in part.types:
                missing.append(f"its input {tensor.op.name!r} is {tensor.op.type}, not {part}")
            elif tensor.op._control_inputs:
                missing.append(f"its input {tensor.op.name!r} waits for another node")
            else:
                there += 1
                inner = _nearly(part, tensor.op)
                missing += [inner] if inner else []
        elif not isinstance(part, str) and not is_all(tensor, part):
            missing.append(f"its input {tensor.op.name!r} is not the constant {part}")
    return missing[0] if there and len(missing) == 1 else None


def commutes(op: Operation) -> bool:
    """True if the two inputs may be swapped (the sum of two strings is their concatenation)."""
    return op.opdef.commutative and op._inputs[0].dtype.base_dtype is not string


def constant_value(tensor: Tensor) -> Any:
    """The array that a constant holds; None for any other tensor."""
    return tensor.op.attrs["value"] if tensor.op.opdef.role == "constant" else None


def is_all(tensor: Tensor, number: Any) -> bool:
    """True of a constant all of whose elements are ``number``."""
    value = constant_value(tensor)
    if value is None or not isinstance(value, np.ndarray) or value.dtype == object:
        return False
    if value.size == 1:
        return bool(value.item() == number)
    return 0 < value.size <= _LARGEST_CONSTANT and bool((value == number).all())


FAMILIES: dict[str, list[Rule]] = {}
"""The rules, by family."""

RULES: dict[str, list[Rule]] = {}
"""The rules, by the op type of the node that they replace, in the order in which they are tried."""


def register(family: str, *rules: Rule) -> None:
    """Adds rules to those that ``Rules`` tries, after the ones that are there."""
    FAMILIES.setdefault(family, []).extend(rules)
    for rule in rules:
        for op_type in sorted(rule.pattern.types):
            RULES.setdefault(op_type, []).append(rule)


def load_rules() -> None:
    """Imports the op library's rules, once; ``import graphrt`` does not need them."""
    if not FAMILIES:
        provided("load_rules")()
