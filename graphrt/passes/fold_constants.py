"""Computing ahead of time what depends on no feed, no variable and nothing random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.opdef.static import decided_outputs, evaluated
from graphrt.passes.intrinsics import CONSTANT
from graphrt.passes.key import PlanKey
from graphrt.wording import counted

_SMALL = 1 << 10


@dataclass(frozen=True)
class FoldConstants:
    """Replaces pure nodes on constants by their value.

        b = Add(Const 2, Const 3); c = Mul(x, b)    ->    c = Mul(x, 5)
        s = Shape(x float32[4,3])                   ->    s = [4, 3]

    Leaves alone: fed tensors and all that follows from them, variables, random and other stateful ops, nodes that wait
    for an effect, and values of more than ``limit`` bytes that are larger than what they were made of. After ``total``
    bytes it computes small values only (1 KiB): a long chain on a large constant would fill the memory.
    """

    limit: int = 1 << 20
    total: int = 1 << 28

    def __call__(self, program: Program, key: PlanKey) -> Program:
        limit = self.limit if key.options.fold_limit is None else key.options.fold_limit
        room = self.total
        values: dict[Tensor, Any] = {}
        folded: list[tuple[Tensor, Any]] = []
        order = program.operations()
        for op in order:
            if op.opdef.role == "constant":
                if not op._control_inputs:
                    values[op._outputs[0]] = op.attrs["value"]
                continue
            outputs = _values(op, values, limit, room)
            if outputs is not None:
                room -= sum(value.nbytes for value in outputs)
                for tensor, value in zip(op._outputs, outputs, strict=True):
                    values[tensor] = value
                    folded.append((tensor, value))
        if not folded:
            return program
        needed = set(order)
        fetched = set(program.fetches)
        replacements: dict[Tensor, Tensor] = {}
        for tensor, value in folded:
            # A constant inside a larger constant expression needs no node of its own.
            used = any(c in needed and not _all_known(c, values) for c in tensor._consumers)
            if tensor in fetched and program.guard(tensor.op):
                continue  # in a branch that is not taken it has no value
            if used or tensor in fetched or program.decides(tensor):
                replacements[tensor] = self._constant(program, tensor, value)
        program.replace_all(replacements)
        program.settle([*(new.op for new in replacements.values()), *order])
        if replacements:
            program.notes.append(
                f"{counted(len(folded), 'value')} computed ahead of time, {len(replacements)} of them used"
            )
        return program

    @staticmethod
    def _constant(program: Program, tensor: Tensor, value: Any) -> Tensor:
        graph = program.graph
        attrs = {"dtype": tensor.dtype.base_dtype, "value": value}
        name = graph.unique_name(f"{tensor.op.name}/folded")
        made: Tensor = graph.add_operation(CONSTANT, (), attrs, name).outputs[0]
        made.set_shape(value.shape)
        return made


def _values(op: Operation, values: dict[Tensor, Any], limit: int, room: int) -> list[Any] | None:
    """The outputs of a node, if the declaration and the values known so far decide them; nothing is computed that would
    be too large."""
    opdef = op.opdef
    if op._control_inputs:
        return None
    rule = opdef.fold_rule or opdef.static_rule
    if rule is not None:
        decided = decided_outputs(op, rule)
        if decided is not None:
            return decided
    if not op._inputs or not opdef.pure:
        return None
    inputs = []
    for tensor in op._inputs:
        value = values.get(tensor)
        if value is None or tensor.dtype.is_ref:
            return None
        inputs.append(value)
    most = max(limit, sum(value.nbytes for value in inputs))
    if room <= 0:
        most = min(most, _SMALL)
    known = [tensor.shape.num_elements() for tensor in op._outputs]
    if sum((size or 0) * tensor.dtype.size for size, tensor in zip(known, op._outputs, strict=True)) > most:
        return None
    outputs = evaluated(op, inputs)
    return outputs if outputs is not None and sum(value.nbytes for value in outputs) <= most else None


def _all_known(op: Operation, values: dict[Tensor, Any]) -> bool:
    return bool(op._outputs) and all(tensor in values for tensor in op._outputs)
