"""check_numerics and verify_tensor_all_finite: an error for NaN and infinity."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import FLOATS
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import colocate_with, control_dependencies, name_scope
from graphrt.graph.stacks import get_default_graph
from graphrt.opdef import OpDef, convert_to_tensor, export, required
from graphrt_ops.arguments import deprecated
from graphrt_ops.control.group import with_dependencies
from graphrt_ops.shapes import unchanged

opdef = OpDef(
    "CheckNumerics",
    "tensor",
    "output",
    dtypes=FLOATS,
    attrs={"message": required(str)},
    infer=unchanged,
    aliases=0,
    checks=True,
)


@opdef.kernel
def kernel(xp, tensor, message):
    if not xp.isfinite(tensor).all():
        what = ["NaN"] if xp.isnan(tensor).any() else []
        what += ["Inf"] if xp.isinf(tensor).any() else []
        raise ValueError(f"{message} : Tensor had {' and '.join(what)} values")
    return tensor


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import CheckFinite

    return CheckFinite()


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    earlier = op.attrs["message"].encode()  # TF1 shows it as the bytes that it is in the graph
    message = f"Not a number (NaN) or infinity (Inf) values detected in gradient. {earlier!r}"
    return F.check_numerics(dy, message)


@export("check_numerics", "debugging.check_numerics")
def check_numerics(tensor, message, name=None):
    """``tensor`` itself; InvalidArgumentError with ``message`` when it runs and has a NaN or an infinity."""
    return opdef(tensor, message=message, name=name)


@export("verify_tensor_all_finite", "debugging.assert_all_finite")
def verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None):
    """As ``check_numerics``, for a tensor ``t`` (``x``) and a message ``msg`` (``message``)."""
    tensor = deprecated("x", x, "t", t)
    text = deprecated("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [tensor]):
        tensor = convert_to_tensor(tensor, name="x")
        with colocate_with(tensor):
            return with_dependencies([check_numerics(tensor, message=text)], tensor)


@export("add_check_numerics_ops")
def add_check_numerics_ops():
    """An operation that checks every floating-point tensor of the graph, each after those it depends on.

    Raises:
      ValueError: if the graph has a cond: its tensors exist only where their branch is taken.
    """
    checks: list[Operation] = []
    for op in get_default_graph().get_operations():
        for output in op.outputs:
            if output.dtype.base_dtype not in FLOATS:
                continue
            if op._control_flow_context is not None:
                raise ValueError(f"add_check_numerics_ops: {op.name} is inside a tf.cond, where it may not run")
            with control_dependencies(checks):
                checks = [check_numerics(output, message=output.name).op]
    return F.group(*checks)
