"""identity and stop_gradient: the input itself, with or without its gradient."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, static_dims, static_value
from graphrt_ops.array.movement import same_elements
from graphrt_ops.shapes import unchanged

opdef = OpDef("Identity", "input", "output", infer=unchanged, aliases=0, role="identity")
stopped = OpDef("StopGradient", "input", "output", infer=unchanged, aliases=0, role="identity", differentiable=False)


@opdef.kernel
def kernel(xp, input):
    return input


@stopped.kernel
def stopped_kernel(xp, input):
    return input


@opdef.lower
@stopped.lower
def lower(op: Operation):
    return same_elements(op)


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return dy


@opdef.static
def static(op: Operation):
    return static_value(op.inputs[0])


@opdef.static_dims
def dims(op: Operation):
    return static_dims(op.inputs[0])


@export("identity")
def identity(input, name=None):
    """A tensor with the same value; inside ``control_dependencies`` it waits for them."""
    return opdef(input, name=name)


@export("stop_gradient")
def stop_gradient(input, name=None):
    """The same value, through which no gradient flows."""
    return stopped(input, name=name)
