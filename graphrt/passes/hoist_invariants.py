"""Computing once, in the first run, what is the same in every run but too large to be a constant of the plan."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.budget import Held
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program, needed
from graphrt.opdef import REQUIRED, OpDef
from graphrt.passes.evaluator import Evaluator
from graphrt.passes.key import PlanKey
from graphrt.passes.merge_equal import hashable
from graphrt.wording import counted

_LARGE = 1 << 20  # bytes of a constant that is known by its identity, and not by its content

INVARIANT = OpDef(
    "_Invariant",
    outputs="output:dtype",
    attrs={"_compute": REQUIRED, "_shared": REQUIRED},
    stateful=True,
    differentiable=False,
)
"""A value that is computed in the first run that needs it, and kept; ``_shared`` is equal for equal computations."""


class Kept(Held):
    """The value, once there is one, and until the session needs the room."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        super().__init__()
        self.value: Any = None

    def keep(self, value: Any) -> None:
        self.value = value
        self.charge(value.nbytes)

    def give_up(self) -> None:
        self.value = None


@INVARIANT.state
def _kept(op: Operation) -> Kept:
    return Kept()


@INVARIANT.kernel
def _value(xp: Any, _compute: Callable[[], Any], state: Kept) -> Any:
    value = state.value
    if value is None:  # (two threads may both compute it: they get the same)
        value = xp.asarray(_compute())
        state.keep(value)
    else:
        state.touch()
    return value


@dataclass(frozen=True)
class HoistInvariants:
    """Computes large values that depend on no feed, no variable and nothing random once, and not in every run.

        t = Range(0, 1000000, 1); c = Cos(t); y = Mul(x, c)    ->    y = Mul(x, _Invariant)  with cos(range(1000000))

    It is FoldConstants for what is too large for it: plans are made without it, and stay small until they run. The
    values stay as long as a plan needs them and the session has room for them; plans of one session share them.

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
        hoisted: dict[Tensor, list[Operation]] = {}
        for op in order:
            if invariant.get(op) and op.opdef.aliases is None:
                for tensor in op._outputs:
                    used = any(user in live and user not in invariant for user in tensor._consumers)
                    if used or tensor in fetched:
                        hoisted[tensor] = needed([tensor], set())
        if hoisted:
            made = {tensor: self._made(program, tensor, part) for tensor, part in hoisted.items()}
            program.replace_all(made)
            program.settle([*(tensor.op for tensor in made.values()), *order])
            program.notes.append(f"{counted(len(made), 'large value')} computed in the first run only")
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
    def _made(program: Program, tensor: Tensor, part: Sequence[Operation]) -> Tensor:
        graph = program.graph
        attrs = {
            "dtype": tensor.dtype.base_dtype,
            "_compute": _computation(part, tensor),
            "_shared": _identity(part, tensor),
        }
        op = graph.add_operation(INVARIANT, (), attrs, graph.unique_name(f"{tensor.op.name}/once"))
        op._outputs[0].set_shape(tensor.shape)
        return op._outputs[0]


def _computation(operations: Sequence[Operation], result: Tensor) -> Callable[[], Any]:
    """The function that computes a tensor by these nodes. (Other passes may change them later: it has its own.)"""
    part = Program()
    twins: dict[Tensor, Tensor] = {}
    for op in operations:
        twin = part.copy(op, [twins[tensor] for tensor in op._inputs], ())
        twins.update(zip(op._outputs, twin._outputs, strict=True))

    def compute() -> Any:
        evaluator = Evaluator(part, lambda op: None)
        with np.errstate(all="ignore"):
            for op in part.graph._operations:
                evaluator.visit(op)
        return evaluator.values[twins[result]]

    return compute


def _identity(operations: Sequence[Operation], result: Tensor) -> Hashable:
    """Equal for equal computations; one of its own where that cannot be said."""
    names: dict[Tensor, tuple[int, int]] = {}
    parts: list[Hashable] = []
    for number, op in enumerate(operations):
        attrs: list[Hashable] = []
        for name, value in op.attrs.items():
            if name[0] == "_":
                continue
            known = _content(value) if isinstance(value, np.ndarray) else hashable(value)
            if known is None:
                return object()
            attrs += (name, known)
        parts.append((op.type, *[names[tensor] for tensor in op._inputs], *attrs))
        for tensor in op._outputs:
            names[tensor] = (number, tensor.value_index)
    return (names[result], *parts)


def _content(value: np.ndarray) -> Hashable:
    """What an array holds, in few bytes. (One that is known by its ``id`` lives as long as the computation does.)"""
    if value.dtype == object or value.nbytes > _LARGE:
        return ("id", id(value))
    from hashlib import blake2b  # loading OpenSSL takes 5 ms

    return (value.dtype.str, value.shape, blake2b(value.tobytes(), digest_size=32).digest())
