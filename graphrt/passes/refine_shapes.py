"""Inferring shapes again, now that more is known."""

from __future__ import annotations

from dataclasses import dataclass

from graphrt.graph.operation import Operation
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.wording import counted


@dataclass(frozen=True)
class RefineShapes:
    """Infers the shapes of nodes that have a constant among their inputs, and of what follows from them.

        s = Sum(x float32[?,30], [0]) float32<unknown>    ->    s = Sum(x float32[?,30], [0]) float32[30]

    Leaves alone: nodes whose shapes are fully known, and nodes whose inputs turn out not to fit: their error is for
    the run to raise, if they run at all.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        changed: set[Operation] = set()
        for op in program.operations():
            opdef = op.opdef
            if opdef.infer is None or opdef.role not in ("", "choose", "join") or _known(op):
                continue
            if any(t.op in changed or t.op.opdef.role == "constant" for t in op._inputs) and self._refined(op):
                changed.add(op)
        if changed:
            program.notes.append(f"{counted(len(changed), 'shape')} known more precisely")
        return program

    @staticmethod
    def _refined(op: Operation) -> bool:
        """Adds what inference knows now; True if that is more than before."""
        before = [tensor.shape for tensor in op._outputs]
        try:
            shapes = op.opdef.infer(op)
        except ValueError:
            return False  # it cannot run; it will say so if it does
        # (A write has more outputs than are declared: the versions that it makes.)
        found = list(zip(op._outputs, shapes if isinstance(shapes, list) else [shapes], strict=False))
        if not all(tensor.shape.is_compatible_with(shape) for tensor, shape in found):
            return False
        for tensor, shape in found:
            tensor.set_shape(shape)
        return any(tensor.shape.values != old.values for tensor, old in zip(op._outputs, before, strict=True))


def _known(op: Operation) -> bool:
    """True if all output shapes are fully known."""
    for tensor in op._outputs:
        dims = tensor._shape.values
        if dims is None or None in dims:
            return False
    return True
