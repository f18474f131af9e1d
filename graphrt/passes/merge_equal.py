"""Merging nodes that compute the same thing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.dtypes import DType
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.passes.rule import commutes
from graphrt.wording import counted

_LARGEST_CONSTANT = 1 << 16  # bytes; comparing larger ones costs more than a second copy


@dataclass(frozen=True)
class MergeEqual:
    """Lets one node stand for all that have the same op, attributes, inputs and guard.

        a = Mul(x, y); b = Mul(y, x); c = Add(a, b)    ->    a = Mul(x, y); c = Add(a, a)

    Leaves alone: stateful ops (two random draws stay two), variables, feeds, nodes with control inputs, and nodes that
    run under different conditions.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        seen: dict[Hashable, Operation] = {}
        equal: dict[Tensor, Tensor] = {}
        merged = 0
        order = program.operations()
        for op in order:
            identity = self._identity(program, op, equal)
            if identity is None:
                continue
            first = seen.setdefault(identity, op)
            if first is op or not _compatible(op, first):
                continue
            for mine, theirs in zip(op._outputs, first._outputs, strict=True):
                if mine._shape.values != theirs._shape.values:
                    theirs.set_shape(mine._shape)
                equal[mine] = theirs
            merged += 1
        if merged:
            program.replace_all(equal)
            program.settle(order)
            program.notes.append(f"{counted(merged, 'node')} merged with an equal one")
        return program

    @staticmethod
    def _identity(program: Program, op: Operation, equal: Mapping[Tensor, Tensor]) -> Hashable | None:
        opdef = op.opdef
        if op._control_inputs or not op._outputs:
            return None
        if not opdef.pure and opdef.role not in ("constant", "identity"):
            return None
        attrs: list[Hashable] = []
        for name, value in op.attrs.items():
            if name[0] != "_":
                if type(value) is not DType:
                    value = hashable(value)
                    if value is None:
                        return None
                attrs += (name, value)
        inputs = op._inputs
        if equal:
            inputs = tuple([equal.get(tensor, tensor) for tensor in inputs])
        for tensor in inputs:
            if tensor.dtype.is_ref and opdef.role != "identity":  # (reads of one version are equal)
                return None
        if opdef.commutative and len(inputs) == 2 and id(inputs[0]) > id(inputs[1]) and commutes(op):
            inputs = (inputs[1], inputs[0])
        guard = program.guard(op)
        if guard and equal:
            guard = tuple((equal.get(predicate, predicate), taken) for predicate, taken in guard)
        return (op.type, inputs, guard, *attrs)


def _compatible(op: Operation, other: Operation) -> bool:
    """False where the user has said of two equal nodes that they have different shapes (one will fail)."""
    for a, b in zip(op._outputs, other._outputs, strict=True):
        if a._shape.values != b._shape.values and not a._shape.is_compatible_with(b._shape):
            return False
    return True


def hashable(value: Any) -> Hashable | None:
    """``value`` as a dictionary key that is equal only for equal values; None where that would cost too much."""
    if isinstance(value, np.ndarray):
        if value.dtype == object or value.nbytes > _LARGEST_CONSTANT:
            return None
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, list):
        return tuple(hashable(item) for item in value)
    try:
        hash(value)
    except TypeError:
        return None
    return (type(value).__name__, value)
