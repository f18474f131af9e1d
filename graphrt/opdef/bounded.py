"""Tensors whose length only the run tells, in ones of the greatest length that they can have.

``Unique`` of 256 ids has 256 results at most. What follows from them can be computed in 256 rows, of which the first
``count`` are meant: an op says how, by ``@opdef.bounded``. The pass is graphrt/passes/bound_rows.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef import signature
from graphrt.opdef.registry import register_opdef

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef


@dataclass(frozen=True)
class Rows:
    """The first ``count`` (a scalar int64) rows of ``tensor``. The others are there, too: rows of integers repeat the
    first one, so that as indices they are as good as that; those of floats hold anything."""

    tensor: Tensor
    count: Tensor


@dataclass
class Bounds:
    """What has taken the place of a program's tensors so far."""

    rows: dict[Tensor, Rows] = field(default_factory=dict)
    equals: dict[Tensor, Tensor] = field(default_factory=dict)

    def now(self, tensor: Tensor) -> Tensor:
        """A tensor that is what it was: what computes it now."""
        return self.equals.get(tensor, tensor)


def counted(opdef: OpDef, rows: Sequence[int]) -> OpDef:
    """The op that does what ``opdef``, which writes variables, does; but with the first ``count`` rows only of its
    inputs of the numbers ``rows``. From now on ``opdef`` has it for a form with bounds.

    Native code of it is for the caller to declare; the kernel follows from that of ``opdef``.
    """
    form = copy(opdef)
    form.type = f"_Counted{opdef.type}"
    form.inputs = (*opdef.inputs, *signature.parse("count:int64"))
    form.infer = None
    register_opdef(form)
    ordinary = opdef.kernel_function
    assert ordinary is not None, f"{opdef.type} has no kernel yet"

    def kernel(xp: Any, *inputs: Any, **attrs: Any) -> Any:
        *given, count = inputs
        for i in rows:
            given[i] = given[i][: int(count)] if given[i].ndim else given[i]
        return ordinary(xp, *given, **attrs)

    form.kernel_function = kernel

    def bounded(op: Operation, bounds: Bounds) -> list[Tensor] | None:
        found = [bounds.rows.get(tensor) for tensor in op._inputs]
        counts = {known.count for known in found if known is not None}
        for i, (tensor, known) in enumerate(zip(op._inputs, found, strict=True)):
            if (known is not None) != (i in rows and tensor.shape.rank != 0):
                return None
        if len(counts) != 1:
            return None
        inputs = [bounds.now(t) if known is None else known.tensor for t, known in zip(op._inputs, found, strict=True)]
        graph = op.graph
        made = graph.add_operation(form, [*inputs, *counts], dict(op.attrs), graph.unique_name(op.name))
        # A write has more outputs than are declared: the versions that it makes.
        made._outputs = [Tensor(made, i, tensor.dtype, tensor.shape) for i, tensor in enumerate(op._outputs)]
        return made._outputs

    opdef.bounded(bounded)
    return form
