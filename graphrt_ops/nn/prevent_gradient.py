"""PreventGradient: a value that must not be differentiated."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef
from graphrt_ops.array.movement import same_elements
from graphrt_ops.shapes import unchanged

opdef = OpDef("PreventGradient", "input", "output", attrs={"message": ""}, infer=unchanged, aliases=0, role="identity")


@opdef.kernel
def kernel(xp, input):
    return input


@opdef.lower
def lower(op: Operation):
    return same_elements(op)


@opdef.gradient
def gradient(op: Operation, _: Tensor):
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.attrs['message']!r}")


def prevent_gradient(input, message="", name=None):
    """``input``, whose differentiation raises a LookupError with ``message``."""
    return opdef(input, message=message, name=name)
