"""Computing once, in the first run, what is the same in every run but too large to be a constant of the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program, needed
from graphrt.opdef import REQUIRED, OpDef
from graphrt.passes.evaluator import Evaluator
from graphrt.passes.key import PlanKey

INVARIANT = OpDef(
    "_Invariant", outputs="output:dtype", attrs={"_compute": REQUIRED}, stateful=True, differentiable=False
)
"""A value that is computed in the first run of a plan and kept."""


class Kept:
    """The value, once there is one."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None


@INVARIANT.state
def _kept(op: Operation) -> Kept:
    return Kept()


@INVARIANT.kernel
def _value(xp: Any, _compute: Callable[[], Any], state: Kept) -> Any:
    if state.value is None:  # (two threads may both compute it: they get the same)
        state.value = xp.asarray(_compute())
    return state.value


@dataclass(frozen=True)
class HoistInvariants:
    """Computes large values that depend on no feed, no variable and nothing random once, and not in every run.

        t = Range(0, 1000000, 1); c = Cos(t); y = Mul(x, c)    ->    y = Mul(x, _Invariant)  with cos(range(1000000))

    It is FoldConstants for what is too large for it: plans are made without it, and stay small until they run. The
    values stay as long as the plan does.

    Leaves alone: random and other stateful ops, nodes that wait for an effect, values of more than ``limit`` bytes or
    of unknown size, and what is only a view of a constant.
    """

    limit: int = 1 << 26

    def __call__(self, program: Program, key: PlanKey) -> Program:
        order = program.operations()
        invariant: dict[Operation, bool] = {}  # True: it computes something; False: a constant
        for op in order:
            if op.opdef.role == "constant" and not op._control_inputs:
                invariant[op] = False
            elif op._inputs and op._inputs[0].op in invariant and self._may_be(program, op, invariant):
                invariant[op] = True
        live = set(order)
        fetched = set(program.fetches)
        hoisted: dict[Tensor, Callable[[], Any]] = {}
        for op in order:
            if invariant.get(op) and op.opdef.aliases is None:
                for tensor in op._outputs:
                    used = any(user in live and user not in invariant for user in tensor._consumers)
                    if used or tensor in fetched:
                        hoisted[tensor] = _computation(tensor)
        if hoisted:
            made = {tensor: self._made(program, tensor, compute) for tensor, compute in hoisted.items()}
            program.replace_all(made)
            program.settle([*(tensor.op for tensor in made.values()), *order])
            program.notes.append(f"{len(made)} large values are computed in the first run only")
        return program

    def _may_be(self, program: Program, op: Operation, invariant: dict[Operation, bool]) -> bool:
        if not op.opdef.pure or op._control_inputs or program.guard(op):
            return False
        if op.opdef.kernel_function is None and op.opdef.ufunc is None:
            return False
        if any(tensor.op not in invariant or tensor.dtype.is_ref for tensor in op._inputs):
            return False
        sizes = [tensor.shape.num_elements() for tensor in op._outputs]
        return all(
            size is not None and size * tensor.dtype.size <= self.limit
            for size, tensor in zip(sizes, op._outputs, strict=True)
        )

    @staticmethod
    def _made(program: Program, tensor: Tensor, compute: Callable[[], Any]) -> Tensor:
        graph = program.graph
        attrs = {"dtype": tensor.dtype.base_dtype, "_compute": compute}
        op = graph.add_operation(INVARIANT, (), attrs, graph.unique_name(f"{tensor.op.name}/once"))
        op._outputs[0].set_shape(tensor.shape)
        return op._outputs[0]


def _computation(result: Tensor) -> Callable[[], Any]:
    """The function that computes a tensor which depends on constants only."""
    part = Program()
    twins: dict[Tensor, Tensor] = {}
    for op in needed([result], set()):
        twin = part.copy(op, [twins[tensor] for tensor in op._inputs], ())
        twins.update(zip(op._outputs, twin._outputs, strict=True))

    def compute() -> Any:
        evaluator = Evaluator(part, lambda op: None)
        with np.errstate(all="ignore"):
            for op in part.graph._operations:
                evaluator.visit(op)
        return evaluator.values[twins[result]]

    return compute
